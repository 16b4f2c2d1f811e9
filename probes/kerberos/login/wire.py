"""Which transport carried this request to the KDC, and how did the others fail?

The endpoints are tried in the caller's order until one brings a Kerberos message. After 52
(RESPONSE_TOO_BIG) over UDP the next TCP endpoint is tried, as every client does. After silence too,
as MIT does and the JDK does not: this module tests the credentials, and the transports have probes
of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from probes.endpoint import Endpoint, Transport
from probes.frozen import frozen, replace
from probes.kerberos import as_req
from probes.kerberos.login import reply
from probes.kerberos.login.outcome import Cause, cause_of_silence
from probes.kerberos.login.reply import TicketReply
from probes.kerberos.message import AS_REP, KRB_ERROR, KerberosError, KrbError, decode
from probes.network import udp
from probes.observation import Observation
from probes.vantage import Vantage

TOO_BIG = 52
_ERROR_TAG = 0x60 | KRB_ERROR


@frozen
class Carried:
    """What came of one request."""

    message: KrbError | TicketReply | None
    """Message of the KDC. None if none came."""
    transport: Transport | None
    """Transport of the message. None without one."""
    observations: tuple[Observation, ...]
    """One observation for each transport that was tried, in order."""
    sent: datetime
    """Our clock before the last request, aware."""
    received: datetime
    """Our clock after the last answer, aware."""
    cause: Cause
    """Cause of the failure if there is no message, else "ok"."""


async def carry(endpoints: Sequence[Endpoint], request: Callable[[], bytes], vantage: Vantage) -> Carried:
    """Send a request to one endpoint after the other until a message comes.
    ValueError without endpoints.

    `request` makes new bytes for each transport, because a time and a nonce in them may be used
    once. A retransmitted datagram has the same bytes, so the KDC recognises it.
    """
    if not endpoints:
        raise ValueError("no endpoint to ask")
    observations: list[Observation] = []
    too_big = False
    result: Carried | None = None
    for endpoint in endpoints:
        if too_big and endpoint.transport == "udp":
            continue
        result = await _carry_once(endpoint, request, vantage)
        observations.extend(result.observations)
        if result.message is None:
            continue
        too_big = isinstance(result.message, KrbError) and result.message.code == TOO_BIG
        if not too_big:
            return replace(result, observations=tuple(observations))
    assert result is not None
    if too_big or any(each.detail.get("error_code") == TOO_BIG for each in observations):
        return replace(result, message=None, observations=tuple(observations), cause="too-big")
    return replace(result, observations=tuple(observations))


async def _carry_once(endpoint: Endpoint, request: Callable[[], bytes], vantage: Vantage) -> Carried:
    sent = datetime.now(UTC)
    if endpoint.transport == "udp":
        observation, answer = await udp.exchange(endpoint, request(), vantage)
        if answer is None and observation.state == "open|filtered":
            observation = replace(observation, state="filtered")
    else:

        def question() -> bytes:
            nonlocal sent
            sent = datetime.now(UTC)
            return as_req.frame(request())

        observation, answer = await as_req.exchange_tcp(endpoint, question, vantage)
    received = datetime.now(UTC)
    if answer is None:
        return Carried(None, None, (observation,), sent, received, cause_of_silence(observation))
    try:
        message = _read(answer)
    except KerberosError as error:
        foreign = replace(observation, detail=as_req.foreign(answer) | {"problem": error.problem})
        return Carried(None, None, (foreign,), sent, received, "not-kerberos")
    return Carried(
        message, endpoint.transport, (_describe(observation, message, sent, received),), sent, received, "ok"
    )


def _read(answer: bytes) -> KrbError | TicketReply:
    if answer[:1] == bytes((_ERROR_TAG,)):
        message = decode(answer)
        if isinstance(message, KrbError):
            return message
    return reply.read(answer)


def _describe(
    observation: Observation, message: KrbError | TicketReply, sent: datetime, received: datetime
) -> Observation:
    """Describe the message in the observation. Of a ticket only its kind and enctype are kept."""
    if isinstance(message, KrbError):
        return replace(observation, reason="kerberos-reply", detail=as_req.describe(message, sent, received))
    kind = "AS-REP" if message.kind == AS_REP else "TGS-REP"
    return replace(observation, reason="kerberos-reply", detail={"message": kind, "etype": message.sealed.etype})
