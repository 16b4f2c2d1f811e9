"""What does `nft list ruleset` print? Tables with chains and sets in braces.

Only the part that decides on packets for the host itself is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from probes.addresses import Ranges
from probes.files.host_firewall import syntax
from probes.files.host_firewall.model import Action, Chain, Firewall, FirewallRule
from probes.frozen import mutable
from probes.origin import Origin
from probes.regex import regex

MOST_RULES = 50_000
FAMILIES = {"ip": 4, "ip6": 6, "inet": None}
LARGEST_SET = 1 << 20
"""Characters of one set. The elements of a larger set are not known."""

PASSING = frozenset({"set", "add", "update", "delete", "notrack"})
"""Statements that record something and let the packet go on.

Any other unknown statement may end the packet's way, as a verdict map or a queue does.
"""

UNKNOWN_CHAIN = ""
"""Chain that a rule calls if its end is not understood."""

STATES = frozenset({"new", "established", "related", "invalid", "untracked"})

DEFAULT_REJECT = "port-unreachable"
"""nft(8), REJECT STATEMENT."""

OPENING = frozenset({"table", "chain", "set", "map", "flowtable", "counter", "quota", "limit"})
_HOOK = regex(r"type \w+ hook (?P<hook>\w+)(?: device \S+)? priority [^;]+;(?:\s*policy (?P<policy>accept|drop);)?")
_ELEMENTS = regex(r"elements = (\{[^{}]*\})")
_STATUS = "ct status dnat"
"""Condition of firewalld for packets whose destination was changed before."""
_TRANSLATION = regex(r"(?i)\b(dnat|redirect)\b")
_OF_PACKETS = regex(r"\btype (ipv4_addr|ipv6_addr|inet_service|inet_proto)\b")
_HANDLE = " # handle "
_TOKEN = regex(r'"[^"]*"|\{[^{}]*\}|!=|[^\s{}]+')
_VERDICTS: Mapping[str, Action] = {"accept": "accept", "drop": "drop", "reject": "reject", "return": "return"}


@mutable
class _NftText:
    """What was read of one ruleset."""

    file: str
    rules: dict[str, list[FirewallRule]] = field(default_factory=dict)
    hooks: dict[str, tuple[str, FirewallRule]] = field(default_factory=dict)
    family: dict[str, int | None] = field(default_factory=dict)
    count: int = 0
    foreign_hook: bool = False
    translates: bool = False


def read(file: str, text: str) -> Firewall:
    """Read the chains. Each is named "family table chain", because two tables may have chains of
    the same name.

    A chain that drops packets before routing makes the reading incomplete.
    """
    reading = _NftText(file, translates=_TRANSLATION.search(text.replace(_STATUS, "")) is not None)
    sets = _sets(text)
    table, chain, other = "", "", False
    for number, raw_line in enumerate(text.split("\n"), start=1):
        line = _without_handle(raw_line)
        if opened := _opened(line):
            kind, name = opened
            if kind == "table":
                table = name
            elif kind == "chain":
                chain = f"{table} {name}"
                reading.rules.setdefault(chain, [])
                reading.family[chain] = FAMILIES.get(table.split(" ")[0])
            else:
                other = True
        elif line == "}":
            chain, other = "", False
        elif chain and not other and line and not line.startswith("#"):
            _chain_line(reading, table, chain, number, line, sets.get(table, {}))
    return _firewall(reading)


def _without_handle(line: str) -> str:
    """Cut the rule number that `nft -a` writes at the end of a line.

    A pattern would take time quadratic in the length of a blank line, so plain string methods are
    used.
    """
    text, _, number = line.strip().rpartition(_HANDLE)
    return text.strip() if text and number.isdigit() else line.strip()


def _opened(line: str) -> tuple[str, str] | None:
    """Return ("chain", "input") for a line that opens a block. None for other lines."""
    kind, *name = line.removesuffix("{").split(None, 1) or [""]
    return (kind, name[0].strip()) if line.endswith("{") and kind in OPENING and name else None


def _firewall(reading: _NftText) -> Firewall:
    if reading.count > MOST_RULES:
        return Firewall()
    before = [name for name, (hook, _) in reading.hooks.items() if hook in ("ingress", "prerouting")]
    is_complete = not reading.foreign_hook and not any(_may_stop(reading, name) for name in before)
    chains = {
        name: Chain(name, tuple(held), reading.hooks[name][1] if name in reading.hooks else None, reading.family[name])
        for name, held in reading.rules.items()
    }
    inputs = tuple(
        name for name, (hook, _) in reading.hooks.items() if hook == "input" and name.split(" ")[0] in FAMILIES
    )
    outputs = tuple(
        name for name, (hook, _) in reading.hooks.items() if hook == "output" and name.split(" ")[0] in FAMILIES
    )
    return Firewall(chains, inputs, is_complete, outputs)


def _may_stop(reading: _NftText, base: str) -> bool:
    """Return True if this chain, its policy or a chain that it calls drops or rejects packets."""
    if reading.hooks[base][1].action == "drop":
        return True
    left, visited = [base], {base}
    while left:
        for rule in reading.rules.get(left.pop(), ()):
            if rule.action in ("drop", "reject") or (
                rule.action in ("jump", "goto") and rule.called_chain == UNKNOWN_CHAIN
            ):
                return True
            if rule.called_chain and rule.called_chain not in visited:
                visited.add(rule.called_chain)
                left.append(rule.called_chain)
    return False


def _chain_line(
    reading: _NftText, table: str, chain: str, number: int, line: str, sets: Mapping[str, list[str]]
) -> None:
    origin = Origin(reading.file, number)
    if hook := _HOOK.match(line):
        policy = hook["policy"] or "accept"
        name = chain.rpartition(" ")[2]
        policy_rule = FirewallRule(_VERDICTS[policy], origin, f"policy of {name}: {policy}")
        reading.hooks[chain] = (hook["hook"], policy_rule)
        return
    if line.startswith("type "):
        reading.foreign_hook = True
        return
    reading.count += 1
    if reading.count > MOST_RULES:
        return
    reading.rules[chain].append(_RuleParser(line, origin, table, sets, translates=reading.translates).rule())


class _RuleParser:
    """Reads one rule from left to right. A statement that is not known makes the rule not
    understood.

    `translates`: some rule of the text changes destinations.
    """

    def __init__(
        self, line: str, origin: Origin, table: str, sets: Mapping[str, list[str]], *, translates: bool
    ) -> None:
        self._words = _TOKEN.findall(line)
        self._line, self._origin, self._table, self._sets = line, origin, table, sets
        self._translates = translates
        self._sure, self._never, self._never_answers = True, False, False
        self._values: dict[str, object] = {}
        self._action: Action = "next"

    def rule(self) -> FirewallRule:
        passing = not PASSING.isdisjoint(self._words)
        while self._words:
            self._statement(self._words.pop(0))
        if self._action == "next" and not self._sure and not passing:
            self._action, self._values["called_chain"] = "jump", UNKNOWN_CHAIN
        return FirewallRule(
            self._action,
            self._origin,
            self._line[:300],
            is_understood=self._sure,
            never_matches=self._never,
            never_answers=self._never_answers,
            **self._values,  # type: ignore[arg-type]
        )

    def _statement(self, word: str) -> None:
        following = self._words[0] if self._words else ""
        match word:
            case "accept" | "drop" | "return" | "reject" | "jump" | "goto":
                self._verdict(word)
            case "counter" | "comment" | "log":
                self._note(word)
            case "iif" | "iifname" if following == '"lo"':
                self._pop()
                self._never = self._never_answers = True
            case "oif" | "oifname" if following == '"lo"':
                self._pop()
                self._never = self._never_answers = True
            case "ct" if following == "state":
                self._pop()
                self._state()
            case "ct" if following == "status" and not self._translates:
                self._pop()
                inverted, texts = self._operand()
                self._never = self._never or (texts == ["dnat"] and not inverted)
                self._sure = self._sure and texts == ["dnat"]
            case "meta" if following == "l4proto":
                self._pop()
                self._protocol()
            case "ip" | "ip6" if following in ("protocol", "nexthdr"):
                self._pop()
                self._protocol()
            case "ip" | "ip6" if following in ("saddr", "daddr"):
                self._address(word, self._pop())
            case "tcp" | "udp" | "th" if following in ("dport", "sport"):
                self._port(word, "ports" if self._pop() == "dport" else "source_ports")
            case _:
                self._sure = False

    def _verdict(self, word: str) -> None:
        if word in ("jump", "goto"):
            self._action = "jump" if word == "jump" else "goto"
            self._values["called_chain"] = f"{self._table} {self._pop()}"
            return
        self._action = _VERDICTS[word]
        if word == "reject":
            before, _, _ = " ".join(self._words).partition(' comment "')
            self._values["reject_with"] = (
                " ".join(w for w in before.split() if w not in ("with", "type")) or DEFAULT_REJECT
            )
            self._words.clear()

    def _note(self, word: str) -> None:
        """Read a statement that does not decide."""
        if word == "comment":
            self._pop()
        elif word == "log":
            while self._words and self._words[0] in ("prefix", "level", "flags", "group"):
                self._pop()
                self._pop()
        elif self._words and self._words[0] == "packets":
            _, packets, _, _ = (self._pop() for _ in range(4))
            self._values["packets"] = syntax.counter(packets)

    def _pop(self) -> str:
        return self._words.pop(0) if self._words else ""

    def _operand(self) -> tuple[bool, list[str] | None]:
        """Return whether the operand is inverted, and its values.

        The values come from one word, a set in braces or a named set. None if the named set is not
        known.
        """
        inverted = bool(self._words) and self._words[0] == "!="
        if inverted:
            self._pop()
        word = self._pop()
        if word.startswith("@"):
            return inverted, self._sets.get(word[1:])
        return inverted, _elements(word)

    def _state(self) -> None:
        if self._words and self._words[0] == "vmap":
            self._pop()
            mapped = dict(_pair(element) for element in _elements(self._pop()))
            self._never, self._never_answers = "new" not in mapped, "established" not in mapped
            is_plain = self._never and mapped.get("established", "accept") == "accept"
            self._sure = self._sure and is_plain
            if is_plain and not self._never_answers:
                self._action = "accept"
            return
        inverted, states = self._operand()
        listed = {state for each in states or () for state in each.split(",")}
        if listed and listed <= STATES:
            self._never = self._never or ("new" in listed) is inverted
            self._never_answers = self._never_answers or ("established" in listed) is inverted
        else:
            self._sure = False

    def _protocol(self) -> None:
        inverted, texts = self._operand()
        numbers = [syntax.protocol(text) for text in texts or ()]
        if inverted or not numbers or None in numbers:
            self._sure = False
        else:
            self._narrow("protocols", frozenset(number for number in numbers if number is not None))

    def _address(self, family: str, end: str) -> None:
        inverted, texts = self._operand()
        addresses = syntax.addresses(texts) if texts else None
        if addresses is None:
            self._sure = False
        else:
            wanted = syntax.all_but(addresses, FAMILIES[family]) if inverted else addresses
            self._narrow("sources" if end == "saddr" else "destinations", wanted)

    def _port(self, transport: str, name: str) -> None:
        if transport != "th":
            self._narrow("protocols", frozenset({syntax.PROTOCOLS[transport]}))
        inverted, texts = self._operand()
        ports = syntax.many_ports(texts) if texts else None
        if ports is None:
            self._sure = False
        else:
            self._narrow(name, syntax.all_ports_but(ports) if inverted else ports)

    def _narrow(self, name: str, value: frozenset[int] | Ranges) -> None:
        """Add a condition. A second condition of one kind is not understood, unless it is the
        same.
        """
        if self._values.setdefault(name, value) != value:
            self._sure = False


def _elements(word: str) -> list[str]:
    return [part.strip() for part in word.strip("{}").split(",") if part.strip()] if word.startswith("{") else [word]


def _pair(element: str) -> tuple[str, str]:
    key, _, value = element.partition(":")
    return key.strip(), value.strip()


def _sets(text: str) -> dict[str, dict[str, list[str]]]:
    """Return the elements of each set by "family table" and set name.

    Only sets of addresses, ports and protocols whose elements are in the text.
    """
    sets: dict[str, dict[str, list[str]]] = {}
    table, name, body = "", "", ""
    for line in text.split("\n"):
        opened = _opened(_without_handle(line))
        if opened and opened[0] == "table":
            table, name = opened[1], ""
        elif opened:
            name, body = (opened[1] if opened[0] == "set" else ""), ""
        elif name and line.strip() == "}":
            elements = _ELEMENTS.search(body)
            if _OF_PACKETS.search(body) and "timeout" not in body:
                sets.setdefault(table, {})[name] = _elements(elements[1]) if elements else []
            name = ""
        elif name and len(body) < LARGEST_SET:
            body += f" {line.strip()}"
    return sets
