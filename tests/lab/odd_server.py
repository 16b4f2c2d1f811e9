"""Servers of other kinds than a client expects. A script of its own, run inside a namespace:
MODE PORT [ARGUMENT…].

- reset: ends every connection with a reset.
- late SECONDS: answers the first step of a service, that much later.
- tls CERTIFICATE KEY: speaks TLS.
- words TEXT: sends the text at once, as SSH does.
- echo: sends every datagram back.
"""

from __future__ import annotations

import importlib
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Serve = Callable[[socket.socket, int], None]
READ_SIZE = 65536
HANDSHAKE, ALERT = b"\x16", b"\x15\x03\x03\x00\x02\x02\x50"
NO_LINGER = struct.pack("ii", 1, 0)


def _reset(client: socket.socket, _: int) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)


def _late(seconds: float) -> Serve:
    sys.path.insert(0, str(Path(__file__).parent))
    first_step = importlib.import_module("servers").first_step

    def serve(client: socket.socket, port: int) -> None:
        while asked := client.recv(READ_SIZE):
            time.sleep(seconds)
            answer = first_step(asked[:4], port)
            if not answer:
                return
            client.sendall(answer)

    return serve


def _tls(certificate: str, key: str) -> Serve:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve(client: socket.socket, _: int) -> None:
        if client.recv(1, socket.MSG_PEEK) != HANDSHAKE:
            client.sendall(ALERT)  # a JVM's words; OpenSSL closes without any
            return
        with context.wrap_socket(client, server_side=True) as inside:
            inside.recv(READ_SIZE)

    return serve


def _words(text: str) -> Serve:
    def serve(client: socket.socket, _: int) -> None:
        client.sendall(text.encode() + b"\r\n")
        client.recv(READ_SIZE)

    return serve


def _connection(serve: Serve, client: socket.socket, port: int) -> None:
    with client, suppress(OSError):
        client.settimeout(20)
        serve(client, port)


def _streams(serve: Serve, port: int) -> None:
    with socket.create_server(("", port)) as listener:
        print("ready", flush=True)
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_connection, args=(serve, client, port), daemon=True).start()


def _echo(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("", port))
        print("ready", flush=True)
        while True:
            server.sendto(*server.recvfrom(READ_SIZE))


def main(mode: str, port: int, *arguments: str) -> None:
    if mode == "echo":
        _echo(port)
    elif mode == "reset":
        _streams(_reset, port)
    elif mode == "late":
        _streams(_late(float(arguments[0])), port)
    elif mode == "tls":
        _streams(_tls(*arguments), port)
    else:
        _streams(_words(*arguments), port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
