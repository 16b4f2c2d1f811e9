"""Does a service accept a login with a ticket that its KDC gave?

The client's side is known to be right: the KDC gave the ticket and the login was made with it. So a
refusal is the service's own: its keytab, its clock, or what it remembers of earlier requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from diagnose import data
from diagnose.case.model import Skipped
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import unique
from diagnose.flows.components import component
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from diagnose.scene.service_login import LoginSeen, login_seen
from probes.language import tr


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield one finding for each service principal and fault."""
    refused: dict[tuple[str, str, str], list[Outcome]] = {}
    logins = {outcome.flow.id: login for outcome in scene.outcomes if (login := login_seen(outcome.observations))}
    for outcome in scene.outcomes:
        login = logins.get(outcome.flow.id)
        if login is not None and (code := fault_of(login)) is not None:
            refused.setdefault((code, login.service, login.text), []).append(outcome)
    for (code, _, _), outcomes in refused.items():
        yield _finding(code, logins[outcomes[0].flow.id], outcomes, _accepted_beside(scene, logins, outcomes))


def undecided(scene: Scene) -> Iterator[tuple[Outcome, Skipped]]:
    """Yield each login that did not go through and names no fault, with its cause.

    A service may prove its key and refuse, or stop, after that.
    """
    for outcome in scene.outcomes:
        login = login_seen(outcome.observations)
        if login is None or login.went_through or fault_of(login) is not None:
            continue
        check, said = tr("login at {service}", service=login.service), login.text or login.result
        cause = tr("it ended without a proof: {result}", result=said)
        if login.is_proven:
            cause = tr("the service has its own key, and the login ended after that: {result}", result=said)
        yield outcome, Skipped(check, cause, tr("the log of {service} at that time", service=outcome.flow.service))


def fault_of(login: LoginSeen) -> str | None:
    """Return the code of the fault that a refusal names. None if it names none.

    A service that proved its key refuses for another reason.
    """
    if login.result != "refused" or login.is_proven:
        return None
    said = login.text.lower()
    for row in _refusals():
        if login.code in row["codes"] or any(text in said for text in row["text"]):
            return str(row["finding"])
    return None


@cache
def _refusals() -> Sequence[Mapping[str, Any]]:
    return tuple(data.table("service_login")["refusal"])


def _accepted_beside(scene: Scene, logins: Mapping[str, LoginSeen], refused: Sequence[Outcome]) -> tuple[str, ...]:
    """Return the services on the same host that accepted a login, so that its clock is right."""
    hosts = {outcome.flow.endpoint.host for outcome in refused}
    return unique(
        logins[outcome.flow.id].service
        for outcome in scene.outcomes
        if outcome.flow.endpoint.host in hosts and outcome.flow.id in logins and logins[outcome.flow.id].shows_the_key
    )


def _finding(code: str, login: LoginSeen, outcomes: Sequence[Outcome], beside: Sequence[str]) -> Finding:
    flows = [outcome.flow for outcome in outcomes]
    hosts = unique(flow.endpoint.host for flow in flows)
    is_required = any(flow.need == "required" for flow in flows)
    said = login.text or (tr("error {code}", code=login.code) if login.code is not None else "")
    checks = [
        tr("kvno {service} on a client, beside klist -kt of the keytab of the service", service=login.service),
        tr("the clock of {host}", host=hosts[0]),
    ]
    return Finding(
        code=code,
        severity="error" if is_required else "warning",
        confidence="strong",
        cause="service-login",
        params={
            "principal": login.client,
            "target": login.service,
            "service": flows[0].service,
            "host": hosts[0],
            "said": said,
            "accepted_beside": list(beside),
            "names_itself": component(flows[0].component).protocol == "hadoop-ipc",
        },
        flows=tuple(flow.id for flow in flows),
        evidence=(
            Evidence(
                "observation",
                flows[0].id,
                tr(
                    "{service} answered a login of {client}: {said}",
                    service=login.service,
                    client=login.client,
                    said=said,
                ),
            ),
        ),
        settle_by="; ".join(checks[1:] if code == "KRB-SKEW" else checks),
    )
