"""A name server that knows no name: NXDOMAIN to whatever it is asked by UDP. A script of its own,
run inside a namespace with its address as argument.
"""

from __future__ import annotations

import socket
import sys

_REPLY_NXDOMAIN = 0x8183


def answer(question: bytes) -> bytes:
    """Return the same header and question as a reply without records (RFC 1035 4.1)."""
    end = question.index(b"\0", 12) + 5
    counts = b"\0\1" + bytes(6)
    return question[:2] + _REPLY_NXDOMAIN.to_bytes(2, "big") + counts + question[12:end]


def main(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        print("ready", flush=True)
        while True:
            question, client = server.recvfrom(512)
            if len(question) > 16:
                server.sendto(answer(question), client)


if __name__ == "__main__":
    main(sys.argv[1])
