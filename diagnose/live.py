"""A live look at a case: probe every flow, then ask the one further question that a refusing KDC raises."""

from __future__ import annotations

from diagnose.case.model import Case
from diagnose.engine import Seen, look
from diagnose.findings.conclude import Bug
from diagnose.flows.plan import flows
from diagnose.observe import Progress, Settings, find_moved_kdcs, observe


def see(case: Case, settings: Settings, progress: Progress | None = None) -> Seen:
    """Observations of all flows of the case from this host."""
    plan = flows(case)
    first = observe(plan.flows, settings, progress)
    bugs = tuple(Bug("probing", error) for error in first.errors)
    seen = Seen(dict(first.by_flow), first.interrupted, bugs)
    if first.interrupted:
        return seen
    further = find_moved_kdcs(look(case, plan, seen), settings)
    return Seen({key: (*further.get(key, ()), *observations) for key, observations in seen.by_flow.items()}, bugs=bugs)
