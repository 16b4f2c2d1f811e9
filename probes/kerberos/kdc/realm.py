"""Does this KDC serve this realm, and which realm is its own?

MIT answers 6 (C_PRINCIPAL_UNKNOWN) for a realm that it does not serve, and repeats that realm.
So neither the 6 nor the repeated realm decides anything. Two questions do:

* K/M, the entry of the master key, is in every MIT database and locked for everybody: 18
  (CLIENT_REVOKED) if the realm is served, 6 if not. Heimdal and others have no such principal or
  hide it, so their 6 decides nothing. 68 (WRONG_REALM), which Active Directory sends, is a certain
  no.
* Over TCP, a length above 1 MiB makes MIT answer 61 (FIELD_TOOLONG) in its own default realm. No
  principal and no realm is asked for.
"""

from __future__ import annotations

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos.kdc.ask import KdcReply, Known, ask, send_tcp
from probes.kerberos.message import KrbError
from probes.language import tr
from probes.observation import Observation
from probes.vantage import Vantage

IMPOSSIBLE_LENGTH = b"\x7f\xff\xff\xff"
"""More bytes than any message has.
Bit 31 stays clear: RFC 4120 7.2.2 reserves it for extensions, and a KDC may treat it as one."""

MIT_UNKNOWN = "CLIENT_NOT_FOUND"
"""Text that MIT writes into e-text beside 6. Heimdal and Active Directory write none."""

UNKNOWN, REVOKED, TOO_LONG, PREAUTH, WRONG_REALM = 6, 18, 61, 25, 68


@frozen
class RealmServed:
    """Whether a KDC serves a realm."""

    served: Known
    """ "yes", "no", or "unknown" if the answers do not decide it."""
    why: str
    """A clause for a reader."""
    own_realm: str | None
    """Default realm of the KDC. None if it was not asked, over UDP, or did not answer."""
    observation: Observation
    """Observation of the K/M question."""


@frozen
class OwnRealm:
    """The realm that a KDC names as its own."""

    realm: str | None
    """Default realm of the KDC. None if the peer named none."""
    observation: Observation
    """Observation of the question."""


async def realm_served(endpoint: Endpoint, realm: str, vantage: Vantage) -> RealmServed:
    """Ask for K/M@realm. Over TCP, send the impossible length after a 6, which it can explain."""
    answer = await ask(endpoint, realm, vantage)
    own: str | None = None
    if endpoint.transport == "tcp" and answer.error is not None and answer.error.code == UNKNOWN:
        own = (await own_realm(endpoint, vantage)).realm
    served, why = verdict(answer, realm, own)
    return RealmServed(served, why, own, answer.observation)


async def own_realm(endpoint: Endpoint, vantage: Vantage) -> OwnRealm:
    """Send the impossible length over TCP. ValueError for a UDP endpoint.
    The connection is useless after it and is closed."""
    if endpoint.transport != "tcp":
        raise ValueError("a length is sent over TCP only")
    answer = await send_tcp(endpoint, lambda: IMPOSSIBLE_LENGTH, vantage)
    is_too_long = answer.error is not None and answer.error.code == TOO_LONG
    return OwnRealm(answer.error.realm if is_too_long and answer.error is not None else None, answer.observation)


def verdict(answer: KdcReply, realm: str, own: str | None) -> tuple[Known, str]:
    """Decide whether `realm` is served.
    answer: to the question for K/M. own: the KDC's default realm, None if unknown."""
    if answer.message is None:
        return "unknown", tr("no Kerberos answer came ({reason})", reason=answer.observation.reason)
    if answer.error is None:
        return "yes", tr("it has a key for K/M in this realm")
    return _of_error(answer.error, realm, own)


def _of_error(error: KrbError, realm: str, own: str | None) -> tuple[Known, str]:
    if error.code in (REVOKED, PREAUTH):
        return "yes", tr("K/M is in its database ({error})", error=error.name)
    if error.code == WRONG_REALM:
        return "no", tr("it answers that the realm is not its own")
    if error.code != UNKNOWN:
        return "unknown", tr("it answered {error}", error=error.name)
    if own is not None and own != realm:
        return "no", tr("K/M is unknown there and its own realm is {realm}", realm=own)
    if own is None and error.e_text != MIT_UNKNOWN:
        return "unknown", tr("it answers as Heimdal and others do, which have no K/M in any realm")
    if own == realm:
        return "unknown", tr("its default realm is this one, yet K/M is unknown there")
    return "no", tr("an MIT KDC that has no K/M in this realm")
