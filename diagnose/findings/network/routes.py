"""Which flows do the route tables stop?

Two VPCs are not connected, an entry is missing on the way there or back, or two blocks overlap.
Each network of the resource group is judged by itself, so the network that fails is named.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence

from diagnose.decisions.missing_routes import blocks_of
from diagnose.decisions.routing import Way, target_address
from diagnose.findings.model import Blame, Confidence
from diagnose.findings.network.packets import configuration_speaks
from diagnose.findings.network.security_group import speaks_for_all
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import cidrs, contains, intersect, subtract, union
from probes.frozen import frozen, replace
from probes.language import tr
from probes.rules.routes import IN_USE, Share, can_connect

METASTORE = "hive-metastore"
ROUTING = frozenset({"NET-WRONG-VPC", "NET-ROUTE", "RET-ROUTE", "NET-OVERLAP"})


@frozen
class RouteFault:
    """What is wrong between one network of the resource group and the target."""

    code: str
    """Code of the catalogue."""
    key: Hashable
    """Equal for flows and networks that one change repairs."""
    ways: tuple[Way, ...]
    """The decisions of route tables that show it."""
    confidence: Confidence
    """How sure it is."""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield every flow that a route table stops, or may stop."""
    for outcome in scene.outcomes:
        if not outcome.flow.counts or not any(decision.layer == "route" for decision in outcome.decisions):
            continue
        if speaks_for_all(outcome) or not configuration_speaks(scene, outcome):
            continue
        if outcome.flow.callback is not None:
            continue  # the same tables carry the flows to these nodes, and their replies
        for fault in faults(scene, outcome):
            missing = () if fault.confidence == "proven" else _settling(fault)
            yield Blame(
                fault.code,
                fault.key,
                outcome,
                fault.confidence,
                missing=missing,
                cause="route-table",
                ways=fault.ways,
            )


def faults(scene: Scene, outcome: Outcome) -> Iterator[RouteFault]:
    """Yield what the tables show of one flow, network by network.

    A mere possibility is left out if another layer surely stops the flow.
    """
    by_network: dict[str, list[Way]] = {}
    for way in scene.model.ways(outcome.flow):
        by_network.setdefault(way.source.label, []).append(way)
    for ways in by_network.values():
        for fault in _between(scene, outcome, ways):
            if fault.confidence != "inferred" or not any(decision.denied for decision in outcome.decisions):
                yield fault


def _between(scene: Scene, outcome: Outcome, ways: Sequence[Way]) -> Iterator[RouteFault]:
    there = next((way for way in ways if not way.is_reply), None)
    back = next((way for way in ways if way.is_reply), None)
    if there is not None and there.where == "anywhere":
        yield from _to_stranger(outcome, there)
    elif overlap := _overlap(scene, outcome, ways):
        yield RouteFault("NET-OVERLAP", (overlap[0].ours, overlap[0].theirs), overlap, _confidence(outcome, overlap))
    elif there is not None and back is not None and there.where == "across" and _unconnected(there, back):
        whole = not there.table.gap and not back.table.gap
        certainty = _confidence(outcome, (there, back)) if whole else "strong"
        yield RouteFault("NET-WRONG-VPC", (there.ours, there.theirs), (there, back), certainty)
    else:
        found = [fault for way in ways for fault in _one_way(outcome, way)]
        yield from found or _perhaps(there, back)


def _to_stranger(outcome: Outcome, way: Way) -> Iterator[RouteFault]:
    """Yield the fault of a target outside the cluster. The kind of target decides the code."""
    if not way.decision.denied:
        return
    host, flow = outcome.flow.endpoint.host, outcome.flow
    code = "KDC-EXTERNAL" if flow.area == "kerberos" else "HMS-EXTERNAL" if flow.component == METASTORE else "NET-ROUTE"
    yield RouteFault(code, host, (way,), _confidence(outcome, (way,)))


def _unconnected(there: Way, back: Way) -> bool:
    """Return True if nothing connects the two networks.

    Either no table has an entry and both were read whole, or one table was read whole and has no
    link to any other network.
    """
    if _leads_nowhere(there) and _leads_nowhere(back):
        return True
    known, other = (there, back) if _leads_nowhere(there) else (back, there)
    return _leads_nowhere(known) and bool(other.table.gap) and not _has_links(known)


def _leads_nowhere(way: Way) -> bool:
    """Return True if no entry was meant for these addresses.

    All of them are denied. No entry covers them, or only one that leads to the Internet.
    """
    if not way.shares or way.decision.allowed or way.decision.unknown:
        return False
    return all(not share.routes or share.fate in ("out", "translated") for share in way.shares)


def _has_links(way: Way) -> bool:
    return any(r.status.lower() == IN_USE and any(can_connect(hop) for hop in r.hops) for r in way.table.routes)


