"""What did the vantage's resolver answer for the names of a case?

This module reads back the notes of `live.follow_up.names`. It also reads the case's own hosts file,
for names without notes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Any

from diagnose.flows.model import Flow
from diagnose.flows.names import numeric
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import LOOPBACK, intersect
from probes.names.canonical import Back, CanonicalNames
from probes.names.hosts import HostsFile
from probes.names.resolver_view import DEAD, ResolverNote, ResolverView
from probes.observation import Observation

NAME = "name"
OWN_NAME = "own_name"
SERVERS = "name_servers"
ANSWERS_AT = "answers_at"
ANSWERS_AS = "answers_as"
OTHER_ADDRESS = "other_address"
RESOLVER = "resolver"
"""Keys of the details of notes, from NAME to this one."""

OF_SERVERS = (SERVERS, RESOLVER)
"""Keys of the note about the name servers."""

PASSED_ON = frozenset({"server-failed", "refused"})
"""Answers after which glibc asks the next server, and all of them again in the next round."""

ADDRESSES = "addresses"
"""Key of the detail of an observation: all addresses of the name, if it has several."""

RPC_AREAS = frozenset({"hdfs", "yarn", "mapreduce", "hbase"})
"""Areas whose clients replace _HOST by the canonical name of the server's address.

See SecurityUtil.getServerPrincipal of Hadoop.
"""

SQL_AREAS = frozenset({"hive", "spark", "kyuubi", "presto", "trino", "impala"})
"""Areas whose clients take the host of the URL. Some canonicalise it first (HIVE-21899)."""

_BY_ADDRESS = frozenset({"datanode-transfer"})
"""Components that take a block token instead of a Kerberos ticket."""


def known_names(scene: Scene) -> dict[str, ResolverView]:
    """Return what the resolver knows of each host, by host in lower case.

    A note of an earlier run that this one cannot read counts as "not looked up".
    """
    by_host: dict[str, ResolverView] = {}
    for note in _notes(scene, NAME):
        import msgspec  # only where there are notes

        try:
            name = msgspec.convert(note, ResolverView)
        except msgspec.ValidationError:
            continue
        by_host.setdefault(name.names.host.lower(), name)
    return by_host


def from_hosts(file: HostsFile, host: str) -> ResolverView | None:
    """Return what a machine with this hosts file and no DNS knows of a host.

    None if the file does not have the host.
    """
    address = numeric(host)
    entry = file.name_of(address) if address is not None else file.address_of(host)
    if entry is None:
        return None
    line = ResolverNote(entry.origin.line or 0, entry.address, entry.names)
    back = file.name_of(entry.address)
    reverse = Back(back.canonical, addresses=tuple(e.address for e in file.all_of(back.canonical))) if back else Back()
    if address is not None:
        return ResolverView(CanonicalNames(address, (address,), address, {address: reverse}), line=line)
    addresses = tuple(dict.fromkeys(e.address for e in file.all_of(host)))
    return ResolverView(CanonicalNames(host, addresses, entry.canonical, {entry.address: reverse}), line=line)


def own_name(scene: Scene) -> tuple[str, str | None] | None:
    """Return this host's own name and the resolver's error, if the name does not resolve.

    None if the name resolves or was not looked up.
    """
    for note in _notes(scene, OWN_NAME):
        if isinstance(note, dict) and note.get("reason") and isinstance(note.get("host"), str):
            return str(note["host"]), str(note["error"]) if note.get("error") else None
    return None


def name_servers(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return (address, answer) of each name server of the vantage, in the order of their use.

    () if they were not asked.
    """
    for note in _notes(scene, SERVERS):
        if isinstance(note, (list, tuple)):
            pairs = [pair for pair in note if isinstance(pair, (list, tuple)) and len(pair) == 2]
            return tuple((str(address), str(answer)) for address, answer in pairs)
    return ()


