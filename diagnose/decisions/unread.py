"""What can an answer that cannot be read change?

It may know another network of the resource group, another rule, another ACL or another route. So no
flow is allowed while such an answer is in the case. A denial is unknown too if the answer can take
it back: another account of the same group or route table can, another network cannot.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.case.dataworks import ABOUT_WORKSPACES
from diagnose.case.faults import Misread
from diagnose.case.model import Case
from diagnose.case.redacted import NAME as REDACTION
from diagnose.case.sources import OPTION
from probes.addresses import Ranges
from probes.frozen import replace
from probes.language import tr
from probes.rules.decision import Decision
from probes.rules.routes import RouteTable
from probes.rules.security_group import Group

STATED = ("case.toml", OPTION, REDACTION)
"""Origin of a network that no answer can change."""
NO_LAYER = ABOUT_WORKSPACES | {"emr:ListComponentInstances", "emr:ListApplicationConfigs"}
"""Answers that say which flows there are, or how the workspace is, and nothing of what lets flows
through."""
NETWORKS = frozenset(
    {"dataworks-public:GetResourceGroup", "dataworks-public:ListNetworks", "dataworks-public:ListResourceGroups"}
)
"""The networks of the resource group, with their VPC, vSwitch and security group."""
RULES = frozenset({"ecs:DescribeSecurityGroupAttribute"})
"""The rules of a group. It has pages, and the first one may be the one that cannot be read."""
LISTS = frozenset({"ecs:DescribePrefixListAttributes", "ecs:DescribePortRangeListEntries"})
"""The addresses and ports of a list that rules name. The latter has pages too."""
ROUTES = frozenset({"vpc:DescribeRouteEntryList"})
"""The entries of a route table, with pages."""
GROUPS_OF_HOSTS = RULES | {
    "ecs:DescribeInstances",
    "ecs:DescribeNetworkInterfaces",
    "ecs:DescribeSecurityGroups",
    "emr:GetCluster",
    "emr:ListNodeGroups",
    "emr:ListNodes",
}
"""Answers that may say that a host has another group than the one that is assumed."""


def decision(case: Case, sources: Ranges) -> Decision | None:
    """Return the decision of the answers that cannot be read. None if none of them decides."""
    harmless = NO_LAYER | NETWORKS if _states_networks(case) else NO_LAYER
    files = tuple(each.file for each in case.misread if each.kind not in harmless)
    if not files:
        return None
    missing = tuple(map(_content, files))
    return Decision("input", "ingress", files, "unknown", unknown=sources, missing=missing)


def may_name_groups(case: Case) -> bool:
    """Return True if an answer that cannot be read may say which groups a host has."""
    return _first(case, GROUPS_OF_HOSTS) is not None


def groups_of(case: Case) -> Mapping[str, Group]:
    """Return the groups of the case. One of which the answer may have further rules has a gap.

    If RuleCount fits, a group is whole.
    """
    rules, lists = _first(case, RULES), _first(case, LISTS)
    groups = case.security_groups
    if lists is not None:
        groups = {ident: _in_doubt(group, _content(lists.file)) for ident, group in groups.items()}
    if rules is None:
        return groups
    gap = _content(rules.file)
    return {
        ident: group
        if group.rule_count is not None
        else replace(group, gaps=(*group.gaps, ("ingress", gap), ("egress", gap)))
        for ident, group in groups.items()
    }


def tables_of(case: Case) -> Mapping[str, RouteTable]:
    """Return the route tables of the case. One that may have further entries has a gap."""
    routes = _first(case, ROUTES)
    if routes is None:
        return case.route_tables
    gap = _content(routes.file)
    return {ident: replace(table, gap=table.gap or gap) for ident, table in case.route_tables.items()}


def _states_networks(case: Case) -> bool:
    """Return True if case.toml, or the command line, states all of each network of the group."""
    networks = case.resource_group.networks
    return bool(networks) and all(
        network.origin is not None
        and network.origin.file.rpartition("/")[2] in STATED
        and None not in (network.vpc, network.vswitch, network.security_group)
        for network in networks
    )


def _in_doubt(group: Group, doubt: str) -> Group:
    """Return the group with a doubt on each rule that names a list."""
    rules = (replace(rule, doubt=rule.doubt or doubt) if rule.lists else rule for rule in group.rules)
    return replace(group, rules=tuple(rules))


def _first(case: Case, kinds: frozenset[str]) -> Misread | None:
    """Return the first answer that cannot be read and may be of one of these kinds."""
    return next((each for each in case.misread if each.kind is None or each.kind in kinds), None)


def _content(file: str) -> str:
    return tr("what {file} says, which cannot be read", file=file)
