"""Does a client of the metastore take the name that the address of the metastore has?

A client of Hive 3 puts the canonical name of the address in place of the host of a URI. A
java.net.URI takes no underscore there, so the client stops before it connects. The client of Hive
2.3, which Spark 3 brings along, keeps the host as it is written.
Source: HiveMetaStoreClient.resolveUris, Hive 3.1.3. Measured with JDK 17: the client of Hive 3.1.3
says “Illegal character in hostname”, and that of Hive 2.3.9 connects.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.model import Blame
from diagnose.findings.names.name_fault import NameFault
from diagnose.flows.authority import is_java_host
from diagnose.flows.cluster import View, release_generation, view_of
from diagnose.flows.model import Flow
from diagnose.flows.names import numeric
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.names import canonical
from probes.names.resolver_view import ResolverView

HIVE_2 = 2
"""Hadoop generation of the releases that come with Hive 2."""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield DNS-CANON for each metastore whose address has a name that Java refuses."""
    generation = release_generation(scene.case)
    if generation == HIVE_2 or name_notes.is_on_loopback(scene):
        return
    config, by_host = view_of(scene.case), name_notes.known_names(scene)
    has_hive = config.engines is None or "hive" in config.engines
    for outcome in scene.outcomes:
        flow = outcome.flow
        if flow.component != "hive-metastore" or flow.need != "required":
            continue
        known = by_host.get(flow.endpoint.host.lower()) or _of_hosts_file(scene, outcome)
        fault = None if known is None else _fault(scene, config, flow, known)
        if fault is not None:
            yield Blame(
                "DNS-CANON",
                fault.cause,
                outcome,
                "inferred" if generation is None else "strong",
                missing=(
                    tr("getent hosts {host} on a host in the vSwitch of the resource group", host=fault.address or ""),
                ),
                mild=not has_hive,
                cause=fault.cause,
                name=fault,
            )


def _of_hosts_file(scene: Scene, outcome: Outcome) -> ResolverView | None:
    """Return what the hosts file of the case knows of a host. None if packets were sent to it."""
    hosts = scene.case.hosts
    if hosts is None or outcome.observed is not None:
        return None
    return name_notes.from_hosts(hosts, outcome.flow.endpoint.host)


def _fault(scene: Scene, config: View, flow: Flow, known: ResolverView) -> NameFault | None:
    """Return what is wrong with the name of the address. None if Java takes it."""
    name, address = canonical.jvm_canonical(known.names), known.names.preferred_address
    if name is None or address is None or numeric(name) is not None or is_java_host(name):
        return None
    entry = None if scene.case.hosts is None else scene.case.hosts.name_of(address)
    is_of_file = entry is not None and entry.canonical == name
    line = f"{entry.origin.file}:{entry.origin.line}" if entry is not None and is_of_file else None
    host = flow.endpoint.host
    return NameFault("refused-name", host, address, name, _right(config, host), line)


def _right(config: View, host: str) -> str | None:
    """Return a full name of the machine that Java takes. None if the case has none."""
    node = config.names.place(host).node
    names = (*(() if node is None else (config.names.host_of(node), *node.hostnames)), host)
    return next((name for name in names if "." in name and numeric(name) is None and is_java_host(name)), None)
