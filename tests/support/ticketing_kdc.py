"""How does a KDC on loopback issue tickets as a test wants? AS and TGS exchange for a few
principals, with every fault.

It reads requests with scapy and writes replies with `probes.kerberos.der`. So the login is tested
against a reader and a writer that are not its own. tests/lab/kerberos tests real KDCs.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from probes.kerberos import der
from tests.support.fake_kdc import REALM, FakeKdc, krb_error

Keys = Mapping[int, bytes]
"""Enctype -> key, in the order in which the KDC prefers them."""

KEY_SIZES = {16: 24, 17: 16, 18: 32, 19: 16, 20: 32, 23: 16}


def some_key(etype: int) -> bytes:
    """Return a random key of the right size. Parity does not matter to the enctypes used here."""
    return os.urandom(KEY_SIZES[etype])


def quietly(action: Any) -> Any:
    """Suppress scapy's warnings about enctypes of old clusters: a warning fails a test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return action()


def layers() -> Any:
    return quietly(lambda: importlib.import_module("scapy.layers.kerberos"))


def import_scapy() -> None:
    """Import what reads requests, which takes a second: here, and not while a client waits."""
    layers()
    quietly(lambda: importlib.import_module("scapy.libs.rfc3961"))


def sealed(etype: int, key: bytes, usage: int, plain: bytes, kvno: int | None) -> bytes:
    """Return an EncryptedData."""
    rfc3961 = quietly(lambda: importlib.import_module("scapy.libs.rfc3961"))
    cipher = quietly(lambda: rfc3961.Key(etype, key=key).encrypt(usage, plain))
    version = [] if kvno is None else [(1, der.write_integer(kvno))]
    return der.write_fields([(0, der.write_integer(etype)), *version, (2, der.write(der.OCTET_STRING, cipher))])


def opened(etype: int, key: bytes, usage: int, cipher: bytes) -> bytes | None:
    """Return the plain text, None if it was encrypted with another key."""
    rfc3961 = quietly(lambda: importlib.import_module("scapy.libs.rfc3961"))
    try:
        return bytes(quietly(lambda: rfc3961.Key(etype, key=key).decrypt(usage, cipher)))
    except ValueError:
        return None


def name(parts: Sequence[str]) -> bytes:
    return der.write_fields(
        ((0, der.write_integer(1)), (1, der.write_sequence(der.write_string(part) for part in parts)))
    )


def etype_info2(etypes: Sequence[int]) -> bytes:
    """Return the METHOD-DATA of PREAUTH_REQUIRED."""
    infos = der.write_sequence(der.write_fields(((0, der.write_integer(etype)),)) for etype in etypes)
    entries = ((19, infos), (2, b""))
    return der.write_sequence(
        der.write_fields(((1, der.write_integer(kind)), (2, der.write(der.OCTET_STRING, value))))
        for kind, value in entries
    )


@dataclass(slots=True)
class Realm:
    """What the KDC knows and which faults it has.

    * `clients`, `services`: name -> keys.
    * `answers`: name -> error code that is sent instead of a ticket.
    * `ahead`: its clock minus ours.
    * `wrong_nonce`, `wrong_client`: in the part for the client.
    * `too_big`: replies above this size get 52 over UDP.
    """

    clients: dict[str, Keys] = field(default_factory=dict)
    services: dict[str, Keys] = field(default_factory=dict)
    kvno: int = 2
    preauth: bool = True
    answers: dict[str, int] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    wrong_nonce: bool = False
    wrong_client: bool = False
    too_big: int = 1 << 20
    realm: str = REALM


