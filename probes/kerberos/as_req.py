"""Does a KDC answer here, and what does its answer to a harmless question tell?

The question is an AS-REQ without pre-authentication (RFC 4120 5.4.1) for the principal K/M, the master key entry of every MIT database: no KDC issues a ticket
for it, so nothing is given away and nothing is locked. MIT answers 18 (CLIENT_REVOKED) where it serves the realm and 6 (C_PRINCIPAL_UNKNOWN) where it does
not, echoing the realm asked for; other KDCs answer 6 either way. Any answer carries the clock of the KDC.

A live KDC always answers a valid AS-REQ, so unlike for UDP in general silence is `filtered`. KDCs stay silent on anything malformed: only a valid request will do.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from probes.endpoint import Endpoint
from probes.kerberos import der
from probes.kerberos import message as kerberos_message
from probes.kerberos.message import AsRep, KerberosError, KrbError, Message, decode
from probes.network import sockets, tcp, udp
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
    "framed",
    "fresh_nonce",
]

MASTER_KEY = ("K", "M")
"""Name of the principal that never gets a ticket."""

ETYPES = (18, 17, 20, 19, 23)
"""AES with SHA-1, AES with SHA-2 (RFC 8009), RC4: whatever key a KDC has, one fits, so that 14 (ETYPE_NOSUPP) is not what we hear."""

_FORWARDABLE_RENEWABLE_RENEWABLE_OK = 0x40800010
_NT_PRINCIPAL, _NT_SRV_INST = 1, 2
_LIFETIME = timedelta(days=1)
_LARGEST_REPLY = 64 * 1024
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
    """An AS-REQ, for krbtgt/realm unless `server` names another. nonce: 0 .. 2**32-1; till: aware, default one day from now. No padata, addresses or renew-till."""
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
    """Ask by datagram. open/kerberos-reply with the decoded answer in `detail` (see `describe`); open/udp-reply with `foreign`, up to 32 bytes in hex, and
    `protocol`, a guess, for any other answer; filtered/no-response for silence; ICMP and local errors as in `probes.network.udp`."""
    request = as_req(realm, nonce=fresh_nonce(), client=client, etypes=etypes)
    began = _now()
    seen, answer = await udp.exchange(endpoint, request, vantage)
    if answer is None:
        return replace(seen, state="filtered") if seen.state == "open|filtered" else seen
    try:
        message = decode(answer)
    except KerberosError:
        return replace(seen, detail=foreign(answer))
    return replace(seen, reason="kerberos-reply", detail=describe(message, began, _now()))


async def ask_tcp(
    endpoint: Endpoint,
    realm: str,
    vantage: Vantage,
    *,
    client: Sequence[str] = MASTER_KEY,
    etypes: Sequence[int] = ETYPES,
) -> Observation:
    """Ask by stream (RFC 4120 7.2.2): the handshake has one patience, question and answer together another.

    open/kerberos-reply as for UDP. Connected, but no Kerberos answer: open/syn-ack, and detail["kerberos"] is `silent` (not a byte came), `closed` (the peer
    closed or reset; `errno` where it was an error), `incomplete` (part of a message came, then the patience ended) or `foreign` (another protocol: `foreign`,
    `protocol`). Not connected: as `probes.network.tcp`.
    """
    began = _now()

    def question() -> bytes:
        nonlocal began
        began = _now()
        return framed(as_req(realm, nonce=fresh_nonce(), client=client, etypes=etypes))

    seen, answer = await exchange_tcp(endpoint, question, vantage)
    if answer is None:
        return seen
    try:
        message = decode(answer)
    except KerberosError:
        return seen
    return replace(seen, reason="kerberos-reply", detail=describe(message, began, _now()))


async def exchange_tcp(
    endpoint: Endpoint, said: Callable[[], bytes], vantage: Vantage
) -> tuple[Observation, bytes | None]:
    """Send what `said` gives once connected, as it is (see `framed`), and read one message behind its length: the observation, and the message if a whole one came.

    The observation is that of `ask_tcp` for a peer that does not speak Kerberos: it is the caller who decodes the message.
    """
    import asyncio  # see probes.tcp

    seen, sock = await tcp.open_connection(endpoint, vantage)
    if sock is None:
        return seen, None
    received = bytearray()
    ended: dict[str, object] = {"kerberos": "closed"}
    with sock:
        try:
            async with asyncio.timeout(vantage.patience):
                await asyncio.get_running_loop().sock_sendall(sock, said())
                await _receive(sock, received)
        except OSError as error:
            # A TimeoutError without errno is the end of our patience; with one it is the kernel that gave the connection up.
            if isinstance(error, TimeoutError) and error.errno is None:
                ended["kerberos"] = "incomplete" if received else "silent"
            else:
                ended["errno"] = sockets.errno_name(error.errno)
    answer = _framed(received)
    if answer is None:
        return replace(seen, detail=ended | {"received": len(received)}), None
    return replace(seen, detail={"kerberos": "foreign"} | foreign(bytes(received))), answer


def framed(message: bytes) -> bytes:
    """With the four bytes of length of RFC 4120 7.2.2."""
    return struct.pack("!I", len(message)) + message


async def _receive(sock: socket.socket, received: bytearray) -> None:
    """Read until the message is whole, the peer closes, or what came cannot be a message. The caller's deadline is over all of it: a drip gains nothing."""
    import asyncio

    loop = asyncio.get_running_loop()
    while _framed(received) is None:
        chunk = await loop.sock_recv(sock, _LARGEST_REPLY)
        if not chunk:
            return
        received += chunk


def _framed(received: bytearray) -> bytes | None:
    """The message behind its four bytes of length (RFC 4120 7.2.2), None while it is not whole; all there is where the length cannot be one of a message."""
    if len(received) < 4:
        return None
    size = int.from_bytes(received[:4], "big")
    if not 0 < size <= _LARGEST_REPLY:  # bit 31, which is reserved, is above too
        return bytes(received)
    return bytes(received[4 : 4 + size]) if len(received) >= 4 + size else None


def describe(message: Message, began: datetime, ended: datetime) -> dict[str, object]:
    """Plain values of a Kerberos answer for `Observation.detail`.

    message: KRB-ERROR or AS-REP; error_code, error, e_text, realm, crealm, server_time (ISO 8601), etypes of the principal where told;
    clock_offset_s: [low, high] of KDC clock minus ours, seconds. It is an interval because MIT gives its microseconds truly once a second only, adding 1 for
    each further answer in that second, and because the answer may have been stored for a retransmit: the KDC's clock showed server_time or up to a second more
    at some moment between our first datagram and the answer.
    """
    if isinstance(message, AsRep):
        return {"message": "AS-REP", "crealm": message.crealm[:_LONGEST_TEXT], "etype": message.etype}
    second = message.server_time.replace(microsecond=0) + timedelta(seconds=1)
    offsets = ((message.server_time - ended).total_seconds(), (second - began).total_seconds())
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
    """31 bits: a KDC that reads the nonce as signed sees the same number."""
    return int.from_bytes(os.urandom(4), "big") >> 1


def _now() -> datetime:
    return datetime.now(UTC)
