"""Which hosts of the configuration are no part of this cluster: released nodes, a metastore
elsewhere?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.case.model import Case
from diagnose.findings.model import Blame
from diagnose.findings.network.routes import METASTORE
from diagnose.findings.network.security_group import path_is_open
from diagnose.flows.names import Names, names, numeric
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import intersect, parse
from probes.language import tr
from probes.observation import State

LISTING = "emr:ListNodes"
INSTEAD_OF = ("DNS-", "SG-", "NACL-", "FW-OS-DROP")
"""Beginnings of the codes that other checks find for a host that is gone."""


def blames(scene: Scene) -> Iterator[Blame]:
    whole, known = nodes_are_whole(scene.case), names(scene.case)
    nodes = [o.observed for o in scene.outcomes if o.observed is not None and scene.model.node(o.flow) is not None]
    met = frozenset(seen.state for seen in nodes)
    for outcome in scene.outcomes:
        if not outcome.flow.counts or path_is_open(outcome) or scene.model.node(outcome.flow) is not None:
            continue
        if whole and (blame := _gone(scene, known, outcome, met)) is not None:
            yield blame
        elif outcome.flow.component == METASTORE and outcome.attachment.external and outcome.verdict == "unknown":
            yield _metastore(outcome)


def nodes_are_whole(case: Case) -> bool:
    """Return True if every node of the cluster is in the case: if it has all pages of ListNodes."""
    listed = any(each.kind == LISTING for each in case.inputs) and bool(case.nodes)
    return listed and not any(skip.hides and skip.about == "nodes" for skip in case.skipped)


def settled(found: Sequence[Blame]) -> list[Blame]:
    """Drop the other blames of a host that is gone. No repair of names or rules brings it back."""
    gone = {blame.flow.id for blame in found if blame.code == "NET-NODE-GONE" and blame.confidence != "inferred"}
    if not gone:
        return list(found)
    return [b for b in found if b.flow.id not in gone or b.code == "NET-NODE-GONE" or not b.code.startswith(INSTEAD_OF)]


def _gone(scene: Scene, known: Names, outcome: Outcome, met: frozenset[State]) -> Blame | None:
    """Return a blame if the host was once a node.

    A node has a name in the cluster's own domain, or an address in a vSwitch of the nodes. The
    address of a KDC is not looked at. The listing may have been filtered and another machine may be
    there, so the cause is sure only if this host fails in a way that the nodes do not.
    met: how the nodes were seen.
    """
    host, seen = outcome.flow.endpoint.host, outcome.observed
    if not _is_of_cluster(scene, known, outcome):
        return None
    if seen is not None and seen.state == "unresolved":
        if seen.reason != "name-not-found" or outcome.flow.area == "kerberos":
            return None  # a failing name server proves nothing; krb5.conf is written by hand
        sure = bool(met - {"unresolved"})
        return Blame("NET-NODE-GONE", host.lower(), outcome, "strong", missing=_settle(host)) if sure else None
    sure = outcome.is_silent and outcome.from_inside and "open" in met
    return Blame("NET-NODE-GONE", host.lower(), outcome, "strong" if sure else "inferred", missing=_settle(host))


def _is_of_cluster(scene: Scene, known: Names, outcome: Outcome) -> bool:
    host, address = outcome.flow.endpoint.host, outcome.flow.endpoint.address
    domain = host.rstrip(".").lower().partition(".")[2]
    if numeric(host) is None and domain and known.owns(domain) and known.domains | _stated(known):
        return True
    if address is None or outcome.flow.area == "kerberos" or address in scene.case.members:
        return False
    return bool(intersect((parse(address),), scene.cluster))


def _stated(known: Names) -> frozenset[str]:
    """Return the id of the cluster, if a file has it.

    Without an id and a domain of its own, the domain of any cluster would fit.
    """
    return frozenset({known.cluster_id} if known.cluster_id else ())


def _settle(host: str) -> tuple[str, ...]:
    return (tr("whether {host} still exists: look for it in the EMR console, or ask ListNodes again", host=host),)


def _metastore(outcome: Outcome) -> Blame:
    end = outcome.flow.endpoint
    if outcome.is_silent and outcome.from_inside:
        return Blame("HMS-EXTERNAL", end.host, outcome, "strong")
    missing = (tr("a connection to {end} from a host in the vSwitch", end=end),)
    return Blame("HMS-EXTERNAL", end.host, outcome, "inferred", missing=missing)
