"""`iptables -S` and `iptables-save`, with or without counters: one command a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from probes.host_firewall import words
from probes.host_firewall.model import Chain, Firewall, Rule, Target
from probes.origin import Origin

MOST_RULES = 50_000

LETTERS: dict[str, Target] = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "reject", "RETURN": "return"}
PASSING = frozenset({"LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "TRACE", "AUDIT"})
"""Targets that note something and let the packet go on."""

DEFAULT_REJECT = "icmp-port-unreachable"
"""iptables-extensions(8), REJECT."""

HARMLESS_MODULES = frozenset({"tcp", "udp", "state", "conntrack", "comment", "multiport", "icmp", "iprange"})
"""-m only loads these; what they ask for stands in options of their own."""

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_COUNTED = re.compile(r"\[(\d+):\d+\] ")


@dataclass(slots=True)
class Draft:
    """One rule while its options are read."""

    values: dict[str, object] = field(default_factory=dict)
    sure: bool = True
    never: bool = False


def read(file: str, text: str) -> Firewall:
    """The filter table; tables that stand before it make the reading incomplete where they drop packets."""
    rules: dict[str, list[Rule]] = {}
    policies: dict[str, Rule] = {}
    table, whole, count = "filter", True, 0
    for number, whole_line in enumerate(text.split("\n"), start=1):
        line = whole_line.strip()
        if line.startswith("*"):
            table = line[1:]
            continue
        counted = _COUNTED.match(line)
        command = line[counted.end() :] if counted else line
        if table != "filter":
            whole = whole and "-j DROP" not in command
            continue
        if (policy := _policy(file, number, command)) is not None:
            policies[policy[0]] = policy[1]
        elif command.startswith("-A "):
            count += 1
            if count > MOST_RULES:
                return Firewall()
            name, rule = _rule(Origin(file, number), command)
            packets = int(counted[1]) if counted else rule.packets
            rules.setdefault(name, []).append(replace(rule, packets=packets))
    names = dict.fromkeys((*policies, *rules))
    chains = {name: Chain(name, tuple(rules.get(name, ())), policies.get(name), _family(text)) for name in names}
    return Firewall(chains, ("INPUT",) if "INPUT" in policies else (), whole)


def _family(text: str) -> int:
    return 6 if "ip6tables" in text or "icmp6-" in text or "ipv6-icmp" in text else 4


def _policy(file: str, number: int, command: str) -> tuple[str, Rule] | None:
    """`-P INPUT DROP` and `:INPUT DROP [0:0]`."""
    found = re.match(r"(?:-P (\S+)|:(\S+)) (ACCEPT|DROP)\b(?: \[(\d+):)?", command)
    if found is None:
        return None
    name = found[1] or found[2]
    packets = int(found[4]) if found[4] else None
    return name, Rule(LETTERS[found[3]], Origin(file, number), f"policy of {name}: {found[3]}", packets=packets)


def _rule(origin: Origin, command: str) -> tuple[str, Rule]:
    """-A CHAIN options. An option that is not known makes the rule unsure."""
    given = [word.strip('"') if word.startswith('"') else word for word in _WORD.findall(command)]
    name = given[1] if len(given) > 1 else ""
    draft, at, inverted = Draft(), 2, False
    target: Target = "next"
    values: dict[str, object] = draft.values
    while at < len(given):
        option = given[at]
        value = given[at + 1] if at + 1 < len(given) and (given[at + 1][:1] not in ("-", "!")) else ""
        at += 2 if value else 1
        if option == "!":
            inverted, at = True, at - (1 if value else 0)
            continue
        if option in ("-j", "-g"):
            target, values["chain"] = _target(value, option)
            if target == "reject":
                values["how"] = DEFAULT_REJECT
        elif option == "--reject-with":
            values["how"] = value
        elif option == "-c":
            # Two numbers: packets and bytes.
            values["packets"], at = int(value) if value.isascii() and value.isdigit() else None, at + 1
        elif target == "next" and values.get("chain"):
            pass  # options of LOG and its like
        else:
            meet(draft, option, value, inverted=inverted)
        inverted = False
    return name, Rule(target, origin, command[:300], sure=draft.sure, never=draft.never, **values)  # type: ignore[arg-type]


def _target(word: str, option: str) -> tuple[Target, str]:
    if word in PASSING:
        return "next", word
    if option == "-g":
        return "goto", word
    return (LETTERS[word], "") if word in LETTERS else ("jump", word)


def meet(draft: Draft, option: str, value: str, *, inverted: bool) -> None:
    """One thing that a rule asks for."""
    read: object = None
    if option in ("-m", "--comment", "--icmp-type"):
        draft.sure &= option != "-m" or value in HARMLESS_MODULES
        return
    if option == "-i":
        # Any interface but the loopback may be the one that packets come in by.
        draft.never |= value == "lo" and not inverted
        draft.sure &= value in ("lo", "+")
        return
    if option in ("--state", "--ctstate"):
        new = "NEW" in value.upper().split(",")
        draft.never |= new is inverted
        return
    name = {
        "-p": "protocols",
        "-s": "sources",
        "--src-range": "sources",
        "-d": "targets",
        "--dst-range": "targets",
    }.get(option, "ports")
    if option == "-p":
        number = words.protocol(value)
        if value.lower() in ("all", "0") and not inverted:
            return
        read = None if number is None or inverted else frozenset({number})
    elif option in ("-s", "-d", "--src-range", "--dst-range"):
        found = words.addresses([value])
        read = words.all_but(found) if found is not None and inverted else found
    elif option in ("--dport", "--dports", "--destination-port", "--destination-ports"):
        some = words.many_ports(value.split(","))
        read = words.all_ports_but(some) if some is not None and inverted else some
    if read is None or name in draft.values:
        draft.sure = False
    else:
        draft.values[name] = read
