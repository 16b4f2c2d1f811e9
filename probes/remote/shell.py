"""How does a host that has bash but no Python send the packets of a probe, and what does it report?

`shell.txt` runs there. bash opens TCP connections and sends datagrams (/dev/tcp, /dev/udp)
and names its errors. It does not see who sent an ICMP error, and a socket cannot be set up in any
way. What is not seen is not claimed: `Handshake.is_blind`. An open connection that is kept is a
program of its own, through which bytes pass unchanged.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Self
from weakref import WeakKeyDictionary

from probes.frozen import frozen
from probes.language import tr
from probes.network import sockets
from probes.network.host import Datagrams, Handshake, HostGoneError, NameAnswer, Sending
from probes.network.pacing import OFFSETS
from probes.remote import error_texts, shell_programs
from probes.remote.stream import StreamConnection
from probes.remote.wire import SOON, START_SECONDS, Message, RemoteError, Start, Wire

_LOG = logging.getLogger(__name__)

AT_ONCE = 50
"""Requests that the host works on at once. Each costs it some processes."""

KEPT_AT_ONCE = 6
"""Programs beside the first one that run at once. sshd allows ten sessions on one connection."""

ROUNDS = 3
"""Attempts of one handshake at most: see `connect` in shell.txt."""

_LOOKUP_SECONDS = 5.0
"""Seconds for the question of why a name has no address."""

_MOST_LINES = 8192
"""Lines of one answer. The longest reply of a datagram has half as many."""


@frozen
class _Said:
    """The answer to one request."""

    texts: Sequence[str]
    """Lines of text."""
    words: Sequence[str]
    """What came of it."""

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.texts)


class _Shell:
    """`shell.txt` as a program of `probes.remote.wire`."""

    name = "bash"

    def __init__(self) -> None:
        self._texts: dict[int, list[str]] = {}
        self._has_greeted = False

    def command(self, size: int) -> str:
        return shell_programs.COMMAND

    def script(self, token: str) -> bytes:
        return shell_programs.script("shell.txt", token)

    def encode(self, operation: str, words: Mapping[str, object]) -> bytes:
        if operation == "cancel":
            return b""  # each request ends by itself
        return f"{words['id']} {operation} {words.get('words', '')}".rstrip().encode("ascii") + b"\n"

    def decode(self, line: bytes) -> Message | None:
        text = line.decode("utf-8", "replace")
        if not self._has_greeted:
            self._has_greeted = True
            return {"version": text}
        number, kind, rest = text.split(" ", 2)
        texts = self._texts.setdefault(int(number), [])
        if kind == "+":
            texts.append(rest)
            if len(texts) > _MOST_LINES:
                raise ValueError("an endless answer")
            return None
        if kind != ".":
            raise ValueError("no answer")
        del self._texts[int(number)]
        return {"id": int(number), "texts": texts, "words": rest.split()}


class ShellHost:
    """A host on which bash sends. All methods that are coroutines raise HostGoneError once it has
    ended, and for what bash cannot do."""

    most_sockets = AT_ONCE * len(OFFSETS)
    """A sweep counts a socket for each attempt at an endpoint, of which bash makes one."""

    def __init__(self, start: Start, *, start_seconds: float = START_SECONDS) -> None:
        """Start bash.

        RemoteError if it does not begin within so many seconds or is too old, NoInterpreterError
        without bash. start: runs a shell command on the host.
        """
        self._start = start
        self._wire = Wire(start, _Shell(), start_seconds)
        self._slots: WeakKeyDictionary[asyncio.AbstractEventLoop, _Slots] = WeakKeyDictionary()
        self._senders: dict[str, str | None] = {}
        greeting = str(self._wire.greeting["version"])
        known = re.fullmatch(r"bash ([0-9.]+)\S*", greeting)
        if known is None:
            self.close()
            if greeting == "old":
                raise RemoteError(tr("its bash is older than 4, or has no /dev/tcp"))
            raise RemoteError(tr("an answer that cannot be read"))
        self.version = known[1]
        _LOG.info("bash %s sends", self.version)

    @property
    def lost(self) -> str | None:
        """Why it sends nothing any more. None while it does."""
        return self._wire.lost

    def close(self) -> None:
        """End it. Who still waits gets HostGoneError."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def connect(self, address: str, port: int, sending: Sending, *, keep: bool) -> Handshake:
        """Make one handshake. Of the moments only the first counts."""
        try:
            _refuse_options(sending)
            if keep:
                return await self._open(_plain(address), port, sending.patience)
            words = f"{_plain(address)} {port} {_microseconds(sending.patience)}"
            said = await self._ask("connect", ROUNDS * sending.patience, words)
            opening = shell_programs.Opening(*_opened(said.words), said.text)
            return _handshake(opening, await self._own(address))
        except HostGoneError as error:
            return Handshake(error, 0.0)

    async def converse(self, address: str, port: int, datagrams: Sequence[bytes], sending: Sending) -> Datagrams:
        try:
            _refuse_options(sending)
            if not all(datagrams):
                raise HostGoneError(tr("bash there cannot send an empty datagram"))
            planned = [
                f"{_microseconds(moment)} {'=' if datagram == before else _escaped(datagram)}"
                for moment, datagram, before in zip(sending.moments, datagrams, (b"", *datagrams), strict=False)
            ]
            words = " ".join((_plain(address), str(port), _microseconds(sending.patience), *planned))
            said = await self._ask("converse", sending.patience, words)
            return _datagrams(said, await self._own(address))
        except HostGoneError as error:
            return Datagrams(None, 0, failure=error)

    async def addresses(self, name: str, timeout: float) -> NameAnswer:
        try:
            plain = name.encode("idna")
        except ValueError as error:
            return NameAnswer(error=f"not a host name: {error}")
        if b"\0" in plain:
            return NameAnswer(error="not a host name: embedded null character")
        said = await self._tool("getent", "addresses", timeout, f"{_microseconds(timeout)} {_escaped(plain)}")
        found = [line.split() for line in said.texts]
        if said.words == ["0"] and found and all(found):
            canonical = next((fields[2] for fields in found if len(fields) > 2), None)
            return NameAnswer(tuple(dict.fromkeys(fields[0] for fields in found)), canonical)
        words = f"{_microseconds(_LOOKUP_SECONDS)} {_escaped(plain)}"
        why = await self._ask("why", _LOOKUP_SECONDS, words)
        number, text = error_texts.lookup_failure(why.text) or (0, tr("getent there finds no address"))
        return NameAnswer(number=number, error=text)

    async def name(self, address: str, timeout: float) -> NameAnswer:
        said = await self._tool("getent", "name", timeout, f"{_microseconds(timeout)} {_plain(address)}")
        fields = said.texts[0].split() if said.texts else []
        if said.words == ["0"] and len(fields) > 1:
            return NameAnswer((fields[1],))
        # getent has one status for "there is no name" and "no server answered".
        return NameAnswer(number=0, error=tr("getent there finds no name"))

    async def content(self, path: str, most: int) -> bytes:
        async with self._limits().programs:
            return await shell_programs.content(self._start, path, most)

    async def own_name(self) -> str:
        return (await self._ask("own_name", SOON, "")).text

    async def clock(self) -> float:
        try:
            return float((await self._ask("clock", SOON, "")).text)
        except ValueError:
            raise HostGoneError(tr("an answer that cannot be read")) from None

    async def sender(self, address: str, source: str | None = None) -> tuple[str | None, int | None]:
        through = ""
        if source is not None:
            through = f" {'oif' if sockets.is_interface(source) else 'from'} {_plain(source)}"
        try:
            said = await self._tool("ip", "sender", SOON, f"{_microseconds(SOON)} {_plain(address)}{through}")
        except TimeoutError:
            raise HostGoneError(tr("no answer within {seconds:g} s", seconds=SOON)) from None
        fields = said.text.split()
        after = dict(itertools.pairwise(fields))
        if said.words != ["0"] or "src" not in after:
            return None, None
        if "mtu" in after or "dev" not in after:
            return after["src"], _number(after.get("mtu", ""))
        return after["src"], _number((await self._ask("mtu", SOON, _plain(after["dev"]))).text)

    async def _own(self, address: str) -> str | None:
        """Return the address that it sends from. None if it cannot tell. It is asked once."""
        if address not in self._senders:
            try:
                own = (await self.sender(address))[0]
            except HostGoneError:
                own = None
            self._senders[address] = own
        return self._senders[address]

    async def _open(self, address: str, port: int, patience: float) -> Handshake:
        """Make a handshake and keep the connection open."""
        programs = self._limits().programs
        await programs.acquire()
        try:
            opening, connection = await shell_programs.open_connection(
                self._start, address, port, patience, programs.release
            )
        except BaseException:
            programs.release()
            raise
        handshake = _handshake(opening, await self._own(address), connection)
        if connection is None:
            programs.release()
        return handshake

    async def _tool(self, program: str, operation: str, seconds: float, words: str) -> _Said:
        """Ask for what a program of the host says. TimeoutError if it says nothing in time."""
        said = await self._ask(operation, seconds, words)
        if said.words == ["none"]:
            raise HostGoneError(tr("it has no {program}", program=program))
        if said.words == ["silence"]:
            raise TimeoutError(f"no answer within {seconds:g} s")
        return said

    async def _ask(self, operation: str, seconds: float, words: str) -> _Said:
        def read(_: int, answer: Message) -> _Said:
            return _Said(answer["texts"], answer["words"])

        async with self._limits().requests:
            return await self._wire.ask(operation, seconds, read, {"words": words})

    def _limits(self) -> _Slots:
        loop = asyncio.get_running_loop()
        return self._slots.setdefault(loop, _Slots())


