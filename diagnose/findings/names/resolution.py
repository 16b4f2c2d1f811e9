"""Which names can the vantage not resolve, and why?

Either the name servers do not know them, or the name servers do not answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from diagnose.findings.kerberos.krb5_lint.finding import edit_value
from diagnose.findings.model import Blame, Confidence, Evidence, Finding
from diagnose.findings.names.name_fault import REPLIES, NameFault
from diagnose.findings.network.outside_cluster import nodes_are_whole
from diagnose.findings.values import origin_value
from diagnose.flows.authority import is_this_machine
from diagnose.flows.hosts import written
from diagnose.flows.names import Names, emr_name, full_name, names
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.names.resolver_view import DEAD, ResolverView

if TYPE_CHECKING:
    from diagnose.findings.kerberos.krb5_lint.repairs import Repair
    from probes.files.krb5conf.profile import Profile

MOST_NAMED = 4

UNSOLVED = frozenset({"DNS-STALE-IP", "DNS-LOOPBACK", "DN-HOSTNAME"})
"""Faults that send packets to the wrong machine.

What that machine does with them proves nothing about the right one.
"""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield a blame for each flow whose host the vantage cannot resolve.

    All names that do not exist share one code. If only KDCs need them, it is the code for KDCs.
    """
    unresolved = [
        o for o in scene.outcomes if o.observed is not None and o.observed.state == "unresolved" and o.flow.counts
    ]
    unknown = [o for o in unresolved if o.observed is not None and o.observed.reason == "name-not-found"]
    code = "DNS-NX-KDC" if all(o.flow.area == "kerberos" for o in unknown) else "DNS-CLUSTER-NAME"
    by_host = name_notes.known_names(scene) if unresolved else {}
    spellings = names(scene.case)
    for outcome in unresolved:
        host = outcome.flow.endpoint.host
        certainty: Confidence = "proven" if outcome.from_inside else "inferred"
        missing = () if outcome.from_inside else (tr("the same lookup of {host} on a host in the vSwitch", host=host),)
        known = by_host.get(host.lower())
        if outcome in unknown:
            fault = _unknown(host, known, full_name(spellings, host))
            yield Blame(code, fault.cause, outcome, certainty, missing=missing, cause=fault.cause, name=fault)
        else:
            if known is not None and any(one.knows is not None for one in known.servers):
                # One name server knows the name. With a longer timeout the resolver might find it.
                certainty, missing = (
                    "inferred",
                    (
                        tr(
                            "time getent hosts {host} on a host in the vSwitch: whether it gets an address in the end",
                            host=host,
                        ),
                    ),
                )
            fault = _failed(host, known)
            yield Blame("DNS-TIMEOUT", fault.cause, outcome, certainty, missing=missing, cause=fault.cause, name=fault)


def _unknown(host: str, known: ResolverView | None, full: str | None) -> NameFault:
    """Return the fault of a name that does not exist.

    `full`: the full name of the node of that name.

    It says whether another spelling resolves, and whether one name server denies what a later one
    knows.
    """
    if known is None:
        return NameFault("unknown-name", host, right=full)
    other, addresses = next(iter(known.others.items()), (None, ()))
    at = next((at for at, one in enumerate(known.servers) if one.knows is not None), 0)
    denied = next((one.server for one in known.servers[:at] if one.said in ("no-such-name", "no-data")), None)
    knows = known.servers[at] if denied is not None else None
    text = (
        tr(
            "{server} knows {name}, but {denied} is asked first, and its negative answer is final",
            server=knows.server,
            name=knows.knows,
            denied=denied,
        )
        if knows
        else ""
    )
    return NameFault("unknown-name", host, next(iter(addresses), None), other, full, servers=_replies(known), text=text)


def _failed(host: str, known: ResolverView | None) -> NameFault:
    return NameFault("failing-resolver", host, servers=() if known is None else _replies(known))


def _shown(servers: Iterable[tuple[str, str]]) -> tuple[Evidence, ...]:
    """Return what each name server replied."""
    return tuple(
        Evidence("observation", server, tr("{server}: {reply}", server=server, reply=tr(REPLIES.get(said, said))))
        for server, said in servers
    )


def _replies(known: ResolverView) -> tuple[tuple[str, str], ...]:
    return tuple((one.server, one.said) for one in known.servers)


