"""Servers of other kinds than a client expects. A script of its own, run inside a namespace:
MODE PORT [ARGUMENT…].

- reset: ends every connection with a reset.
- close: reads what it is asked, and ends the connection.
- mute: reads what it is asked, and says nothing.
- full: accepts nobody, and its queue is full.
- late SECONDS: answers the first step of a service, that much later.
- tls CERTIFICATE KEY: speaks TLS.
- words TEXT: sends the text at once, as SSH does.
- answers TEXT: reads what it is asked, and sends the text. \\n stands for the end of a line.
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
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

Serve = Callable[[socket.socket, int], None]
READ_SIZE = 65536
HANDSHAKE, ALERT = b"\x16", b"\x15\x03\x03\x00\x02\x02\x50"
NO_LINGER = struct.pack("ii", 1, 0)


def _reset(client: socket.socket, _: int) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)


def _close(client: socket.socket, _: int) -> None:
    client.recv(READ_SIZE)


def _mute(client: socket.socket, _: int) -> None:
    while client.recv(READ_SIZE):
        pass


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


SIMPLE: Mapping[str, Serve] = {"reset": _reset, "close": _close, "mute": _mute}
"""Mode without arguments -> what it does."""


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


def _full(port: int) -> None:
    with socket.create_server(("", port), backlog=0), socket.create_connection(("127.0.0.1", port)):
        print("ready", flush=True)
        threading.Event().wait()


def _answers(text: str) -> Serve:
    def serve(client: socket.socket, _: int) -> None:
        client.recv(READ_SIZE)
        client.sendall(text.replace("\\n", "\n").encode())

    return serve


def _echo(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("", port))
        print("ready", flush=True)
        while True:
            server.sendto(*server.recvfrom(READ_SIZE))


def main(mode: str, port: int, *arguments: str) -> None:
    if mode == "echo":
        _echo(port)
    elif mode == "full":
        _full(port)
    elif mode in SIMPLE:
        _streams(SIMPLE[mode], port)
    elif mode == "late":
        _streams(_late(float(arguments[0])), port)
    elif mode == "tls":
        _streams(_tls(*arguments), port)
    elif mode == "answers":
        _streams(_answers(*arguments), port)
    else:
        _streams(_words(*arguments), port)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
