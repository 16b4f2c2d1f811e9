"""Which questions about the way to a host do the first answers raise?

- Where does silence begin?
- Who sent a reset?
- Do large packets pass?

A host is asked a few questions, not one for each flow: routers answer few packets a second, and
flows to one host share their way. A host on loopback is asked nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping

from diagnose.flows.components import component
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note_of
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.endpoint import Endpoint, Transport
from probes.frozen import replace
from probes.language import semicolons, tr
from probes.observation import Observation
from probes.path.large_exchanges import MOST_CONNECTIONS
from probes.path.trace import MOST_PACKETS
from probes.questions import Option, Question

MOST_TRACES = 12
"""Traces of one run. Each is some forty packets, and a router that all of them pass answers once a
second."""

MOST_RESETS_A_HOST, MOST_RESETS = 3, 12
MOST_SIZES = 16
"""Hosts that are asked for a large exchange."""

HADOOP_RPC, DATA_TRANSFER = "hadoop-ipc", "hdfs-data-transfer"


def questions(scene: Scene) -> Iterator[Further]:
    """Yield the questions about silence, about resets and about packet sizes."""
    yield from _silences(scene)
    yield from _resets(scene)
    yield from _sizes(scene)


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what may follow for this flow. A few flows of a host stand for all of them."""
    kdc = flow.area == "kerberos"
    if flow.endpoint.transport == "tcp" or kdc:
        sends = tr(
            "its own packets with 1, 2, 3 … hops allowed, at most {most}, and as many to a port of the same host that "
            "accepts",
            most=MOST_PACKETS,
        )
        yield Possible("path", tr("it stays silent"), sends, in_all=2 * MOST_TRACES)
    if flow.endpoint.transport == "tcp":
        sends = tr(
            "handshakes with that port with 1, 2, 3 … hops allowed, at most {most} packets, and its own again with one "
            "hop less than lead to the host; where this process may read packets, both once more",
            most=MOST_PACKETS,
        )
        yield Possible("reset", tr("it refuses and another port of the host accepts"), sends, in_all=MOST_RESETS)
    if flow.endpoint.transport == "tcp" and (kdc or component(flow.component).protocol in (HADOOP_RPC, DATA_TRANSFER)):
        yield Possible("packet sizes", tr("it answers"), _large(kdc=kdc), in_all=MOST_SIZES)


def _large(*, kdc: bool) -> str:
    sent = tr(
        "one request larger than a packet, and the same in small segments, over at most {most} connections",
        most=MOST_CONNECTIONS,
    )
    return semicolons([sent, tr("the KDC's log shows an unknown client with a name as long")] if kdc else [sent])


def _silences(scene: Scene) -> Iterator[Further]:
    """Yield one trace a host and transport for an endpoint that should have answered.

    A second trace goes to a port of the same host that answers. It shows how long the way is.
    """
    traced: set[tuple[str, Transport]] = set()
    for outcome in scene.outcomes:
        seen, end = outcome.observed, outcome.flow.endpoint
        if seen is None or seen.reason not in ("no-response", "ttl-exceeded") or not _worth(outcome):
            continue
        if end.transport == "udp" and outcome.flow.area != "kerberos":
            continue  # no request is known that is always answered, so silence proves nothing
        key = (seen.address or end.host, end.transport)
        if outcome.here == "denied" or "answered_from" in seen.detail or key in traced or len(traced) >= MOST_TRACES:
            continue
        traced.add(key)
        # An AS-REQ has had its whole patience before, and what answers a trace of it has not been
        # read.
        learn = note_of("path") if outcome.flow.area == "kerberos" else _trace_of_silent
        yield Further(outcome.flow.id, "path", _trace(outcome.flow, _here(outcome)), learn)
        open_ = _open_sibling(scene, outcome)
        # Asked once for all silent flows of the host, because flow and name identify a question.
        if open_ is not None:
            yield Further(open_.flow.id, "path", _trace(open_.flow, _here(open_)), note_of("path"))


def _trace(flow: Flow, here: Endpoint) -> Question:
    return Question("path", here, {"realm": flow.realm or ""} if flow.area == "kerberos" else {})


