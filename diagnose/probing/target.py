"""What is a target of `probe`, and what is known of it?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from probes.endpoint import Endpoint, Transport
from probes.frozen import frozen
from probes.observation import Observation, Reason

if TYPE_CHECKING:
    from diagnose.probing.answers import AnswerLine
    from probes.questions import Question


@frozen
class TargetAnswer:
    """What is known of one target so far."""

    observation: Observation
    """Decides whether the target works."""

    lines: tuple[AnswerLine, ...] = ()
    """What else was learnt."""


class TargetError(ValueError):
    """The text is no target. The message says what was expected."""


@frozen
class Target:
    """One target that the user named."""

    text: str
    """As given, without the values of passwords in its query."""

    scheme: Scheme
    """What is asked, by the part before "://"."""

    endpoint: Endpoint
    """Without an address until the host is resolved."""

    path: str
    """With its query. At least "/"."""

    options: Mapping[str, str]
    """The query. Of several values of one name the last."""


@frozen
class Scheme:
    """One kind of target."""

    name: str
    """The part before "://"."""

    port: int | None
    """Default port. None if the target must name one."""

    transport: Transport
    """Transport of the endpoint."""

    form: str
    """How such a target is written, optional parts in brackets."""

    help: str
    """What is asked, as a clause."""

    script: Script | None
    """The questions. None if a handshake is all."""

    right: Reason | None = None
    """The only reason for which an endpoint that works is open. None if any reason will do."""

    path: bool = False
    """True if the target may have a path."""

    sockets: int = 1
    """Sockets that the questions have open at once, at most."""

    check: Callable[[Mapping[str, str]], None] = lambda _: None
    """Raises ValueError for options that make no question."""


Asker = Callable[["Question"], Awaitable[Observation]]
"""Ask one question and return its answer."""

Script = Callable[[Target, Asker], AsyncGenerator[TargetAnswer, None]]
"""The questions of one kind of target, one after another, for a target that has an address.

Yield what is known after each of them. Each answer has more lines than the one before.
"""
