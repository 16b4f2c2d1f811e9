"""What does the database of this KDC have: this client, in which state; this service; keys of which enctypes?

Two questions need no credential and can issue no ticket, because K/M is locked for everybody, as a client and as a service:

* `client_state`: the client asks for the service K/M. A KDC looks for the client first: 6 where it is unknown; MIT then tells its state (1 expired, 18 locked, 23
  password expired); 7 (no such service, or a locked one) means that the client is there. MIT and Heimdal.
* `service_known`: K/M asks for the service. MIT looks for the service before it looks at locks: 7 where the service is unknown, 18 where it is there. krbtgt/OTHER
  is a service too: whether a cross-realm key exists. Heimdal has no K/M and answers 6 before it looks: unknown.

`enctypes` is another matter. The KDC names the enctype of the key it would use in ETYPE-INFO2 (RFC 4120 5.2.7.5) of PREAUTH_REQUIRED, so asking for X first and the
common ones behind it tells whether the principal has a key of X. But of a principal without pre-authentication the same question fetches a ticket, and no
field of the request prevents that. It is asked only for principals whose keytab the user gave, and only after the caller says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from probes.endpoint import Endpoint
from probes.kerberos.as_req import ETYPES, MASTER_KEY
from probes.kerberos.kdc.alive import Known
from probes.kerberos.kdc.ask import GAP, Answer, ask
from probes.kerberos.kdc.realm import PREAUTH, REVOKED, UNKNOWN
from probes.kerberos.message import KrbError
from probes.observation import Observation
from probes.vantage import Vantage

CLIENT_EXPIRED, SERVICE_UNKNOWN, ETYPE_NOSUPP, KEY_EXPIRED = 1, 7, 14, 23

CANDIDATES = (18, 17, 20, 19, 16, 23)
"""AES, the SHA-2 ones, triple DES, RC4: every enctype that a KDC of the last decade may hold a key of."""

State = Literal["present", "unknown-client", "expired", "locked", "password-expired", "undetermined"]

_STATES: dict[int, State] = {
    UNKNOWN: "unknown-client",
    CLIENT_EXPIRED: "expired",
    REVOKED: "locked",
    KEY_EXPIRED: "password-expired",
    SERVICE_UNKNOWN: "present",
    PREAUTH: "present",
}


@dataclass(frozen=True, slots=True)
class ClientState:
    """state: "present" is known to the KDC and not in a bad state that it tells before authentication; Heimdal tells bad states only after."""

    state: State
    why: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class ServiceKnown:
    """known: is there an entry of this name; why: a clause."""

    known: Known
    why: str
    observation: Observation


@dataclass(frozen=True, slots=True)
class PrincipalKeys:
    """has, lacks, undetermined: enctype numbers, in the order asked; preauth: False where the KDC gave its ticket to a stranger, None where it did not get that far;
    salt: of the last key told, as the KDC told it."""

    has: tuple[int, ...]
    lacks: tuple[int, ...]
    undetermined: tuple[int, ...]
    preauth: bool | None
    why: str
    salt: str | None = None


async def client_state(endpoint: Endpoint, realm: str, client: Sequence[str], vantage: Vantage) -> ClientState:
    """client: its parts, ("hive", "master-1-1"). One question, no ticket possible."""
    answer = await ask(endpoint, realm, vantage, client=client, server=MASTER_KEY)
    if answer.error is None:
        return ClientState("undetermined", _nothing(answer), answer.observation)
    state = _STATES.get(answer.error.code, "undetermined")
    return ClientState(state, _said(answer.error), answer.observation)


async def service_known(endpoint: Endpoint, realm: str, service: Sequence[str], vantage: Vantage) -> ServiceKnown:
    """service: its parts, ("hdfs", "master-1-1") or ("krbtgt", "OTHER.REALM"). One question, no ticket possible."""
    answer = await ask(endpoint, realm, vantage, client=MASTER_KEY, server=service)
    error = answer.error
    if error is None:
        return ServiceKnown("unknown", _nothing(answer), answer.observation)
    known: Known = {REVOKED: "yes", SERVICE_UNKNOWN: "no"}.get(error.code, "unknown")  # type: ignore[assignment]
    why = "this KDC has no K/M to ask with" if error.code == UNKNOWN else _said(error)
    return ServiceKnown(known, why, answer.observation)


async def enctypes(
    endpoint: Endpoint,
    realm: str,
    client: Sequence[str],
    vantage: Vantage,
    *,
    keytab_given: bool,
    candidates: Sequence[int] = CANDIDATES,
) -> PrincipalKeys:
    """One question for each candidate, one after the other; ends at the first answer that is no PREAUTH_REQUIRED.

    keytab_given: the user gave a keytab of this very principal, so a ticket, should one be issued, is the user's own. Without it nothing is sent.
    """
    import asyncio  # see probes.tcp

    asked = tuple(dict.fromkeys(candidates))
    if not keytab_given:
        why = "not asked: of a principal without pre-authentication the question would fetch a ticket"
        return PrincipalKeys((), (), asked, None, why)
    has: list[int] = []
    lacks: list[int] = []
    why, preauth, salt = "every candidate was asked", None, None
    for etype in asked:
        others = [other for other in ETYPES if other != etype]
        answer = await ask(endpoint, realm, vantage, client=client, etypes=(etype, *others))
        error = answer.error
        if error is None or error.code != PREAUTH or not error.etypes:
            preauth = False if answer.message is not None and error is None else preauth
            why = _nothing(answer) if error is None else _said(error)
            break
        preauth, salt = True, error.etypes[0].salt
        (has if error.etypes[0].etype == etype else lacks).append(etype)
        await asyncio.sleep(GAP)
    return PrincipalKeys(
        tuple(has), tuple(lacks), tuple(e for e in asked if e not in has and e not in lacks), preauth, why, salt
    )


def _nothing(answer: Answer) -> str:
    if answer.message is not None:
        return "the KDC issued a ticket without pre-authentication"
    return f"no Kerberos answer came ({answer.observation.reason})"


def _said(error: KrbError) -> str:
    return f"the KDC answered {error.code} ({error.name})"
