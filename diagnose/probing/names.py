"""What does `probe dns://` ask one name server about one name?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping

from diagnose.probing.answers import AnswerLine
from diagnose.probing.target import Asker, Target, TargetAnswer
from probes.frozen import replace
from probes.language import marked, tr
from probes.observation import Observation
from probes.questions import Question

_NO = ("no-such-name", "no-data")


def check(options: Mapping[str, str]) -> None:
    """Raise ValueError for options that make no question."""
    from probes.names.dns import RECORDS, absolute_name

    record = RECORDS.get(_record(options))
    if not options.get("name") or record is None:
        text = marked("expected ?name=NAME, and &type= one of {records} for other than A")
        raise ValueError(tr(text, records=", ".join(RECORDS)))
    absolute_name(options["name"], record)


async def dns(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask for the record. The server works if it has one: an answer without it helps no client."""
    options = {"name": target.options["name"], "type": _record(target.options)}
    answer = await ask(Question("dns", target.endpoint, options))
    reply = answer.detail.get("dns")
    said = reply.get("said") if isinstance(reply, Mapping) else None
    yield TargetAnswer(_judged(answer, str(said)), tuple(_lines(reply)))


def _record(options: Mapping[str, str]) -> str:
    return options.get("type", "A").upper()


def _judged(answer: Observation, said: str) -> Observation:
    if answer.state != "open" or said == "records":
        return answer
    return replace(answer, state="unresolved", reason="name-not-found" if said in _NO else "resolver-failed")


def _lines(reply: object) -> Iterator[AnswerLine]:
    if isinstance(reply, Mapping):
        yield AnswerLine(tr("says"), str(reply["said"]))
        yield from (AnswerLine(tr("alias of"), alias) for alias in reply.get("aliases", ()))
        yield from (AnswerLine(str(reply["type"]), record) for record in reply.get("records", ()))
