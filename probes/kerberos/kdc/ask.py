"""What did this KDC answer to one AS-REQ, and between which two moments of our clock?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from probes.endpoint import Endpoint
from probes.frozen import frozen, replace
from probes.kerberos import as_req
from probes.kerberos.message import KerberosError, KrbError, Message, decode
from probes.network import udp
from probes.observation import Observation
from probes.vantage import Vantage

Known = Literal["yes", "no", "unknown"]
"""What a question about a KDC is decided to. "unknown": the answers do not decide it."""

GAP = 0.02
"""Seconds between two questions of one probe to one KDC: fifty a second at most."""


@frozen
class KdcReply:
    """What came back for one AS-REQ."""

    observation: Observation
    """Observation as of `probes.kerberos.as_req`."""
    message: Message | None
    """Decoded message. None unless a Kerberos message came."""
    size: int
    """Bytes of the message, without framing."""
    sent: datetime
    """The sending host's clock before the first byte left, aware. The KDC read its own after it."""
    received: datetime
    """Clock of the sending host after the answer came, aware. The KDC read its clock before it."""

    @property
    def error(self) -> KrbError | None:
        """Return the message if it is a KRB-ERROR."""
        return self.message if isinstance(self.message, KrbError) else None


async def ask(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    client: Sequence[str] = as_req.MASTER_KEY,
    server: Sequence[str] | None = None,
    etypes: Sequence[int] = as_req.ETYPES,
    resend: tuple[float, ...] = udp.RESEND,
) -> KdcReply:
    """Send one AS-REQ. Over UDP it is sent again, with a fresh nonce, until an answer comes.
    `server`: None for krbtgt/realm. Never raises because of a peer."""

    def request(_attempt: int = 0) -> bytes:
        return as_req.as_req(realm, nonce=as_req.fresh_nonce(), client=client, server=server, etypes=etypes)

    if endpoint.transport == "tcp":
        return await send_tcp(endpoint, lambda: as_req.frame(request()), vantage)
    sent = vantage.now()
    observation, reply = await udp.exchange(endpoint, request, vantage, resend=resend)
    if reply is None and observation.state == "open|filtered":
        observation = replace(observation, state="filtered")  # a KDC answers every valid AS-REQ
    return _answer(observation, reply, sent, vantage.now())


async def send_tcp(endpoint: Endpoint, make_bytes: Callable[[], bytes], vantage: Vantage) -> KdcReply:
    """Send these bytes on a stream, whatever they are, and return what the peer answers."""
    sent = vantage.now()

    def question() -> bytes:
        nonlocal sent
        sent = vantage.now()
        return make_bytes()

    observation, reply = await as_req.exchange_tcp(endpoint, question, vantage)
    return _answer(observation, reply, sent, vantage.now())


def _answer(observation: Observation, reply: bytes | None, sent: datetime, received: datetime) -> KdcReply:
    if reply is None:
        return KdcReply(observation, None, 0, sent, received)
    try:
        message = decode(reply)
    except KerberosError:
        detail = observation.detail or as_req.foreign(reply)
        return KdcReply(replace(observation, detail=detail), None, len(reply), sent, received)
    described = replace(observation, reason="kerberos-reply", detail=as_req.describe(message, sent, received))
    return KdcReply(described, message, len(reply), sent, received)
