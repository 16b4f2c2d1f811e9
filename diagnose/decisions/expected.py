"""Does every connection that must stay denied stay denied, over all of its sources?

A source inside a known vSwitch is judged by all layers, like a flow. Any other source is judged by
the inbound rules of the target alone: whether a route leads from there is not known, and a route is
no guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from diagnose.case.expectation import EVERY_NODE, Expectation
from diagnose.decisions.model import Model
from diagnose.decisions.verdicts import configured_verdict
from diagnose.flows.model import Flow, Source
from diagnose.flows.names import names
from diagnose.flows.networks import of_family
from probes.addresses import Ranges, intersect, parse, subtract, union
from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.language import tr
from probes.rules.decision import Deciding, Decision

Kept = Literal["denied", "allowed", "unknown"]
"""denied: it holds for every source. allowed: some source gets through. unknown: not known."""

OUTSIDE = "an address outside every known vSwitch"
"""vSwitch of sources that are in none. The network ACL of the target's vSwitch judges them."""


@frozen
class Judgement:
    """What the layers make of one expectation."""

    expectation: Expectation
    """The expectation."""
    verdict: Kept
    """Whether it holds."""
    host: str | None = None
    """First host for which it does not hold, or is not known to. None if it holds, or if no host is
    known."""
    port: int | None = None
    """First port of it, likewise."""
    allowed: Ranges = ()
    """Sources that get through there."""
    deciding: tuple[Deciding, ...] = ()
    """Rules that let them through."""
    missing: tuple[str, ...] = ()
    """What would make an unknown part known."""
    assumed: tuple[str, ...] = ()
    """What the verdict takes for granted."""
    needed_by: tuple[str, ...] = ()
    """Ids of the required flows that it forbids."""


def judge(model: Model, flows: Iterable[Flow]) -> tuple[Judgement, ...]:
    """Return what becomes of every expectation of the case. Flows: those that the cluster needs."""
    required = [flow for flow in flows if flow.need == "required"]
    return tuple(_judged(model, expectation, required) for expectation in model.case.deny)


def _judged(model: Model, expectation: Expectation, required: Iterable[Flow]) -> Judgement:
    asked = expectation.sources
    sources = tuple(_networks(model, asked)) if asked is not None else model.sources
    known = names(model.case)
    hosts = [expectation.host]
    if expectation.host == EVERY_NODE:
        hosts = [known.host_of(node) for node in model.case.nodes]
    if not sources or not hosts:
        what = tr("the networks of the resource group") if not sources else tr("the nodes of the cluster")
        return Judgement(expectation, "unknown", missing=(what,))
    wider = model.with_sources(sources)
    ranges = union(block for source in sources for block in source.ranges)
    needed = tuple(flow.id for flow in required if _forbids(model, expectation, ranges, hosts, flow))
    unsure: Judgement | None = None
    for host in hosts:
        for judgement in _at(wider, expectation, ranges, host):
            if judgement.verdict == "allowed":
                return replace(judgement, needed_by=needed)
            unsure = unsure or (judgement if judgement.verdict == "unknown" else None)
    return replace(unsure or Judgement(expectation, "denied"), needed_by=needed)


def _at(model: Model, expectation: Expectation, ranges: Ranges, host: str) -> Iterator[Judgement]:
    """Yield the judgement of each port that the rules tell apart."""
    place = names(model.case).place(host)
    first, last = expectation.ports
    flow = Flow(
        id=expectation.text,
        component="",
        service="",
        area="",
        endpoint=Endpoint(place.host, first, expectation.transport, place.address),
        sources=of_family(ranges, place.address),
        need="optional",
        why="",
        origin=expectation.origin,
        last_port=None if last == first else last,
    )
    if not flow.sources:
        yield Judgement(
            expectation,
            "unknown",
            host,
            first,
            missing=(tr("an address of {host} that these sources reach", host=host),),
        )
        return
    for point in model.points(flow):
        yield _at_point(expectation, point, model.decisions(point))


def _at_point(expectation: Expectation, flow: Flow, decisions: tuple[Decision, ...]) -> Judgement:
    host, port = flow.endpoint.host, flow.endpoint.port
    denied = union(piece for decision in decisions for piece in decision.denied)
    unknown = subtract(union(piece for decision in decisions for piece in decision.unknown), denied)
    allowed = subtract(subtract(flow.sources, denied), unknown)
    guards = [each for each in decisions if each.layer == "security-group" and each.direction == "ingress"]
    assumed = tuple(dict.fromkeys(text for decision in decisions for text in decision.assumed))
    if allowed and guards:
        lets_in = (each for guard in guards for each in guard.deciding if each.verdict == "allowed")
        deciding = tuple(each for each in lets_in if intersect(each.sources, allowed))
        return Judgement(expectation, "allowed", host, port, allowed, deciding, assumed=assumed)
    if configured_verdict(decisions, flow.sources) == "denied":
        return Judgement(expectation, "denied", assumed=assumed)
    missing = tuple(dict.fromkeys(text for decision in decisions for text in decision.missing))
    return Judgement(
        expectation,
        "unknown",
        host,
        port,
        missing=missing or (tr("which security groups are on {host}", host=host),),
        assumed=assumed,
    )


def _networks(model: Model, asked: Ranges) -> Iterator[Source]:
    """Yield the sources by network: of the resource group, of other vSwitches, and the rest."""
    rest = asked
    for source in model.sources:
        if part := intersect(asked, source.ranges):
            yield replace(source, ranges=part)
            rest = subtract(rest, source.ranges)
    for vswitch in model.case.vswitches.values():
        blocks = union(parse(block) for block in (vswitch.cidr, vswitch.ipv6_cidr) if block)
        if part := intersect(rest, blocks):
            yield Source(vswitch.id, part, vswitch.id, vswitch.vpc)
            rest = subtract(rest, blocks)
    if rest:
        yield Source(OUTSIDE, rest, OUTSIDE)


def _forbids(model: Model, expectation: Expectation, ranges: Ranges, hosts: list[str], flow: Flow) -> bool:
    """Return True if a required connection is one that must stay denied."""
    first, last = expectation.ports
    known = names(model.case)
    labels = {known.place(host).label for host in hosts}
    is_there = known.place(flow.endpoint.host).label in labels
    is_port = flow.ports[0] <= last and first <= flow.ports[1] and flow.endpoint.transport == expectation.transport
    return is_there and is_port and flow.callback is None and bool(intersect(flow.sources, ranges))
