"""What is worth asking of names once every flow had its first answer: why one does not resolve, what an address is called where Kerberos asks for it, whether the
address that the case knows answers where the resolver gives another.

A nameservice is no host and is never looked up. Nothing is asked of names that resolve and of which no finding could depend on more.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.flows.hosts import MOST_HOSTS, kerberized, written
from diagnose.flows.hosts import named as named_hosts
from diagnose.flows.model import Flow
from diagnose.flows.names import Names, names, numeric
from diagnose.live.follow_up.model import Further, Possible, note
from diagnose.live.observe import probe_of
from diagnose.scene import name_notes
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.vantage import Vantage

if TYPE_CHECKING:
    from diagnose.scene.outcome import Outcome
    from diagnose.scene.scene import Scene
    from probes.network.runner import Probe

LOOKED_UP_AT_ONCE = 64
"""Each look-up is a thread, and a resolver asked for hundreds of names at once begins to drop questions."""

MOST_ASKED_OF_SERVERS = 8
"""Unknown names that each name server is asked for itself, with every domain of the search list: what it says of these shows what it says of all."""

OTHER = "other names"
"""Names that no flow has, this host's own among them."""

DATANODE = "datanode-transfer"


def questions(scene: Scene) -> Iterator[Further]:
    asked = [outcome for outcome in scene.outcomes if outcome.observed is not None]
    if not asked or name_notes.is_on_loopback(scene):
        return
    known = names(scene.case)
    yield from _about_names(scene, asked, known)
    yield Further(asked[0].flow.id, f"{OTHER} own", asked[0].flow.endpoint, _own_name())
    host = next((o.flow.endpoint.host for o in asked if numeric(o.flow.endpoint.host) is None), None)
    if host is not None:
        yield Further(asked[0].flow.id, "name servers", asked[0].flow.endpoint, _name_servers(host))
    for outcome in asked:
        yield from _about_address(outcome, known)


def possible(flow: Flow) -> Iterator[Possible]:
    """What `questions` may yield for this flow, whatever it answers."""
    what = "look-ups of this host's own name, and of hosts that only krb5.conf and JDBC URLs name, by its resolver"
    yield Possible(OTHER, "it is the first of this list", what, in_all=1 + MOST_HOSTS)
    if flow.component == DATANODE and numeric(flow.endpoint.host) is not None:
        yield Possible("by name", "it does not answer", "the same to the address that the name of its node leads to")
    if name_notes.asks_by_name(flow):
        what = "look-ups of its address, and of the name that the address has, by this host's resolver"
        yield Possible("reverse name", "the cluster uses Kerberos", what)
    if numeric(flow.endpoint.host) is None:
        what = "its name, with each domain of the search list, to each name server of /etc/resolv.conf; look-ups of other spellings of it, and of every node"
        yield Possible("name", "its name does not resolve", what)
        what = "one name of the case, with each domain of the search list, to each of them"
        yield Possible("name servers", "/etc/resolv.conf has several name servers", what, in_all=1)
        yield Possible(
            "known address",
            "its name leads to another address than the case has",
            "the same to the address of the case",
        )


def _about_names(scene: Scene, asked: Sequence[Outcome], known: Names) -> Iterator[Further]:
    """Names of the flows that do not resolve or whose reverse name matters; what krb5.conf and JDBC URLs name beside them; where some do not resolve, the nodes."""
    import asyncio  # see probes.tcp

    slots = asyncio.Semaphore(LOOKED_UP_AT_ONCE)
    secure = kerberized(scene.case)
    first: dict[str, tuple[Flow, bool]] = {}
    missing = False
    for outcome in asked:
        flow = outcome.flow
        unresolved = outcome.observed is not None and outcome.observed.state == "unresolved"
        back = secure and name_notes.asks_by_name(flow)
        missing = missing or unresolved
        if unresolved or back or name_notes.leads_to_loopback(outcome):
            kept = first.get(flow.endpoint.host)
            first[flow.endpoint.host] = (kept[0], kept[1] or back) if kept else (flow, back)
    reached = {outcome.flow.endpoint.host.lower() for outcome in asked}
    beside = named_hosts(scene.case) if missing else written(scene.case)
    others = {host for host in beside if host.lower() not in reached and numeric(host) is None}
    first.update((host, (asked[0].flow, False)) for host in beside if host in others)
    denied = {o.flow.endpoint.host for o in asked if o.observed is not None and o.observed.state == "unresolved"}
    to_servers = [host for host in first if host in denied][:MOST_ASKED_OF_SERVERS]
    for host, (flow, back) in list(first.items())[:MOST_HOSTS]:
        probe = _known(host, _spellings(host, known), slots, back=back, servers=host in to_servers)
        yield Further(
            flow.id, f"{OTHER if host in others else 'name'} {host}", replace(flow.endpoint, host=host), probe
        )


