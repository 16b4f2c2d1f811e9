"""What did a login with the user's keytab show that clients experience?

The messages were measured with kinit and kvno of krb5 1.20, OpenJDK 17.0.15 and their KDC.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from diagnose.clients import jdk, mit
from diagnose.clients.model import FAMILIES, Ending, Exchange, Family
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.scene.proof import Proof
    from probes.kerberos.login import Step
    from probes.kerberos.login.outcome import Cause

LOGIN: Final[Mapping[Cause, tuple[str, str]]] = {
    "unknown-client": ("Client '{name}' not found in Kerberos database", "Client not found in Kerberos database (6)"),
    "locked": ("Client's credentials have been revoked", "Clients credentials have been revoked (18)"),
    "expired": ("Client's entry in database has expired", "Client's entry in database expired (1)"),
    "password-expired": ("Password has expired", "Password has expired - change password to reset (23)"),
    "stale-key": ("Preauthentication failed", "Pre-authentication information was invalid (24)"),
    "missing-enctype": ("KDC has no support for encryption type", "KDC has no support for encryption type (14)"),
}
"""Cause of a failed login -> message of kinit, and of Java."""

TICKET: Final[Mapping[Cause, tuple[str, str]]] = {
    "unknown-service": ("Server {name} not found in Kerberos database", "Server not found in Kerberos database (7)"),
    "expired": ("Server's entry in database has expired", "Server's entry in database has expired (2)"),
    "policy": ("Server principal valid for user2user only", "null (27)"),
    "missing-enctype": ("KDC has no support for encryption type", "KDC has no support for encryption type (14)"),
}
"""Cause of a failed service ticket -> message of kvno, and of Java."""

_WITHOUT_TEXT: Final[frozenset[Cause]] = frozenset({"cross-realm", "locked"})
"""Causes of a failed ticket whose messages differ by client."""

_LOGIN_STAGES: Final = ("as", "preauth", "as-reply")
_TICKET_STAGES: Final = ("tgs", "cross-realm")


def login_faults(proof: Proof | None, realm: str) -> dict[Family, Ending]:
    """Return how a login ends that was refused. {} if none was, or if it was of another realm."""
    if proof is None or proof.login is None or proof.offline.principal.realm != realm:
        return {}
    failed = next((s for s in proof.login.steps if s.stage in _LOGIN_STAGES and s.cause in LOGIN), None)
    why = tr("a login as {principal} with the keytab was refused", principal=proof.offline.principal)
    return {} if failed is None else _endings(LOGIN[failed.cause], failed, str(proof.offline.principal), "as", why)


def ticket_faults(proof: Proof | None) -> dict[Family, Ending]:
    """Return how a service ticket ends that the KDC refused. {} if it refused none.

    If several were refused, the first one counts.
    """
    failed = next((step for step in _tickets(proof) if step.cause in TICKET or step.cause in _WITHOUT_TEXT), None)
    if failed is None:
        return {}
    why = tr("the KDC was asked for {service} and gave no ticket", service=failed.target)
    texts = TICKET.get(failed.cause)
    if texts is None:
        return dict.fromkeys(FAMILIES, Ending("no", 0.0, None, why))
    return _endings(texts, failed, str(failed.target), "tgs", why)


def _tickets(proof: Proof | None) -> list[Step]:
    if proof is None or proof.login is None:
        return []
    return [step for step in proof.login.steps if step.stage in _TICKET_STAGES]


def _endings(texts: tuple[str, str], step: Step, name: str, exchange: Exchange, why: str) -> dict[Family, Ending]:
    """Return the endings of all families. What gokrb5 and Heimdal say was not measured.

    Java adds the KDC's own words to its text.
    """
    by_mit, by_java = texts
    own_words = f" - {step.e_text}" if step.e_text else ""
    return {
        **dict.fromkeys(FAMILIES, Ending("no", 0.0, None, why)),
        "mit": mit.failed(by_mit.format(name=name), 0.0, exchange, why),
        "jdk": jdk.failed(by_java + own_words, 0.0, exchange, why),
    }
