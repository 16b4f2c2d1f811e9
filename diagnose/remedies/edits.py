"""Changes to rules that exist, for where no accept can help: a drop of priority 1 is beaten by nothing.

Each way to change one rule is tried with all others; what is kept is what repairs every flow and, by `space`, changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Literal

from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from diagnose.remedies import exact, rules
from probes.addresses import Ranges, cidrs, contains, covers, subtract, union
from probes.rules.group_rule import HIGHEST_PRIORITY, Group, Rule, describe

MOST_COMBINATIONS = 64
"""Ways to change all blocking rules together that are tried before it is left to a person."""


@dataclass(frozen=True, slots=True)
class RuleEdit:
    """One existing rule changed; after is None where it is removed. before_text, after_text: the part that changes, for people."""

    action: Literal["remove", "narrow", "reprioritise"]
    before: Rule
    after: Rule | None
    before_text: str
    after_text: str | None


@dataclass(frozen=True, slots=True)
class Option:
    """One whole repair: rules to add and rules to change."""

    rules: tuple[Rule, ...]
    edits: tuple[RuleEdit, ...] = ()


def options(model: Model, flows: Sequence[Flow], most: int = 2) -> list[Option]:
    """Exact repairs of these flows, best first: rules alone where they suffice, else edits with as few rules as they still need."""
    plain = _with_edits(model, flows, ())
    if plain is not None:
        return [plain]
    blockers = _blockers(model, flows)
    wanted = _wanted(model, flows)
    found: list[Option] = []
    for choice in islice(product(*(_ways(rule, wanted) for rule in blockers)), MOST_COMBINATIONS):
        option = _with_edits(model, flows, choice) if choice else None
        if option is not None and option not in found:
            found.append(option)
        if len(found) == most:
            break
    return found


def _with_edits(model: Model, flows: Sequence[Flow], edits: tuple[RuleEdit, ...]) -> Option | None:
    """The edits, plus the accept rules still missing; None unless this repairs every flow, needs every part and opens nothing else."""
    edited = model.with_groups(_apply(model.groups, edits))
    added = rules.accept_rules(edited, rules.wishes(edited, flows), flows)
    if added is None:
        return None
    after = rules.with_rules(edited.groups, added)
    if rules.wishes(model.with_groups(after), flows):
        return None
    interfaces = {tuple(at.groups) for flow in flows if (at := model.attachment(flow)).groups} | {
        node.security_groups for node in model.case.nodes if node.security_groups
    }
    if not exact.is_exact(model.case, interfaces, model.groups, after, _wanted(model, flows)):
        return None
    return Option(tuple(added), edits)


def _apply(groups: Mapping[str, Group], edits: Sequence[RuleEdit]) -> dict[str, Group]:
    after = dict(groups)
    for edit in edits:
        group = after[edit.before.group]
        kept = tuple(edit.after if rule is edit.before else rule for rule in group.rules)
        after[group.id] = replace(group, rules=tuple(rule for rule in kept if rule is not None))
    return after


def _wanted(model: Model, flows: Sequence[Flow]) -> exact.Wanted:
    wanted: dict[tuple[int, int], Ranges] = {}
    for wish in rules.wishes(model, flows):
        if wish.direction == "ingress":
            key = (wish.protocol, wish.port)
            wanted[key] = union((*wanted.get(key, ()), wish.block))
    return wanted


def _blockers(model: Model, flows: Sequence[Flow]) -> list[Rule]:
    """Inbound drops of priority 1 that decide against one of the flows; managed groups cannot be edited."""
    found: dict[str, Rule] = {}
    for flow in flows:
        for decision in model.decisions(flow):
            deciding = {line.rule for line in decision.deciding if line.verdict == "denied"}
            for group in (model.group(ident) for ident in decision.at):
                for rule in group.rules:
                    blocks = rule.id in deciding and not rule.accept and rule.priority <= HIGHEST_PRIORITY
                    if blocks and rule.direction == "ingress" and not group.managed_by:
                        found[f"{group.id} {rule.id}"] = rule
    return list(found.values())


def outbound_drops(model: Model, flows: Sequence[Flow]) -> list[Rule]:
    """Outbound drops of priority 1 that decide against one of the flows."""
    found: dict[str, Rule] = {}
    for flow in flows:
        for decision in model.decisions(flow):
            deciding = {line.rule for line in decision.deciding if line.verdict == "denied"}
            for group in (model.group(ident) for ident in decision.at if decision.layer == "security-group"):
                for rule in group.rules:
                    if rule.id in deciding and rule.direction == "egress" and not rule.accept:
                        found[f"{group.id} {rule.id}"] = rule
    return [rule for rule in found.values() if rule.priority <= HIGHEST_PRIORITY]


def _ways(rule: Rule, wanted: exact.Wanted) -> Iterator[RuleEdit]:
    """A rule that guards nothing but what is wanted goes; any other keeps as much of its guard as it can."""
    gone = RuleEdit("remove", rule, None, describe(rule), None)
    if _guards_nothing_else(rule, wanted):
        yield gone
    yield from _narrowed(rule, wanted)
    lower = replace(rule, priority=HIGHEST_PRIORITY + 1)
    yield RuleEdit("reprioritise", rule, lower, f"priority {rule.priority}", f"priority {lower.priority}")
    yield gone


def _guards_nothing_else(rule: Rule, wanted: exact.Wanted) -> bool:
    if not isinstance(rule.ports, tuple) or not isinstance(rule.source, tuple) or rule.protocol is None:
        return False
    ports = union((port, port) for protocol, port in wanted if protocol == rule.protocol)
    return covers(ports, rule.ports) and all(
        covers(sources, rule.source)
        for (protocol, port), sources in wanted.items()
        if protocol == rule.protocol and _covers_port(rule, port)
    )


def _narrowed(rule: Rule, wanted: exact.Wanted) -> Iterator[RuleEdit]:
    """Fewer ports or fewer sources, where what is left is one range that one rule can say."""
    if not isinstance(rule.ports, tuple) or not isinstance(rule.source, tuple) or rule.protocol is None:
        return
    concerned = {
        port: sources
        for (protocol, port), sources in wanted.items()
        if protocol == rule.protocol and _covers_port(rule, port)
    }
    if not concerned:
        return
    if all(covers(sources, rule.source) for sources in concerned.values()):
        left = subtract(rule.ports, union((port, port) for port in concerned))
        if len(left) == 1:
            before, after = (f"{ports[0][0]}/{ports[0][1]}" for ports in (rule.ports, left))
            yield RuleEdit("narrow", rule, replace(rule, ports=left), f"port range {before}", f"port range {after}")
    if covers(union((port, port) for port in concerned), rule.ports):
        left = subtract(rule.source, union(piece for sources in concerned.values() for piece in sources))
        blocks = cidrs(left)
        if len(blocks) == 1:
            text = ", ".join(cidrs(rule.source))
            yield RuleEdit("narrow", rule, replace(rule, source=left), f"source {text}", f"source {blocks[0]}")


def _covers_port(rule: Rule, port: int) -> bool:
    return isinstance(rule.ports, tuple) and contains(rule.ports, port)
