"""Is the silence of an endpoint one more reject of a firewall that rejects its neighbours?

Linux answers a sender with about one ICMP error a second (icmp_ratelimit,
https://docs.kernel.org/networking/ip-sysctl.html). So if one firewall rejects many connections at
once, most of them look like silence. A sweep therefore notes with each silence which errors other
endpoints of the same network met. The notes may come from a file, so every value in them is
checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, get_args

from diagnose.findings.model import Evidence
from diagnose.flows.names import names
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import parse_address, text
from probes.language import tr
from probes.observation import Reason

PROHIBITED: frozenset[Reason] = frozenset(
    {"host-prohibited", "net-prohibited", "admin-prohibited", "policy-failed", "reject-route"}
)

MOST_NOTED = 8
"""Kinds of errors of one note that are read."""


class Met(NamedTuple):
    """An error that other endpoints met."""

    reason: Reason
    """Reason of the error."""
    offender: str
    """Address that sent the errors."""
    endpoints: int
    """Number of endpoints that met one."""


def met(outcome: Outcome) -> tuple[Met, ...]:
    """Return the errors that the neighbours of a silent endpoint met. Empty if it is not silent."""
    noted = outcome.observed.detail.get("beside") if outcome.observed is not None and outcome.is_silent else None
    found = [_met(one) for one in noted[:MOST_NOTED]] if isinstance(noted, (list, tuple)) else []
    return tuple(one for one in found if one is not None)


def of_host(outcome: Outcome) -> Met | None:
    """Return a prohibition that the silent target itself sent for other flows."""
    return next((one for one in met(outcome) if one.reason in PROHIBITED and one.offender == _target(outcome)), None)


def of_router(scene: Scene, outcome: Outcome) -> Met | None:
    """Return a reject by a firewall on the way: by what is no target and no node.

    The firewall of another host proves nothing about this one.
    """
    errors = (one for one in met(outcome) if one.reason in PROHIBITED or one.reason == "port-unreachable")
    hosts = (scene.machines, scene.senders, names(scene.case).by_address, scene.case.members)
    return next((one for one in errors if not any(one.offender in known for known in hosts)), None)


def evidence(scene: Scene, outcome: Outcome) -> tuple[Evidence, ...]:
    """Return what neighbours met, if the silence is explained by a reject."""
    found = of_host(outcome) or of_router(scene, outcome)
    if found is None:
        return ()
    said = tr(
        "beside it, {count} more of that network met {reason} from {offender}",
        count=found.endpoints,
        reason=found.reason,
        offender=found.offender,
    )
    return (Evidence("observation", outcome.flow.id, said),)


def _target(outcome: Outcome) -> str | None:
    seen = outcome.observed
    return (seen.address if seen is not None else None) or outcome.flow.endpoint.address


def _met(noted: object) -> Met | None:
    if not isinstance(noted, Mapping):
        return None
    offender, number = noted.get("offender"), noted.get("endpoints")
    reason = next((one for one in get_args(Reason) if one == noted.get("reason")), None)
    if reason is None or not isinstance(offender, str) or not isinstance(number, int) or not 0 < number < 1 << 31:
        return None
    try:
        return Met(reason, text(parse_address(offender)), number)
    except ValueError:
        return None
