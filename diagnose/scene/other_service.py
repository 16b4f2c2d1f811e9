"""Does another service answer on the port of a flow than the one that is meant?"""

from __future__ import annotations

from collections.abc import Iterable

from probes.observation import Observation

OTHER_PROTOCOL = "other_protocol"
"""Key in the detail of a note: the protocol in which another service answered."""

OTHERS = frozenset({"http", "markup", "ssh", "mysql", "smtp-or-ftp"})
"""Protocols that no service of Hadoop RPC or Thrift speaks. TLS may be the service's own."""


def other_protocol(observations: Iterable[Observation]) -> str | None:
    """Return the protocol of a service that is not the one that is meant. None if it may be it."""
    for observation in observations:
        name = observation.detail.get(OTHER_PROTOCOL)
        if isinstance(name, str):
            return "http" if name == "markup" else name
    return None
