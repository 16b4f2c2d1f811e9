"""How does a service with a key answer the tokens of a client? Each fault is a field.

It opens and writes tokens with scapy's rfc3961, so the client is tested against another writer.
Real servers are in tests/lab/kerberos/test_service_login.py.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from datetime import UTC, datetime

from probes.kerberos import der
from probes.kerberos.login.context import MECHANISM, ServiceTicket
from probes.kerberos.login.reply import Encrypted, Ticket
from probes.principal import Principal
from probes.secret import Secret
from tests.support.fake_kdc import REALM
from tests.support.ticketing_kdc import opened, quietly, sealed, some_key

ALICE = Principal(("alice",), REALM)
HDFS = Principal(("hdfs", "master-1-1"), REALM)
NOW = datetime(2026, 11, 29, 8, 30, 15, 123456, tzinfo=UTC)


def ticket(etype: int = 18, session: bytes | None = None) -> ServiceTicket:
    """Return a ticket whose sealed part nobody opens: the acceptor is given the session key."""
    raw = der.write(der.application(1), der.write_fields(((0, der.write_integer(5)),)))
    key = Secret(session or some_key(etype))
    return ServiceTicket(ALICE, Ticket(raw, HDFS, Encrypted(etype, 2, b"")), key, etype)


@dataclass(slots=True)
class Acceptor:
    """A service that took the ticket."""

    etype: int
    """Encryption type of the session key."""
    session: bytes
    """The session key."""
    subkey: bytes | None = None
    """Key of its own that it names in its answer. None for none."""
    layers: int = 1
    """Bits of the protections that it offers."""
    seal: bool = False
    """Whether its offer is encrypted, too."""
    rotation: int = 0
    """By how many bytes its offer is rotated."""
    shift: int = 0
    """Microseconds that the time in its answer is wrong by."""
    answers_with: bytes | None = None
    """Key that its answer is made with. None for the session key."""

    def answer(self, first: bytes) -> bytes:
        """Return the AP-REP token to a first token."""
        fields = self.authenticator(first)
        cusec = der.integer(fields[4], 0, 999_999)
        part = [(0, der.write(der.GENERALIZED_TIME, fields[5].content)), (1, der.write_integer(cusec + self.shift))]
        if self.subkey is not None:
            key = der.write_fields(((0, der.write_integer(self.etype)), (1, der.write(4, self.subkey))))
            part.append((2, key))
        inside = der.write(der.application(27), der.write_fields(part))
        message = (
            (0, der.write_integer(5)),
            (1, der.write_integer(15)),
            (2, sealed(self.etype, self.answers_with or self.session, 12, inside, None)),
        )
        return token(b"\x02\x00" + der.write(der.application(15), der.write_fields(message)))

    def authenticator(self, first: bytes) -> dict[int, der.Element]:
        """Return the fields of the authenticator in a first token."""
        body = der.read(first).content
        assert body.startswith(MECHANISM + b"\x01\x00")
        request = der.fields(der.unwrap(der.read(body[len(MECHANISM) + 2 :])))
        assert request[2].content == bytes.fromhex("0020000000")  # mutual authentication is asked for
        cipher = der.octets(der.fields(request[4])[2])
        plain = opened(self.etype, self.session, 11, cipher)
        assert plain is not None
        while plain[-1:] == b"\0":  # triple DES leaves zeros behind
            plain = plain[:-1]
        return der.fields(der.unwrap(der.read(plain)))

    def offer(self, size: int = 65536) -> bytes:
        """Return the wrapped offer of protections."""
        key = self.subkey or self.session
        flags = 1 | (2 if self.seal else 0) | (4 if self.subkey else 0)
        plain = bytes((self.layers,)) + size.to_bytes(3, "big")
        rfc3961 = quietly(lambda: importlib.import_module("scapy.libs.rfc3961"))
        made = rfc3961.Key(self.etype, key=key)
        start = bytes((5, 4, flags, 255))
        sequence = (7).to_bytes(8, "big")
        if self.seal:
            body = made.encrypt(22, plain + start + bytes(4) + sequence)
            header = start + bytes(2) + self.rotation.to_bytes(2, "big") + sequence
        else:
            mac = made.make_checksum(22, plain + start + bytes(4) + sequence)
            body = plain + mac
            header = start + len(mac).to_bytes(2, "big") + self.rotation.to_bytes(2, "big") + sequence
        turn = self.rotation % len(body)
        return bytes(header + body[len(body) - turn :] + body[: len(body) - turn])

    def read_choice(self, wrapped: bytes) -> bytes:
        """Return what the client chose, after its checksum is verified."""
        rfc3961 = quietly(lambda: importlib.import_module("scapy.libs.rfc3961"))
        extra = int.from_bytes(wrapped[4:6], "big")
        plain, mac = wrapped[16 : len(wrapped) - extra], wrapped[len(wrapped) - extra :]
        bare = wrapped[:4] + bytes(4) + wrapped[8:16]
        assert (wrapped[2] & 4 != 0) == (self.subkey is not None)
        rfc3961.Key(self.etype, key=self.subkey or self.session).verify_checksum(24, plain + bare, mac)
        return plain


def token(inner: bytes) -> bytes:
    """Return an initial token of Kerberos."""
    return der.write(0x60, MECHANISM + inner)
