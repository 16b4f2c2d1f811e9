"""What is a target of `probe`, and what is known of it?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from diagnose.probing.answers import Line
from probes.endpoint import Endpoint, Transport
from probes.observation import Observation, Reason
from probes.vantage import Vantage


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one target: the observation that decides whether it works, and what else was learnt.

    A question is an asynchronous generator of these, each with more lines than the one before; the last one is the answer.
    """

    observation: Observation
    lines: tuple[Line, ...] = ()


class TargetError(ValueError):
    """The text is no target. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class Target:
    """text: as given; endpoint: without an address until the host is resolved; path: "/" at least, with its query; options: the query, last values."""

    text: str
    scheme: Scheme
    endpoint: Endpoint
    path: str
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scheme:
    """port: the default, None where one must be given; ask: the question, None where a handshake is all; right: the reason that an endpoint which works is
    open for, None for any; path: it may have a path; sockets: that the question has open at once, at most; check: raises ValueError for options that do not do."""

    name: str
    port: int | None
    transport: Transport
    help: str
    ask: Question | None
    right: Reason | None = None
    path: bool = False
    sockets: int = 1
    check: Callable[[Mapping[str, str]], None] = lambda _: None


Question = Callable[["Target", Vantage], AsyncIterator[Told]]
"""Asks a target that has an address; see `Told`."""
