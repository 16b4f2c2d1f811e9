"""A live look at a case: probe every flow, then ask the further questions that the first answers raise."""

from __future__ import annotations

import time
from dataclasses import replace

from diagnose.case.model import Case
from diagnose.engine import Seen, look
from diagnose.findings.conclude import Bug
from diagnose.flows.plan import flows
from diagnose.observe import Progress, Settings, ask_further, observe


def see(case: Case, settings: Settings, progress: Progress | None = None) -> Seen:
    """Observations of all flows of the case from this host."""
    plan = flows(case)
    started = time.monotonic()
    first = observe(plan.flows, settings, progress)
    bugs = tuple(Bug("probing", error) for error in first.errors)
    seen = Seen(dict(first.by_flow), first.interrupted, bugs)
    if first.interrupted:
        return seen
    left = None if settings.deadline is None else max(0.0, settings.deadline - (time.monotonic() - started))
    further = ask_further(look(case, plan, seen), replace(settings, deadline=left))
    return Seen({key: (*further.get(key, ()), *observations) for key, observations in seen.by_flow.items()}, bugs=bugs)
