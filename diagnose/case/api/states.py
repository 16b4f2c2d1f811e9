"""In which state does the cloud say that cluster, nodes, components, interfaces, vSwitches and
resource group are?

Field names: SDKs emr 2021-03-20, ecs 2014-05-26, vpc 2016-04-28 and dataworks-public 2024-05-18,
read on 2026-11-28.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.api.answers import Instances, NetworkInterfaces, VSwitchAttributes, VSwitches
from diagnose.case.api.cluster_answers import (
    GetCluster,
    GetResourceGroup,
    ListComponentInstances,
    ListNodes,
    ListResourceGroups,
)
from diagnose.case.api.documents import ApiAnswers
from diagnose.case.cloud_state import CloudState
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.language import tr
from probes.origin import Origin


def states(
    answers: ApiAnswers,
    resource_group: str | None,
    vpc: str | None,
    conflicts: list[Conflict],
    skipped: list[Skipped],
) -> tuple[CloudState, ...]:
    """Return every state that an answer gives.

    Of resource groups only that of the case, of interfaces only those of the cluster's VPC. If two
    answers differ on whether an object runs, its state is unknown.
    """
    found = (
        *_clusters(answers),
        *_nodes(answers),
        *_instances(answers),
        *_components(answers),
        *_interfaces(answers, vpc),
        *_vswitches(answers),
        *_resource_groups(answers, resource_group),
    )
    given = tuple(dict.fromkeys(state for state in found if state.value))
    stated: dict[tuple[object, ...], list[CloudState]] = {}
    for state in given:
        stated.setdefault(_object(state), []).append(state)
    disputed: set[tuple[object, ...]] = set()
    for key, accounts in stated.items():
        first = accounts[0]
        other = next((each for each in accounts if _contradicts(each, first)), None)
        if other is not None:
            _dispute((first, other), conflicts, skipped)
            disputed.add(key)
    return tuple(state for state in given if _object(state) not in disputed)


def _contradicts(state: CloudState, other: CloudState) -> bool:
    """Return True if two answers differ. One answer may list an object and its successor."""
    return state.is_down != other.is_down and state.origin.file != other.origin.file


def _object(state: CloudState) -> tuple[object, ...]:
    """Return what the state is of, and which field gives it."""
    return state.kind, state.name, state.node, state.field


def _dispute(both: tuple[CloudState, CloudState], conflicts: list[Conflict], skipped: list[Skipped]) -> None:
    first, second = both
    subject = f"{first.kind} {first.name}" + (f" on {first.node}" if first.kind == "component" and first.node else "")
    accounts = tuple(f"{state.field} {state.value}" for state in both)
    conflicts.append(Conflict(subject, (first.origin, second.origin), accounts))
    cause = tr("two answers differ: {accounts}", accounts=tr(" and ").join(accounts))
    skipped.append(
        Skipped(tr("state of {object}", object=subject), cause, tr("one new answer with its state"), hides=True)
    )


def _clusters(answers: ApiAnswers) -> Iterator[CloudState]:
    for answer in answers.of(GetCluster):
        value = answer.value.cluster
        origin = answer.origin("Cluster", "ClusterState", key="ClusterState")
        yield CloudState("cluster", value.cluster_name or value.cluster_id, "ClusterState", value.cluster_state, origin)


def _nodes(answers: ApiAnswers) -> Iterator[CloudState]:
    for page in answers.of(ListNodes):
        for value, line in zip(page.value.nodes, page.lines("Nodes"), strict=True):
            origin = Origin(page.file, line, "NodeState")
            yield CloudState("node", value.node_name, "NodeState", value.node_state, origin, node=value.node_name)


def _instances(answers: ApiAnswers) -> Iterator[CloudState]:
    for page in answers.of(Instances):
        for value, line in zip(page.value.instances, page.lines("Instances"), strict=True):
            name = value.host_name or value.instance_id
            addresses = tuple(address.strip() for address in value.vpc_attributes.private_ip_address)
            origin = Origin(page.file, line, "Status")
            yield CloudState("instance", name, "Status", value.status, origin, addresses=addresses)


def _components(answers: ApiAnswers) -> Iterator[CloudState]:
    names = {node.node_id: node.node_name for page in answers.of(ListNodes) for node in page.value.nodes}
    for page in answers.of(ListComponentInstances):
        for value, line in zip(page.value.component_instances, page.lines("ComponentInstances"), strict=True):
            for field, text in (
                ("ComponentInstanceState", value.component_instance_state),
                ("BizState", value.biz_state),
            ):
                origin = Origin(page.file, line, field)
                node = value.node_name or names.get(value.node_id, value.node_id)
                yield CloudState("component", value.component_name, field, text, origin, node=node)


def _interfaces(answers: ApiAnswers, vpc: str | None) -> Iterator[CloudState]:
    for page in answers.of(NetworkInterfaces):
        for value, line in zip(page.value.network_interface_sets, page.lines("NetworkInterfaceSets"), strict=True):
            said = (value.private_ip_address, *(each.private_ip_address for each in value.private_ip_sets))
            addresses = tuple(dict.fromkeys(address.strip() for address in said if address.strip()))
            name = value.network_interface_id or next(iter(addresses), "")
            origin = Origin(page.file, line, "Status")
            if vpc is None or value.vpc_id in (vpc, ""):
                yield CloudState("network interface", name, "Status", value.status, origin, addresses=addresses)


def _vswitches(answers: ApiAnswers) -> Iterator[CloudState]:
    for answer in answers.of(VSwitchAttributes):
        origin = answer.origin("Status", key="Status")
        yield CloudState("vSwitch", answer.value.vswitch_id, "Status", answer.value.status, origin)
    for page in answers.of(VSwitches):
        for value, line in zip(page.value.vswitches, page.lines("Vswitches"), strict=True):
            yield CloudState("vSwitch", value.vswitch_id, "Status", value.status, Origin(page.file, line, "Status"))


def _resource_groups(answers: ApiAnswers, wanted: str | None) -> Iterator[CloudState]:
    for answer in answers.of(GetResourceGroup):
        group = answer.value.resource_group
        if wanted in (None, group.id):
            origin = answer.origin("ResourceGroup", "Status", key="Status")
            yield CloudState("resource group", group.name or group.id, "Status", group.status, origin)
    for page in answers.of(ListResourceGroups):
        path = ("PagingInfo", "ResourceGroupList")
        for group, line in zip(page.value.paging_info.resource_group_list, page.lines(*path), strict=True):
            if group.id == wanted:
                name = group.name or group.id
                yield CloudState("resource group", name, "Status", group.status, Origin(page.file, line, "Status"))
