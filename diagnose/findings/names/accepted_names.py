"""Which names does the service behind a host have, as far as the case shows?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from diagnose.case.derived import once
from diagnose.case.model import Case, Node
from diagnose.flows.cluster import View
from diagnose.flows.names import Names, numeric
from probes.frozen import frozen
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
"""Files in which the principals of services are written."""


@frozen
class AcceptedNames:
    """The names that the service behind a host has."""

    full_names: frozenset[str]
    """Full names, in lower case."""
    label: str
    """Short name, in lower case."""
    node: Node | None
    """Node of the cluster that the host is. None if it is none."""
    suggested: str | None
    """Full name to suggest. None if no full name is known."""

    @classmethod
    def of(cls, config: View, host: str, known: ResolverView | None) -> AcceptedNames:
        """Return the names of the service on a host.

        `known`: what the resolver knows of the host.
        """
        node = _node(config.names, host, known)
        spelled = host.lower().rstrip(".")
        label = node.name.lower() if node is not None else spelled.partition(".")[0]
        full = [config.names.host_of(node), *node.hostnames] if node is not None else []
        if node is None or spelled.partition(".")[0] == label:
            full.append(spelled)
        if known is not None and known.line is not None:
            full += [name for name in known.line.names if name.lower().startswith(f"{label}.")]
        by_address = numeric(host) is not None
        dotted = [name.lower().rstrip(".") for name in full if "." in name and not (by_address and name == spelled)]
        return cls(frozenset((*dotted, *_written_out(config.case))), label, node, next(iter(dotted), None))

    def accepts(self, name: str | None) -> bool:
        """Return True if the service has this name. Never True for None.

        If no full name is known, every name with the right short name counts.
        """
        if name is None:
            return False
        spelled = name.lower().rstrip(".")
        if spelled in self.full_names:
            return True
        return self.suggested is None and spelled.partition(".")[0] == self.label


def _node(cluster: Names, host: str, resolved: ResolverView | None) -> Node | None:
    address = resolved.names.preferred_address if resolved is not None else None
    return cluster.place(host).node or (cluster.by_address.get(address) if address is not None else None)


@once
def _written_out(case: Case) -> frozenset[str]:
    """Return the host parts of principals that the Hadoop files state in full."""
    return frozenset(_hosts_of_principals(case))


def _hosts_of_principals(case: Case) -> Iterator[str]:
    for file in FILES:
        configuration = case.settings.get(file)
        for key in configuration.keys() if configuration is not None else ():
            if key.endswith(".principal") and configuration is not None:
                host = (configuration.get(key) or "").partition("@")[0].partition("/")[2].strip().lower()
                if "." in host:
                    yield host
