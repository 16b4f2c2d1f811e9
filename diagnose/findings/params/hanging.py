"""Which values do the sentences about a service that hangs hold?"""

from __future__ import annotations

from diagnose.findings.blame_group import BlameGroup
from diagnose.findings.hadoop import hanging
from diagnose.findings.params.node_records import records
from diagnose.findings.values import Params, unique
from diagnose.flows.components import component


def hangs(group: BlameGroup) -> Params:
    """Return how the services were asked, and who answers the same vantage.

    - asked: kinds of the questions that were sent.
    - waited: seconds that the second answers had.
    - beside: services of the same hosts that answer. elsewhere: hosts where the same service does.
    - is_acknowledged: whether a kernel acknowledged a question. None if that is not known.
    - listening: lines of the list of sockets, where a full queue is the cause. Then nothing else.
    """
    outcomes = [blame.outcome for blame in group.blames]
    if group.blames[0].cause == "full-queue":
        return {"listening": records(group, "listening")}
    questions = [question.kind for flow in group.flows if (question := component(flow.component).question) is not None]
    known = [said for outcome in outcomes if (said := hanging.is_acknowledged(outcome)) is not None]
    beside = [other for outcome in outcomes for other in hanging.answering_beside(group.scene, outcome)]
    elsewhere = [other for outcome in outcomes for other in hanging.answering_elsewhere(group.scene, outcome)]
    return {
        "asked": unique(questions),
        "waited": max(map(hanging.waited, outcomes)),
        "beside": unique(other.flow.service for other in beside),
        "elsewhere": unique(group.host(other.flow) for other in elsewhere),
        "is_acknowledged": any(known) if known else None,
        "is_whole_host": hanging.is_whole_host(group.scene, outcomes[0]),
        "is_inside": all(outcome.from_inside for outcome in outcomes),
    }
