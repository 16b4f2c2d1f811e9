"""How does a host over SSH send the packets of a probe, and what does it report?

`agent.txt` runs there under the host's own Python. This module writes requests to it and reads its
answers, which are the values of `probes.network.host`: a probe decides the same from them as from
sockets of this host.
"""

from __future__ import annotations

import base64
import binascii
import errno
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Self

from probes.frozen import frozen
from probes.language import tr
from probes.network.errqueue import IcmpError, parse
from probes.network.host import ConnectionFacts, Datagrams, Handshake, HostGoneError, NameAnswer, Schedule, Sending
from probes.remote.inbox import Inbox
from probes.remote.wire import NO_INTERPRETER, SOON, START_SECONDS, Message, RemoteError, Start, Wire

_LOG = logging.getLogger(__name__)

_INTERPRETERS = "python3 python2 python python2.7 /usr/libexec/platform-python"
"""In this order. The last one is that of RHEL 8 and its relatives."""

_BEGIN = (
    "import sys;sys.path[:]=[p for p in sys.path if p];import io;"
    "exec(io.BufferedReader(io.FileIO(0,closefd=False),1).read({size}))"
)
"""Read so many bytes of standard input, run them, and leave the rest of it to them."""


@frozen
class Greeting:
    """What the agent says of itself."""

    python: str
    """Version of its interpreter."""
    sees_icmp: bool
    """True if it sees who refused a packet."""
    descriptors: int
    """Sockets that it may have open at once."""


def command(size: int) -> str:
    """Return the shell command that runs a script of so many bytes, which follow on standard input.

    Every login shell reads it: all of it is one quoted word for /bin/sh.
    """
    begin = _BEGIN.format(size=size)
    return (
        f"exec /bin/sh -c 'for p in {_INTERPRETERS}; do "
        f'"$p" -E -s -c "" </dev/null >/dev/null 2>&1 && exec "$p" -E -s -c "{begin}"; done; '
        f"exit {NO_INTERPRETER}'"
    )


def script(token: str) -> bytes:
    """Return the agent. token: the line with which it shows that it has begun."""
    text = files("probes.remote").joinpath("agent.txt").read_text("ascii")
    return text.replace("@TOKEN@", token).encode("ascii")


class _Agent:
    """The agent as a program of `probes.remote.wire`."""

    name = "Python"

    def command(self, size: int) -> str:
        return command(size)

    def script(self, token: str) -> bytes:
        return script(token)

    def encode(self, operation: str, words: Mapping[str, object]) -> bytes:
        return (json.dumps({"op": operation, **words}, separators=(",", ":")) + "\n").encode("ascii")

    def decode(self, line: bytes) -> Message:
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError("not an object")
        return message


