"""Which cluster is it, which machines does it have, and what runs on them?"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

import msgspec

from diagnose.case.api import paging
from diagnose.case.api.cluster_answers import (
    ClusterAnswer,
    GetCluster,
    ListComponentInstances,
    ListNodeGroups,
    ListNodes,
    NodeAnswer,
    NodeGroup,
)
from diagnose.case.api.documents import ApiAnswers
from diagnose.case.api.interfaces import Interface
from diagnose.case.faults import Conflict
from diagnose.case.model import Cluster, Node, Skipped, StatedValue
from probes.frozen import frozen, replace
from probes.language import tr
from probes.origin import Origin

GONE = frozenset({"terminated", "terminating", "released", "deleted"})
"""States of a node that no longer exists. EMR lists it for a while, when its address may belong to
another machine."""


def of_one_cluster(answers: ApiAnswers, own: str | None) -> tuple[ApiAnswers, tuple[StatedValue, ...]]:
    """Return the answers without GetCluster of another cluster than `own`, that of case.toml, and
    which clusters those are of. State and mode of another cluster say nothing of this one."""
    others = [
        each
        for each in answers.of(GetCluster)
        if own and each.value.cluster.cluster_id and each.value.cluster.cluster_id.lower() != own.lower()
    ]
    stated = tuple(
        StatedValue("cluster", "id", each.value.cluster.cluster_id, each.origin("Cluster")) for each in others
    )
    return ApiAnswers(tuple(each for each in answers.items if all(each is not other for other in others))), stated


def cluster(answers: ApiAnswers, conflicts: list[Conflict]) -> Cluster:
    """Return the cluster. CaseError if the answers are of two clusters.

    A field that two answers give differently is unknown.
    """
    found = answers.of(GetCluster)
    if not found:
        return Cluster()
    said = found[0].value.cluster
    for other in found[1:]:
        if other.value.cluster.cluster_id != said.cluster_id:
            expected = tr(
                "{cluster} as in {file}: a case is of one cluster", cluster=said.cluster_id, file=found[0].file
            )
            second_one = tr("cluster {cluster}", cluster=other.value.cluster.cluster_id)
            raise other.error(("Cluster", "ClusterId"), second_one, expected)
    merged = _cluster(said)
    for answer in found[1:]:
        second = _cluster(answer.value.cluster)
        for field in DECIDING:
            one, two = getattr(merged, field), getattr(second, field)
            if one is not None and two is not None and one != two:
                places = (found[0].origin("Cluster"), answer.origin("Cluster"))
                conflicts.append(
                    Conflict(
                        tr("cluster {cluster}", cluster=said.cluster_id), places, (f"{field} {one}", f"{field} {two}")
                    )
                )
                merged = replace(merged, **{field: None})
    return merged


DECIDING = ("type", "release", "deploy_mode", "security_mode", "vpc", "security_group")
"""Fields of a cluster on which two answers may differ, and that decide what is checked."""


def _cluster(said: ClusterAnswer) -> Cluster:
    return Cluster(
        id=said.cluster_id,
        name=said.cluster_name or None,
        type=said.cluster_type.upper() or None,
        release=said.release_version or None,
        region=said.region_id or None,
        deploy_mode=said.deploy_mode.upper() or None,
        security_mode=said.security_mode.upper() or None,
        vpc=said.node_attributes.vpc_id or None,
        security_group=said.node_attributes.security_group_id or None,
    )


def read(
    answers: ApiAnswers,
    cluster: Cluster,
    interfaces: Mapping[str, Interface],
    names: Mapping[str, tuple[str, ...]],
    conflicts: list[Conflict],
) -> tuple[tuple[Node, ...], list[Skipped]]:
    """Return the nodes that exist, by name, and what is missing. `names` is address ->
    host names."""
    listed: dict[str, tuple[NodeAnswer, Origin]] = {}
    skipped = _truncated(answers)
    for value, origin in _listed(answers, skipped):
        if value.node_state.lower() in GONE:
            continue
        known, first = listed.setdefault(value.node_name, (value, origin))
        if known.private_ip != value.private_ip:
            accounts = (
                f"PrivateIp {known.private_ip or tr('none')}",
                f"PrivateIp {value.private_ip or tr('none')}",
            )
            conflicts.append(Conflict(tr("node {node}", node=value.node_name), (first, origin), accounts))
            listed[value.node_name] = msgspec.structs.replace(known, private_ip=""), first
            cause = tr("two answers differ: {accounts}", accounts=tr(" and ").join(accounts))
            skipped.append(
                Skipped(
                    disputed(value.node_name),
                    cause,
                    tr("one new answer of {call}", call="emr:ListNodes"),
                    hides=True,
                    about="nodes",
                )
            )
    groups = {group.node_group_id: group for page in answers.of(ListNodeGroups) for group in page.value.node_groups}
    building = _Building(cluster, interfaces, names, groups, _running(answers))
    nodes = tuple(building.node(value, origin) for _, (value, origin) in sorted(listed.items()))
    return nodes, skipped


def disputed(name: str) -> str:
    """Return what is not known of a node to which two answers give different addresses."""
    return tr("nodes by address: the one of {name}", name=name)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _listed(answers: ApiAnswers, skipped: list[Skipped]) -> Iterator[tuple[NodeAnswer, Origin]]:
    """Yield the nodes, with an empty address for a text that is none."""
    for page in answers.of(ListNodes):
        for value, line in zip(page.value.nodes, page.lines("Nodes"), strict=True):
            address = value.private_ip.strip()
            if address and not _is_address(address):
                cause = tr(
                    "{place} says PrivateIp {address!r}, which is no address",
                    place=f"{page.file}:{line}",
                    address=address[:40],
                )
                needs = tr("ListNodes with the private address of the node")
                skipped.append(Skipped(tr("address of {node}", node=value.node_name), cause, needs))
                address = ""
            yield msgspec.structs.replace(value, private_ip=address), Origin(page.file, line, value.node_name)


@frozen
class _Building:
    """What every node is put together from."""

    cluster: Cluster
    interfaces: Mapping[str, Interface]
    names: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, NodeGroup]
    running: Mapping[str, set[str]]

    def node(self, value: NodeAnswer, origin: Origin) -> Node:
        address = value.private_ip.strip() or None
        interface = self.interfaces.get(address) if address else None
        group = self.groups.get(value.node_group_id)
        security_groups, assumed = self._security_groups(interface, group)
        return Node(
            name=value.node_name,
            address=address,
            group=(value.node_group_type or (group.node_group_type if group else "")).upper() or None,
            vswitch=_vswitch(interface, group),
            security_groups=security_groups,
            hostnames=self._hostnames(value.node_name, address, interface),
            components=self._components(value),
            origin=origin,
            assumed=assumed,
            beside=interface.beside if interface else (),
        )

    def _security_groups(
        self, interface: Interface | None, group: NodeGroup | None
    ) -> tuple[tuple[str, ...] | None, str | None]:
        """Return the groups, and what they assume.

        EMR knows which groups it gave a node, but not what was changed on the interface since.
        """
        if interface and (interface.groups is not None or interface.is_disputed):
            return interface.groups, None
        own = self.cluster.security_group
        if own is None:
            return None, None
        if group is None:
            return (own,), tr("the node has no security group besides {group} of the cluster", group=own)
        groups = tuple(dict.fromkeys((own, *(each for each in group.additional_security_group_ids if each))))
        return groups, tr("the interface still has the security groups that EMR gave the node")

    def _hostnames(self, name: str, address: str | None, interface: Interface | None) -> tuple[str, ...]:
        known = [*(self.names.get(address, ()) if address else ()), (interface.host_name if interface else None) or ""]
        return tuple(dict.fromkeys(host for host in known if host and host != name))

    def _components(self, value: NodeAnswer) -> tuple[str, ...]:
        by_id = self.running.get(value.node_id, set()) if value.node_id else set()
        return tuple(sorted(by_id | self.running.get(value.node_name, set())))


def _running(answers: ApiAnswers) -> dict[str, set[str]]:
    """Return component names by node id, or by node name if the answer has no id.

    An id is "i-…", so it cannot equal a name.
    """
    running: dict[str, set[str]] = {}
    for page in answers.of(ListComponentInstances):
        for component in page.value.component_instances:
            running.setdefault(component.node_id or component.node_name, set()).add(component.component_name)
    return running


def _vswitch(interface: Interface | None, group: NodeGroup | None) -> str | None:
    if interface and interface.vswitch:
        return interface.vswitch
    return group.vswitch_ids[0] if group and len(group.vswitch_ids) == 1 else None


def _truncated(answers: ApiAnswers) -> list[Skipped]:
    nodes, groups, running = answers.of(ListNodes), answers.of(ListNodeGroups), answers.of(ListComponentInstances)
    return [
        *paging.skipped(
            nodes,
            len({n.node_id or n.node_name for a in nodes for n in a.value.nodes}),
            tr("nodes"),
            hides=True,
            about="nodes",
        ),
        *paging.skipped(groups, len({g.node_group_id for a in groups for g in a.value.node_groups}), tr("node groups")),
        *paging.skipped(
            running,
            len({c for a in running for c in a.value.component_instances}),
            tr("component instances"),
            hides=True,
            about="instances",
        ),
    ]