def _trace_of_silent(answer: Observation) -> Observation:
    """Keep the trace of a port that was silent so far.

    A handshake that the target answers now decides the flow: its host was only slower than others
    of its network, or too busy to listen.
    """
    path = answer.detail.get("path")
    if isinstance(path, Mapping) and path["reached"]:
        return answer
    return note_of("path")(answer)


def _resets(scene: Scene) -> Iterator[Further]:
    """Yield a question for refusals of hosts that accept on another port, so that the two can be
    compared."""
    asked: dict[str, int] = {}
    for outcome in scene.outcomes:
        seen = outcome.observed
        if seen is None or seen.reason != "rst" or not _worth(outcome):
            continue
        open_ = _open_sibling(scene, outcome)
        host = seen.address or outcome.flow.endpoint.host
        if open_ is None or asked.get(host, 0) >= MOST_RESETS_A_HOST or sum(asked.values()) >= MOST_RESETS:
            continue
        asked[host] = asked.get(host, 0) + 1
        accepting = _here(open_)
        options: dict[str, Option] = {
            "accepting_address": accepting.address or accepting.host,
            "accepting_port": accepting.port,
        }
        yield Further(outcome.flow.id, "reset", Question("reset", _here(outcome), options), note_of("rst"))


def _sizes(scene: Scene) -> Iterator[Further]:
    """Yield one large exchange over TCP for each host, with its KDC if it has one.

    The size of a KDC's datagrams is asked by `kdc`. Hosts with nothing but a DataNode come last,
    because they are many.
    """
    asked: set[str] = set()
    for outcome in sorted(scene.outcomes, key=_place):
        seen, end = outcome.observed, outcome.flow.endpoint
        if seen is None or not _worth(outcome, inside=False):
            continue
        host = seen.address or end.host
        question = _large_exchange(outcome)
        if question is None or host in asked or len(asked) >= MOST_SIZES:
            continue
        asked.add(host)
        yield Further(outcome.flow.id, "packet sizes", question, note_of("mtu"))


def _place(outcome: Outcome) -> int:
    """Return 0 for a KDC, 2 for a DataNode, and 1 for every other service."""
    if outcome.flow.area == "kerberos":
        return 0
    return 2 if component(outcome.flow.component).protocol == DATA_TRANSFER else 1


def _large_exchange(outcome: Outcome) -> Question | None:
    """Return the question, None if no large exchange is known for what answered."""
    seen, flow = outcome.observed, outcome.flow
    if seen is None:
        return None
    if seen.reason == "kerberos-reply":
        realm = {"realm": flow.realm or ""}
        return Question("large-exchange", _here(outcome), realm) if flow.endpoint.transport == "tcp" else None
    if seen.state == "open" and component(flow.component).protocol == HADOOP_RPC:
        return Question("large-exchange", _here(outcome))
    if seen.state == "open" and component(flow.component).protocol == DATA_TRANSFER:
        return Question("large-exchange", _here(outcome), {"datanode": True})
    return None


def _worth(outcome: Outcome, *, inside: bool = True) -> bool:
    """Return True if packets leave this host, and, with `inside`, come from the resource group's
    networks."""
    seen = outcome.observed
    if seen is None or (inside and not outcome.from_inside):
        return False
    try:
        address = ipaddress.ip_address((seen.address or outcome.flow.endpoint.address or "").partition("%")[0])
    except ValueError:
        return False
    return not address.is_loopback and str(address) != seen.source


def _here(outcome: Outcome) -> Endpoint:
    """Return the endpoint with the address that packets went to."""
    seen, end = outcome.observed, outcome.flow.endpoint
    return replace(end, address=(seen.address if seen is not None else None) or end.address)


def _open_sibling(scene: Scene, outcome: Outcome) -> Outcome | None:
    """Return a flow to a TCP port of the same host that accepts connections. None without one."""
    for other in scene.siblings(outcome):
        if (
            other.flow.endpoint.transport == "tcp"
            and other.observed is not None
            and other.observed.state == "open"
            and other.from_inside
        ):
            return other
    return None