def _overlap(scene: Scene, outcome: Outcome, ways: Iterable[Way]) -> tuple[Way, ...]:
    """Return the ways whose packets never leave their VPC, because it has the same addresses."""
    return tuple(way for way in ways if way.where == "across" and _stays(scene, outcome, way))


def _stays(scene: Scene, outcome: Outcome, way: Way) -> bool:
    if any(share.fate == "local" for share in _stopped(way)):
        return True
    if not way.decision.unknown:
        return False
    if way.is_reply:
        asked = intersect(outcome.flow.sources, way.source.ranges)
        return bool(intersect(asked, union(blocks_of(scene.case, way.theirs))))
    address = target_address(outcome.flow)
    return address is not None and contains(union(blocks_of(scene.case, way.ours)), address)


def _stopped(way: Way) -> list[Share]:
    return [share for share in way.shares if intersect(share.addresses, way.decision.denied)]


def _one_way(outcome: Outcome, way: Way) -> Iterator[RouteFault]:
    if way.decision.denied:
        code, end = ("RET-ROUTE", way.ours) if way.is_reply else ("NET-ROUTE", way.theirs)
        yield RouteFault(code, (way.table.id, end), (way,), _confidence(outcome, (way,)))


def _perhaps(there: Way | None, back: Way | None) -> Iterator[RouteFault]:
    """Yield what is possible if nothing is denied and something is not known."""
    unknown = [way for way in (there, back) if way is not None and way.decision.unknown]
    translated = [way for way in unknown if any(_may_be_translated(way, share) for share in way.shares)]
    if translated:
        yield RouteFault("NET-SNAT", (translated[0].table.id,), (translated[0],), "inferred")
    elif len(unknown) == 2:
        yield RouteFault("NET-WRONG-VPC", (unknown[0].ours, unknown[0].theirs), tuple(unknown), "inferred")
    elif unknown:
        way = unknown[0]
        end = way.ours if way.is_reply else way.theirs
        yield RouteFault("RET-ROUTE" if way.is_reply else "NET-ROUTE", (way.table.id, end), (way,), "inferred")


def _may_be_translated(way: Way, share: Share) -> bool:
    """Return True if nothing but a translation of addresses leaves it open where packets go."""
    is_open = bool(intersect(share.addresses, way.decision.unknown))
    return share.fate == "translated" and not share.doubt and is_open


def _confidence(outcome: Outcome, ways: Iterable[Way]) -> Confidence:
    """Return proven if the flow is silent and a table has no way.

    Tables alone are strong: they may be old.
    """
    denied = any(way.decision.denied for way in ways)
    proof = denied and outcome.is_silent and outcome.from_inside and outcome.here == "denied"
    return "proven" if proof else "strong"


def _settling(fault: RouteFault) -> tuple[str, ...]:
    """Return what is not known. If all is known, return a probe from a network that fails."""
    unknown = tuple(dict.fromkeys(text for way in fault.ways for text in way.decision.missing))
    failing = cidrs(union(piece for way in fault.ways for piece in way.decision.denied))
    probe = tr(
        "this check on a host in {networks}: there without --offline, or here with --via ssh://HOST",
        networks=tr(", ").join(failing),
    )
    return unknown or ((probe,) if failing else ())


def settled(found: Sequence[Blame]) -> list[Blame]:
    """Drop or rename blames of other checks that a missing way explains: one fault, one finding.

    - Packets that report the missing way are evidence of it.
    - Rules that stop no more than the missing connection of two VPCs are not yet at fault: a
      resource group that is bound elsewhere sends from other addresses.
    - A silent metastore outside is no KDC.
    """
    routed = {b.flow.id for b in found if b.code in ROUTING and b.confidence != "inferred" and not _reported(b)}
    apart = {b.flow.id for b in found if b.code == "NET-WRONG-VPC" and b.confidence != "inferred"}
    kept = list(found)
    if routed or apart:
        kept = [
            blame
            for blame in found
            if not (blame.flow.id in routed and _reported(blame)) and not (blame.flow.id in apart and _is_hidden(blame))
        ]
    return [
        replace(blame, code="HMS-EXTERNAL")
        if blame.code == "KDC-EXTERNAL" and blame.flow.component == METASTORE
        else blame
        for blame in kept
    ]


def _reported(blame: Blame) -> bool:
    """Return True if a router reported it, and not a table."""
    return blame.code == "NET-ROUTE" and blame.cause == "router-unreachable"


def _is_hidden(blame: Blame) -> bool:
    """Return True if the rule stops only addresses that the route tables stop already."""
    if not blame.code.startswith(("SG-", "NACL-")) or blame.cause == "rules-contradicted":
        return False
    decisions = blame.outcome.decisions
    routed = union(piece for d in decisions if d.layer == "route" for piece in d.denied)
    filtered = union(piece for d in decisions if d.layer != "route" for piece in (*d.denied, *d.unknown))
    return not subtract(filtered, routed)
