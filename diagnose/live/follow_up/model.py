"""What is a further question, and which note does its answer become?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probes.frozen import frozen
from probes.network.runner import PATIENCES_OF_A_PROBE
from probes.observation import Observation
from probes.questions import Question
from probes.vantage import PATIENCE


@frozen
class OnceMore:
    """The second question to a service that was silent. All its parts are asked side by side."""

    plain: tuple[Question, ...]
    """The first question in parts, each on one connection."""
    beside: tuple[Question, ...]
    """The same port in other ways: a handshake of TLS, or without TLS if it was asked inside.
    Whatever comes shows that the process lives."""
    keep: Callable[[Observation], Observation]
    """Turn an answer to a part of the first question into what is kept."""


@frozen
class Further:
    """A further question that the first answers raised."""

    flow: str
    """Id of the flow that it is asked for."""

    name: str
    """Tells the questions of one flow apart."""

    question: Question
    """What is asked."""

    learn: Callable[[Observation], Observation]
    """Turn the answer into what is kept.

    - Mostly a `note`. One without detail means that nothing was learnt.
    - An observation that is no note if the flow was answered after all. It then decides the flow.
    """

    once_more: OnceMore | None = None
    """What is asked once more if silence met it. None if silence is an answer as well."""


@frozen
class Possible:
    """A further question that may be asked of a flow."""

    name: str
    """Tells the questions of one flow apart."""

    when: str
    """What the first answer has to be: a clause after "if"."""

    sends: str
    """What this host then sends: a clause."""

    most: int = 1
    """Probes for this flow, at most."""

    seconds: float = PATIENCES_OF_A_PROBE * PATIENCE
    """Seconds that the slowest of them may take."""

    in_all: int | None = None
    """Probes for all flows together, at most. None if nothing limits them."""

    is_second: bool = False
    """True if it is asked after all further questions that are not."""


def note(observation: Observation, detail: Mapping[str, object]) -> Observation:
    """Return what a further question taught, in state "not-probed", so that it decides no flow."""
    return Observation(
        observation.vantage, "not-probed", observation.reason, attempts=observation.attempts, detail=detail
    )


def note_of(key: str) -> Callable[[Observation], Observation]:
    """Return a function that keeps one key of an answer's detail as a note."""

    def learn(answer: Observation) -> Observation:
        return note(answer, {key: answer.detail[key]} if key in answer.detail else {})

    return learn
