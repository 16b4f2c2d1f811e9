"""What does a packet from this source to that port really meet? The lab's own prober, which shares
nothing with the product's.

Runs as a script in a namespace and imports nothing of ours. One JSON object a line on standard
input: {"quiet": seconds, "jobs": [[source, source port or 0, "tcp"|"udp", destination, port,
payload in hex], …]}. The answer line is a list with [state, reply in hex, error number] per job,
in order. States: "open" (handshake done and, if a payload was given, answered; or a datagram
came back), "closed" (refused or an ICMP error, said by the error number), "mute" (connected,
then nothing), "dropped" (nothing at all).
"""

from __future__ import annotations

import errno
import json
import selectors
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field

READ_SIZE = 65536
LONGEST_SECONDS = 30.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: close with a reset, so that a source port can be used again at once."""

IP_RECVERR, IPV6_RECVERR = 11, 25
"""linux/in.h, linux/in6.h: without it a UDP socket is told of some ICMP errors only."""

Answer = tuple[str, str, int]


@dataclass
class Exchange:
    """One job on its way."""

    index: int
    socket: socket.socket
    transport: str
    payload: bytes
    connected: bool = False
    answer: Answer = field(default=("dropped", "", 0))


def probe(jobs: list[list[object]], quiet: float) -> list[Answer]:
    """All jobs at once. Ends when all are answered or nobody has answered for `quiet` seconds, so a
    slow machine gets more time, not a wrong answer.
    """
    answers: list[Answer] = [("dropped", "", 0)] * len(jobs)
    with selectors.DefaultSelector() as poll:
        waiting: set[int] = set()
        for index, job in enumerate(jobs):
            try:
                exchange = _begin(index, job)
            except OSError as error:
                answers[index] = ("closed", "", error.errno or 0)
            else:
                waiting.add(index)
                poll.register(exchange.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, exchange)
        started = heard = time.monotonic()
        while waiting and time.monotonic() - started < LONGEST_SECONDS:
            left = heard + quiet - time.monotonic()
            ready = poll.select(max(left, 0))
            if not ready and left <= 0:
                break
            for key, _ in ready:
                exchange = key.data
                heard = time.monotonic()
                if _advance(exchange, poll):
                    answers[exchange.index] = exchange.answer
                    waiting.discard(exchange.index)
                    poll.unregister(exchange.socket)
                    exchange.socket.close()
        for key in list(poll.get_map().values()):
            exchange = key.data
            answers[exchange.index] = exchange.answer
            exchange.socket.close()
    return answers


def _begin(index: int, job: list[object]) -> Exchange:
    source, source_port, transport, destination, port, payload = job
    tcp = transport == "tcp"
    v6 = ":" in str(source)
    opened = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if tcp:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        else:
            level, told = (socket.IPPROTO_IPV6, IPV6_RECVERR) if v6 else (socket.IPPROTO_IP, IP_RECVERR)
            opened.setsockopt(level, told, 1)
        opened.bind((str(source), int(str(source_port))))
        opened.setblocking(False)
        with suppress(BlockingIOError):
            opened.connect((str(destination), int(str(port))))
        data = bytes.fromhex(str(payload))
        if not tcp:
            data = data or b"lab %d" % index
            opened.send(data)
    except OSError:
        opened.close()
        raise
    return Exchange(index, opened, str(transport), data)


def _advance(exchange: Exchange, poll: selectors.BaseSelector) -> bool:
    """Something happened on this socket. Is the job done? The answer is in the exchange."""
    opened = exchange.socket
    failed = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if failed:
        exchange.answer = ("mute", "", failed) if exchange.connected else ("closed", "", failed)
        return True
    if exchange.transport == "tcp" and not exchange.connected:
        try:
            opened.getpeername()
        except OSError as error:
            return error.errno != errno.ENOTCONN
        exchange.connected = True
        exchange.answer = ("mute", "", 0) if exchange.payload else ("open", "", 0)
        if not exchange.payload:
            return True
        opened.send(exchange.payload)
    poll.modify(opened, selectors.EVENT_READ, exchange)
    try:
        data = opened.recv(READ_SIZE)
    except BlockingIOError:
        return False
    except OSError as error:
        exchange.answer = ("mute" if exchange.connected else "closed", "", error.errno or 0)
        return True
    exchange.answer = ("open" if data or exchange.transport == "udp" else "mute", data.hex(), 0)
    return True


class Conversation:
    """A TCP connection held open over several orders: does an established flow survive?"""

    def __init__(self) -> None:
        self.open: dict[str, socket.socket] = {}

    def order(self, verb: str, arguments: list[object]) -> str:
        name = str(arguments[0])
        try:
            if verb == "connect":
                source, destination, port = arguments[1:]
                self.open[name] = socket.create_connection(
                    (str(destination), int(str(port))), timeout=2.0, source_address=(str(source), 0)
                )
                return "ok"
            if verb == "ask":
                self.open[name].sendall(b"?")
                return self.open[name].recv(READ_SIZE).hex() or "closed"
            self.open.pop(name).close()
        except OSError as error:
            return f"error {error}"
        return "ok"


def main() -> None:
    conversation = Conversation()
    for line in sys.stdin:
        order = json.loads(line)
        if "jobs" in order:
            print(json.dumps(probe(order["jobs"], order["quiet"])), flush=True)
        else:
            print(json.dumps(conversation.order(order["verb"], order["arguments"])), flush=True)


if __name__ == "__main__":
    main()
