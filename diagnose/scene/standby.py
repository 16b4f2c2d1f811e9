"""Which ResourceManagers refuse clients because they are in standby?

One in standby serves its web page. It opens the ports of clients and of ApplicationMasters only
when it becomes active. So a refusal is no fault while another ResourceManager accepts.
Source: ResourceManager.serviceInit and transitionToActive, Hadoop 3.3.6; seen with real servers.
"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.case.model import Case
from diagnose.scene.node_records import Records
from diagnose.scene.other_service import other_protocol, own_answer
from diagnose.scene.outcome import Outcome
from probes.frozen import replace

CLOSED_IN_STANDBY = frozenset({"resourcemanager-client", "resourcemanager-scheduler"})
"""Components whose port only the active ResourceManager opens."""

UNHEARD_OF = ("no", "absent")
"""What a list of sockets says of a port that it does not have."""

WEB_PAGES = frozenset({"resourcemanager-web", "resourcemanager-web-https"})


def with_standbys(case: Case, outcomes: Sequence[Outcome], far: Records) -> tuple[Outcome, ...]:
    """Return the outcomes, with those of standbys marked. Their packets get there and back.

    `far`: what the hosts recorded. One that listens and refuses is no standby.
    """
    yarn = case.settings.get("yarn-site.xml")
    is_pair = yarn is not None and bool(yarn.get_bool("yarn.resourcemanager.ha.enabled"))
    return tuple(
        replace(outcome, verdict="allowed", is_standby=True)
        if _is_standby(outcome, outcomes, is_pair=is_pair)
        and far.of(outcome.flow.id).listening in (*UNHEARD_OF, "unknown")
        else outcome
        for outcome in outcomes
    )


def _is_standby(outcome: Outcome, outcomes: Sequence[Outcome], *, is_pair: bool) -> bool:
    """Return True if the host itself refuses, and another ResourceManager serves clients.

    - False if its web page refuses as well, because then nothing runs there.
    - The other one may serve on another port than the files name.
    - If no other one was asked, or the files name none in a way that can be dialled, its web page
      tells that it runs.
    """
    if outcome.flow.component not in CLOSED_IN_STANDBY or not _refuses(outcome) or outcome.here == "denied":
        return False
    if any(seen.detail.get("forged") is True for seen in outcome.observations):
        return False
    pages = [each for each in outcomes if each.flow.component in WEB_PAGES and _host(each) == _host(outcome)]
    if any(map(_refuses, pages)):
        return False
    others = [o for o in outcomes if o.flow.component == outcome.flow.component and o is not outcome]
    if all(other.observed is None for other in others):
        return is_pair and any(map(_accepts, pages))
    return any(_accepts(other) or _answers_elsewhere(other) for other in others)


def _accepts(outcome: Outcome) -> bool:
    """Return True if it takes connections, and is not known to be another server.

    An active one may hang: the standby is then no more down than before.
    """
    if outcome.observed is None or outcome.observed.state != "open" or other_protocol(outcome.observations):
        return False
    return own_answer(outcome.observations) not in ("foreign", "other-principal", "unidentified")


def _answers_elsewhere(outcome: Outcome) -> bool:
    return any("answers_on" in seen.detail for seen in outcome.observations)


def _refuses(outcome: Outcome) -> bool:
    return outcome.observed is not None and outcome.observed.reason in ("rst", "conn-refused")


def _host(outcome: Outcome) -> str:
    return outcome.flow.endpoint.host
