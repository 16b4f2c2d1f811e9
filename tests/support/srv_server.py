"""A name server that knows the SRV record of one realm."""

from __future__ import annotations

import socket
import threading

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset


def serve(server: socket.socket, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            raw, client = server.recvfrom(4096)
        except TimeoutError:
            continue
        query = dns.message.from_wire(raw)
        reply = dns.message.make_response(query)
        name = query.question[0].name.to_text()
        if name == "_kerberos._udp.R.":
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "SRV", "0 10 88 kdc.example."))
        else:
            reply.set_rcode(dns.rcode.SERVFAIL if "bad" in name else dns.rcode.NXDOMAIN)
        server.sendto(reply.to_wire(), client)
