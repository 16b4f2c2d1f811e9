"""Does another service answer on the port of a flow than the one that is meant?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from diagnose.case.model import Case
from probes.observation import Observation

OTHER_PROTOCOL = "other_protocol"
"""Key in the detail of a note: the protocol in which another service answered."""

OTHERS = frozenset({"http", "markup", "ssh", "mysql", "smtp-or-ftp"})
"""Protocols that no service of Hadoop RPC or Thrift speaks. TLS may be the service's own."""


MODES: Mapping[str, tuple[str, ...]] = {
    "hiveserver2": ("hive.server2.transport.mode",),
    "hive-metastore": ("metastore.server.thrift.transport.mode", "hive.metastore.server.thrift.transport.mode"),
}
"""Component of which the files can say that it speaks HTTP -> the keys in hive-site.xml and
hivemetastore-site.xml that do."""

FILES = ("hive-site.xml", "hivemetastore-site.xml")


def may_speak_http(case: Case, component: str) -> bool:
    """Return True if the files say that the service speaks HTTP, alone or beside its own
    protocol."""
    configurations = [case.settings[file] for file in FILES if file in case.settings]
    modes = [configuration.get(key) for configuration in configurations for key in MODES.get(component, ())]
    return any(mode is not None and mode.strip().lower() in ("http", "all") for mode in modes)


def other_protocol(observations: Iterable[Observation]) -> str | None:
    """Return the protocol of a service that is not the one that is meant. None if it may be it."""
    for observation in observations:
        name = observation.detail.get(OTHER_PROTOCOL)
        if isinstance(name, str):
            return "http" if name == "markup" else name
    return None
