"""What is one question, and how is it written as JSON?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.observation import Observation
from probes.vantage import Vantage

Kind = Literal[
    "tcp",
    "tcp-by-name",
    "kerberos",
    "kdc-realm",
    "kdc-own-realm",
    "kdc-implementation",
    "kdc-clock",
    "kdc-reply-sizes",
    "kdc-principal",
    "kdc-service",
    "hadoop-rpc",
    "thrift",
    "thrift-sasl",
    "thrift-call",
    "http",
    "web-service",
    "hive-http",
    "sql",
    "impala",
    "hbase-rpc",
    "data-transfer",
    "zookeeper",
    "zookeeper-session",
    "mysql",
    "ldap",
    "ldap-starttls",
    "tls",
    "ssh",
    "dns",
    "host-name",
    "own-name",
    "name-servers",
    "path",
    "path-mtu",
    "large-exchange",
    "reset",
]
"""What is asked. `probes.questions.register` has the function of each."""

Option = str | int | bool | tuple[str, ...]
"""Value of an option: plain data that JSON can carry."""


class QuestionError(ProbesError):
    """No question can be read from this value, or an option is missing.

    The message says what was expected.
    """


@frozen
class Question:
    """One question to one endpoint. Kind, endpoint and options are all that is needed to ask it."""

    kind: Kind
    """What is asked."""

    endpoint: Endpoint
    """Who is asked. A question that sends packets to it needs its numeric address."""

    options: Mapping[str, Option] = field(default_factory=dict)
    """Named values that this kind of question needs, for example "realm"."""

    def text(self, name: str) -> str:
        """Return a text option. QuestionError if it is missing or no text."""
        value = self.options.get(name)
        if not isinstance(value, str):
            raise QuestionError(f"a question of kind {self.kind} needs the text {name!r}")
        return value

    def number(self, name: str) -> int:
        """Return a number option. QuestionError if it is missing or no number."""
        value = self.options.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise QuestionError(f"a question of kind {self.kind} needs the number {name!r}")
        return value

    def has(self, name: str) -> bool:
        """Return True if the option is there and true."""
        return bool(self.options.get(name))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, () if it is missing. QuestionError if it is something else."""
        value = self.options.get(name, ())
        if not isinstance(value, tuple):
            raise QuestionError(f"a question of kind {self.kind} needs the list of texts {name!r}")
        return value


def encode(question: Question) -> dict[str, object]:
    """Return the question as plain JSON values."""
    from msgspec import to_builtins  # only where a question leaves the process

    encoded: dict[str, object] = to_builtins(question)
    return encoded


def decode(value: object) -> Question:
    """Return the question that `encode` wrote, read from JSON. QuestionError for anything else."""
    from msgspec import ValidationError, convert

    try:
        question = convert(value, Question)
    except ValidationError as error:
        raise QuestionError(f"not a question: {error}") from error
    if not 0 < question.endpoint.port < 65536:
        raise QuestionError(f"not a question: port {question.endpoint.port} is outside 1-65535")
    return question


def learnt(vantage: Vantage, detail: Mapping[str, object]) -> Observation:
    """Return what a question taught that no packet to its endpoint decides: state "not-probed"."""
    return Observation(vantage.name, "not-probed", "service-reply", detail=detail)
