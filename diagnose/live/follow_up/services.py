"""Which further questions does the refusal of a Hadoop server raise?

It may listen on the port that another release or another mode of the cluster gives it: a NameNode
on 9000 in place of 8020, or the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from diagnose.flows.components import component
from diagnose.flows.model import Flow
from diagnose.live.follow_up.model import Further, Possible, note
from diagnose.scene.scene import Scene
from probes.observation import Observation
from probes.questions import Question

PROTOCOL = "hadoop-ipc"
"""Protocol of the servers that can be asked who they are, as data/components.toml names it."""


def questions(scene: Scene) -> Iterator[Further]:
    """Yield one question for each other usual port of a server that refuses."""
    for outcome in scene.outcomes:
        flow, seen = outcome.flow, outcome.observed
        if seen is None or seen.state != "closed":
            continue
        for port in _other_ports(flow):
            end = replace(flow.endpoint, address=seen.address or flow.endpoint.address, port=port)
            yield Further(flow.id, f"port {port}", Question("hadoop-rpc", end), _answers_on(port))


def possible(flow: Flow) -> Iterator[Possible]:
    """Yield what `questions` may yield for this flow, whatever it answers."""
    ports = _other_ports(flow)
    if ports:
        named = " and ".join(map(str, ports))
        yield Possible("other ports", "it refuses", f"the first step of Hadoop RPC to port {named}", len(ports))


def _other_ports(flow: Flow) -> list[int]:
    known = component(flow.component)
    if known.protocol != PROTOCOL or flow.assumed is not None:
        return []
    return sorted(set(known.ports.values()) - {flow.endpoint.port})


def _answers_on(port: int) -> Callable[[Observation], Observation]:
    def learn(answer: Observation) -> Observation:
        return note(answer, {"answers_on": port} if answer.reason == "service-reply" else {})

    return learn
