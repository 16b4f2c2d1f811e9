"""Which further security group lets flows in if no group on an interface takes a rule?

That is so if a cloud service manages them. The further group is given whole: its rules, and the
nodes whose interfaces have to join it. It is tried on the model before it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from diagnose.case.model import Node
from diagnose.decisions.model import Model
from diagnose.flows.model import Flow
from diagnose.remedies import exact, rules
from diagnose.remedies.edits import wanted_sources
from diagnose.remedies.quota import MOST_GROUPS
from probes.frozen import frozen, replace
from probes.rules.group_rule import Group, Rule

NAME = "emr-diagnose-dataworks"
"""Name of the group, which stands for its id until it has one."""


@frozen
class JoinedGroup:
    """A further group, the nodes that join it, and the model with both."""

    group: Group
    """The group without its rules."""
    type: Literal["normal", "enterprise"]
    """Its type."""
    rules: tuple[Rule, ...]
    """Its rules."""
    nodes: tuple[Node, ...]
    """Nodes whose interfaces join it."""
    model: Model
    """The model in which they have joined it, with its rules."""


def further_group(model: Model, flows: Sequence[Flow]) -> JoinedGroup | None:
    """Return a group that lets these flows in and nothing else.

    None if a target is no known node, if its groups differ in type or leave no place, or if a drop
    in them wins over every accept.
    """
    lacking = rules.wishes(model, flows, rules.INBOUND)
    concerned = {wish.flow for wish in lacking}
    targets = [model.node(flow) for flow in flows if flow.id in concerned]
    nodes = list({node.name: node for node in targets if node is not None}.values())
    if not lacking or None in targets or any(_is_full(node) for node in nodes):
        return None
    beside = [model.group(ident) for node in nodes for ident in node.security_groups or ()]
    kinds, vpcs = {group.kind for group in beside}, {group.vpc for group in beside}
    if len(kinds) != 1 or len(vpcs) != 1:
        return None
    kind: Literal["normal", "enterprise"] = "enterprise" if "enterprise" in kinds else "normal"
    group = Group(NAME, name=NAME, vpc=vpcs.pop(), kind=kind)
    joined = _with_group(model, group, nodes)
    wishes = rules.wishes(joined, flows, rules.INBOUND)
    granted = rules.accept_rules(joined, wishes, flows)
    if granted is None or not granted.rules or any(rule.group != NAME for rule in granted.rules):
        return None
    interfaces = {node.security_groups for node in joined.case.nodes if node.security_groups}
    wanted = wanted_sources(wishes)
    if not exact.is_exact(joined, granted.model, interfaces, wanted):
        return None
    return JoinedGroup(group, kind, granted.rules, tuple(nodes), granted.model)


def _is_full(node: Node) -> bool:
    return node.security_groups is None or len(node.security_groups) >= MOST_GROUPS


def _with_group(model: Model, group: Group, joining: Sequence[Node]) -> Model:
    """Return the model in which the interfaces of these nodes are in the group as well."""
    names = {node.name for node in joining}
    nodes = tuple(
        replace(node, security_groups=(*(node.security_groups or ()), group.id)) if node.name in names else node
        for node in model.case.nodes
    )
    case = replace(model.case, nodes=nodes)
    return Model(case, model.sources, {**model.groups, group.id: group}, model.acls, None, model.tables)
