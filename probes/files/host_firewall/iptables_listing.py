"""What does `iptables -L` print, best with -vn? A table for people.

Without -v the listing shows no interfaces. "ACCEPT all" may then hold for the loopback alone, so no
rule of such a listing counts as understood.
"""

from __future__ import annotations

import re

from probes.files.host_firewall import syntax
from probes.files.host_firewall.iptables_commands import (
    DEFAULT_REJECT,
    LETTERS,
    MOST_RULES,
    PASSING,
    RuleDraft,
    add_condition,
)
from probes.files.host_firewall.iptables_tables import FirewallTables
from probes.files.host_firewall.model import Action, Firewall, FirewallRule
from probes.origin import Origin
from probes.regex import regex

_CHAIN = regex(
    r"Chain (?P<name>\S+) \((?:policy (?P<policy>ACCEPT|DROP)(?: (?P<packets>\d+[KMGT]?) packets.*)?|.*references)\)?"
)
_ROW = regex(
    r"\s*(?:\d+\s+)??(?P<packets>\d+[KMGT]?)\s+\d+[KMGT]?\s+(?P<target>\S+)\s+(?P<protocol>\S+)\s+\S+\s+"
    r"(?P<inside>\S+)\s+(?P<out>\S+)\s+(?P<source>\S+)\s+(?P<dest>\S+)(?P<rest>.*)"
)
_BARE = regex(
    r"\s*(?:\d+\s+)?(?P<target>[A-Za-z]\S*)\s+(?P<protocol>\S+)\s+\S+\s+(?P<source>\S+)\s+(?P<dest>\S+)(?P<rest>.*)"
)
_COMMENT = regex(r"/\*.*?\*/")


def read(file: str, text: str) -> Firewall:
    """Read the chains of one or more listings."""
    tables = FirewallTables(file)
    name, count, is_complete = "", 0, True
    for number, line in enumerate(text.split("\n"), start=1):
        origin = Origin(file, number)
        if head := _CHAIN.match(line):
            name = head["name"]
            if head["policy"]:
                policy = f"policy of {name}: {head['policy']}"
                tables.add_base_chain(
                    name, FirewallRule(LETTERS[head["policy"]], origin, policy, packets=syntax.counter(head["packets"]))
                )
            tables.add_chain(name)
        elif name and line.strip() and not re.match(r"\s*(num\s+)?(pkts|target)\b", line):
            count += 1
            if count > MOST_RULES:
                return Firewall()
            rule = _rule(origin, line)
            is_complete = is_complete and (rule is not None or name != "INPUT")
            if rule is not None:
                tables.add_rule(name, rule)
    return tables.firewall(is_complete=is_complete)


def _rule(origin: Origin, line: str) -> FirewallRule | None:
    row = _ROW.match(line)
    columns = row or _BARE.match(line)
    if columns is None:
        return None
    draft = RuleDraft()
    if row is None:
        draft.is_understood = False
    else:
        for option, word in (("-i", row["inside"]), ("-o", row["out"])):
            if word not in ("*", "any"):
                add_condition(draft, option, word.lstrip("!"), inverted=word.startswith("!"))
    for option, word in (("-p", columns["protocol"]), ("-s", columns["source"]), ("-d", columns["dest"])):
        if word not in ("all", "0", "0.0.0.0/0", "anywhere", "::/0"):
            add_condition(draft, option, word.lstrip("!"), inverted=word.startswith("!"))
    rest = _COMMENT.sub(" ", columns["rest"]).split()
    target = _target(columns["target"])
    if rest[:1] == ["[goto]"] and target == "jump":
        target, rest = "goto", rest[1:]
    reject_with = _rest(rest, draft)
    return FirewallRule(
        target,
        origin,
        " ".join(line.split())[:300],
        called_chain=columns["target"] if target in ("jump", "goto") else "",
        reject_with=(reject_with or DEFAULT_REJECT) if target == "reject" else "",
        is_understood=draft.is_understood,
        never_matches=draft.never_matches,
        never_answers=draft.never_answers,
        packets=syntax.counter(row["packets"]) if row else None,
        **draft.values,  # type: ignore[arg-type]
    )


def _target(word: str) -> Action:
    return "next" if word in PASSING else LETTERS.get(word, "jump")


def _rest(words: list[str], draft: RuleDraft) -> str:
    """Read what follows the addresses. Return what a reject answers with."""
    reject_with, place = "", 0
    while place < len(words):
        word, value = words[place], words[place + 1] if place + 1 < len(words) else ""
        place += 1
        if word.startswith(("dpt:", "dpts:", "spt:", "spts:")):
            value_text = word.partition(":")[2]
            add_condition(draft, f"--{word[0]}port", value_text.lstrip("!"), inverted=value_text.startswith("!"))
        elif word in ("state", "ctstate", "dports", "sports", "reject-with"):
            place += 1
            if word == "reject-with":
                reject_with = value
            else:
                add_condition(draft, f"--{word}", value, inverted=False)
        elif word not in ("tcp", "udp", "multiport", "icmptype"):
            draft.is_understood = False
    return reject_with
