"""Does a client dial names that only the nodes of the cluster know?

EMR-3 and EMR-4 call a node `emr-header-1.cluster-12345`. That name stands in /etc/hosts of the
nodes, and in no name server.
"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import origin_value
from diagnose.flows.names import internal_name, names
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr

MOST_SHOWN = 4
"""Lines that the finding shows."""


def unlisted(scene: Scene) -> tuple[Outcome, ...]:
    """Return the required flows to such names that no hosts file of the case has.

    Flows that were looked up are left out, and flows from the cluster to the resource group.
    Another check may judge the setting already.
    """
    hosts = scene.case.hosts
    judged = {bad.component for bad in scene.bad_settings if bad.fault == "unknown-host"}
    return tuple(
        outcome
        for outcome in scene.outcomes
        if outcome.flow.need == "required"
        and outcome.observed is None
        and outcome.flow.callback is None
        and outcome.flow.component not in judged
        and internal_name(outcome.flow.endpoint.host)
        and (hosts is None or not hosts.all_of(outcome.flow.endpoint.host.rstrip(".").lower()))
    )


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for all such names.

    It is strong if the case has a hosts file: that of a node would have the names.
    """
    flows = [outcome.flow for outcome in unlisted(scene)]
    if not flows:
        return
    hosts = tuple(dict.fromkeys(flow.endpoint.host for flow in flows))
    origins = tuple({str(flow.origin): flow.origin for flow in flows}.values())
    file = scene.case.hosts
    yield Finding(
        code="DNS-CLUSTER-NAME",
        severity="error",
        confidence="inferred" if file is None else "strong",
        cause="no-hosts-line",
        params={
            "hosts": hosts,
            "hosts_lines": _lines(scene),
            "file": None if file is None else "hosts",
            "places": [{"origin": origin_value(origin)} for origin in origins],
        },
        flows=tuple(flow.id for flow in flows),
        evidence=tuple(
            Evidence(
                "line",
                str(flow.origin),
                tr("{place} names {host}", place=flow.origin, host=flow.endpoint.host),
                flow.origin,
            )
            for flow in flows[:MOST_SHOWN]
        ),
        settle_by=tr("getent hosts {host} on a host in the vSwitch of the resource group", host=hosts[0]),
    )


def _lines(scene: Scene) -> tuple[str, ...]:
    """Return a line of a hosts file for each node, the full name first, as Java takes the first."""
    known = names(scene.case)
    lines = []
    for node in scene.case.nodes:
        name = known.host_of(node)
        if node.address is not None:
            lines.append(" ".join(dict.fromkeys((node.address, name, node.name))))
    return tuple(lines)
