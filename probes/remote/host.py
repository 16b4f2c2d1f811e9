"""How does a host over SSH send the packets of a probe, and what does it report?

`agent.txt` runs there under the host's own Python. This module writes requests to it and reads its
answers, which are the values of `probes.network.host`: a probe decides the same from them as from
sockets of this host. One thread reads and one writes; the event loop that asked gets each answer.
"""

from __future__ import annotations

import base64
import binascii
import errno
import json
import logging
import os
import queue
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from probes.errors import ProbesError
from probes.language import tr
from probes.network.errqueue import IcmpError, parse
from probes.network.host import ConnectionFacts, Datagrams, Handshake, HostGoneError, NameAnswer, Sending

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

START_SECONDS = 20.0
"""Seconds in which the interpreter of the host must have begun."""

SLACK = 4.0
"""Seconds that an answer may come later than the request itself takes."""

_SOON = 3.0
"""Seconds that a request takes that sends nothing."""

_MOST_NOISE = 256 * 1024
"""Bytes that a login may print before the agent begins."""

_LONGEST_LINE = 8 << 20
"""Bytes of one answer."""

_CHUNK = 64 * 1024

_INTERPRETERS = "python3 python2 python python2.7 /usr/libexec/platform-python"
"""In this order. The last one is that of RHEL 8 and its relatives."""

_BEGIN = (
    "import sys;sys.path[:]=[p for p in sys.path if p];import io;"
    "exec(io.BufferedReader(io.FileIO(0,closefd=False),1).read({size}))"
)
"""Read so many bytes of standard input, run them, and leave the rest of it to them."""

NO_INTERPRETER = 127
"""Exit status of the command if the host has no Python."""


class RemoteError(ProbesError):
    """The host cannot send probes. The message says why."""


class NoInterpreterError(RemoteError):
    """The host has no Python."""


class Pipe(Protocol):
    """A program on the other host, with its standard input and output. Calls block."""

    def write(self, data: bytes) -> None:
        """Write all of it. OSError or ProbesError if the program has ended."""

    def read(self, most: int) -> bytes:
        """Return the next bytes, b"" at the end."""

    def exit_status(self, timeout: float) -> int | None:
        """Return the exit status. None if it is not known within `timeout` seconds."""

    def close(self) -> None:
        """End the program, or at least its input and output."""


@dataclass(frozen=True, slots=True)
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


Message = Mapping[str, Any]


@dataclass(slots=True)
class _Waiter:
    """Who waits for an answer."""

    loop: asyncio.AbstractEventLoop
    deliver: Callable[[Message], None]

    def tell(self, message: Message) -> None:
        try:
            self.loop.call_soon_threadsafe(self.deliver, message)
        except RuntimeError:
            return  # the loop was closed meanwhile, so nobody waits


