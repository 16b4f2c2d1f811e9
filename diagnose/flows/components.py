"""Which components listen in an EMR cluster, where, and does DataWorks need them? data/components.toml as typed values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from probes.endpoint import Transport

TABLE = "components.toml"
"""The file named by the origin of a port that nothing but this table states."""

Class = Literal["required", "conditional", "optional", "never"]
Generation = Literal[2, 3]
"""Major version of Hadoop."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A page that states facts. dated: the page's own date; None where it shows none."""

    title: str
    url: str | None = None
    dated: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """One listening service; the fields are those of the table, explained at its head."""

    key: str
    title: str
    area: str
    transport: Transport
    protocol: str
    ports: Mapping[str, int]
    need: Class
    source: str
    verified: bool
    why: str
    engines: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    file: str | None = None
    setting: str | None = None

    def default_port(self, generation: Generation | None = None) -> int | None:
        """Port of this Hadoop generation, else the port of every generation; None where no default may be assumed."""
        by_generation = self.ports.get(str(generation)) if generation else None
        return by_generation if by_generation is not None else self.ports.get("any")


@dataclass(frozen=True, slots=True)
class Table:
    """The whole table. compiled: the day it was put together; generations: release prefix ("EMR-5") -> Hadoop generation."""

    compiled: dt.date
    sources: Mapping[str, Reference]
    generations: Mapping[str, Generation]
    component: tuple[Component, ...] = field(default=())

    def reference(self, component: Component) -> Reference:
        return self.sources[component.source]


@cache
def load() -> Table:
    """The table, read and checked once. msgspec.ValidationError if the file in the package was damaged."""
    import msgspec

    from diagnose import data

    return msgspec.convert(data.table("components"), Table)


@cache
def _index() -> dict[str, Component]:
    return {component.key: component for component in load().component}


def component(key: str) -> Component:
    """The component of this key; KeyError if the table has none, which is a mistake of ours."""
    return _index()[key]