class RemoteHost:
    """A host on which the agent runs. All methods that are coroutines raise HostGoneError once it
    has ended."""

    def __init__(self, start: Start, *, start_seconds: float = START_SECONDS) -> None:
        """Start the agent.

        RemoteError if it does not begin within so many seconds, NoInterpreterError without Python.
        start: runs a shell command on the host.
        """
        self._wire = Wire(start, _Agent(), start_seconds)
        said = self._wire.greeting
        try:
            self.greeting = Greeting(str(said["python"]), said["sees_icmp"] is True, int(said["descriptors"]))
        except (KeyError, TypeError, ValueError):
            self.close()
            raise RemoteError(tr("an answer that cannot be read")) from None
        _LOG.info("the agent runs with Python %s", self.greeting.python)

    @property
    def most_sockets(self) -> int:
        """As the agent said."""
        return self.greeting.descriptors

    @property
    def lost(self) -> str | None:
        """Why it sends nothing any more. None while it does."""
        return self._wire.lost

    def close(self) -> None:
        """End the agent. Who still waits gets HostGoneError."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def connect(
        self, address: str, port: int, sending: Sending, *, keep: bool, quiet: Callable[[int], None] | None = None
    ) -> Handshake:
        schedule = None if sending.schedule is None else asdict(sending.schedule)
        further = {"segment": sending.segment, "keep": keep, "group": sending.group, "schedule": schedule}
        wanted = {**_sending(sending), **further}
        connection = RemoteConnection(self, self._wire) if keep else None

        def read(number: int, answer: Message) -> Handshake:
            failure = _failure(answer["failure"])
            icmp = next((error for error in _icmp(answer.get("errors", ())) if not error.is_too_big), None)
            opened = connection if failure is None else None
            own, info = answer.get("own"), _bytes(answer.get("info", ""))
            elapsed, sent, again = float(answer["seconds"]) * 1000, int(answer["sent"]), int(answer["again"])
            later = int(answer["later"])
            if opened is not None:
                opened.number = number
            is_blind = not self.greeting.sees_icmp and isinstance(failure, ConnectionRefusedError)
            return Handshake(failure, elapsed, own, info, icmp, opened, sent, again, later, is_blind)

        def before(message: Message) -> None:
            if quiet is not None and isinstance(sent := message.get("quiet"), int):
                quiet(sent)

        heard = None if connection is None else connection.heard
        wanted |= {"address": address, "port": port}
        try:
            return await self._wire.ask("connect", sending.patience, read, wanted, heard, before)
        except HostGoneError as error:
            return Handshake(error, 0.0)

    def hurry(self, groups: Sequence[str], schedule: Schedule) -> None:
        self._wire.tell("hurry", groups=list(groups), schedule=asdict(schedule))

    async def converse(self, address: str, port: int, datagrams: Sequence[bytes], sending: Sending) -> Datagrams:
        wanted = {**_sending(sending), "whole": sending.whole}
        encoded = [base64.b64encode(datagram).decode() for datagram in datagrams]

        def read(_: int, answer: Message) -> Datagrams:
            said, failure, errors = answer["answer"], _failure(answer["failure"]), _icmp(answer["errors"])
            is_ended = said is not None or failure is not None or any(e.is_too_big is sending.whole for e in errors)
            elapsed = float(answer["seconds"]) * 1000 if is_ended else None
            reply = None if said is None else _bytes(said)
            is_blind = not self.greeting.sees_icmp and isinstance(failure, ConnectionRefusedError)
            sent, own, other = int(answer["sent"]), answer["own"], answer["other"]
            return Datagrams(reply, sent, elapsed, own, errors, failure, other, is_blind)

        try:
            return await self._wire.ask(
                "converse",
                sending.patience,
                read,
                {**wanted, "address": address, "port": port, "datagrams": encoded},
            )
        except HostGoneError as error:
            return Datagrams(None, 0, failure=error)

    async def addresses(self, name: str, timeout: float) -> NameAnswer:
        def read(_: int, answer: Message) -> NameAnswer | None:
            if "addresses" in answer:
                return NameAnswer(tuple(map(str, answer["addresses"])), answer["canonical"])
            return _lookup_failure(answer)

        return _in_time(await self._wire.ask("addresses", timeout, read, {"name": name, "timeout": timeout}), timeout)

    async def name(self, address: str, timeout: float) -> NameAnswer:
        def read(_: int, answer: Message) -> NameAnswer | None:
            return NameAnswer((str(answer["name"]),)) if "name" in answer else _lookup_failure(answer)

        return _in_time(await self._wire.ask("name", timeout, read, {"address": address, "timeout": timeout}), timeout)

    async def content(self, path: str, most: int) -> bytes:
        def read(_: int, answer: Message) -> bytes | OSError:
            if "data" in answer:
                return _bytes(answer["data"])
            return OSError(_number(answer["errno"]), str(answer["error"]), path)

        content = await self._wire.ask("file", SOON, read, {"path": path, "most": most})
        if isinstance(content, OSError):
            raise content
        return content

    async def clock(self) -> float:
        return await self._wire.ask("clock", SOON, lambda _, answer: float(answer["time"]), {})

    async def own_name(self) -> str:
        return await self._wire.ask("own_name", SOON, lambda _, answer: str(answer["name"]), {})

    async def sender(self, address: str, source: str | None = None) -> tuple[str | None, int | None]:
        def read(_: int, answer: Message) -> tuple[str | None, int | None]:
            return answer["address"], answer["mtu"]

        return await self._wire.ask("sender", SOON, read, {"address": address, "source": source})

    async def facts(self, connection: int) -> ConnectionFacts:
        """Return what the kernel of the host knows of an open connection."""

        def read(_: int, answer: Message) -> ConnectionFacts:
            return ConnectionFacts(int(answer["unacknowledged"]), int(answer["segment"]), answer["mtu"])

        return await self._wire.ask("facts", SOON, read, {"on": connection})


class RemoteConnection:
    """An open connection of another host."""

    def __init__(self, host: RemoteHost, wire: Wire) -> None:
        """Take the host. `number` is set once the connection is open."""
        self.number = 0
        self._host, self._wire, self._resets = host, wire, False
        self._inbox = Inbox()

    def heard(self, message: Message) -> None:
        """Take what came: bytes, or the end."""
        if "data" in message:
            self._inbox.add(_bytes(message["data"]))
        elif "gone" in message:
            self._inbox.end(HostGoneError(message["gone"]))
        elif "end" in message:
            self._inbox.end(_failure(message["end"]))

    async def send(self, data: bytes) -> None:
        self._inbox.raise_failure()
        self._wire.tell("send", on=self.number, data=base64.b64encode(data).decode())

    async def receive(self, most: int) -> bytes:
        return await self._inbox.receive(most)

    async def facts(self) -> ConnectionFacts:
        return await self._host.facts(self.number)

    def reset_on_close(self) -> None:
        self._resets = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.forget(self.number)
        self._wire.tell("close", on=self.number, abort=self._resets)


def _lookup_failure(answer: Message) -> NameAnswer | None:
    """Return the error of a resolver. None if it took too long."""
    return None if answer.get("late") else NameAnswer(number=answer["gai"], error=str(answer["error"]))


def _in_time(found: NameAnswer | None, timeout: float) -> NameAnswer:
    if found is None:
        raise TimeoutError(f"no answer within {timeout:g} s")
    return found


def _sending(sending: Sending) -> dict[str, object]:
    return {
        "moments": sending.moments,
        "patience": sending.patience,
        "source": sending.source,
        "hops": sending.hops,
    }


def _failure(word: str | None) -> OSError | None:
    """Return the error that an agent's word stands for: the name of an errno, or "silence"."""
    if word is None:
        return None
    if word == "silence":
        return TimeoutError()
    number = _number(word)
    return OSError(number, os.strerror(number))


def _number(name: str) -> int:
    """Return the errno of this name. ValueError if this system has none of it."""
    number = getattr(errno, name, None)
    if not name.isupper() or not isinstance(number, int):
        raise ValueError(f"no errno {name!r}")
    return number


def _icmp(items: Sequence[tuple[int, int, str]]) -> tuple[IcmpError, ...]:
    """Return the ICMP errors of control messages."""
    parsed = (parse(int(level), int(kind), _bytes(data)) for level, kind, data in items)
    return tuple(error for error in parsed if error is not None)


def _bytes(text: str) -> bytes:
    """Return the bytes behind base64. ValueError if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
