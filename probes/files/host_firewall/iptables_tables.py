"""Which chains in a file of iptables output belong to the same table?

People put several commands into one file: `iptables -S; iptables -t nat -S; ip6tables -S`. Each
command prints an INPUT chain, of another table or another IP version. A packet must pass all INPUT
chains of its IP version.

- Every command prints base chains in the order of their hooks. So a base chain that does not follow
  the last one begins a new table.
- The output of -S and -L does not name its table. A table with a PREROUTING chain is not the filter
  table.
- Nothing is accepted unless the filter table was read.
"""

from __future__ import annotations

import re
from dataclasses import field

from probes.files.host_firewall.model import Chain, Firewall, FirewallRule
from probes.frozen import mutable, replace
from probes.regex import regex

HOOKS = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
"""Base chains in their order: iptables(8), TABLES. The filter table has the three in the middle."""

DROPS = frozenset({"drop", "reject"})
STOPPING = DROPS | {"jump", "goto"}

_IPV4 = regex(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
_IPV6 = regex(r"[0-9a-f:]*::|icmp6-|icmpv6|ipv6-icmp", re.IGNORECASE)


@mutable
class FirewallTable:
    """One table: its chains and the policies of its base chains."""

    family: int | None = None
    """4 or 6, as the head of the output states. None if it states nothing."""
    rules: dict[str, list[FirewallRule]] = field(default_factory=dict)
    """Rules by chain."""
    policies: dict[str, FirewallRule] = field(default_factory=dict)
    """Policy of each base chain."""

    @property
    def is_filter(self) -> bool:
        return "INPUT" in self.policies and "PREROUTING" not in self.policies

    def family_or(self, otherwise: int | None) -> int | None:
        """Return the IP version that the head states, else the one that the addresses in the rules
        show.

        `otherwise` if neither shows one. None if the rules show both.
        """
        texts = [rule.text for rules in self.rules.values() for rule in rules]
        shown = {n for n, shape in ((4, _IPV4), (6, _IPV6)) if any(shape.search(text) for text in texts)}
        if self.family is not None or not shown:
            return self.family or otherwise
        return shown.pop() if len(shown) == 1 else None

    def may_stop(self, targets: frozenset[str] = STOPPING) -> bool:
        """Return True if a rule or policy with one of these actions is in it."""
        every = (*self.policies.values(), *(rule for rules in self.rules.values() for rule in rules))
        return any(rule.action in targets for rule in every)


class FirewallTables:
    """The tables of one file, filled line by line."""

    def __init__(self, file: str) -> None:
        self._usual = 6 if file.rpartition("/")[2].lower().startswith("ip6tables") else 4
        self._tables = [FirewallTable()]

    def begin_table(self, family: int | None = None) -> None:
        """Begin another table. `family` is the IP version that its head states."""
        self._tables.append(FirewallTable(family))

    def add_chain(self, name: str) -> None:
        """Note that a chain exists, with or without rules."""
        self._tables[-1].rules.setdefault(name, [])

    def add_base_chain(self, name: str, policy: FirewallRule) -> None:
        last = next(reversed(self._tables[-1].policies), None)
        if last in HOOKS and name in HOOKS and HOOKS.index(name) <= HOOKS.index(last):
            self.begin_table()
        self.add_chain(name)
        self._tables[-1].policies[name] = policy

    def add_rule(self, name: str, rule: FirewallRule) -> None:
        self._tables[-1].rules.setdefault(name, []).append(rule)

    def firewall(self, *, is_complete: bool) -> Firewall:
        """Build the firewall.

        `is_complete`: everything outside of these tables was read and lets packets pass.
        """
        chains: dict[str, Chain] = {}
        inputs: list[str] = []
        outputs: list[str] = []
        filtered: set[int] = set()
        for number, table in enumerate([each for each in self._tables if each.rules]):
            # A second filter table without any address may be of iptables or of ip6tables.
            family = table.family_or(None if self._usual in filtered else self._usual)
            if family is None:
                is_complete = is_complete and not table.may_stop()
                continue
            is_complete = is_complete and not ("PREROUTING" in table.policies and table.may_stop(DROPS))
            filtered |= {family} if table.is_filter else set()
            prefix = f"{number} " if number else ""
            for name, rules in table.rules.items():
                held = tuple(replace(rule, called_chain=f"{prefix}{rule.called_chain}") for rule in rules)
                chains[prefix + name] = Chain(prefix + name, held, table.policies.get(name), family)
            if "INPUT" in table.policies:
                inputs.append(f"{prefix}INPUT")
            outputs += [f"{prefix}OUTPUT"] if table.is_filter and "OUTPUT" in table.policies else []
        is_complete = is_complete and all(chains[name].family in filtered for name in inputs)
        return Firewall(chains, tuple(inputs), is_complete, tuple(outputs))