def failed_lookup_seconds(scene: Scene) -> float | None:
    """Return how long a look-up waits that no name server answers, or only a later one.

    None if the name servers were not asked. It follows `res_send` of glibc: each silent server has
    its time, and all servers are asked again in each round.
    """
    servers = name_servers(scene)
    if not servers:
        return None
    resolver = next((note for note in _notes(scene, RESOLVER) if isinstance(note, dict)), {})
    timeout, rounds = (resolver.get(key) for key in ("timeout", "attempts"))
    seconds = 0
    for _ in range(rounds if isinstance(rounds, int) else 2):
        for at, (_, said) in enumerate(servers):
            if said not in DEAD | PASSED_ON | {"not-asked"}:
                return float(seconds)
            if said in ("silent", "garbage"):
                wait = (timeout if isinstance(timeout, int) else 5) << at
                seconds += max(1, wait // len(servers) if at else wait)
    return float(seconds)


def is_every_server_dead(scene: Scene) -> bool:
    """Return True if the name servers were asked and none of them answered."""
    servers = name_servers(scene)
    return bool(servers) and all(said in DEAD for _, said in servers)


def answering_address(outcome: Outcome) -> str | None:
    """Return the case's address of the host, if it answers and the resolver's was asked first.

    None otherwise.
    """
    return next((str(note) for note in _notes_of(outcome, ANSWERS_AT) if isinstance(note, str)), None)


def answering_datanode(outcome: Outcome) -> tuple[str, str] | None:
    """Return the name and address at which a DataNode answers that does not answer at its own.

    None if there is no such note.
    """
    for note in _notes_of(outcome, ANSWERS_AS):
        if isinstance(note, dict) and isinstance(note.get("name"), str) and isinstance(note.get("address"), str):
            return note["name"], note["address"]
    return None


def other_address(outcome: Outcome) -> str | None:
    """Return the case's address of the host, if the vantage's resolver gave another one.

    None if both agree, if their address families differ, or if the resolver gave loopback.
    """
    observation, configured = outcome.observed, outcome.flow.endpoint.address
    if observation is None or observation.address is None or configured is None:
        return None
    if numeric(outcome.flow.endpoint.host) is not None:
        return None
    resolved, expected = _ip(observation.address), _ip(configured)
    if resolved is None or expected is None or resolved.version != expected.version or resolved.is_loopback:
        return None
    return None if resolved == expected else configured


def addresses_of(outcome: Outcome) -> tuple[str, ...]:
    """Return all addresses of the flow's name in the order of the resolver. () if it has one."""
    observation = outcome.observed
    known = () if observation is None else observation.detail.get(ADDRESSES)
    return tuple(map(str, known)) if isinstance(known, (list, tuple)) else ()


def at_other_addresses(outcome: Outcome) -> dict[str, Observation]:
    """Return what was seen at the addresses of the name that Java does not dial, by address."""
    found: dict[str, Observation] = {}
    for note in _notes_of(outcome, OTHER_ADDRESS):
        import msgspec  # only where there are notes

        try:
            seen = msgspec.convert(note, Observation)
        except msgspec.ValidationError:
            continue
        if seen.address is not None:
            found.setdefault(seen.address, seen)
    return found


def is_working(outcome: Outcome, observation: Observation | None) -> bool:
    """Return True if an observation shows the flow's own service."""
    if observation is None:
        return False
    return observation.reason == "kerberos-reply" if outcome.flow.area == "kerberos" else observation.state == "open"


def leads_to_loopback(outcome: Outcome) -> bool:
    """Return True if this vantage resolves a name to itself. Never True for localhost."""
    observation, host = outcome.observed, outcome.flow.endpoint.host
    address = None if observation is None or observation.address is None else _ip(observation.address)
    is_own = address is not None and (address.is_loopback or address.is_unspecified)
    return is_own and numeric(host) is None and not host.startswith("localhost")


def asks_by_name(flow: Flow) -> bool:
    """Return True if clients of this service ask the KDC for a principal made from the host."""
    return flow.area in RPC_AREAS | SQL_AREAS and flow.component not in _BY_ADDRESS


def is_on_loopback(scene: Scene) -> bool:
    """Return True if a network of the resource group is loopback, as in the demo.

    Its cluster is then on loopback as well.
    """
    return any(intersect(source.ranges, LOOPBACK) for source in scene.model.sources)


def is_inside(scene: Scene) -> bool:
    """Return True if the vantage is in a network of the resource group."""
    return any(outcome.from_inside for outcome in scene.outcomes)


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _notes(scene: Scene, key: str) -> Iterator[Any]:
    for outcome in scene.outcomes:
        if outcome.observations:
            yield from _notes_of(outcome, key)


def _notes_of(outcome: Outcome, key: str) -> Iterator[Any]:
    for observation in outcome.observations:
        if observation.state == "not-probed" and key in observation.detail:
            yield observation.detail[key]
