"""Which questions about names do the first answers raise?

- Why does a name not resolve?
- Which name does an address have, if Kerberos asks for it?
- Does the address of the case answer, if the resolver gives another one?
- What do the other addresses of a name answer?

A nameservice is no host and is never looked up. Nothing is asked about a name that resolves, unless
a finding could depend on more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from diagnose.flows.hosts import MOST_HOSTS, kerberized, named_hosts, written
from diagnose.flows.model import Flow
from diagnose.flows.names import Names, names, numeric
from diagnose.live.follow_up.model import Further, Possible, note, note_of
from diagnose.live.observe import question_of
from diagnose.scene import name_notes
from probes.frozen import replace
from probes.language import tr
from probes.observation import Observation
from probes.questions import Option, Question

if TYPE_CHECKING:
    from diagnose.scene.outcome import Outcome
    from diagnose.scene.scene import Scene

LOOKED_UP_AT_ONCE = 64
"""Look-ups at once.

Each is a thread, and a resolver that gets hundreds at once begins to drop them.
"""

MOST_ASKED_OF_SERVERS = 8
"""Unknown names that each name server is asked for, with every domain of the search list.

Its answers to these show what it answers to all.
"""

MOST_ADDRESSES = 4
"""Addresses of one name that are asked."""

OTHER = "other names"
"""Names that no flow has. The name of this host itself is one of them."""

DATANODE = "datanode-transfer"


def questions(scene: Scene) -> Iterator[Further]:
    """Yield the questions about names and addresses. None if the cluster is on loopback."""
    asked = [outcome for outcome in scene.outcomes if outcome.observed is not None]
    if not asked or name_notes.is_on_loopback(scene):
        return
    known = names(scene.case)
    yield from _about_names(scene, asked, known)
    yield Further(
        asked[0].flow.id, f"{OTHER} own", Question("own-name", asked[0].flow.endpoint), note_of(name_notes.OWN_NAME)
    )
    host = next((o.flow.endpoint.host for o in asked if numeric(o.flow.endpoint.host) is None), None)
    if host is not None:
        question = Question("name-servers", replace(asked[0].flow.endpoint, host=host))
        yield Further(asked[0].flow.id, "name servers", question, _name_servers)
    for outcome in asked:
        yield from _about_address(outcome, known)


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow, whatever it answers."""
    what = tr("look-ups of this host's own name, and of hosts that only krb5.conf and JDBC URLs name, by its resolver")
    yield Possible(OTHER, tr("it is the first of this list"), what, in_all=1 + MOST_HOSTS)
    if flow.component == DATANODE and numeric(flow.endpoint.host) is not None:
        yield Possible(
            "by name", tr("it does not answer"), tr("the same to the address that the name of its node leads to")
        )
    if name_notes.asks_by_name(flow):
        what = tr("look-ups of its address, and of the name that the address has, by this host's resolver")
        yield Possible("reverse name", tr("the cluster uses Kerberos"), what)
    if numeric(flow.endpoint.host) is None:
        what = tr(
            "its name, with each domain of the search list, to each name server of /etc/resolv.conf; look-ups of "
            "other spellings of it, and of every node"
        )
        yield Possible("name", tr("its name does not resolve"), what)
        what = tr("one name of the case, with each domain of the search list, to each of them")
        yield Possible("name servers", tr("it is the first of these names"), what, in_all=1)
        yield Possible(
            "other addresses",
            tr("its name has several"),
            tr("the same to each of them: at most {most}", most=MOST_ADDRESSES),
            MOST_ADDRESSES,
        )
        yield Possible(
            "known address",
            tr("its name leads to another address than the case has"),
            tr("the same to the address of the case"),
        )


def _name_servers(answer: Observation) -> Observation:
    """Keep what each name server answered, and how long the resolver waits for one."""
    return note(answer, {key: answer.detail[key] for key in name_notes.OF_SERVERS if key in answer.detail})


