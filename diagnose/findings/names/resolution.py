"""Names that the vantage cannot resolve, and why: unknown to the name servers, or name servers that do not answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from diagnose.findings.model import Blame, Confidence, Evidence, Finding
from diagnose.findings.names.name_fault import NameFault
from diagnose.flows.hosts import written
from diagnose.flows.names import full_name, names
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.names.dns import DEAD
from probes.names.resolver_view import ResolverView

MOST_NAMED = 4

UNSOLVED = frozenset({"DNS-STALE-IP", "DNS-LOOPBACK", "DN-HOSTNAME"})
"""Faults with which packets go to the wrong machine: what that machine does with them says nothing of the right one."""


def blames(scene: Scene) -> Iterator[Blame]:
    """One fault for all names that do not exist; if only KDCs are missed by it, it goes by the KDC's code."""
    unresolved = [
        o
        for o in scene.outcomes
        if o.observed is not None and o.observed.state == "unresolved" and o.flow.need != "optional"
    ]
    unknown = [o for o in unresolved if o.observed is not None and o.observed.reason == "name-not-found"]
    code = "DNS-NX-KDC" if all(o.flow.area == "kerberos" for o in unknown) else "DNS-CLUSTER-NAME"
    looked = name_notes.known_names(scene) if unresolved else {}
    spellings = names(scene.case)
    for outcome in unresolved:
        host = outcome.flow.endpoint.host
        certainty: Confidence = "proven" if outcome.from_inside else "inferred"
        missing = () if outcome.from_inside else (f"the same lookup of {host} on a host in the vSwitch",)
        known = looked.get(host.lower())
        if outcome in unknown:
            fault = _unknown(host, known, full_name(spellings, host))
            yield Blame(code, fault.cause, outcome, certainty, missing=missing, cause=fault.cause, name=fault)
        else:
            if known is not None and any(one.knows is not None for one in known.servers):
                # One of them would have answered, had the resolver been waited for any longer than it was
                certainty, missing = (
                    "inferred",
                    (f"time getent hosts {host} on a host in the vSwitch: whether it gets an address in the end",),
                )
            fault = _failed(host, known)
            yield Blame("DNS-TIMEOUT", fault.cause, outcome, certainty, missing=missing, cause=fault.cause, name=fault)


def _unknown(host: str, known: ResolverView | None, full: str | None) -> NameFault:
    """Does another spelling resolve, or does one name server know what one before it denies? full: the full name of the node that the host is."""
    if known is None:
        return NameFault("unknown-name", host, right=full)
    other, addresses = next(iter(known.others.items()), (None, ()))
    at = next((at for at, one in enumerate(known.servers) if one.knows is not None), 0)
    denied = next((one.server for one in known.servers[:at] if one.said in ("no-such-name", "no-data")), None)
    knows = known.servers[at] if denied is not None else None
    text = f"{knows.server} knows {knows.knows}, but {denied} is asked before it and its no is final" if knows else ""
    return NameFault("unknown-name", host, next(iter(addresses), None), other, full, servers=_said(known), text=text)


def _failed(host: str, known: ResolverView | None) -> NameFault:
    return NameFault("failing-resolver", host, servers=() if known is None else _said(known))


def _said(known: ResolverView) -> tuple[tuple[str, str], ...]:
    return tuple((one.server, one.said) for one in known.servers)


def dead(servers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Those from which nothing came back."""
    return tuple(dict.fromkeys(server for server, said in servers if said in DEAD))


def alone(found: Sequence[Blame]) -> list[Blame]:
    """Without what packets to a wrong machine seem to say beside the name that led them there. What the configuration denies to the right one stays."""
    led_astray = {blame.flow.id for blame in found if blame.code in UNSOLVED and not blame.mild}
    return [
        blame
        for blame in found
        if blame.flow.id not in led_astray or blame.code in UNSOLVED or _configured(blame.code, blame.outcome)
    ]


def _configured(code: str, outcome: Outcome) -> bool:
    return outcome.configured == "denied" and code.startswith(("SG-", "NACL-")) and code != "SG-UNRESOLVED"


def _slow(scene: Scene) -> Iterator[Finding]:
    """Every look-up waits for a dead server before the next one is asked. Where look-ups fail, that is told of them instead."""
    servers = name_notes.name_servers(scene)
    alive = next((at for at, (_, said) in enumerate(servers) if said not in DEAD and said != "not-asked"), None)
    failing = any(o.observed is not None and o.observed.reason == "resolver-failed" for o in scene.outcomes)
    if not alive or failing:
        return
    silent = dead(servers[:alive])
    if not silent:
        return
    inside = name_notes.is_inside(scene)
    yield Finding(
        code="DNS-TIMEOUT",
        severity="warning",
        confidence="proven" if inside else "inferred",
        cause="first-server-silent",
        params={"dead": silent, "answers": servers[alive][0]},
        evidence=tuple(Evidence("observation", server, f"{server}: {said}") for server, said in servers),
        settle_by=None if inside else "the same look-up on a host in the vSwitch",
    )


def _beside(scene: Scene) -> Iterator[Finding]:
    """Hosts that files name and no connection of a task needs. Where names of connections are unknown too, these are told with them."""
    if any(o.observed is not None and o.observed.state == "unresolved" for o in scene.outcomes):
        return
    looked = name_notes.known_names(scene)
    unknown = [
        host
        for host in written(scene.case)
        if (one := looked.get(host.lower())) is not None and one.reason == "name-not-found"
    ]
    if not unknown:
        return
    inside = name_notes.is_inside(scene)
    yield Finding(
        code="DNS-CLUSTER-NAME",
        severity="info",
        confidence="proven" if inside else "inferred",
        cause="no-flow",
        params={"hosts": unknown},
        evidence=tuple(Evidence("observation", host, f"{host}: no such name") for host in unknown[:MOST_NAMED]),
        settle_by=None if inside else "the same look-up on a host in the vSwitch",
    )


def findings(scene: Scene) -> Iterator[Finding]:
    """What breaks nothing by itself: a dead name server before a live one, and this host's own name, where this host stands for the resource group's."""
    yield from _slow(scene)
    yield from _beside(scene)
    own = name_notes.own_name(scene)
    if own is None or not name_notes.is_inside(scene):
        return
    host, error = own
    yield Finding(
        code="DNS-LOCALNAME",
        severity="warning",
        confidence="proven",
        params={"host": host, "error": error or None},
        evidence=(Evidence("observation", host, f"{host}: {error or 'not found'}"),),
    )
