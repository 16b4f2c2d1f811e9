"""What came of the logins at the services, with the keytab of the user?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diagnose.report.flow_model import FlowFacts
from probes.language import marked, tr

KEY = "service_login"
"""Key in the detail of an observation that has how a login ended."""

RESULTS: Mapping[str, str] = {
    "accepted": marked("accepts the login"),
    "proven": marked("has its own key; the rest of the login was not made"),
    "refused": marked("refuses the login: {text}"),
    "other-key": marked("answers without its own key: {text}"),
    "ended": marked("did not finish the login: {text}"),
    "not-kerberos": marked("wants no Kerberos: {text}"),
    "not-connected": marked("could not be reached again"),
}
"""Result of a login -> how it is said."""

GOOD = ("accepted", "proven")


def logins(flows: Sequence[FlowFacts]) -> list[tuple[str, str]]:
    """Return a service principal with its host, and what came of the login, for each login."""
    rows = []
    for flow in flows:
        for detail in _details(flow):
            text = str(detail.get("text") or tr("nothing was said"))
            words = tr(RESULTS[detail["result"]], text=text)
            rows.append((f"{detail['service']} ({flow.host}:{flow.port})", words))
    return rows


def counted(flows: Sequence[FlowFacts]) -> str:
    """Return at how many services the keytab logged in. "" if it was tried at none."""
    results = [detail["result"] for flow in flows for detail in _details(flow)]
    if not results:
        return ""
    good = sum(result in GOOD for result in results)
    return tr("Logins that the services accept: {good} of {total}.", good=good, total=len(results))


def _details(flow: FlowFacts) -> list[Mapping[str, Any]]:
    found = [observation.detail.get(KEY) for observation in flow.observations]
    return [
        detail
        for detail in found
        if isinstance(detail, Mapping) and detail.get("result") in RESULTS and isinstance(detail.get("service"), str)
    ]
