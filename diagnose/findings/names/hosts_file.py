"""Does the hosts file of the case lead clients to the nodes?

A line may have an address that the node does not have, or a name where the address belongs. The
hosts file of a client decides where its packets go. The node list says where the nodes are.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.derived import once
from diagnose.case.model import Case, Node
from diagnose.findings.model import Confidence, Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows import client_files
from diagnose.flows.authority import is_loopback
from diagnose.flows.model import Flow
from diagnose.flows.names import Names, names, numeric
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.names.hosts import HostEntry


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield DNS-STALE-IP for a wrong address, DNS-CLUSTER-NAME for swapped columns."""
    yield from _wrong_addresses(scene)
    yield from _swapped(scene)


@once
def leads_to_another_node(case: Case) -> frozenset[str]:
    """Return the names of nodes that a line of the hosts file gives the address of another node."""
    known = names(case)
    return frozenset(
        name.rstrip(".").lower()
        for entry in (case.hosts.entries if case.hosts is not None else ())
        for name in entry.names
        if (node := known.place(name).node) is not None
        and entry.address in known.by_address
        and _is_wrong(entry.address, node, known)
        and _counts(case, entry, name)
    )


def _wrong_addresses(scene: Scene) -> Iterator[Finding]:
    known = names(scene.case)
    for entry, host, node in _wrong_entries(scene.case):
        other = known.by_address.get(entry.address)
        yield _finding(scene, entry, host, node, "strong" if other is not None else "inferred")


@once
def _wrong_entries(case: Case) -> tuple[tuple[HostEntry, str, Node], ...]:
    """Return each line with a wrong address, the name in it of a node, and that node."""
    hosts, known = case.hosts, names(case)
    found: list[tuple[HostEntry, str, Node]] = []
    for entry in hosts.entries if hosts is not None else ():
        for host in entry.names:
            node = known.place(host).node
            if node is not None and _is_wrong(entry.address, node, known) and _counts(case, entry, host):
                found.append((entry, host, node))
                break
    return tuple(found)


def _counts(case: Case, entry: HostEntry, host: str) -> bool:
    """Return True if no line in front gives the name another address of this family."""
    lines = case.hosts.all_of(host) if case.hosts is not None else ()
    return next((line for line in lines if (":" in line.address) == (":" in entry.address)), entry) == entry


def _is_wrong(address: str, node: Node, known: Names) -> bool:
    """Return True if the node has other addresses of this family. Another check handles loopback.

    If no address of the family is known, such as IPv6 of a node, none is wrong.
    """
    if known.by_address.get(address) is node or is_loopback(address):
        return False
    own = {numeric(text) for text in (node.address, *node.further) if text and (":" in text) == (":" in address)}
    return bool(own) and numeric(address) not in own


def _finding(scene: Scene, entry: HostEntry, host: str, node: Node, confidence: Confidence) -> Finding:
    """Return the finding. It is inferred unless the address is that of another node.

    Otherwise it may be a second address of the same node, which the case does not show. It is an
    error only if a required connection looks the name up.
    """
    place = f"{entry.origin.file}:{entry.origin.line}"
    flows = tuple(o.flow for o in scene.outcomes if scene.model.node(o.flow) == node)
    required = any(flow.need == "required" and _is_dialled_by_name(scene, flow) for flow in flows)
    gives = tr("{place} gives {host} the address {address}", place=place, host=host, address=entry.address)
    evidence = [Evidence("line", place, gives, entry.origin)]
    if node.origin is not None:
        where = f"{node.origin.file}:{node.origin.line}"
        has = tr("{place} has {node} at {address}", place=where, node=node.name, address=node.address)
        evidence.append(Evidence("line", where, has, node.origin))
    return Finding(
        code="DNS-STALE-IP",
        severity="error" if required else "warning",
        confidence=confidence,
        cause="hosts-line",
        params={
            "host": host,
            "given": entry.address,
            "right": node.address,
            "line": " ".join((node.address or "", *entry.names)),
            "origin": origin_value(entry.origin),
        },
        flows=tuple(flow.id for flow in flows),
        evidence=tuple(evidence),
        settle_by=tr(
            "the address of {node} in the EMR console, and the hosts file of the resource group", node=node.name
        ),
    )


def _is_dialled_by_name(scene: Scene, flow: Flow) -> bool:
    """Return True if a client looks the host of this flow up.

    The NameNode tells HDFS clients the addresses of DataNodes, unless
    dfs.client.use.datanode.hostname is true.
    """
    if flow.component == "datanode-transfer":
        configuration = client_files.effective(scene.case.settings, client_files.HDFS_CLIENT)
        return bool(configuration.get_bool("dfs.client.use.datanode.hostname"))
    return numeric(flow.endpoint.host) is None


def _swapped(scene: Scene) -> Iterator[Finding]:
    """Yield one warning for each line that resolvers skip, of a host that tasks look up.

    It is no error: a name server may know the host, and a look-up that fails has its own finding.
    """
    hosts = scene.case.hosts
    for entry in hosts.swapped if hosts is not None else ():
        own = {name.lower().rstrip(".") for name in entry.names}
        flows = [o.flow for o in scene.outcomes if o.flow.endpoint.host.lower().rstrip(".") in own]
        if not flows or hosts is None or hosts.address_of(flows[0].endpoint.host) is not None:
            continue
        place = f"{entry.origin.file}:{entry.origin.line}"
        text = tr("{place} begins with {word}, which is no address", place=place, word=entry.origin.key)
        shown = Evidence("line", place, text, entry.origin)
        yield Finding(
            code="DNS-CLUSTER-NAME",
            severity="warning",
            confidence="strong",
            cause="hosts-swapped",
            params={
                "host": flows[0].endpoint.host,
                "first": entry.origin.key,
                "line": " ".join((entry.address, *entry.names)),
                "origin": origin_value(entry.origin),
            },
            flows=tuple(flow.id for flow in flows),
            evidence=(shown,),
            settle_by=tr("getent hosts {host} on a host of the resource group", host=flows[0].endpoint.host),
        )
