"""Which services accept connections and do not answer?

A service hangs if it was asked twice in its own protocol, the second time with more time, and no
byte came. Then clients wait, and a rule changes nothing.

- A host whose services all hang is one fault. Else the services of one process are.
- The finding is at most "strong": a device on the way can accept in the name of a host.
- It is "inferred" if the kernel of the host never acknowledged the question. Then the question may
  have been lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.findings.model import Blame, Confidence, Evidence
from diagnose.flows.components import component
from diagnose.flows.model import Flow
from diagnose.scene.other_service import ACKNOWLEDGED, WAITED, own_answer
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.observation import Observation

METASTORE = "hive-metastore"
"""The component that has a code of its own. HiveServer2 asks it, so it comes first."""

LONGEST_WAIT = 3600.0
"""Seconds. A record that says more is wrong."""

ANSWERS = frozenset({"answered", "idle"})
"""What shows that a service answers in its own protocol."""


def blames(scene: Scene) -> Iterator[Blame]:
    """Yield a blame for each flow to a service that hangs."""
    for outcome in sorted(hanging(scene.outcomes), key=lambda o: o.flow.component != METASTORE):
        whole = is_whole_host(scene, outcome)
        yield Blame(
            "SVC-HMS" if outcome.flow.component == METASTORE and not whole else "SVC-HANG",
            ("host", outcome.flow.endpoint.host) if whole else (process(outcome.flow), confidence(outcome)),
            outcome,
            confidence(outcome),
            missing=tuple(_missing(outcome)),
            evidence=tuple(_evidence(scene, outcome)),
            cause="hangs",
        )


def hanging(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return those of services that hang. One that no question is known for cannot be told to."""
    return [
        outcome
        for outcome in outcomes
        if own_answer(outcome.observations) == "hangs" and component(outcome.flow.component).question is not None
    ]


def confidence(outcome: Outcome) -> Confidence:
    """Return how sure it is that the service itself keeps silent."""
    return "inferred" if is_acknowledged(outcome) is False else "strong"


def is_acknowledged(outcome: Outcome) -> bool | None:
    """Return whether the host's kernel acknowledged the question. None if that is not known."""
    said = _note(outcome).detail.get(ACKNOWLEDGED)
    return said if isinstance(said, bool) else None


def waited(outcome: Outcome) -> float:
    """Return the seconds that the second answer had. 0 if a record says no possible number."""
    said = _note(outcome).detail.get(WAITED)
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        return 0.0
    return float(said) if 0 <= said <= LONGEST_WAIT else 0.0


def is_whole_host(scene: Scene, outcome: Outcome) -> bool:
    """Return True if more than one service of this host hangs, and none that was asked answers."""
    asked = [o for o in (outcome, *scene.siblings(outcome)) if own_answer(o.observations) is not None]
    processes = {process(o.flow) for o in asked}
    return len(processes) > 1 and len(hanging(asked)) == len(asked) and not answering_beside(scene, outcome)


def answering_beside(scene: Scene, outcome: Outcome) -> list[Outcome]:
    """Return the services on the same host that answer in their own protocol."""
    return [other for other in scene.siblings(outcome) if _answers(other)]


def answering_elsewhere(scene: Scene, outcome: Outcome) -> list[Outcome]:
    """Return the services of the same kind on other hosts that answer."""
    beside = scene.siblings(outcome)
    alike = (other for other in scene.outcomes if other.flow.component == outcome.flow.component)
    return [other for other in alike if other is not outcome and other not in beside and _answers(other)]


def process(flow: Flow) -> str:
    """Return the process that serves a flow, as the cloud names it. RPC and web page share one."""
    return next(iter(component(flow.component).instances), flow.component)


def _answers(outcome: Outcome) -> bool:
    if outcome.flow.area == "kerberos":
        return outcome.observed is not None and outcome.observed.reason == "kerberos-reply"
    return own_answer(outcome.observations) in ANSWERS


def _missing(outcome: Outcome) -> Iterator[str]:
    host, port = outcome.flow.endpoint.host, outcome.flow.endpoint.port
    if is_acknowledged(outcome) is False:
        yield tr(
            "ss -ltn on {host}: Recv-Q of port {port} as large as Send-Q means a full queue, else packets are lost on "
            "the way",
            host=host,
            port=port,
        )
        return
    yield tr(
        "on {host}: ss -ltnp (Recv-Q of port {port} above 0 means that the process accepts nobody), and jstack or the "
        "log of the process",
        host=host,
        port=port,
    )
    if not outcome.from_inside:
        yield tr("the same check from a host of the resource group")


def _evidence(scene: Scene, outcome: Outcome) -> Iterator[Evidence]:
    """Yield how it was asked, and who answers the same vantage."""
    end = f"{outcome.flow.endpoint.host}:{outcome.flow.endpoint.port}"
    yield Evidence("observation", outcome.flow.id, tr("{end}: asked twice, and not a byte came", end=end))
    said = is_acknowledged(outcome)
    if said is not None:
        text = tr("its kernel acknowledged the question") if said else tr("its kernel did not acknowledge the question")
        yield Evidence("observation", outcome.flow.id, tr("{end}: {clause}", end=end, clause=text))
    for other in (*answering_beside(scene, outcome), *answering_elsewhere(scene, outcome)):
        there = f"{other.flow.endpoint.host}:{other.flow.endpoint.port}"
        text = tr("{end}: {service} answers in its own protocol", end=there, service=other.flow.service)
        yield Evidence("observation", other.flow.id, text)


def _note(outcome: Outcome) -> Observation:
    """Return the note that says "hangs"."""
    return next(seen for seen in outcome.observations if own_answer([seen]) == "hangs")
