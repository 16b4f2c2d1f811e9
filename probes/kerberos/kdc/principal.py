"""What does the database of this KDC contain: this client, in which state; this service; keys of
which enctypes?

Two questions need no credential and can issue no ticket, because K/M is locked for everybody, as a
client and as a service:

* `client_state`: the client asks for the service K/M. A KDC looks up the client first, and answers
  6 if it is unknown. MIT then reveals its state (1 expired, 18 locked, 23 password expired). 7 (no
  such service, or a locked one) means that the client exists. This works with MIT and Heimdal.
* `service_known`: K/M asks for the service. MIT looks up the service before it checks locks: 7 if
  the service is unknown, 18 if it exists. krbtgt/OTHER is a service too, so this shows whether a
  cross-realm key exists. Heimdal has no K/M and answers 6 before it looks: unknown.

`enctypes` is different. In ETYPE-INFO2 (RFC 4120 5.2.7.5) of PREAUTH_REQUIRED the KDC names the
enctype of the key it would use. So a request for X first, and the common ones behind it, shows
whether the principal has a key of X. But if the principal needs no pre-authentication, the same
request fetches a ticket, and no field of the request prevents that. It is sent only for principals
whose keytab the user gave, and only with the caller's consent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos.as_req import ETYPES, MASTER_KEY
from probes.kerberos.kdc.ask import GAP, KdcReply, Known, ask
from probes.kerberos.kdc.realm import PREAUTH, REVOKED, UNKNOWN
from probes.kerberos.message import KrbError
from probes.language import tr
from probes.observation import Observation
from probes.vantage import Vantage

CLIENT_EXPIRED, SERVICE_UNKNOWN, KEY_EXPIRED = 1, 7, 23

CANDIDATES = (18, 17, 20, 19, 16, 23)
"""AES, AES with SHA-2, triple DES, RC4: the enctypes of all KDCs of the last decade."""

State = Literal["present", "unknown-client", "expired", "locked", "password-expired", "undetermined"]

_STATES: dict[int, State] = {
    UNKNOWN: "unknown-client",
    CLIENT_EXPIRED: "expired",
    REVOKED: "locked",
    KEY_EXPIRED: "password-expired",
    SERVICE_UNKNOWN: "present",
    PREAUTH: "present",
}


@frozen
class ClientState:
    """State of a client in the database of a KDC."""

    state: State
    """ "present": known, and in no bad state that the KDC reveals before authentication.
    Heimdal reveals bad states only after authentication."""
    why: str
    """A clause for a reader."""
    observation: Observation
    """Observation of the question."""


@frozen
class ServiceKnown:
    """Whether the database of a KDC has an entry for a service."""

    known: Known
    """ "yes", "no", or "unknown" if the answer does not decide it."""
    why: str
    """A clause for a reader."""
    observation: Observation
    """Observation of the question."""


@frozen
class PrincipalKeys:
    """Enctypes of the keys that a principal has."""

    has: tuple[int, ...]
    """Enctypes with a key, by number, in the order asked."""
    lacks: tuple[int, ...]
    """Enctypes without a key, in the order asked."""
    undetermined: tuple[int, ...]
    """Enctypes that were not asked, or not answered, in the order given."""
    preauth: bool | None
    """False if the KDC issued a ticket without pre-authentication.
    None if it did not get that far."""
    why: str
    """A clause: why the questions ended."""
    salt: str | None = None
    """Salt of the last key that the KDC named. None if it named none."""


async def client_state(endpoint: Endpoint, realm: str, client: Sequence[str], vantage: Vantage) -> ClientState:
    """Ask for the state of a client with one question; no ticket is possible.
    `client`: its parts, ("hive", "master-1-1")."""
    answer = await ask(endpoint, realm, vantage, client=client, server=MASTER_KEY)
    if answer.error is None:
        return ClientState("undetermined", _nothing(answer), answer.observation)
    state = _STATES.get(answer.error.code, "undetermined")
    return ClientState(state, _answer_words(answer.error), answer.observation)


async def service_known(endpoint: Endpoint, realm: str, service: Sequence[str], vantage: Vantage) -> ServiceKnown:
    """Ask whether a service exists with one question; no ticket is possible.
    `service`: its parts, ("hdfs", "master-1-1") or ("krbtgt", "OTHER.REALM")."""
    answer = await ask(endpoint, realm, vantage, client=MASTER_KEY, server=service)
    error = answer.error
    if error is None:
        return ServiceKnown("unknown", _nothing(answer), answer.observation)
    existence: Known = {REVOKED: "yes", SERVICE_UNKNOWN: "no"}.get(error.code, "unknown")  # type: ignore[assignment]
    why = tr("this KDC has no K/M to ask with") if error.code == UNKNOWN else _answer_words(error)
    return ServiceKnown(existence, why, answer.observation)


async def enctypes(
    endpoint: Endpoint,
    realm: str,
    client: Sequence[str],
    vantage: Vantage,
    *,
    keytab_given: bool,
) -> PrincipalKeys:
    """Ask one question for each candidate, one after the other, until an answer is no
    PREAUTH_REQUIRED.

    `keytab_given`: the user gave a keytab of this principal, so a ticket, if one is issued, is the
    user's own. Without it nothing is sent.
    """
    import asyncio  # see probes.network.tcp

    if not keytab_given:
        why = tr("not asked: if the principal needs no pre-authentication, the question fetches a ticket")
        return PrincipalKeys((), (), CANDIDATES, None, why)
    has: list[int] = []
    lacks: list[int] = []
    why, preauth, salt = tr("every candidate was asked"), None, None
    for etype in CANDIDATES:
        others = [other for other in ETYPES if other != etype]
        answer = await ask(endpoint, realm, vantage, client=client, etypes=(etype, *others))
        error = answer.error
        if error is None or error.code != PREAUTH or not error.etypes:
            preauth = False if answer.message is not None and error is None else preauth
            why = _nothing(answer) if error is None else _answer_words(error)
            break
        preauth, salt = True, error.etypes[0].salt
        (has if error.etypes[0].etype == etype else lacks).append(etype)
        await asyncio.sleep(GAP)
    return PrincipalKeys(
        tuple(has), tuple(lacks), tuple(e for e in CANDIDATES if e not in has and e not in lacks), preauth, why, salt
    )


def _nothing(answer: KdcReply) -> str:
    if answer.message is not None:
        return tr("the KDC issued a ticket without pre-authentication")
    return tr("no Kerberos answer came ({reason})", reason=answer.observation.reason)


def _answer_words(error: KrbError) -> str:
    return tr("the KDC answered {code} ({name})", code=error.code, name=error.name)
