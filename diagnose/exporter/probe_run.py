"""What does one probe of `serve` see, within its time?

It asks through the same schemes and questions as `probe`. The host is looked up here, once, because
only addresses that are allowed may be asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress

from diagnose.exporter.allow_list import AllowedTargets, address_refusal, refusal
from diagnose.exporter.module import ProbeModule
from diagnose.probing.answers import TargetReport
from diagnose.probing.run import answers_of, at
from diagnose.probing.target import Target, TargetAnswer
from probes.frozen import frozen, replace
from probes.names.resolve import resolve
from probes.network.runner import logged
from probes.observation import Observation
from probes.questions import Question
from probes.vantage import Vantage

_LOG = logging.getLogger(__name__)

LOOKUP_SHARE = 0.3
"""Part of the time that looking up the host may take."""

SILENCE_SHARE = 0.45
"""Part of the remaining time that a peer may be silent, so that a connection and a question fit."""


class TargetRefusedError(Exception):
    """The target is not allowed. The message says why."""


@frozen
class ProbeStep:
    """One question and its answer."""

    question: Question
    """What was asked."""

    answer: Observation
    """What came."""


@frozen
class ProbeOutcome:
    """All that one probe saw."""

    report: TargetReport
    """The answer of `probe` for this target."""

    observation: Observation
    """Observation that decides."""

    steps: tuple[ProbeStep, ...]
    """Questions in the order of their answers."""

    success: bool
    """True if the endpoint works, in the sense of its module."""

    lookup_s: float
    """Seconds that looking up the host took."""

    duration_s: float
    """Seconds that all of it took."""


async def run_probe(
    module: ProbeModule, target: Target, allowed: Sequence[AllowedTargets], seconds: float
) -> ProbeOutcome:
    """Ask one target, if it is allowed, within so many seconds. TargetRefusedError if it is not."""
    began = time.monotonic()
    end = target.endpoint
    if (why := refusal(allowed, end.host, end.port)) is not None:
        raise TargetRefusedError(why)
    name = await resolve(end.host, timeout=min(module.patience, seconds * LOOKUP_SHARE))
    lookup = time.monotonic() - began
    if name.reason is not None:
        return _outcome(module, target, TargetAnswer(name.observation(Vantage())), (), lookup, lookup)
    if (why := address_refusal(allowed, end.host, end.port, name.addresses)) is not None:
        raise TargetRefusedError(why)
    checked = replace(target, endpoint=at(end, name))
    answer, steps = await _ask(module, checked, max(seconds - lookup, 0.05))
    _LOG.info("probed %s: %s", target.text, logged(answer.observation))
    return _outcome(module, checked, answer, steps, lookup, time.monotonic() - began)


async def _ask(module: ProbeModule, target: Target, seconds: float) -> tuple[TargetAnswer, tuple[ProbeStep, ...]]:
    """Ask the first question of a target that has an address, or all, until the time is over."""
    vantage = Vantage(patience=min(module.patience, seconds * SILENCE_SHARE))
    steps: list[ProbeStep] = []
    cancelled = Observation(vantage.name, "not-probed", "cancelled", address=target.endpoint.address)
    last = TargetAnswer(cancelled)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            asking = answers_of(target, vantage, lambda question, seen: steps.append(ProbeStep(question, seen)))
            async with aclosing(asking) as answers:
                async for answer in answers:
                    last = answer
                    if not module.all_questions:
                        break
    return last, tuple(steps)


def _outcome(
    module: ProbeModule,
    target: Target,
    answer: TargetAnswer,
    steps: tuple[ProbeStep, ...],
    lookup: float,
    duration: float,
) -> ProbeOutcome:
    seen = answer.observation
    report = TargetReport.of(target.text, target.endpoint, target.scheme.right, seen, list(answer.lines))
    success = report.works is True and (not module.secure or _is_secure(seen))
    return ProbeOutcome(report, seen, steps, success, lookup, duration)


def _is_secure(seen: Observation) -> bool:
    """Return True if the answer came inside TLS, with a certificate without faults."""
    match seen.detail.get("tls"):
        case {"faults": []}:
            return True
    return False