@frozen
class _Slots:
    """How much one event loop may ask for at once."""

    requests: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    programs: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(KEPT_AT_ONCE))


def _refuse_options(sending: Sending) -> None:
    """Raise HostGoneError for what a socket of bash cannot be set to."""
    if sending.hops is not None or sending.segment is not None or sending.whole:
        raise HostGoneError(tr("bash there cannot set up its sockets: no hop limit, segment size or fragments"))
    if sending.source is not None:
        raise HostGoneError(tr("bash there cannot choose the address or the interface that it sends from"))


def _opened(words: Sequence[str]) -> tuple[str, float, bool]:
    """Return outcome, milliseconds, and whether ICMP errors came, of the end of an answer."""
    if words[:1] == ["silence"]:
        return "silence", 0.0, False
    try:
        outcome, taken, came = words
        if outcome not in ("ok", "failed"):
            raise ValueError(outcome)
        return outcome, int(taken) / 1000, int(came.removeprefix("icmp=")) != 0
    except ValueError:
        raise HostGoneError(tr("an answer that cannot be read")) from None


def _handshake(
    opening: shell_programs.Opening, own: str | None, connection: StreamConnection | None = None
) -> Handshake:
    if opening.outcome == "ok":
        return Handshake(None, opening.elapsed, own, connection=connection)
    if opening.outcome == "silence":
        return Handshake(TimeoutError(), opening.elapsed, own)
    failure = error_texts.failure(opening.text) or HostGoneError(tr("bash there names no reason that is known"))
    return Handshake(failure, opening.elapsed, own, is_blind=opening.has_icmp)


