"""How do requests reach a program on another host, and how do answers come back?

The program comes over its own standard input and says a token when it has begun. From then on it
reads one request a line and writes one message a line. One thread reads and one writes; the event
loop that asked gets each answer. What a line looks like is the business of each program.
"""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from probes.errors import ProbesError
from probes.frozen import mutable
from probes.language import tr
from probes.network.host import HostGoneError
from probes.network.timeout import timeout

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

START_SECONDS = 20.0
"""Seconds in which the program must have begun."""

SLACK = 4.0
"""Seconds that an answer may come later than the request itself takes."""

SOON = 3.0
"""Seconds that a request takes that sends nothing."""

NO_INTERPRETER = 127
"""Exit status of the command if the host has no interpreter for the program."""

_MOST_NOISE = 256 * 1024
"""Bytes that a login may print before the program begins."""

_LONGEST_LINE = 8 << 20
"""Bytes of one message."""

_CHUNK = 64 * 1024

Message = Mapping[str, Any]


class RemoteError(ProbesError):
    """The host cannot send probes. The message says why."""


class NoInterpreterError(RemoteError):
    """The host has no interpreter for the program."""


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


Start = Callable[[str], Pipe]
"""Runs a shell command on the host."""


class Program(Protocol):
    """What runs on the host."""

    @property
    def name(self) -> str:
        """The interpreter that it needs, for errors."""

    def command(self, size: int) -> str:
        """Return the shell command that runs a script of so many bytes, which follow on standard
        input."""

    def script(self, token: str) -> bytes:
        """Return the script. token: the line with which it shows that it has begun."""

    def encode(self, operation: str, words: Mapping[str, object]) -> bytes:
        """Return the line of a request, with its end."""

    def decode(self, line: bytes) -> Message | None:
        """Return a message. None if more lines belong to it. ValueError if it is none.

        The first one is the greeting. All others have "id" or "on", the number of a request.
        """


@mutable
class _Waiter:
    """Who waits for an answer."""

    loop: asyncio.AbstractEventLoop
    deliver: Callable[[Message], None]

    def tell(self, message: Message) -> None:
        try:
            self.loop.call_soon_threadsafe(self.deliver, message)
        except RuntimeError:
            return  # the loop was closed meanwhile, so nobody waits


