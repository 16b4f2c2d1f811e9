"""Do the cluster and its network let the resource group in? The diagnosis itself is asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from diagnose.case.model import Skipped
from diagnose.findings.model import Finding
from diagnose.flows.plan import WITHOUT_NODES
from diagnose.output.sentences import series
from diagnose.registration.accounts import kerberos_open, uses_kerberos
from diagnose.registration.model import Need, Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_of
from diagnose.scene.outcome import GOOD, Outcome
from probes.frozen import replace
from probes.language import tr

LIST_NETWORKS: Final = "dataworks-public:ListNetworks"
GROUPS: Final = "ecs:DescribeSecurityGroups"
RUNNING: Final = "RUNNING"
WAYS: Final = frozenset({"NET-WRONG-VPC", "NET-OVERLAP", "NET-ROUTE", "RET-ROUTE"})
"""Codes of what keeps packets from the cluster or their replies from the resource group."""
KRB5: Final = "krb5.conf"
MOST_NAMED: Final = 3
"""Connections that one answer names."""


def cluster_runs(preflight: Preflight) -> RuleAnswer:
    """STATE-CLUSTER: the cloud says that the cluster does not run."""
    state = next((state for state in preflight.case.states if state.kind == "cluster"), None)
    if state is None and (kind := _without_nodes(preflight)):
        why = tr("{call} answers for EMR on ECS, and this cluster is of type {kind}", call=GET_CLUSTER, kind=kind)
        return not_checkable(why, tr("whether the cluster runs, in the EMR console"))
    if state is None:
        return not_checkable(tr("no answer has the state of the cluster"), answer_of(GET_CLUSTER))
    said = tr("{field} is {value}", field=state.field, value=state.value)
    if found := [each for each in _diagnosed(preflight, {"STATE-CLUSTER"}) if each.params.get("kind") == "cluster"]:
        return failed(*found)
    if state.value.strip().upper() != RUNNING:
        return not_checkable(said, tr("whether the cluster runs, in the EMR console"))
    return passed(said)


def network_bound(preflight: Preflight) -> RuleAnswer:
    """NET-WRONG-VPC and its kind: from no network of the resource group there is a way to the
    cluster."""
    if found := _diagnosed(preflight, WAYS):
        return failed(*found)
    sources = preflight.scene.model.sources
    if not sources and (down := [each for each in _diagnosed(preflight, {"STATE-CLUSTER"}) if _is_of_network(each)]):
        return failed(*down)
    if not sources:
        return not_checkable(tr("no network of the resource group is known that runs"), answer_of(LIST_NETWORKS))
    ours, theirs = {source.vpc for source in sources}, _vpcs(preflight)
    if None in ours:
        return not_checkable(tr("the VPC of the resource group's network is not known"), answer_of(LIST_NETWORKS))
    if kind := _without_nodes(preflight):
        return _tried(kind)
    if None in theirs or not theirs:
        return not_checkable(tr("the VPC of the cluster is not known"), answer_of(GET_CLUSTER))
    vpcs = series(sorted(map(str, theirs)))
    if ours == theirs:
        return passed(tr("the resource group has a network in {vpc}, the VPC of the cluster", vpc=vpcs))
    routes = [d for outcome in preflight.scene.outcomes for d in outcome.decisions if d.layer == "route"]
    if routes and all(decision.verdict == "allowed" for decision in routes):
        return passed(tr("routes lead from the networks of the resource group to {vpc}", vpc=vpcs))
    why = tr("the resource group is in another VPC than {vpc}, and not all routes are known", vpc=vpcs)
    return not_checkable(why, answer_of("vpc:DescribeRouteEntryList"))


def group_is_basic(preflight: Preflight) -> RuleAnswer:
    """SG-ENTERPRISE: a node is in an advanced group, which EMR does not support."""
    names = sorted(preflight.scene.node_groups)
    if not names and (kind := _without_nodes(preflight)):
        return passed(tr("a cluster of type {kind} has no nodes of EMR on ECS", kind=kind))
    if not names:
        return not_checkable(tr("no file states the security groups of the nodes"), answer_of("ecs:DescribeInstances"))
    cut = next((skip for skip in preflight.case.skipped if skip.hides and skip.about == "nodes"), None)
    kinds = {name: _kind(preflight, name) for name in names}
    advanced = [name for name, kind in kinds.items() if kind == "enterprise"]
    if advanced:
        only_unsupported = replace(broken("SG-ENTERPRISE", {"groups": advanced}), severity="warning")
        return failed(*(_diagnosed(preflight, {"SG-ENTERPRISE"}) or (only_unsupported,)))
    if unknown := [name for name, kind in kinds.items() if kind is None]:
        return not_checkable(tr("the type of {groups} is not known", groups=series(unknown)), answer_of(GROUPS))
    if cut is not None:
        return _unread(cut)
    return passed(tr("{groups}: of the basic type", groups=series(names)))


def kerberos_inbound(preflight: Preflight) -> RuleAnswer:
    """SG-KDC-UDP and its kind: the KDC cannot be reached from the whole vSwitch."""
    mode = preflight.case.cluster.security_mode
    kdcs = _required(preflight, is_kdc=True)
    hidden = [skip for skip in preflight.hidden if skip.kind == KRB5 or skip.about == "networks"]
    if not kdcs:
        has_kerberos = uses_kerberos(preflight.case)
        if has_kerberos is False and mode is not None:
            return passed(tr("the cluster has no Kerberos: its security mode is {mode}", mode=mode))
        if not has_kerberos:
            return kerberos_open(preflight.case)
        if hidden:
            return _unread(hidden[0])
        return not_checkable(tr("no krb5.conf names a KDC"), Need(tr("krb5.conf of a node")))
    answer = _of_flows(preflight, kdcs, hidden)
    is_reversed = any(set(finding.flows) & set(answer.flows) for finding in _diagnosed(preflight, {"SG-DIRECTION"}))
    return replace(answer, is_disputed=is_reversed)


def component_ports(preflight: Preflight) -> RuleAnswer:
    """SG-SVC, SG-DATANODE and their kind: a component cannot be reached from the whole vSwitch."""
    flows = _required(preflight, is_kdc=False)
    if not flows and (kind := _without_nodes(preflight)):
        return _tried(kind)
    if not flows:
        needs = answer_of("emr:ListApplicationConfigs")
        return not_checkable(tr("no file names a service that the resource group needs"), needs)
    return _of_flows(preflight, flows, [skip for skip in preflight.hidden if skip.kind != KRB5])


def _without_nodes(preflight: Preflight) -> str:
    """Return the type of a cluster that has no nodes of EMR on ECS. "" if it has some, or if its
    type is not known."""
    kind = (preflight.case.cluster.type or "").strip().upper()
    return kind if kind in WITHOUT_NODES else ""


def _tried(kind: str) -> RuleAnswer:
    """Return the answer for a network of which nothing is known before it is tried."""
    why = tr("a cluster of type {kind} has no nodes of EMR on ECS whose addresses and ports are known", kind=kind)
    return not_checkable(why, tr("whether the initialization of the resource group succeeds"))


def _required(preflight: Preflight, *, is_kdc: bool) -> list[Outcome]:
    return [
        outcome
        for outcome in preflight.scene.outcomes
        if outcome.flow.need == "required" and (outcome.flow.area == "kerberos") == is_kdc
    ]


def _of_flows(preflight: Preflight, outcomes: Sequence[Outcome], hidden: Sequence[Skipped] = ()) -> RuleAnswer:
    """Return the answer for connections. `hidden`: what was not read and may hold further ones."""
    stopped = [outcome for outcome in outcomes if outcome.verdict in ("blocked", "partial")]
    if stopped:
        ends = series([str(outcome.flow.endpoint) for outcome in stopped], MOST_NAMED)
        why = tr("{ends} cannot be reached from every address of the resource group", ends=ends)
        return RuleAnswer("failed", why, flows=tuple(outcome.flow.id for outcome in stopped))
    unknown = [outcome for outcome in outcomes if outcome.verdict not in GOOD]
    if not unknown and hidden:
        return _unread(hidden[0])
    if not unknown:
        return passed(tr("all {count} connections are allowed", count=len(outcomes)))
    ends = series([str(outcome.flow.endpoint) for outcome in unknown], MOST_NAMED)
    missing = dict.fromkeys(text for each in unknown for decision in each.decisions for text in decision.missing)
    needs = series(list(missing)) or tr("the rules of the security groups of the nodes")
    if not preflight.scene.model.sources:
        return not_checkable(tr("no network of the resource group is known that runs"), answer_of(LIST_NETWORKS))
    return not_checkable(tr("it is not known whether {ends} can be reached", ends=ends), Need(needs))


def _unread(skip: Skipped) -> RuleAnswer:
    """Return the answer if something was not read that may break the rule."""
    return not_checkable(tr("{name}: {text}", name=skip.check, text=skip.cause), Need(skip.needs or skip.check))


def _is_of_network(finding: Finding) -> bool:
    return finding.params.get("kind") == "network"


def _vpcs(preflight: Preflight) -> set[str | None]:
    """Return the VPCs of the nodes, or of the cluster if no node has a vSwitch. None: not known."""
    case = preflight.case
    vswitches = {node.vswitch for node in case.nodes if node.vswitch}
    if not vswitches:
        return {case.cluster.vpc}
    known = (case.vswitches.get(vswitch) for vswitch in vswitches)
    return {(each.vpc if each else None) or case.cluster.vpc for each in known}


def _kind(preflight: Preflight, group: str) -> str | None:
    known = preflight.case.security_groups.get(group)
    return None if known is None else known.kind


def _diagnosed(preflight: Preflight, codes: Collection[str]) -> tuple[Finding, ...]:
    """Return the findings of the diagnosis with these codes, as far as they are sure."""
    return tuple(
        finding for finding in preflight.findings if finding.code in codes and finding.confidence != "inferred"
    )
