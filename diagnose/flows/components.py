"""Which components listen in an EMR cluster, on which port, and does DataWorks need them?

data/components.toml as typed values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Literal

from probes.endpoint import Transport
from probes.frozen import frozen
from probes.language import tr
from probes.questions.question import Kind

TABLE = "components.toml"
"""File that the origin of a port names if only this table states the port."""

Class = Literal["required", "conditional", "optional", "never"]
Generation = Literal[2, 3]
"""Major version of Hadoop."""


@frozen
class Reference:
    """A page that states facts."""

    title: str
    """Title of the page."""
    url: str | None = None
    """Address of the page. None if it has none."""
    dated: dt.date | None = None
    """Date that the page shows. None if it shows none."""


@frozen
class Inquiry:
    """What a port of the service is asked, once it has accepted a connection."""

    kind: Kind
    """Kind of the question."""
    service: str | None = None
    """Name of the web service, if it is one."""
    secure: bool | None = None
    """True to ask a web service inside TLS, False not to. None to try both."""
    path: str | None = None
    """Key in the component's file of the path in HTTP mode. None if the question has no path."""


@frozen
class Component:
    """One listening service. The head of the table explains the fields."""

    key: str
    """"namenode-rpc"."""
    title: str
    """"NameNode RPC"."""
    area: str
    """hdfs, yarn, hive …"""
    transport: Transport
    """tcp or udp."""
    protocol: str
    """What it talks: "hadoop-rpc", "thrift" …"""
    ports: Mapping[str, int]
    """Hadoop generation or "any" -> port."""
    need: Class
    """How much DataWorks needs it."""
    source: str
    """Key of the page in `sources`."""
    verified: bool
    """True if the page states the port."""
    why: str
    """One clause for the report."""
    engines: tuple[str, ...] = ()
    """Engines that use it. Empty for all."""
    instances: tuple[str, ...] = ()
    """Names in ListComponentInstances."""
    file: str | None = None
    """File that states its address."""
    setting: str | None = None
    """Key of its address in that file."""
    question: Inquiry | None = None
    """What a live check asks it. None if no harmless question is known."""

    @property
    def reason(self) -> str:
        """Return in one clause of this language why it is needed, or why not."""
        return tr(self.why)

    def default_port(self, generation: Generation | None = None) -> int | None:
        """Return the port of this generation, else the port of every generation.

        None if no default may be assumed.
        """
        by_generation = self.ports.get(str(generation)) if generation else None
        return by_generation if by_generation is not None else self.ports.get("any")


@frozen
class Table:
    """The whole table."""

    compiled: dt.date
    """Day on which it was compiled."""
    sources: Mapping[str, Reference]
    """Pages by key."""
    generations: Mapping[str, Generation]
    """Release prefix ("EMR-5") -> Hadoop generation."""
    component: tuple[Component, ...] = field(default=())
    """The rows."""

    def reference(self, component: Component) -> Reference:
        return self.sources[component.source]


@cache
def load() -> Table:
    """Return the table, read and checked once. msgspec.ValidationError if the file is damaged."""
    import msgspec

    from diagnose import data

    return msgspec.convert(data.table("components"), Table)


def owners(port: int) -> tuple[Component, ...]:
    """Return the TCP services that have this port by default, in some generation."""
    return tuple(one for one in load().component if one.transport == "tcp" and port in one.ports.values())


def find(key: str) -> Component | None:
    """Return the component of this key. None if the table has none."""
    return _index().get(key)


@cache
def _index() -> dict[str, Component]:
    return {component.key: component for component in load().component}


def component(key: str) -> Component:
    """Return the component of this key. KeyError, a mistake of ours, if the table has none."""
    return _index()[key]
