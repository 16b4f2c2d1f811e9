"""Which transport carried this request to the KDC, and what came of those that did not?

The endpoints are tried in the order of the caller until one brings a Kerberos message. After 52 (RESPONSE_TOO_BIG) over UDP the next one that is TCP is tried,
as every client does; after silence too, as MIT does and the JDK does not: here the credentials are in question, and the transports have probes of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from probes.endpoint import Endpoint, Transport
from probes.kerberos import as_req
from probes.kerberos.login import reply
from probes.kerberos.login.outcome import Cause, cause_of_silence
from probes.kerberos.login.reply import KdcReply
from probes.kerberos.message import AS_REP, KRB_ERROR, KerberosError, KrbError, decode
from probes.network import udp
from probes.observation import Observation
from probes.vantage import Vantage

TOO_BIG = 52
_ERROR_TAG = 0x60 | KRB_ERROR


@dataclass(frozen=True, slots=True)
class Carried:
    """message: None if none came; transport: of the message; seen: one observation a transport tried, in order; sent, received: our clock around the last;
    cause: of the failure where there is no message, "ok" where there is."""

    message: KrbError | KdcReply | None
    transport: Transport | None
    seen: tuple[Observation, ...]
    sent: datetime
    received: datetime
    cause: Cause


async def carry(endpoints: Sequence[Endpoint], request: Callable[[], bytes], vantage: Vantage) -> Carried:
    """request: makes the bytes anew for each transport, because a time and a nonce in them may be used once; a datagram that is sent again is the same, so that the
    KDC knows it. ValueError without endpoints."""
    if not endpoints:
        raise ValueError("no endpoint to ask")
    seen: list[Observation] = []
    too_big = False
    result: Carried | None = None
    for endpoint in endpoints:
        if too_big and endpoint.transport == "udp":
            continue
        result = await _one(endpoint, request, vantage)
        seen.extend(result.seen)
        if result.message is None:
            continue
        too_big = isinstance(result.message, KrbError) and result.message.code == TOO_BIG
        if not too_big:
            return replace(result, seen=tuple(seen))
    assert result is not None
    if too_big or any(one.detail.get("error_code") == TOO_BIG for one in seen):
        return replace(result, message=None, seen=tuple(seen), cause="too-big")
    return replace(result, seen=tuple(seen))


async def _one(endpoint: Endpoint, request: Callable[[], bytes], vantage: Vantage) -> Carried:
    sent = datetime.now(UTC)
    if endpoint.transport == "udp":
        seen, answer = await udp.exchange(endpoint, request(), vantage)
        if answer is None and seen.state == "open|filtered":
            seen = replace(seen, state="filtered")
    else:

        def framed() -> bytes:
            nonlocal sent
            sent = datetime.now(UTC)
            return as_req.framed(request())

        seen, answer = await as_req.exchange_tcp(endpoint, framed, vantage)
    received = datetime.now(UTC)
    if answer is None:
        return Carried(None, None, (seen,), sent, received, cause_of_silence(seen))
    try:
        message = _read(answer)
    except KerberosError as error:
        foreign = replace(seen, detail=as_req.foreign(answer) | {"problem": error.problem})
        return Carried(None, None, (foreign,), sent, received, "not-kerberos")
    return Carried(message, endpoint.transport, (_described(seen, message, sent, received),), sent, received, "ok")


def _read(answer: bytes) -> KrbError | KdcReply:
    if answer[:1] == bytes((_ERROR_TAG,)):
        message = decode(answer)
        if isinstance(message, KrbError):
            return message
    return reply.read(answer)


def _described(seen: Observation, message: KrbError | KdcReply, sent: datetime, received: datetime) -> Observation:
    """Of a ticket only that it came: its content is nobody's business."""
    if isinstance(message, KrbError):
        return replace(seen, reason="kerberos-reply", detail=as_req.describe(message, sent, received))
    kind = "AS-REP" if message.kind == AS_REP else "TGS-REP"
    return replace(seen, reason="kerberos-reply", detail={"message": kind, "etype": message.sealed.etype})
