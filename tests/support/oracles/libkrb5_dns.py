"""Which names does the installed libkrb5 look up for a realm without KDC?

Run as a program, in network and mount namespaces of its own: `unshare --net --mount python -m
tests.support.oracles.libkrb5_dns PROFILE REALM`. It prints "TYPE NAME", a line each. The only name
server in there is a thread of this program, which denies every name.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import dns.message
import dns.rcode
import dns.rdatatype

from tests.support.oracles import libkrb5


def _isolate(directory: Path) -> None:
    """Set loopback up and mount a resolv.conf that names it. The mount ends with this process."""
    resolv = directory / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "--bind", str(resolv), "/etc/resolv.conf"], check=True)


def _serve(server: socket.socket, asked: list[str]) -> None:
    while True:
        raw, client = server.recvfrom(4096)
        query = dns.message.from_wire(raw)
        question = query.question[0]
        asked.append(f"{dns.rdatatype.to_text(question.rdtype)} {question.name.to_text(omit_final_dot=True)}")
        reply = dns.message.make_response(query)
        reply.set_rcode(dns.rcode.NXDOMAIN)
        server.sendto(reply.to_wire(), client)


def main(profile: str, realm: str) -> None:
    asked: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        _isolate(Path(directory))
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        threading.Thread(target=_serve, args=(server, asked), daemon=True).start()
        with libkrb5.Profile([profile]) as opened:
            opened.start()
            opened.locate(realm)
    sys.stdout.write("".join(f"{line}\n" for line in asked))


if __name__ == "__main__":
    main(*sys.argv[1:])