def silent_servers(servers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the name servers that gave no answer."""
    return tuple(dict.fromkeys(server for server, said in servers if said in DEAD))


def without_misled(blames: Sequence[Blame]) -> list[Blame]:
    """Return the blames without those that come from packets to a wrong machine.

    The blame of the wrong address stays. What the configuration denies to the right machine also
    stays.
    """
    misled = {blame.flow.id for blame in blames if blame.code in UNSOLVED and not blame.mild}
    if not misled:
        return list(blames)
    return [
        blame
        for blame in blames
        if blame.flow.id not in misled or blame.code in UNSOLVED or _is_denied(blame.code, blame.outcome)
    ]


def _is_denied(code: str, outcome: Outcome) -> bool:
    return outcome.configured == "denied" and code.startswith(("SG-", "NACL-")) and code != "SG-UNRESOLVED"


def _slow(scene: Scene) -> Iterator[Finding]:
    """Yield a finding if every look-up waits for a dead name server before a live one.

    If look-ups fail, their own finding names the dead servers instead.
    """
    servers = name_notes.name_servers(scene)
    alive = next((at for at, (_, said) in enumerate(servers) if said not in DEAD and said != "not-asked"), None)
    failing = any(o.observed is not None and o.observed.reason == "resolver-failed" for o in scene.outcomes)
    if not alive or failing:
        return
    silent = silent_servers(servers[:alive])
    if not silent:
        return
    is_inside = name_notes.is_inside(scene)
    yield Finding(
        code="DNS-TIMEOUT",
        severity="warning",
        confidence="proven" if is_inside else "inferred",
        cause="first-server-silent",
        params={"dead": silent, "answers": servers[alive][0]},
        evidence=_shown(servers),
        settle_by=None if is_inside else _elsewhere(),
    )


def _silent_to_mit(scene: Scene) -> Iterator[Finding]:
    """Yield a finding if no name server answers, and libkrb5 alone waits for them.

    Every name then comes from a hosts file. If look-ups fail, their own finding names the servers.
    """
    profile, seconds = scene.case.krb5, name_notes.failed_lookup_seconds(scene)
    failing = any(o.observed is not None and o.observed.reason == "resolver-failed" for o in scene.outcomes)
    if profile is None or not seconds or failing or not name_notes.is_every_server_dead(scene):
        return
    from probes.files.krb5conf.dns_questions import mit_primary_questions
    from probes.files.krb5conf.mit import default_realm

    named = default_realm(profile)
    realm = "" if named is None else named.value
    questions = mit_primary_questions(profile, realm)
    if not questions or not profile.relations("realms", realm, "kdc"):
        return
    is_inside = name_notes.is_inside(scene)
    servers = name_notes.name_servers(scene)
    repair = _without_dns(profile)
    yield Finding(
        code="DNS-TIMEOUT",
        severity="warning",
        confidence="proven" if is_inside else "inferred",
        cause="servers-silent-mit",
        params={
            "dead": [server for server, _ in servers],
            "login_s": round(2 * len(questions) * seconds),
            "ticket_s": round(len(questions) * seconds),
            "edits": [edit_value(edit) for edit in repair],
        },
        evidence=_shown(servers),
        settle_by=None if is_inside else _elsewhere(),
        edits=repair,
    )


def _elsewhere() -> str:
    return tr("the same look-up on a host in the vSwitch")


def _without_dns(profile: Profile) -> Repair:
    """Return the line that keeps libkrb5 from asking DNS for KDCs. () if it does not."""
    from diagnose.findings.kerberos.krb5_lint.readings import after_edits, from_sources
    from diagnose.findings.kerberos.krb5_lint.repairs import inserted, replaced
    from probes.files.krb5conf.dns_questions import mit_primary_questions
    from probes.files.krb5conf.mit import default_realm
    from probes.files.krb5conf.sources import sources_of

    views = from_sources(sources_of(profile))
    line = "dns_lookup_kdc = false"
    own = profile.first("libdefaults", "dns_lookup_kdc")
    section = views.ask_jdk(lambda reading: reading.section_origin("libdefaults"), None)
    if own is not None:
        repair = replaced(views, own.origin, line)
    elif section is not None and section.line is not None:
        repair = inserted(section.file, section.line + 1, f"  {line}")
    else:
        return ()
    changed = after_edits(views, repair).profile
    named = None if changed is None else default_realm(changed)
    return () if changed is None or named is None or mit_primary_questions(changed, named.value) else repair


def _unknown_in_files(scene: Scene) -> Iterator[Finding]:
    """Yield unknown hosts that files name but no connection of a task needs.

    If hosts of connections are unknown too, their finding comes alone.
    """
    if any(o.observed is not None and o.observed.state == "unresolved" for o in scene.outcomes):
        return
    by_host = name_notes.known_names(scene)
    if not by_host:
        return
    unknown = [
        host
        for host in written(scene.case)
        if (known := by_host.get(host.lower())) is not None and known.reason == "name-not-found"
    ]
    if not unknown:
        return
    is_inside = name_notes.is_inside(scene)
    yield Finding(
        code="DNS-CLUSTER-NAME",
        severity="info",
        confidence="proven" if is_inside else "inferred",
        cause="no-flow",
        params={"hosts": unknown},
        evidence=tuple(
            Evidence("observation", host, tr("{host}: no such name", host=host)) for host in unknown[:MOST_NAMED]
        ),
        settle_by=None if is_inside else _elsewhere(),
    )


def _without_address(scene: Scene) -> Iterator[Finding]:
    """Yield the hosts of required flows that are on no node and in no file, and were not looked up.

    A name of another domain may well be known to DNS, so only bare names are judged, and, beside a
    list of nodes, names of the cluster's own domain. Another check may judge the setting already.
    A name like localhost needs no file.
    """
    known = names(scene.case)
    judged = {bad.component for bad in scene.bad_settings if bad.fault == "unknown-host"}
    left = [
        outcome.flow
        for outcome in scene.outcomes
        if outcome.flow.endpoint.address is None
        and outcome.flow.need == "required"
        and outcome.observed is None
        and outcome.flow.component not in judged
        and not is_this_machine(outcome.flow.endpoint.host)
        and _is_unknown(scene, known, outcome)
    ]
    if not left:
        return
    hosts = tuple(dict.fromkeys(flow.endpoint.host for flow in left))
    origins = tuple({str(flow.origin): flow.origin for flow in left}.values())
    yield Finding(
        code="DNS-CLUSTER-NAME",
        severity="error",
        confidence="inferred",
        cause="no-address",
        params={"hosts": hosts, "places": [{"origin": origin_value(origin)} for origin in origins]},
        flows=tuple(flow.id for flow in left),
        evidence=tuple(
            Evidence(
                "line",
                str(flow.origin),
                tr("{place} names {host}", place=flow.origin, host=flow.endpoint.host),
                flow.origin,
            )
            for flow in left[:MOST_NAMED]
        ),
        settle_by=tr("getent hosts {host} on a host in the vSwitch of the resource group", host=hosts[0]),
    )


def _is_unknown(scene: Scene, known: Names, outcome: Outcome) -> bool:
    """Return True if neither a node nor a file gives the host of this flow an address. It has
    none."""
    end = outcome.flow.endpoint
    if outcome.flow.callback is not None or scene.model.node(outcome.flow) is not None:
        return False
    domain = end.host.rstrip(".").lower().partition(".")[2]
    if not scene.case.nodes:
        return not domain and not emr_name(end.host)
    return not domain or (known.owns(domain) and not nodes_are_whole(scene.case))


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield the faults of names that no look-up of a flow shows.

    - Hosts that nothing gives an address.
    - A dead name server before a live one.
    - Dead name servers that libkrb5 alone waits for.
    - Unknown hosts that only files name.
    - This host's own name, if this host is in the resource group's network.
    """
    yield from _without_address(scene)
    yield from _slow(scene)
    yield from _silent_to_mit(scene)
    yield from _unknown_in_files(scene)
    own = name_notes.own_name(scene)
    if own is None or not name_notes.is_inside(scene):
        return
    host, error = own
    yield Finding(
        code="DNS-LOCALNAME",
        severity="warning",
        confidence="proven",
        params={"host": host, "error": error or None},
        evidence=(Evidence("observation", host, tr("{host}: {error}", host=host, error=error or tr("not found"))),),
    )