def _datagrams(said: _Said, own: str | None) -> Datagrams:
    """Return what the end of a conversation says. HostGoneError if it cannot be read."""
    try:
        outcome, taken, sent = said.words
        number, elapsed = int(sent.removeprefix("sent=")), int(taken) / 1000
        text = "\n".join(line[1:].replace("\t", "\n") for line in said.texts if line.startswith("!"))
        if outcome == "silence":
            return Datagrams(None, number, own=own)
        if outcome == "ok":
            reply = bytes.fromhex("".join(line for line in said.texts if not line.startswith("!")))
            return Datagrams(reply, number, elapsed, own)
        if outcome != "failed":
            raise ValueError(outcome)
    except ValueError:
        raise HostGoneError(tr("an answer that cannot be read")) from None
    failure = error_texts.failure(text) or HostGoneError(tr("bash there names no reason that is known"))
    # Before the first datagram only the host itself can fail. After it an ICMP error is the cause.
    return Datagrams(None, number, elapsed, own, failure=failure, is_blind=number > 0)


def _plain(word: str) -> str:
    """Return the word, which the script takes as it is. HostGoneError if it has another character
    than addresses and names of interfaces have."""
    if not re.fullmatch(r"[0-9A-Za-z.:%_@-]+", word):
        raise HostGoneError(tr("bash there is not asked about {word!r}", word=word))
    return word


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


def _microseconds(seconds: float) -> str:
    return str(round(seconds * 1_000_000))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