def _known(host: str, others: Sequence[str], slots: object, *, back: bool, servers: bool) -> Probe:
    import asyncio

    from msgspec import to_builtins

    from probes.names.resolver_view import know

    assert isinstance(slots, asyncio.Semaphore)

    async def probe(_: Endpoint, vantage: Vantage) -> Observation:
        try:
            await asyncio.wait_for(slots.acquire(), vantage.patience)
        except TimeoutError:
            return _note(
                vantage, {}
            )  # names before it got no answer in time; to wait on would count as a probe that hangs
        try:
            found = await know(host, timeout=vantage.patience, back=back, others=others, servers=servers)
        finally:
            slots.release()
        return _note(vantage, {name_notes.NAME: to_builtins(found)})

    return probe


def _own_name() -> Probe:
    """The name that Java's InetAddress.getLocalHost() asks for."""
    from probes.names.resolve import resolve

    async def probe(_: Endpoint, vantage: Vantage) -> Observation:
        own = socket.gethostname()
        found = await resolve(own, timeout=vantage.patience)
        return _note(vantage, {name_notes.OWN_NAME: {"host": own, "reason": found.reason, "error": found.error}})

    return probe


def _name_servers(host: str) -> Probe:
    """Where there are several, is one dead that is asked before one that is not? A single dead one makes look-ups fail, and is asked then."""
    from probes.names.resolver_view import ask_servers, resolv_conf_of

    async def probe(_: Endpoint, vantage: Vantage) -> Observation:
        conf = resolv_conf_of()
        first = conf.tried(host)[
            0
        ]  # what the resolver asks them first: silence on a domain of the search list is no dead server
        said = await ask_servers(f"{first}.", conf, vantage.patience) if len(conf.addresses()) > 1 else ()
        return _note(vantage, {name_notes.SERVERS: [[one.server, one.said] for one in said]} if said else {})

    return probe


def _about_address(outcome: Outcome, known: Names) -> Iterator[Further]:
    flow, seen = outcome.flow, outcome.observed
    other = name_notes.other_address(outcome)
    if other is not None:
        there = replace(flow.endpoint, address=other)
        yield Further(flow.id, "known address", there, _answers(flow, name_notes.ANSWERS_AT, other))
    if seen is not None and flow.component == DATANODE and seen.state != "open" and numeric(flow.endpoint.host):
        node = known.by_address.get(flow.endpoint.host)
        name = known.host_of(node) if node is not None else None
        if name is not None:
            yield Further(flow.id, "by name", flow.endpoint, _by_name(flow, name))


def _answers(flow: Flow, key: str, value: object) -> Probe:
    """Does the endpoint answer as the flow needs it to?"""
    from probes.network.tcp import connect

    ask = probe_of(flow)

    async def probe(endpoint: Endpoint, vantage: Vantage) -> Observation:
        if ask is not None:
            seen = await ask(endpoint, vantage)
        else:
            seen = await connect(endpoint, vantage)
        works = seen.reason == "kerberos-reply" if flow.area == "kerberos" else seen.state == "open"
        return note(seen, {key: value} if works else {})

    return probe


def _by_name(flow: Flow, name: str) -> Probe:
    """Does a DataNode that is silent at the address in the node list answer at the one that its name leads to?"""
    from probes.names.resolve import resolve

    async def probe(endpoint: Endpoint, vantage: Vantage) -> Observation:
        found = await resolve(name, timeout=vantage.patience)
        other = next((address for address in found.addresses if address != endpoint.address), None)
        if other is None:
            return _note(vantage, {})
        told = {"name": name, "address": other}
        return await _answers(flow, name_notes.ANSWERS_AS, told)(
            replace(endpoint, address=other), vantage.with_patience(vantage.patience / 2)
        )

    return probe


def _spellings(host: str, known: Names) -> tuple[str, ...]:
    """What else the machine may be called, the fullest name first."""
    place = known.place(host)
    label = host.partition(".")[0]
    node = place.node
    of_node = (known.host_of(node), *node.hostnames, node.name) if node is not None else ()
    found = (*of_node, *(f"{label}.{domain}" for domain in sorted(known.domains)), label)
    return tuple(dict.fromkeys(name for name in found if name.lower() != host.lower() and numeric(name) is None))


def _note(vantage: Vantage, detail: dict[str, object]) -> Observation:
    return Observation(vantage.name, "not-probed", "service-reply", detail=detail)
