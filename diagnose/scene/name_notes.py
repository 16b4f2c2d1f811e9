"""What did the vantage's resolver say of the names of a case? The notes of `further.names`, read back, and the case's own hosts file where there are none."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from diagnose.flows.model import Flow
from diagnose.flows.names import numeric
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import LOOPBACK, intersect
from probes.names.canonical import Back, Names
from probes.names.hosts import HostsFile
from probes.names.resolver_view import Known, Line

NAME = "name"
OWN_NAME = "own_name"
SERVERS = "name_servers"
ANSWERS_AT = "answers_at"
ANSWERS_AS = "answers_as"
"""Keys of the details of notes."""

RPC_AREAS = frozenset({"hdfs", "yarn", "mapreduce", "hbase"})
"""Clients of Hadoop RPC put the canonical name of the server's address in the place of _HOST (SecurityUtil.getServerPrincipal)."""

SQL_AREAS = frozenset({"hive", "spark", "kyuubi", "presto", "trino", "impala"})
"""Clients take the host of the URL, and some canonicalise it first (HIVE-21899)."""

_BY_ADDRESS = frozenset({"datanode-transfer"})
"""DataNodes are given a block token instead of a Kerberos ticket."""


def known(scene: Scene) -> dict[str, Known]:
    """By host in lower case. What an earlier run wrote and this one cannot read counts as not looked up."""
    found: dict[str, Known] = {}
    for note in _notes(scene, NAME):
        import msgspec  # only where there are notes

        try:
            one = msgspec.convert(note, Known)
        except msgspec.ValidationError:
            continue
        found.setdefault(one.names.host.lower(), one)
    return found


def from_hosts(file: HostsFile, host: str) -> Known | None:
    """What a machine with this hosts file and no DNS knows of a host. None where the file does not have it."""
    address = numeric(host)
    entry = file.name_of(address) if address is not None else file.address_of(host)
    if entry is None:
        return None
    line = Line(entry.origin.line or 0, entry.address, entry.names)
    back = file.name_of(entry.address)
    called = Back(back.canonical, addresses=tuple(e.address for e in file.all_of(back.canonical))) if back else Back()
    if address is not None:
        return Known(Names(address, (address,), address, {address: called}), line=line)
    addresses = tuple(dict.fromkeys(e.address for e in file.all_of(host)))
    return Known(Names(host, addresses, entry.canonical, {entry.address: called}), line=line)


def own_name(scene: Scene) -> tuple[str, str | None] | None:
    """This host's own name where it does not resolve, and what the resolver says."""
    for note in _notes(scene, OWN_NAME):
        if isinstance(note, dict) and note.get("reason") and isinstance(note.get("host"), str):
            return str(note["host"]), str(note["error"]) if note.get("error") else None
    return None


def servers(scene: Scene) -> tuple[tuple[str, str], ...]:
    """(address, what it says) of each name server of the vantage, in the order in which they are asked; () where they were not."""
    for note in _notes(scene, SERVERS):
        if isinstance(note, (list, tuple)):
            return tuple((str(one[0]), str(one[1])) for one in note if isinstance(one, (list, tuple)) and len(one) == 2)
    return ()


def answers_at(outcome: Outcome) -> str | None:
    """The address of the case, if it answers where the resolver's was asked first."""
    return next((str(note) for note in _of(outcome, ANSWERS_AT) if isinstance(note, str)), None)


def answers_as(outcome: Outcome) -> tuple[str, str] | None:
    """Name and address under which a DataNode answers that does not at its own."""
    for note in _of(outcome, ANSWERS_AS):
        if isinstance(note, dict) and isinstance(note.get("name"), str) and isinstance(note.get("address"), str):
            return note["name"], note["address"]
    return None


def other_address(outcome: Outcome) -> str | None:
    """The address that the case has for the host, where the vantage's resolver gave another one of the same family."""
    seen, case = outcome.observed, outcome.flow.endpoint.address
    if seen is None or seen.address is None or case is None or numeric(outcome.flow.endpoint.host) is not None:
        return None
    found, expected = _ip(seen.address), _ip(case)
    if found is None or expected is None or found.version != expected.version or found.is_loopback:
        return None
    return None if found == expected else case


def leads_to_loopback(outcome: Outcome) -> bool:
    """A name, other than localhost itself, that this vantage resolves to itself."""
    seen, host = outcome.observed, outcome.flow.endpoint.host
    address = _ip(seen.address) if seen is not None and seen.address is not None else None
    return address is not None and address.is_loopback and numeric(host) is None and not host.startswith("localhost")


def asks_by_name(flow: Flow) -> bool:
    """Does a client of this service ask the KDC for a name made from the host?"""
    return flow.area in RPC_AREAS | SQL_AREAS and flow.component not in _BY_ADDRESS


def on_loopback(scene: Scene) -> bool:
    """A resource group whose own network is loopback, as in the demo, has its cluster there as well."""
    return any(intersect(source.ranges, LOOPBACK) for source in scene.model.sources)


def inside(scene: Scene) -> bool:
    """Does the vantage stand in a network of the resource group?"""
    return any(outcome.from_inside for outcome in scene.outcomes)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _notes(scene: Scene, key: str) -> Iterator[Any]:
    for outcome in scene.outcomes:
        yield from _of(outcome, key)


def _of(outcome: Outcome, key: str) -> Iterator[Any]:
    for seen in outcome.observations:
        if seen.state == "not-probed" and key in seen.detail:
            yield seen.detail[key]
