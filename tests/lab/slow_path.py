"""A path to a KDC that takes its time. A script of its own, run inside a namespace: ADDRESS PORT
OF-THE-KDC SECONDS.

A datagram to PORT goes to the KDC's own port of the same address, and its answer comes back that
much later. A connection is passed on at once.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import suppress

LONGEST_SECONDS = 5.0
READ_SIZE = 65536


def datagram(
    server: socket.socket, request: bytes, client: tuple[str, int], kdc: tuple[str, int], delay: float
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, suppress(OSError):
        asking.settimeout(LONGEST_SECONDS)
        asking.connect(kdc)
        asking.send(request)
        answer = asking.recv(READ_SIZE)
        time.sleep(delay)
        server.sendto(answer, client)


def connection(client: socket.socket, kdc: tuple[str, int]) -> None:
    """Both ways, until either side ends."""
    with client, suppress(OSError), socket.create_connection(kdc, LONGEST_SECONDS) as asking:
        back = threading.Thread(target=copy, args=(asking, client), daemon=True)
        back.start()
        copy(client, asking)
        back.join(LONGEST_SECONDS)


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(READ_SIZE):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def connections(listener: socket.socket, kdc: tuple[str, int]) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=connection, args=(client, kdc), daemon=True).start()


def main(address: str, port: int, behind: int, delay: float) -> None:
    kdc = (address, behind)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.create_server((address, port)) as listener:
        server.bind((address, port))
        threading.Thread(target=connections, args=(listener, kdc), daemon=True).start()
        print("ready", flush=True)
        while True:
            request, client = server.recvfrom(READ_SIZE)
            threading.Thread(target=datagram, args=(server, request, client, kdc, delay), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
