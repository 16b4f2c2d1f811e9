"""Which names does the service behind a host have, as far as the case tells?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from diagnose.case.model import Node
from diagnose.flows.cluster import View
from diagnose.flows.names import Names, numeric
from probes.names.resolver_view import ResolverView

FILES: Final = (
    "hdfs-site.xml",
    "yarn-site.xml",
    "mapred-site.xml",
    "hiveserver2-site.xml",
    "hive-site.xml",
    "hivemetastore-site.xml",
    "core-site.xml",
)
"""Where the principals of services are written."""


@dataclass(frozen=True, slots=True)
class Right:
    """Which names the service behind a host has. accepted: full ones, in lower case; label: the short one; node: where the host is one;
    full: the one to suggest."""

    accepted: frozenset[str]
    label: str
    node: Node | None
    full: str | None

    @classmethod
    def of(cls, seen: View, host: str, known: ResolverView | None) -> Right:
        node = _node(seen.names, host, known)
        spelled = host.lower().rstrip(".")
        label = node.name.lower() if node is not None else spelled.partition(".")[0]
        full = [seen.names.host_of(node), *node.hostnames] if node is not None else []
        if node is None or spelled.partition(".")[0] == label:
            full.append(spelled)
        if known is not None and known.line is not None:
            full += [name for name in known.line.names if name.lower().startswith(f"{label}.")]
        by_address = numeric(host) is not None
        dotted = [name.lower().rstrip(".") for name in full if "." in name and not (by_address and name == spelled)]
        return cls(frozenset((*dotted, *_written_out(seen))), label, node, next(iter(dotted), None))

    def takes(self, name: str | None) -> bool:
        if name is None:
            return False
        spelled = name.lower().rstrip(".")
        if spelled in self.accepted:
            return True
        return self.full is None and spelled.partition(".")[0] == self.label


def _node(known: Names, host: str, looked: ResolverView | None) -> Node | None:
    address = looked.names.preferred_address if looked is not None else None
    return known.place(host).node or (known.by_address.get(address) if address is not None else None)


def _written_out(seen: View) -> Iterator[str]:
    """Host parts of principals that the Hadoop files state in full."""
    for file in FILES:
        configuration = seen.case.settings.get(file)
        for key in configuration.keys() if configuration is not None else ():
            if key.endswith(".principal") and configuration is not None:
                host = (configuration.get(key) or "").partition("@")[0].partition("/")[2].strip().lower()
                if "." in host:
                    yield host
