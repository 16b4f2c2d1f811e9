"""What does `probe path+tcp://` ask: which routers are on the way, and which packets pass?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from diagnose.probing.answers import AnswerLine
from diagnose.probing.target import Asker, Target, TargetAnswer
from probes.frozen import replace
from probes.language import tr
from probes.observation import Observation
from probes.questions import Question


async def path(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Trace the way hop by hop.

    A UDP endpoint with options["realm"] is asked as a KDC, so that the end answers.
    """
    endpoint, realm = target.endpoint, target.options.get("realm")
    options = {} if realm is None else {"realm": realm}
    answer = await ask(Question("path", endpoint, options))
    trace: Mapping[str, Any] = _part(answer, "path")
    is_answering = endpoint.transport == "tcp" or realm is not None
    known = TargetAnswer(_ended(answer, trace, is_answering=is_answering), tuple(_hops(trace)))
    yield known
    if realm is not None and endpoint.transport == "udp" and trace["reached"]:
        sizes = await ask(Question("path-mtu", endpoint, options))
        yield replace(known, lines=(*known.lines, _largest(_part(sizes, "mtu"))))


def _ended(answer: Observation, trace: Mapping[str, Any], *, is_answering: bool) -> Observation:
    """Return how the way ended. is_answering: the endpoint answers what it was asked if it is
    there, so silence counts."""
    bare = replace(answer, detail={key: value for key, value in answer.detail.items() if key != "path"})
    if trace["answer"] is not None:
        return bare
    if trace["loop"]:
        return replace(bare, reason="ttl-exceeded")
    return bare if is_answering else replace(bare, state="open|filtered")


def _hops(trace: Mapping[str, Any]) -> list[AnswerLine]:
    routers = {ttl: f"{address}, {rtt_ms or 0:.1f} ms" for ttl, address, rtt_ms in trace["hops"]}
    furthest = max(routers, default=0) if trace["distance"] is None else trace["distance"] - 1
    lines = [
        AnswerLine(tr("hop {number}", number=ttl), routers.get(ttl, tr("no answer"))) for ttl in range(1, furthest + 1)
    ]
    if trace["loop"]:
        return [*lines, AnswerLine(tr("a loop"), tr(" and ").join(trace["loop"]), tr("they answer again and again"))]
    if trace["reached"]:
        return lines
    why = tr("that is common and says nothing")
    if trace["last"]:
        why = tr("what stops the packets is there or behind it")
    return [*lines, AnswerLine(tr("last router that answered"), trace["last"] or tr("none"), why)]


def _largest(mtu: Mapping[str, Any]) -> AnswerLine:
    """Return the largest packet that passes, in bytes of IP packet."""
    what = tr("largest packet")
    if mtu["told"] is not None:
        return AnswerLine(what, _bytes(mtu["told"]), tr("says {router}", router=mtu["told_by"] or tr("a router")))
    if mtu["black_hole"]:
        return AnswerLine(what, _bytes(mtu["passes"]), tr("{size} are lost and no router says so", size=mtu["lost"]))
    if mtu["why"]:
        return AnswerLine(what, tr("not known"), mtu["why"])
    return AnswerLine(what, tr("{size} bytes or more", size=mtu["passes"]), tr("as large as this host's link carries"))


def _bytes(size: object) -> str:
    return tr("{size} bytes", size=size)


def _part(answer: Observation, key: str) -> Mapping[str, Any]:
    """Return one part of the answer's detail. TypeError if it is not there, which is a bug."""
    part = answer.detail.get(key)
    if not isinstance(part, Mapping):
        raise TypeError(f"the answer has no {key}")
    return part
