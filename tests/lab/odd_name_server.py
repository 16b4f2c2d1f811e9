"""A name server that answers in its own way. A script of its own, run inside a namespace: ADDRESS
MODE SECONDS NAME=ADDRESS….

- RCODE, such as 5 for REFUSED: answers every question so.
- known: answers A, and PTR, from its names; another name is NXDOMAIN.
- cut: as known, and over UDP it sends only the header, with the bit that asks for TCP.

Each answer is SECONDS late.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

A, PTR = 1, 12
NXDOMAIN = 3
RESPONSE, CUT = 0x8180, 0x8380


def _name(question: bytes) -> tuple[str, int, bytes]:
    """Return the name, the type and the bytes of the question."""
    at, labels = 12, []
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode().lower())
        at += 1 + question[at]
    kind = struct.unpack(">H", question[at + 1 : at + 3])[0]
    return ".".join(labels), kind, question[12 : at + 5]


def _wire(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def answer(mode: str, names: Mapping[str, str], question: bytes, *, stream: bool) -> bytes:
    """Return the whole reply to a question."""
    name, kind, asked = _name(question)
    flags, records = RESPONSE, b""
    if mode.isdigit():
        return question[:2] + struct.pack(">HHHHH", flags | int(mode), 1, 0, 0, 0) + asked
    if mode == "cut" and not stream:
        return question[:2] + struct.pack(">HHHHH", CUT, 1, 0, 0, 0) + asked
    backward = {".".join(reversed(a.split("."))) + ".in-addr.arpa": n for n, a in names.items()}
    if kind == A and name in names:
        data = socket.inet_aton(names[name])
    elif kind == PTR and name in backward:
        data = _wire(backward[name])
    else:
        data = b""
        flags |= 0 if name in names or name in backward else NXDOMAIN
    if data:
        records = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    return question[:2] + struct.pack(">HHHHH", flags, 1, bool(records), 0, 0) + asked + records


def main(address: str, mode: str, late: float, *pairs: str) -> None:
    names = dict(pair.split("=") for pair in pairs)

    def datagram(question: bytes, client: tuple[str, int]) -> None:
        time.sleep(late)
        with suppress(OSError):
            server.sendto(answer(mode, names, question, stream=False), client)

    def connection(client: socket.socket) -> None:
        with client, suppress(OSError):
            while size := client.recv(2):
                question = client.recv(int.from_bytes(size))
                time.sleep(late)
                reply = answer(mode, names, question, stream=True)
                client.sendall(len(reply).to_bytes(2) + reply)

    def connections() -> None:
        while True:
            threading.Thread(target=connection, args=(listener.accept()[0],), daemon=True).start()

    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    listener = socket.create_server((address, 53))
    threading.Thread(target=connections, daemon=True).start()
    print("ready", flush=True)
    while True:
        question, client = server.recvfrom(4096)
        threading.Thread(target=datagram, args=(question, client), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), *sys.argv[4:])
