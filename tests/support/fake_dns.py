"""How does a name server on loopback answer as a test wants, over UDP and TCP on one port?"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.message import Message

from tests.support.fake_kdc import FakeKdc


class FakeDns(FakeKdc):
    """A name server. `records`: (name, type) -> texts, or the text of a response code.
    Override `wire` or `over_tcp` to send what no correct server sends."""

    def __init__(self, records: Mapping[tuple[str, str], list[str] | str] | None = None) -> None:
        super().__init__()
        self.records = dict(records or {})
        self.asked: list[str] = []

    def reply(self, query: Message) -> Message:
        """Return the answer with the whole alias chain, as a recursive server sends it."""
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), question.rdtype.name
        self.asked.append(f"{kind} {name}")
        answer = dns.message.make_response(query)
        seen: set[str] = set()
        while (name, kind) not in self.records and (name, "CNAME") in self.records and name not in seen:
            seen.add(name)
            target = self.records[name, "CNAME"][0]
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{target}."))
            name = target
        found = self.records.get((name, kind), "NXDOMAIN" if not seen else [])
        if isinstance(found, str):
            answer.set_rcode(dns.rcode.from_text(found))
        elif found:
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *found))
        return answer

    def wire(self, query: Message) -> bytes | None:
        """Return the bytes for UDP, None for silence."""
        return self.reply(query).to_wire()

    def over_tcp(self, query: Message) -> bytes:
        """Return the bytes for TCP, with their framing."""
        wire = self.reply(query).to_wire()
        return len(wire).to_bytes(2, "big") + wire

    def on_datagram(self, request: bytes, sender: Any) -> None:
        wire = self.wire(dns.message.from_wire(request))
        if wire is not None:
            self.udp.sendto(wire, sender)

    def on_stream(self, connection: socket.socket) -> None:
        length = int.from_bytes(connection.recv(2), "big")
        request = connection.recv(length) if length else b""
        if request:
            connection.sendall(self.over_tcp(dns.message.from_wire(request)))


class CutOff(FakeDns):
    """Sends only the header and the TC bit over UDP."""

    def wire(self, query: Message) -> bytes | None:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.TC
        return answer.to_wire()
