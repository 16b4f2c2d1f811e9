"""Which further questions do the first answers of a service raise?

- A Hadoop server that refuses may listen on the port that another release or mode of the cluster
  gives it: a NameNode on 9000 in place of 8020, or the other way round.
- A server that accepts may be another one, or hang. It is asked in the protocol of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from diagnose.flows.components import component
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note
from diagnose.scene.other_service import (
    OTHER_PROTOCOL,
    OTHERS,
    OWN_ANSWER,
    OwnAnswer,
    may_speak_http,
    may_speak_tls,
)
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.observation import Observation
from probes.questions import Option, Question
from probes.questions.question import Kind

THRIFT: Mapping[str, Kind] = {"hive-metastore": "thrift", "hiveserver2": "thrift"}
"""Thrift servers of which the files say whether they speak HTTP -> what they can be asked.

Kyuubi and the Spark Thrift Server may speak HTTP by settings that the case need not have.
"""

OPTIONS: Mapping[Kind, Mapping[str, Option]] = {"thrift": {"mechanism": "EMR-DIAGNOSE\r\n"}}
"""What is asked: a mechanism that no server has. A web server answers once a line has ended."""

MOST_ASKED = 32
"""Servers that accept and are asked who they are, the first ones of a case."""

RPC = "hadoop-ipc"


def questions(scene: Scene) -> Iterator[Further]:
    """Yield the questions for every server that refuses or accepts."""
    yield from islice(_protocols(scene), MOST_ASKED)
    for outcome in scene.outcomes:
        flow, seen = outcome.flow, outcome.observed
        if seen is None or seen.state != "closed":
            continue
        for port in _other_ports(flow):
            end = replace(flow.endpoint, address=seen.address or flow.endpoint.address, port=port)
            yield Further(flow.id, f"port {port}", Question("hadoop-rpc", end), _answers_on(port))


def _protocols(scene: Scene) -> Iterator[Further]:
    """Yield one question for each required server that accepts."""
    for outcome in scene.outcomes:
        flow, seen = outcome.flow, outcome.observed
        kind = _kind(flow)
        is_open = seen is not None and seen.reason == "syn-ack"
        if may_speak_http(scene.case, flow.component) or may_speak_tls(scene.case, flow.component):
            continue
        if kind is not None and seen is not None and is_open:
            end = replace(flow.endpoint, address=seen.address or flow.endpoint.address)
            yield Further(flow.id, "protocol", Question(kind, end, OPTIONS.get(kind, {})), _other_protocol)


def _kind(flow: Flow) -> Kind | None:
    """Return what the server of a flow can be asked. None if the flow is not required."""
    if flow.need != "required":
        return None
    return "hadoop-rpc" if component(flow.component).protocol == RPC else THRIFT.get(flow.component)


def _other_protocol(answer: Observation) -> Observation:
    """Keep what came, and its protocol if no such service speaks it."""
    other = answer.detail.get("protocol")
    own = _own_answer(answer)
    kept = {} if own is None else {OWN_ANSWER: own}
    return note(answer, kept | {OTHER_PROTOCOL: other} if other in OTHERS else kept)


def _own_answer(answer: Observation) -> OwnAnswer | None:
    """Return what came of the question. None if it was not asked, or may be the service in TLS."""
    if answer.reason == "service-reply":
        return "answered"
    ended, other = answer.detail.get("ended"), answer.detail.get("protocol")
    if answer.reason != "syn-ack" or ended is None or other == "tls":
        return None
    if other is not None:
        return "foreign"
    return "silent" if ended == "silent" else "closed"


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow, whatever it answers."""
    if _kind(flow) is not None:
        first = tr("the first step of its own protocol")
        yield Possible("protocol", tr("it accepts"), first, _steps(flow), in_all=MOST_ASKED)
    ports = _other_ports(flow)
    if ports:
        sends = tr("the first step of Hadoop RPC to port {ports}", ports=", ".join(map(str, ports)))
        yield Possible("other ports", tr("it refuses"), sends, len(ports))


def _steps(flow: Flow) -> int:
    """Return how many connections the question takes: Thrift is asked without SASL, too."""
    return 2 if _kind(flow) == "thrift" else 1


def _other_ports(flow: Flow) -> list[int]:
    known = component(flow.component)
    if known.protocol != RPC or flow.assumed is not None:
        return []
    return sorted(set(known.ports.values()) - {flow.endpoint.port})


def _answers_on(port: int) -> Callable[[Observation], Observation]:
    def learn(answer: Observation) -> Observation:
        return note(answer, {"answers_on": port} if answer.reason == "service-reply" else {})

    return learn