class RemoteHost:
    """A host on which the agent runs. All methods that are coroutines raise HostGoneError once it
    has ended."""

    def __init__(self, start: Callable[[str], Pipe], *, start_seconds: float = START_SECONDS) -> None:
        """Start the agent.

        RemoteError if it does not begin within so many seconds, NoInterpreterError without Python.
        start: runs a shell command on the host.
        """
        token = f"emr-diagnose {secrets.token_hex(16)}"
        text = script(token)
        self._pipe = start(command(len(text)))
        self._lock = threading.Lock()
        self._waiters: dict[int, _Waiter] = {}
        self._number = 0
        self._gone: str | None = None
        self._greeting: Greeting | None = None
        self._begun = threading.Event()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._outgoing.put(text)
        for work in (lambda: self._read(token), self._write):
            threading.Thread(target=work, name="remote agent", daemon=True).start()
        self._begun.wait(start_seconds)
        if self._greeting is None:
            why = self._gone or tr("its Python did not begin within {seconds:g} s", seconds=start_seconds)
            status = self._pipe.exit_status(1.0) if self._gone is not None else None
            self.close()
            if status == NO_INTERPRETER:
                raise NoInterpreterError(tr("it has no Python"))
            raise RemoteError(why)

    @property
    def greeting(self) -> Greeting:
        """What the agent said of itself."""
        assert self._greeting is not None
        return self._greeting

    @property
    def most_sockets(self) -> int:
        """As the agent said."""
        return self.greeting.descriptors

    def close(self) -> None:
        """End the agent. Who still waits gets HostGoneError."""
        self._end(tr("the connection was closed"))
        self._outgoing.put(None)
        self._pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def connect(self, address: str, port: int, sending: Sending, *, keep: bool) -> Handshake:
        wanted = {**_sending(sending), "segment": sending.segment, "keep": keep}
        connection = RemoteConnection(self) if keep else None

        def read(number: int, answer: Message) -> Handshake:
            failure = _failure(answer["failure"])
            icmp = next((error for error in _icmp(answer.get("errors", ())) if not error.is_too_big), None)
            opened = connection if failure is None else None
            own, info = answer.get("own"), _bytes(answer.get("info", ""))
            elapsed, sent, again = float(answer["seconds"]) * 1000, int(answer["sent"]), int(answer["again"])
            if opened is not None:
                opened.number = number
            return Handshake(failure, elapsed, own, info, icmp, opened, sent, again)

        heard = None if connection is None else connection.heard
        try:
            return await self._ask(
                "connect", sending.patience, read, {**wanted, "address": address, "port": port}, heard
            )
        except HostGoneError as error:
            return Handshake(error, 0.0)

    async def converse(self, address: str, port: int, datagrams: Sequence[bytes], sending: Sending) -> Datagrams:
        wanted = {**_sending(sending), "whole": sending.whole}
        encoded = [base64.b64encode(datagram).decode() for datagram in datagrams]

        def read(_: int, answer: Message) -> Datagrams:
            said, failure, errors = answer["answer"], _failure(answer["failure"]), _icmp(answer["errors"])
            is_ended = said is not None or failure is not None or any(e.is_too_big is sending.whole for e in errors)
            elapsed = float(answer["seconds"]) * 1000 if is_ended else None
            reply = None if said is None else _bytes(said)
            return Datagrams(reply, int(answer["sent"]), elapsed, answer["own"], errors, failure, answer["other"])

        try:
            return await self._ask(
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

        return _in_time(await self._ask("addresses", timeout, read, {"name": name, "timeout": timeout}), timeout)

    async def name(self, address: str, timeout: float) -> NameAnswer:
        def read(_: int, answer: Message) -> NameAnswer | None:
            return NameAnswer((str(answer["name"]),)) if "name" in answer else _lookup_failure(answer)

        return _in_time(await self._ask("name", timeout, read, {"address": address, "timeout": timeout}), timeout)

    async def content(self, path: str, most: int) -> bytes:
        def read(_: int, answer: Message) -> bytes | OSError:
            if "data" in answer:
                return _bytes(answer["data"])
            return OSError(_number(answer["errno"]), str(answer["error"]), path)

        content = await self._ask("file", _SOON, read, {"path": path, "most": most})
        if isinstance(content, OSError):
            raise content
        return content

    async def clock(self) -> float:
        return await self._ask("clock", _SOON, lambda _, answer: float(answer["time"]), {})

    async def own_name(self) -> str:
        return await self._ask("own_name", _SOON, lambda _, answer: str(answer["name"]), {})

    async def sender(self, address: str, source: str | None = None) -> tuple[str | None, int | None]:
        def read(_: int, answer: Message) -> tuple[str | None, int | None]:
            return answer["address"], answer["mtu"]

        return await self._ask("sender", _SOON, read, {"address": address, "source": source})

    async def facts(self, connection: int) -> ConnectionFacts:
        """Return what the kernel of the host knows of an open connection."""

        def read(_: int, answer: Message) -> ConnectionFacts:
            return ConnectionFacts(int(answer["unacknowledged"]), int(answer["segment"]), answer["mtu"])

        return await self._ask("facts", _SOON, read, {"on": connection})

    def tell(self, operation: str, **words: object) -> None:
        """Send a request that has no answer."""
        line = json.dumps({"op": operation, **words}, separators=(",", ":")) + "\n"
        self._outgoing.put(line.encode("ascii"))

    def forget(self, number: int) -> None:
        """Pass on nothing more of this request or connection."""
        with self._lock:
            self._waiters.pop(number, None)

    async def _ask(
        self,
        operation: str,
        seconds: float,
        read: Callable[[int, Message], T],
        words: Mapping[str, object],
        heard: Callable[[Message], None] | None = None,
    ) -> T:
        """Send a request and return its answer as `read` reads it, with its number.

        seconds: that it takes by itself.
        heard: gets what comes under the number of the request beside its answer, and after it.
        """
        import asyncio

        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def deliver(message: Message) -> None:
            if not answer.done():
                answer.set_result(message)
            elif heard is not None:
                heard(message)

        number = self._wait(_Waiter(asyncio.get_running_loop(), deliver))
        keeps = False
        try:
            self.tell(operation, **words, id=number)
            async with asyncio.timeout(seconds + SLACK):
                message = await answer
            if "gone" in message:
                raise HostGoneError(message["gone"])
            if "bug" in message:
                raise RuntimeError(f"the agent: {message['bug']}")
            result = read(number, message)
            keeps = heard is not None and message.get("failure") is None
            return result
        except TimeoutError:
            self.tell("cancel", on=number)
            raise HostGoneError(tr("no answer within {seconds:g} s", seconds=seconds + SLACK)) from None
        except asyncio.CancelledError:
            self.tell("cancel", on=number)
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise HostGoneError(tr("an answer that cannot be read")) from error
        finally:
            if not keeps:
                self.forget(number)

    def _wait(self, waiter: _Waiter) -> int:
        """Return the number under which answers go to this waiter."""
        with self._lock:
            self._number += 1
            self._waiters[self._number] = waiter
            number, gone = self._number, self._gone
        if gone is not None:
            waiter.tell({"gone": gone})
        return number

    def _write(self) -> None:
        """Write what is put into the queue, until it ends."""
        while (data := self._outgoing.get()) is not None:
            try:
                self._pipe.write(data)
            except (OSError, ValueError, ProbesError) as error:  # ValueError: a closed file
                self._end(str(error))
                return

    def _read(self, token: str) -> None:
        """Read answers until the agent ends."""
        try:
            self._end(self._answers(token.encode("ascii")))
        except (OSError, ProbesError) as error:
            self._end(str(error))
        except (ValueError, TypeError, KeyError):
            self._end(tr("an answer that cannot be read"))

    def _answers(self, token: bytes) -> str:
        """Pass on answers. Return why there are no more."""
        received = bytearray()
        begins = b"\n" + token + b"\n"
        while (at := received.find(begins)) < 0:
            chunk = self._pipe.read(_CHUNK)
            if not chunk:
                return tr("it ended before its Python had begun")
            received += chunk
            if len(received) > _MOST_NOISE:
                return tr("the login printed more than {size} bytes", size=_MOST_NOISE)
        del received[: at + len(begins)]
        while True:
            *lines, rest = received.split(b"\n")
            for line in lines:
                self._answer(json.loads(line))
            received = rest
            if len(received) > _LONGEST_LINE:
                return tr("an answer of more than {size} bytes", size=_LONGEST_LINE)
            chunk = self._pipe.read(_CHUNK)
            if not chunk:
                return tr("the connection ended")
            received += chunk

    def _answer(self, message: Any) -> None:
        if not isinstance(message, dict):
            raise ValueError("not an object")
        if self._greeting is None:
            self._greeting = Greeting(
                str(message.get("python")), message.get("sees_icmp") is True, int(message.get("descriptors", 64))
            )
            _LOG.info("the agent runs with Python %s", self._greeting.python)
            self._begun.set()
            return
        with self._lock:
            waiter = self._waiters.get(int(message["id"] if "id" in message else message["on"]))
        if waiter is not None:
            waiter.tell(message)

    def _end(self, why: str) -> None:
        """Tell everyone who waits that nothing comes any more."""
        with self._lock:
            self._gone = self._gone or why
            waiting = list(self._waiters.values())
        for waiter in waiting:
            waiter.tell({"gone": self._gone})
        self._begun.set()


class RemoteConnection:
    """An open connection of another host."""

    def __init__(self, host: RemoteHost) -> None:
        """Take the host. `number` is set once the connection is open."""
        self.number = 0
        self._host, self._resets = host, False
        self._arrived: deque[bytes] = deque()
        self._end: OSError | None = None
        self._has_ended = False
        self._news: asyncio.Event | None = None

    def heard(self, message: Message) -> None:
        """Take what came: bytes, or the end."""
        if "data" in message:
            self._arrived.append(_bytes(message["data"]))
        elif "gone" in message:
            self._has_ended, self._end = True, HostGoneError(message["gone"])
        elif "end" in message:
            self._has_ended, self._end = True, _failure(message["end"])
        if self._news is not None:
            self._news.set()

    async def send(self, data: bytes) -> None:
        if self._end is not None:
            raise self._end
        self._host.tell("send", on=self.number, data=base64.b64encode(data).decode())

    async def receive(self, most: int) -> bytes:
        import asyncio

        while not self._arrived and not self._has_ended:
            self._news = asyncio.Event()
            await self._news.wait()
        if self._arrived:
            first = self._arrived.popleft()
            if len(first) > most:
                self._arrived.appendleft(first[most:])
            return first[:most]
        if self._end is not None:
            raise self._end
        return b""

    async def facts(self) -> ConnectionFacts:
        return await self._host.facts(self.number)

    def reset_on_close(self) -> None:
        self._resets = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._host.forget(self.number)
        self._host.tell("close", on=self.number, abort=self._resets)


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
