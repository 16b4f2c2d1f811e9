"""Does a KDC answer here, and what does its answer to a harmless question show?

The question is an AS-REQ without pre-authentication (RFC 4120 5.4.1) for the principal K/M, the
entry of the master key in every MIT database. No KDC issues a ticket for it, so nothing is given
away and nothing is locked.

MIT answers 18 (CLIENT_REVOKED) if it serves the realm, and 6 (C_PRINCIPAL_UNKNOWN) if not; it
repeats the realm that was asked for. Other KDCs answer 6 in both cases. Every answer carries the
clock of the KDC.

A live KDC answers every valid AS-REQ, so silence means `filtered`, unlike for UDP in general.
A KDC drops malformed requests, so only a valid one is sent.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.kerberos import der
from probes.kerberos import message as kerberos_message
from probes.kerberos.message import AsRep, KerberosError, KrbError, Message, decode
from probes.network import exchange, udp
from probes.network.exchange import Dialogue, Turn
from probes.network.protocol_guess import foreign
from probes.observation import Observation
from probes.vantage import Vantage

__all__ = [
    "ETYPES",
    "MASTER_KEY",
    "AsRep",
    "KerberosError",
    "KrbError",
    "Message",
    "as_req",
    "ask_tcp",
    "ask_udp",
    "decode",
    "describe",
    "exchange_tcp",
    "foreign",
    "frame",
    "fresh_nonce",
]

MASTER_KEY = ("K", "M")
"""Name of the principal that never gets a ticket."""

ETYPES = (18, 17, 20, 19, 23)
"""AES with SHA-1, AES with SHA-2 (RFC 8009), RC4.
Any key that a KDC has fits one of them, so the answer is not 14 (ETYPE_NOSUPP)."""

_FORWARDABLE_RENEWABLE_RENEWABLE_OK = 0x40800010
_NT_PRINCIPAL, _NT_SRV_INST = 1, 2
_LIFETIME = timedelta(days=1)
_LARGEST_REPLY = 64 * 1024
_LENGTH = 4
"""Bytes of the length before a message on a stream."""
_LONGEST_TEXT = 256
"""Characters of a text from a KDC that are kept."""


def as_req(
    realm: str,
    *,
    nonce: int,
    client: Sequence[str] = MASTER_KEY,
    server: Sequence[str] | None = None,
    etypes: Sequence[int] = ETYPES,
    till: datetime | None = None,
) -> bytes:
    """Return an AS-REQ for krbtgt/realm, or for `server` if it is given.

    `nonce`: 0 .. 2**32-1. `till`: aware, by default one day from now.
    The request has no padata, no addresses and no renew-till.
    """
    till = till if till is not None else datetime.now(UTC) + _LIFETIME
    body = der.write_fields(
        (
            (0, der.write_flags(_FORWARDABLE_RENEWABLE_RENEWABLE_OK)),
            (1, _principal(_NT_PRINCIPAL, client)),
            (2, der.write_string(realm)),
            (3, _principal(_NT_SRV_INST, server or ("krbtgt", realm))),
            (5, der.write_time(till)),
            (7, der.write_integer(nonce)),
            (8, der.write_sequence(map(der.write_integer, etypes))),
        )
    )
    message = der.write_fields(
        ((1, der.write_integer(5)), (2, der.write_integer(kerberos_message.AS_REQ)), (4, body)),
    )
    return der.write(der.application(kerberos_message.AS_REQ), message)


def _principal(kind: int, parts: Sequence[str]) -> bytes:
    return der.write_fields(((0, der.write_integer(kind)), (1, der.write_sequence(map(der.write_string, parts)))))


async def ask_udp(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    client: Sequence[str] = MASTER_KEY,
    etypes: Sequence[int] = ETYPES,
) -> Observation:
    """Ask by datagram.

    * An answer of a KDC: open/kerberos-reply with the decoded answer in `detail`, see `describe`.
    * Any other answer: open/udp-reply with `foreign` (up to 32 bytes in hex) and `protocol` (a
      guess).
    * Silence: filtered/no-response.
    * ICMP and local errors: as in `probes.network.udp`.
    """
    request = as_req(realm, nonce=fresh_nonce(), client=client, etypes=etypes)
    began = vantage.now()
    observation, answer = await udp.exchange(endpoint, request, vantage)
    if answer is None:
        return replace(observation, state="filtered") if observation.state == "open|filtered" else observation
    try:
        message = decode(answer)
    except KerberosError:
        return replace(observation, detail=foreign(answer))
    return replace(observation, reason="kerberos-reply", detail=describe(message, began, vantage.now()))


async def ask_tcp(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    client: Sequence[str] = MASTER_KEY,
    etypes: Sequence[int] = ETYPES,
) -> Observation:
    """Ask by stream (RFC 4120 7.2.2).
    The handshake has one patience, question and answer together another one.

    * An answer of a KDC: open/kerberos-reply, as for UDP.
    * Connected, but no such answer: open/syn-ack, and detail["kerberos"] is one of
      - `silent`: no byte came;
      - `closed`: the peer closed or reset, with `errno` if it was an error;
      - `incomplete`: a part of a message came before the patience ended;
      - `foreign`: another protocol, with `foreign` and `protocol`.
    * Not connected: as in `probes.network.tcp`.
    """
    began = vantage.now()

    def question() -> bytes:
        nonlocal began
        began = vantage.now()
        return frame(as_req(realm, nonce=fresh_nonce(), client=client, etypes=etypes))

    observation, answer = await exchange_tcp(endpoint, question, vantage)
    if answer is None:
        return observation
    try:
        message = decode(answer)
    except KerberosError:
        return observation
    return replace(observation, reason="kerberos-reply", detail=describe(message, began, vantage.now()))


async def exchange_tcp(
    endpoint: Endpoint, make_bytes: Callable[[], bytes], vantage: Vantage
) -> tuple[Observation, bytes | None]:
    """Connect, send the result of `make_bytes` unchanged, and read one framed message.

    Return the observation, and the message if a whole one came. The observation is that of
    `ask_tcp` for a peer that does not speak Kerberos: the caller decodes the message.
    """

    def question() -> Dialogue:
        yield Turn(make_bytes(), lambda received: _unframe(received) is not None)

    observation, replies = await exchange.converse(endpoint, question(), vantage, most=_LARGEST_REPLY + _LENGTH)
    if not replies:
        return observation, None
    reply = replies[0]
    answer = _unframe(reply.data)
    if answer is not None:
        return replace(observation, detail={"kerberos": "foreign"} | foreign(reply.data)), answer
    detail: dict[str, object] = {"kerberos": reply.ended, "received": len(reply.data)}
    if reply.errno is not None:
        detail["errno"] = reply.errno
    return replace(observation, detail=detail), None


def frame(message: bytes) -> bytes:
    """Return the message behind its four bytes of length (RFC 4120 7.2.2)."""
    return struct.pack("!I", len(message)) + message


def _unframe(received: bytes) -> bytes | None:
    """Return the message behind its four bytes of length (RFC 4120 7.2.2), None if it is not whole.
    If the length cannot be one of a message, return all bytes."""
    if len(received) < _LENGTH:
        return None
    size = int.from_bytes(received[:_LENGTH], "big")
    if not 0 < size <= _LARGEST_REPLY:  # bit 31, which is reserved, is above too
        return received
    return received[_LENGTH : _LENGTH + size] if len(received) >= _LENGTH + size else None


def describe(message: Message, began: datetime, ended: datetime) -> dict[str, object]:
    """Return a Kerberos answer as plain values for `Observation.detail`.

    * `message`: KRB-ERROR or AS-REP.
    * `error_code`, `error`, `e_text`, `realm`, `crealm`: from the message.
    * `server_time`: clock of the KDC, ISO 8601.
    * `etypes`: enctypes of the principal's keys, if the KDC names them.
    * `clock_offset_s`: [low, high] of KDC clock minus ours, seconds.

    The offset is an interval for two reasons. MIT sends true microseconds only once a second, and
    adds 1 for each further answer in that second. And the answer may have been stored for a
    retransmit. Between our first datagram and the answer, the KDC's clock showed server_time or up
    to a second more.
    """
    if isinstance(message, AsRep):
        return {"message": "AS-REP", "crealm": message.crealm[:_LONGEST_TEXT], "etype": message.etype}
    # The second is added to a difference: year 9999 has no moment after its last one.
    until = message.server_time.replace(microsecond=0) - began + timedelta(seconds=1)
    offsets = ((message.server_time - ended).total_seconds(), until.total_seconds())
    return {
        "message": "KRB-ERROR",
        "error_code": message.code,
        "error": message.name,
        "e_text": None if message.e_text is None else message.e_text[:_LONGEST_TEXT],
        "realm": message.realm[:_LONGEST_TEXT],
        "crealm": None if message.crealm is None else message.crealm[:_LONGEST_TEXT],
        "server_time": message.server_time.isoformat(),
        "clock_offset_s": [round(offset, 3) for offset in offsets],
        "etypes": [info.etype for info in message.etypes],
    }


def fresh_nonce() -> int:
    """Return 31 random bits: a KDC that reads the nonce as signed gets the same number."""
    return int.from_bytes(os.urandom(4), "big") >> 1
