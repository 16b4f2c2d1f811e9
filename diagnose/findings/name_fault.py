"""What is wrong with one name: what the wordings and the repairs are made from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NameFault:
    """Key of a blame. Equal for all hosts that one and the same fault breaks, so `kind` alone counts.

    said: what the resolver gives for the host or its address, None for nothing; right: the name or address that it should give; line: of a hosts file, as
    "file:line"; servers: (address, what it says); text: one more clause.
    """

    kind: str
    host: str = field(compare=False)
    address: str | None = field(compare=False, default=None)
    said: str | None = field(compare=False, default=None)
    right: str | None = field(compare=False, default=None)
    line: str | None = field(compare=False, default=None)
    servers: tuple[tuple[str, str], ...] = field(compare=False, default=())
    text: str = field(compare=False, default="")