def _about_names(scene: Scene, asked: Sequence[Outcome], known: Names) -> Iterator[Further]:
    """Yield the questions about names.

    - names of flows that do not resolve, or whose reverse name matters
    - names that only krb5.conf and JDBC URLs have
    - the nodes, if some names do not resolve
    """
    secure = kerberized(scene.case)
    first: dict[str, tuple[Flow, bool]] = {}
    missing = False
    for outcome in asked:
        flow = outcome.flow
        unresolved = outcome.observed is not None and outcome.observed.state == "unresolved"
        back = secure and name_notes.asks_by_name(flow)
        missing = missing or unresolved
        if unresolved or back or name_notes.leads_to_loopback(outcome) or name_notes.addresses_of(outcome):
            kept = first.get(flow.endpoint.host)
            first[flow.endpoint.host] = (kept[0], kept[1] or back) if kept else (flow, back)
    reached = {outcome.flow.endpoint.host.lower() for outcome in asked}
    beside = named_hosts(scene.case) if missing else written(scene.case)
    others = {host for host in beside if host.lower() not in reached and numeric(host) is None}
    first.update((host, (asked[0].flow, False)) for host in beside if host in others)
    denied = {o.flow.endpoint.host for o in asked if o.observed is not None and o.observed.state == "unresolved"}
    to_servers = [host for host in first if host in denied][:MOST_ASKED_OF_SERVERS]
    for host, (flow, back) in list(first.items())[:MOST_HOSTS]:
        options: dict[str, Option] = {"back": back, "others": _spellings(host, known), "servers": host in to_servers}
        question = Question("host-name", replace(flow.endpoint, host=host), options)
        yield Further(flow.id, f"{OTHER if host in others else 'name'} {host}", question, note_of(name_notes.NAME))


def _about_address(outcome: Outcome, known: Names) -> Iterator[Further]:
    flow, seen = outcome.flow, outcome.observed
    other = name_notes.other_address(outcome)
    if other is not None:
        there = replace(flow.endpoint, address=other)
        learn = _answers(flow, name_notes.ANSWERS_AT, other)
        yield Further(flow.id, "known address", question_of(flow, there), learn)
    for address in name_notes.addresses_of(outcome)[:MOST_ADDRESSES]:
        if seen is not None and address != seen.address:
            there = replace(flow.endpoint, address=address)
            yield Further(flow.id, f"address {address}", question_of(flow, there), _noted_at(address))
    if seen is not None and flow.component == DATANODE and seen.state != "open" and numeric(flow.endpoint.host):
        node = known.by_address.get(flow.endpoint.host)
        name = known.host_of(node) if node is not None else None
        if name is not None:
            yield Further(flow.id, "by name", Question("tcp-by-name", flow.endpoint, {"name": name}), _answers_as(name))


def _answers(flow: Flow, key: str, value: object) -> Callable[[Observation], Observation]:
    """Keep the value if the endpoint answers as the flow needs it to."""

    def learn(answer: Observation) -> Observation:
        works = answer.reason == "kerberos-reply" if flow.area == "kerberos" else answer.state == "open"
        return note(answer, {key: value} if works else {})

    return learn


def _noted_at(address: str) -> Callable[[Observation], Observation]:
    """Keep what was seen at one address of the name."""

    def learn(answer: Observation) -> Observation:
        import msgspec

        return note(answer, {name_notes.OTHER_ADDRESS: msgspec.to_builtins(replace(answer, address=address))})

    return learn


def _answers_as(name: str) -> Callable[[Observation], Observation]:
    """Keep name and address of a DataNode that answers at the address that its name leads to."""

    def learn(answer: Observation) -> Observation:
        works = answer.state == "open"
        return note(answer, {name_notes.ANSWERS_AS: {"name": name, "address": answer.address}} if works else {})

    return learn


def _spellings(host: str, known: Names) -> tuple[str, ...]:
    """Return other names that the machine may have, the longest first."""
    place = known.place(host)
    label = host.partition(".")[0]
    node = place.node
    of_node = (known.host_of(node), *node.hostnames, node.name) if node is not None else ()
    found = (*of_node, *(f"{label}.{domain}" for domain in sorted(known.domains)), label)
    return tuple(dict.fromkeys(name for name in found if name.lower() != host.lower() and numeric(name) is None))
