"""Does any mutated input make a reader do more than raise its own error, in bounded time and
memory?

Every case is made from the seed and its number, so `--only NUMBER` repeats one that failed.
"""

from __future__ import annotations

import random
import re
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, NoReturn, TypeVar

Input = TypeVar("Input")

SLOWEST_S = 5.0
"""Seconds of processor time for one case.
A typical one takes a thousandth of it; the rest is for a busy machine."""

HANG_S = 60.0
"""Seconds after which a case is stopped."""

GROWTH_KIB = 64 * 1024
"""Growth of the resident memory, after the first cases have loaded all modules."""

_WARM_UP = 200
_INTERESTING = (0, 1, 0x1B, 0x30, 0x7E, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA0, 0xBF, 0xFF)
_WORDS = (re.compile(rb"[^\s\"'<>={}\[\](),:;/]+"), re.compile(rb"\"[^\"\n]*\"|>[^<\n]*(?=<)|[-+.\w]+"))
"""A word, and a whole value of JSON, TOML or XML."""
_ODD: tuple[bytes, ...] = tuple(
    word.encode()
    for word in (
        *("", "-1", "0", "1e999", "NaN", "65536", "9" * 30, "9" * 5000, "true", "null", "[]", "{}", '""', "n/a"),
        *("0.0.0.0", "0.0.0.0/0", "::/0", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "1.2.3.4/33", "127.0.0.1"),
        *("*", "_", "_HOST", "${a}", "${" * 40, "a,b,,", "@", "a@b@C", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00"),
        *("\0", "\x1b[2J", "\u202e", "\ufeff", "\u0661", "x" * 5000, "a." * 200, "%", "\\", "&#0;", "<!--", "]]>"),
    )
)
"""What stands in the place of a word: values at the edge of what a field may hold."""
_SHOWN = 2000


class Hang(BaseException):
    """A case that took longer than HANG_S. No `except Exception` of a reader catches it."""


@dataclass(slots=True)
class Found:
    """Result of a hunt."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """How many cases had each result."""
    failures: list[str] = field(default_factory=list)
    """Number, error and input of the cases that broke the promise."""
    slowest_s: float = 0.0
    """Processor time of the slowest case."""
    growth_kib: int = 0
    """Growth of the resident memory."""
    seconds: float = 0.0
    """Time of the whole hunt."""


@dataclass(frozen=True, slots=True)
class Subject(Generic[Input]):
    """One reader that is fuzzed."""

    name: str
    """What it reads."""
    make: Callable[[random.Random], Input]
    """Makes one mutated input."""
    read: Callable[[Input, int], str]
    """Reads it as the product does, and returns the result in a word. The number is the case's."""
    weight: int = 1
    """Mutated inputs of one case."""
    share: float = 1.0
    """Inputs that it gets, as a multiple of what others get. Less for what takes long."""


def mutated(content: bytes, corpus: Sequence[bytes], draw: random.Random) -> bytes:
    """Apply one to four changes: of bytes, or of pieces with pieces of another file."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 4))):
        size = len(changed)
        if not size:
            break
        at = draw.randrange(size)
        kind = draw.randrange(10)
        if kind < 3:
            changed[at] ^= 1 << draw.randrange(8)
        elif kind < 5:
            changed[at] = draw.choice(_INTERESTING)
        elif kind == 5:
            del changed[at : at + draw.randint(1, 16)]
        elif kind == 6:
            changed[at:at] = draw.randbytes(draw.randint(1, 8))
        elif kind == 7:
            del changed[at:]
        elif kind == 8:
            piece = changed[at : at + draw.randint(1, 64)]
            changed[at:at] = piece * draw.choice((1, 2, 50))
        else:
            other = draw.choice(corpus)
            start = draw.randrange(max(1, len(other)))
            changed[at : at + draw.randint(0, 32)] = other[start : start + draw.randint(1, 64)]
    return bytes(changed)


def with_odd_words(content: bytes, draw: random.Random) -> bytes:
    """Replace one to three words of a text. The text mostly keeps its form, so readers go on to
    what the value means."""
    for _ in range(draw.choice((1, 1, 2, 3))):
        at = draw.randrange(len(content) + 1)
        word = draw.choice(_WORDS).search(content, at)
        if word is not None:
            content = content[: word.start()] + draw.choice(_ODD) + content[word.end() :]
    return content


def mutated_text(content: bytes, corpus: Sequence[bytes], draw: random.Random) -> bytes:
    """Change bytes, words or both."""
    kind = draw.randrange(5)
    if kind:
        content = with_odd_words(content, draw)
    return mutated(content, corpus, draw) if kind < 2 else content


def from_corpus(corpus: Sequence[bytes], *, text: bool = False) -> Callable[[random.Random], bytes]:
    """Return what makes a mutated input out of one of the samples."""
    change = mutated_text if text else mutated
    return lambda draw: change(draw.choice(corpus), corpus, draw)


def hunt(subject: Subject[Input], numbers: Sequence[int], seed: int) -> Found:
    """Run one mutated case for each number."""
    found = Found()
    began = time.perf_counter()
    before = 0
    with _stopped_if_hanging():
        for count, number in enumerate(numbers):
            if count == _WARM_UP:
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            content = subject.make(random.Random(seed * 1_000_003 + number))
            started = time.process_time()
            signal.setitimer(signal.ITIMER_REAL, HANG_S)
            try:
                found.outcomes[subject.read(content, number)] += 1
            except (Exception, Hang) as error:  # noqa: BLE001 - any other error than our own is what is looked for
                found.failures.append(f"{number}: {type(error).__name__}: {error}: {content!r:.{_SHOWN}}")
            took = time.process_time() - started
            found.slowest_s = max(found.slowest_s, took)
            if took > SLOWEST_S:
                found.failures.append(f"{number}: {took:.2f} s: {content!r:.{_SHOWN}}")
    if before:
        found.growth_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        if found.growth_kib > GROWTH_KIB:
            found.failures.append(f"memory grew by {found.growth_kib} KiB")
    found.seconds = time.perf_counter() - began
    return found


@contextmanager
def _stopped_if_hanging() -> Iterator[None]:
    def stop(*_: object) -> NoReturn:
        raise Hang(f"stopped after {HANG_S:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
