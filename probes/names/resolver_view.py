"""What can the resolver of a host know about one name? `probes.names.look_up` asks it.

The words of a name server are those of the table of `probes.names.dns`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal

from probes.frozen import frozen
from probes.names.canonical import CanonicalNames, Reason

Said = Literal[
    "records",
    "no-data",
    "no-such-name",
    "server-failed",
    "refused",
    "other-error",
    "alias-loop",
    "truncated",
    "garbage",
    "closed",
    "unreachable",
    "silent",
    "not-asked",
]
DEAD: Final = frozenset[Said]({"closed", "unreachable", "silent", "garbage"})
"""Outcomes in which nothing came back that a resolver could use."""

SOMETIMES = "answers-some"
"""Beside the words of `Said`: an answer for some of the names, and none for others."""

NOT_CONFIGURED = "not-configured"
"""Beside the words of `Said`: resolv.conf names no server, so 127.0.0.1 was asked, and it gave
nothing."""


@frozen
class ResolverNote:
    """The first line of the hosts file that has the name."""

    number: int
    """Line number, from 1."""
    address: str
    """Address of the line."""
    names: tuple[str, ...]
    """Names of the line, the canonical one first."""


@frozen
class ServerAnswer:
    """What one name server answers for the names that the resolver makes of one name."""

    server: str
    """Address of the server."""
    said: str
    """The worst outcome of all these names: a word of `Said`, SOMETIMES or NOT_CONFIGURED."""
    knows: str | None = None
    """The first of these names that the server has an address for. None if it has none."""


@frozen
class ResolverView:
    """What the resolver of a host knows about one name."""

    names: CanonicalNames
    """Addresses and names that the resolver answers."""
    reason: Reason | None = None
    """Why the name has no address. None if it has one."""
    error: str | None = None
    """Text of the resolver. None without an error."""
    line: ResolverNote | None = None
    """Line of the hosts file. None if the name has none."""
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Addresses of other spellings, only those that have some."""
    servers: tuple[ServerAnswer, ...] = ()
    """Answers of the name servers, asked only if the resolver has no address."""
    search: tuple[str, ...] = ()
    """Search list of resolv.conf."""