class TicketingKdc(FakeKdc):
    """Issues tickets."""

    def __init__(self, realm: Realm) -> None:
        super().__init__()
        self.realm = realm
        self.tgt_keys: Keys = {18: some_key(18)}
        self.sessions: dict[bytes, bytes] = {}
        self.stamps: set[bytes] = set()

    def __enter__(self) -> Self:
        import_scapy()
        return super().__enter__()

    @property
    def proofs(self) -> int:
        """How many encrypted timestamps came. A datagram that is sent again has the same one."""
        return len(self.stamps)

    def on_datagram(self, request: bytes, sender: Any) -> None:
        answer = self.answer(request)
        if len(answer) > self.realm.too_big:
            answer = self.error(52, None)
        self.udp.sendto(answer, sender)

    def answer(self, request: bytes) -> bytes:
        message = quietly(lambda: layers().Kerberos(request).root)
        return self.tgs(message) if message.msgType.val == 12 else self.initial(message)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.realm.ahead

    def error(self, code: int, e_text: str | None = None, e_data: bytes | None = None) -> bytes:
        return krb_error(code, self.realm.realm, e_text=e_text, now=self.now(), e_data=e_data)

    def initial(self, message: Any) -> bytes:
        body = message.reqBody
        client = body.cname.toString()
        if client == "K/M":
            return self.error(18, "CLIENT LOCKED OUT") if body.realm.val.decode() == self.realm.realm else self.error(6)
        if client in self.realm.answers:
            return self.error(self.realm.answers[client])
        keys = self.realm.clients.get(client)
        if keys is None:
            return self.error(6, "CLIENT_NOT_FOUND")
        wanted = [etype.val for etype in body.etype]
        chosen = next((etype for etype in wanted if etype in keys), None)
        if chosen is None:
            return self.error(14)
        stamps = [item.padataValue for item in message.padata or () if item.padataType.val == 2]
        if self.realm.preauth:
            if not stamps:
                return self.error(25, "NEEDED_PREAUTH", etype_info2([chosen]))
            self.stamps.add(bytes(stamps[0].cipher.val))
            refused = self.refusal(stamps[0], keys)
            if refused:
                return self.error(refused, "PREAUTH_FAILED")
        return self.reply(11, body, client, ("krbtgt", self.realm.realm), self.tgt_keys, chosen, keys[chosen], 3)

    def refusal(self, stamp: Any, keys: Keys) -> int | None:
        """Return 24 for another key, 37 for another clock."""
        etype = stamp.etype.val
        plain = opened(etype, keys.get(etype, some_key(etype)), 1, stamp.cipher.val)
        if plain is None:
            return 24
        said = der.time(der.fields(der.read(plain[: plain[1] + 2]))[0])  # triple DES leaves zeros behind
        return 37 if abs((said - self.now()).total_seconds()) > 300 else None

    def tgs(self, message: Any) -> bytes:
        body = message.reqBody
        proof = message.padata[0].padataValue
        session = self.sessions[bytes(proof.ticket.encPart.cipher.val)]
        assert opened(18, session, 7, proof.authenticator.cipher.val) is not None
        service = body.sname.toString()
        if service in self.realm.answers:
            return self.error(self.realm.answers[service])
        keys = self.realm.services.get(service)
        if keys is None:
            return self.error(7, "LOOKING_UP_SERVER")
        return self.reply(13, body, "alice", service.split("/"), keys, 18, session, 8)

    def reply(
        self, kind: int, body: Any, client: str, service: Sequence[str], keys: Keys, etype: int, key: bytes, usage: int
    ) -> bytes:
        session = some_key(18)
        nonce = body.nonce.val ^ self.realm.wrong_nonce
        inside = der.write(
            der.application(26),
            der.write_fields(
                (
                    (0, der.write_fields(((0, der.write_integer(18)), (1, der.write(der.OCTET_STRING, session))))),
                    (1, der.write_sequence(())),
                    (2, der.write_integer(nonce)),
                    (4, der.write_flags(0)),
                    (5, der.write_time(self.now())),
                    (7, der.write_time(self.now() + timedelta(hours=1))),
                    (9, der.write_string(self.realm.realm)),
                    (10, name(service)),
                )
            ),
        )
        ticket_etype = next(iter(keys))
        lock = sealed(ticket_etype, keys[ticket_etype], 2, b"what a service reads", self.realm.kvno)
        self.sessions[der.octets(der.fields(der.read(lock))[2])] = session
        ticket = der.write(
            der.application(1),
            der.write_fields(
                ((0, der.write_integer(5)), (1, der.write_string(self.realm.realm)), (2, name(service)), (3, lock))
            ),
        )
        whose = "mallory" if self.realm.wrong_client else client
        fields = (
            (0, der.write_integer(5)),
            (1, der.write_integer(kind)),
            (3, der.write_string(self.realm.realm)),
            (4, name(whose.split("/"))),
            (5, ticket),
            (6, sealed(etype, key, usage, inside, None)),
        )
        return der.write(der.application(kind), der.write_fields(fields))
