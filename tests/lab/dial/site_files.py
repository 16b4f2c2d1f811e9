"""What is a generated configuration? Its files, and the hosts that it may name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.support import factories as make

MASTER: Final = make.fqdn("master-1-1")
SECOND: Final = make.fqdn("master-1-2")

ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "10.1.0.1": ("master-1-1", MASTER),
    "10.1.0.2": ("master-1-2", SECOND),
    "10.1.0.3": ("namenode",),
    "10.1.0.4": ("nn.example.com",),
    "10.1.0.5": ("rm.example.com",),
    "10.1.0.6": ("under_score", "under_score.example.com"),
    "10.1.0.7": ("mapped",),
    "10.1.0.8": ("nn-2.example.com",),
    "10.1.0.9": ("rm-2.example.com",),
}
"""Address -> names. `mapped` is also a nameservice in some configurations."""

HOSTS_FILE: Final = "127.0.0.1 localhost\n::1 localhost6 ip6-localhost\n" + "".join(
    f"{address} {' '.join(names)}\n" for address, names in ADDRESSES.items()
)
"""The hosts file of the client and of the case. Every other name is unknown."""

HOSTS: Final = (
    MASTER,
    SECOND,
    "master-1-1",
    "namenode",
    "nn.example.com",
    "NN.EXAMPLE.COM",
    "rm.example.com",
    "10.1.0.4",
    "10.9.8.7",
    "203.0.113.9",
    "under_score",
    "under_score.example.com",
    "nowhere",
    "nowhere.example.com",
    "localhost",
    "LOCALHOST",
    "127.0.0.1",
    "127.0.1.1",
    "[::1]",
    "[fd00::7]",
    "0.0.0.0",
    "[::]",
    "",
    "${host}",
    "${absent}",
    "nn.example.com.",
    "-nn.example.com",
    "nn..example.com",
    "nn.example.1com",
    "1nn",
    "fd00::7",
    "10.1.0.300",
    "nn example",
    "*",
)
"""Hosts of every sort. `host` is a variable of the file, `absent` is not."""

GOOD: Final = (MASTER, SECOND, "nn.example.com", "rm.example.com", "10.9.8.7", "namenode", "nowhere.example.com")
"""Hosts that clients dial."""

PORTS: Final = ("", ":8020", ":9000", ":8021", ":54310", ":", ":0", ":99999", ":65535", ":port", ":-1", ": 9000")
PROVIDER: Final = "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"

CORE, HDFS, MAPRED, YARN = "core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"
HIVE, METASTORE, SPARK = "hive-site.xml", "hivemetastore-site.xml", "spark-defaults.conf"


@dataclass(slots=True)
class Files:
    """Files in the making."""

    properties: dict[str, list[tuple[str, str, bool]]] = field(default_factory=dict)
    """File -> key, value and whether it is final, in order."""
    spoiled: dict[str, Callable[[str], str]] = field(default_factory=dict)
    """File -> what breaks its text."""
    others: dict[str, str] = field(default_factory=dict)
    """File that is no site file -> text."""

    def set(self, file: str, key: str, value: str | None, *, final: bool = False) -> None:
        """Add a property. None adds nothing, but the file is there."""
        entries = self.properties.setdefault(file, [])
        if value is not None:
            entries.append((key, value, final))

    def texts(self) -> dict[str, str]:
        """Return the text of each file."""
        found = {file: _text(file, entries) for file, entries in self.properties.items()}
        return {**self.others, **{file: self.spoiled.get(file, str)(text) for file, text in found.items()}}


@dataclass(frozen=True, slots=True)
class Generated:
    """One configuration."""

    name: str
    """Kind and number."""
    files: Mapping[str, str]
    """Site file -> text."""

    def write(self, directory: Path) -> None:
        directory.mkdir()
        for file, text in self.files.items():
            (directory / file).write_text(text)

    def __str__(self) -> str:
        return "\n".join([self.name, *(f"{file}: {text}" for file, text in self.files.items())])


Makers = Mapping[str, Callable[[random.Random, Files], None]]
"""Kind -> what makes one of it."""


def configurations(makers: Makers, count: int, seed: int) -> Iterator[Generated]:
    """Yield `count` configurations, each kind in turn."""
    chance = random.Random(seed)
    kinds = tuple(makers.items())
    for number in range(count):
        kind, maker = kinds[number % len(kinds)]
        files = Files()
        maker(chance, files)
        yield Generated(f"{kind}-{number:03}", files.texts())


def _text(file: str, entries: list[tuple[str, str, bool]]) -> str:
    return _document(entries) if file.endswith(".xml") else "".join(f"{key} {value}\n" for key, value, _ in entries)


def _document(entries: list[tuple[str, str, bool]]) -> str:
    lines = [
        f"<property><name>{escape(key)}</name><value>{escape(value)}</value>"
        f"{'<final>true</final>' if final else ''}</property>\n"
        for key, value, final in entries
    ]
    return f'<?xml version="1.0"?>\n<configuration>\n{"".join(lines)}</configuration>\n'


def authority(chance: random.Random) -> str:
    """Return host and port, most of them as people write them."""
    host = chance.choice(GOOD if chance.random() < 0.3 else HOSTS)
    return host + chance.choice(PORTS[:4] if chance.random() < 0.7 else PORTS)
