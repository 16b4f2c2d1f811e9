"""What does a live look at a case see?

It probes every flow, then asks the further questions that the first answers raise.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diagnose.case.model import Case, Skipped
from diagnose.flows.plan import flows
from diagnose.live.follow_up import ask_further
from diagnose.live.observe import LiveSettings, Progress, observe
from diagnose.scene.bugs import Bug, guarded
from diagnose.scene.observed import CaseObservations, SendingPlace, scene_of
from probes.frozen import replace
from probes.language import tr
from probes.observation import Observation

if TYPE_CHECKING:
    from diagnose.live.login import LoginsMade
    from diagnose.live.vantages import SshPlaces
    from diagnose.scene.proof import Credentials
    from diagnose.scene.scene import Scene


def observe_case(
    case: Case, settings: LiveSettings, progress: Progress | None = None, credentials: Credentials | None = None
) -> CaseObservations:
    """Observe all flows of the case from this host.

    With credentials, log in at a KDC that answered.
    """
    started = time.monotonic()
    plan = flows(case)
    first = observe(plan.flows, settings, progress)
    seen = CaseObservations(
        dict(first.by_flow), first.interrupted, tuple(Bug("probing", error) for error in first.errors)
    )
    if first.interrupted:
        return seen
    try:
        left = None if settings.deadline is None else max(0.0, settings.deadline - (time.monotonic() - started))
        place = scene_of(case, plan, seen)
        if settings.phase is not None:
            settings.phase("further")
        further = ask_further(place, replace(settings, deadline=left))
        seen = CaseObservations(
            {key: _together(many, further.notes.get(key, ())) for key, many in seen.by_flow.items()},
            further.interrupted,
            (*seen.bugs, *further.bugs),
            skipped=(_cut_short(further.unanswered),) if further.unanswered else (),
        )
        if credentials is None or seen.interrupted:
            return seen
        if settings.phase is not None:
            settings.phase("login")
        return _proven(seen, place, credentials, settings)
    except KeyboardInterrupt:  # what was seen until now is not lost
        return replace(seen, interrupted=True)


def observe_from(
    places: SshPlaces, case: Case, settings: LiveSettings, progress: Progress | None, credentials: Credentials | None
) -> CaseObservations:
    """Observe all flows of the case from other hosts.

    The first one is asked everything, as `observe_case` does. From the others each flow is asked
    once, so that it is seen who reaches it.
    """
    plan = flows(case)
    ends = None if settings.deadline is None else time.monotonic() + settings.deadline
    told = (
        *(SendingPlace(place.vantage.name, place.how) for place in places.open),
        *(SendingPlace(place.name, error=place.error) for place in places.failed),
    )
    seen = CaseObservations(skipped=places.skipped, places=told)
    beside: dict[str, tuple[Observation, ...]] = {}
    for place in reversed(places.open):
        left = None if ends is None else max(0.0, ends - time.monotonic())
        here = replace(settings, vantage=place.vantage, deadline=left)
        if place is places.open[0]:
            found = observe_case(case, here, progress, credentials)
            seen = replace(found, skipped=(*found.skipped, *_unsent(places)), places=told)
            break
        first = observe(plan.flows, here, progress)
        beside = {key: (*beside.get(key, ()), *many) for key, many in first.by_flow.items()}
        if first.interrupted:
            return replace(seen, by_flow=beside, interrupted=True, skipped=_unsent(places))
    both = {key: (*beside.get(key, ()), *seen.by_flow.get(key, ())) for key in {**beside, **seen.by_flow}}
    return replace(seen, by_flow=both)


def _unsent(places: SshPlaces) -> tuple[Skipped, ...]:
    """Return what was not checked because of hosts that could not be used, or were lost."""
    return (*places.skipped, *(skipped for place in places.open for skipped in place.skipped))


def _cut_short(questions: int) -> Skipped:
    cause = tr("{count} that the first answers raised had no answer before the deadline or Ctrl-C", count=questions)
    return Skipped(tr("further questions"), cause, tr("a check with more time (--deadline)"))


def _together(first: Sequence[Observation], further: Sequence[Observation]) -> tuple[Observation, ...]:
    """Merge the observations of one flow.

    The last one whose state is not "not-probed" decides the verdict.
    """
    notes = [note for note in further if note.state == "not-probed"]
    later = [observation for observation in further if observation.state != "not-probed"]
    return (*notes, *first, *later)


def _proven(seen: CaseObservations, place: Scene, credentials: Credentials, settings: LiveSettings) -> CaseObservations:
    """Add the proof of a login. A bug of ours in the login is recorded without its text."""
    from diagnose.live.login import prove

    bugs = list(seen.bugs)
    with guarded("login", bugs, is_secret=True):
        proof, made = prove(place, credentials, settings)
        notes = made.notes
        by_flow = {key: (*((notes[key],) if key in notes else ()), *many) for key, many in seen.by_flow.items()}
        skipped = tuple(_not_made(made)) if credentials.authenticate else ()
        seen = replace(seen, by_flow=by_flow, proof=proof, skipped=(*seen.skipped, *skipped))
    return replace(seen, bugs=tuple(bugs))


def _not_made(made: LoginsMade) -> Iterator[Skipped]:
    """Yield that `--authenticate` logged in nowhere, or not everywhere."""
    check = tr("logins at the services")
    if not made.notes:
        cause = tr("no service that accepts connections, and whose principal the Hadoop files name, has a ticket")
        yield Skipped(check, cause, tr("the Hadoop files of a Kerberos cluster, and its KDC"))
    elif made.left_out:
        cause = tr("{count} more than this tool logs in to in one run", count=made.left_out)
        yield Skipped(check, cause, tr("a check of a part of the cluster"))
