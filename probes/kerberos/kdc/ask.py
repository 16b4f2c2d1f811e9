"""What did this KDC answer to one AS-REQ, over either transport, and between which two moments of our clock?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from probes.endpoint import Endpoint
from probes.kerberos import as_req
from probes.kerberos.message import KerberosError, KrbError, Message, decode
from probes.network import udp
from probes.observation import Observation
from probes.vantage import Vantage

GAP = 0.02
"""Seconds between two questions of one oracle to one KDC: fifty a second at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """observation: as of `probes.kerberos.as_req`; message: None unless a Kerberos message came; size: its bytes without framing;
    sent, received: our clock before the first byte left and after the answer came, aware, so the KDC read its clock in between."""

    observation: Observation
    message: Message | None
    size: int
    sent: datetime
    received: datetime

    @property
    def error(self) -> KrbError | None:
        """The message, if it is a KRB-ERROR."""
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
) -> Answer:
    """One question; over UDP sent again with a fresh nonce while nothing comes. server: None for krbtgt/realm. Never raises for what a peer does."""

    def request(_attempt: int = 0) -> bytes:
        return as_req.as_req(realm, nonce=as_req.fresh_nonce(), client=client, server=server, etypes=etypes)

    if endpoint.transport == "tcp":
        return await send_tcp(endpoint, lambda: as_req.framed(request()), vantage)
    sent = datetime.now(UTC)
    seen, reply = await udp.exchange(endpoint, request, vantage, resend=resend)
    if reply is None and seen.state == "open|filtered":
        seen = replace(seen, state="filtered")  # a KDC answers every valid AS-REQ
    return _answer(seen, reply, sent)


async def send_tcp(endpoint: Endpoint, said: Callable[[], bytes], vantage: Vantage) -> Answer:
    """What a peer answers to these bytes on a stream, whatever they are."""
    sent = datetime.now(UTC)

    def question() -> bytes:
        nonlocal sent
        sent = datetime.now(UTC)
        return said()

    seen, reply = await as_req.exchange_tcp(endpoint, question, vantage)
    return _answer(seen, reply, sent)


def _answer(seen: Observation, reply: bytes | None, sent: datetime) -> Answer:
    received = datetime.now(UTC)
    if reply is None:
        return Answer(seen, None, 0, sent, received)
    try:
        message = decode(reply)
    except KerberosError:
        detail = seen.detail or as_req.foreign(reply)
        return Answer(replace(seen, detail=detail), None, len(reply), sent, received)
    described = replace(seen, reason="kerberos-reply", detail=as_req.describe(message, sent, received))
    return Answer(described, message, len(reply), sent, received)