class Wire:
    """A program on another host."""

    def __init__(self, start: Start, program: Program, seconds: float) -> None:
        """Start the program.

        RemoteError if it does not begin within so many seconds, NoInterpreterError if the host has
        no interpreter.
        """
        token = f"emr-diagnose {secrets.token_hex(16)}"
        text = program.script(token)
        self._program = program
        self._pipe = start(program.command(len(text)))
        self._lock = threading.Lock()
        self._waiters: dict[int, _Waiter] = {}
        self._number = 0
        self._gone: str | None = None
        self._stalled: tuple[int, str] | None = None
        self._greeting: Message | None = None
        self._begun = threading.Event()
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._outgoing.put(text)
        for work in (lambda: self._read(token), self._write):
            threading.Thread(target=work, name="remote program", daemon=True).start()
        self._begun.wait(seconds)
        if self._greeting is None:
            name = program.name
            why = self._gone or tr("its {program} did not begin within {seconds:g} s", program=name, seconds=seconds)
            status = self._pipe.exit_status(1.0) if self._gone is not None else None
            self.close()
            if status == NO_INTERPRETER:
                raise NoInterpreterError(tr("it has no {program}", program=name))
            raise RemoteError(why)

    @property
    def greeting(self) -> Message:
        """The first message."""
        assert self._greeting is not None
        return self._greeting

    @property
    def lost(self) -> str | None:
        """Why nothing comes any more: the program has ended, or left a request unanswered and said
        nothing since. None while it answers."""
        return self._gone or (self._stalled[1] if self._stalled is not None else None)

    def close(self) -> None:
        """End the program. Who still waits gets HostGoneError."""
        self._end(tr("the connection was closed"))
        self._outgoing.put(None)
        self._pipe.close()

    def tell(self, operation: str, **words: object) -> None:
        """Send a request that has no answer."""
        self._outgoing.put(self._program.encode(operation, words))

    def forget(self, number: int) -> None:
        """Pass on nothing more of this request or connection."""
        with self._lock:
            self._waiters.pop(number, None)

    async def ask(
        self,
        operation: str,
        seconds: float,
        read: Callable[[int, Message], T],
        words: Mapping[str, object],
        heard: Callable[[Message], None] | None = None,
        before: Callable[[Message], None] | None = None,
    ) -> T:
        """Send a request and return its answer as `read` reads it, with its number.

        seconds: that it takes by itself.
        heard: gets what comes under the number of the request after its answer.
        before: gets what comes "on" it before its answer.
        """
        import asyncio

        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def deliver(message: Message) -> None:
            if answer.done():
                if heard is not None:
                    heard(message)
            elif before is not None and "on" in message:
                before(message)
            else:
                answer.set_result(message)

        number = self._wait(_Waiter(asyncio.get_running_loop(), deliver))
        keeps = False
        try:
            self.tell(operation, **words, id=number)
            async with timeout(seconds + SLACK):
                message = await answer
            if "gone" in message:
                raise HostGoneError(message["gone"])
            if "bug" in message:
                raise RuntimeError(f"the {self._program.name} there: {message['bug']}")
            result = read(number, message)
            keeps = heard is not None and message.get("failure") is None
            return result
        except TimeoutError:
            self.tell("cancel", on=number)
            raise HostGoneError(self._late(number, seconds + SLACK)) from None
        except asyncio.CancelledError:
            self.tell("cancel", on=number)
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise HostGoneError(tr("an answer that cannot be read")) from error
        finally:
            if not keeps:
                self.forget(number)

    def _late(self, number: int, seconds: float) -> str:
        """Note that a request got no answer in time, and return that as a clause.

        If an earlier one got none either and nobody got an answer since, the program is given up,
        so that not every request has to wait.
        """
        why = tr("no answer within {seconds:g} s", seconds=seconds)
        if self._stalled is None:
            self._stalled = (self._number, why)
        elif number > self._stalled[0]:
            self._end(why)
        return why

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
            # Requests that wait leave together. Only this thread takes them, so none is missing.
            while len(data) < _CHUNK and not self._outgoing.empty():
                following = self._outgoing.get()
                if following is None:
                    self._outgoing.put(None)
                    break
                data += following
            try:
                self._pipe.write(data)
            except (OSError, ValueError, ProbesError) as error:  # ValueError: a closed file
                self._end(str(error))
                return

    def _read(self, token: str) -> None:
        """Read answers until the program ends."""
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
                return tr("it ended before its {program} had begun", program=self._program.name)
            received += chunk
            if len(received) > _MOST_NOISE:
                return tr("the login printed more than {size} bytes", size=_MOST_NOISE)
        del received[: at + len(begins)]
        while True:
            *lines, rest = received.split(b"\n")
            for line in lines:
                self._answer(self._program.decode(bytes(line)))
            received = rest
            if len(received) > _LONGEST_LINE:
                return tr("an answer of more than {size} bytes", size=_LONGEST_LINE)
            chunk = self._pipe.read(_CHUNK)
            if not chunk:
                return tr("the connection ended")
            received += chunk

    def _answer(self, message: Message | None) -> None:
        if message is None:
            return  # more lines belong to it
        if self._greeting is None:
            self._greeting = message
            self._begun.set()
            return
        with self._lock:
            waiter = self._waiters.get(int(message["id"] if "id" in message else message["on"]))
        if waiter is not None:
            self._stalled = None
            waiter.tell(message)

    def _end(self, why: str) -> None:
        """Tell everyone who waits that nothing comes any more."""
        with self._lock:
            self._gone = self._gone or why
            waiting = list(self._waiters.values())
        for waiter in waiting:
            waiter.tell({"gone": self._gone})
        self._begun.set()
