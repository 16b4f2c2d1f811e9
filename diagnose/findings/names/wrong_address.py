"""Which names lead to another machine than the one of the case?

The reason is an old record, a loopback address, or a DataNode's address in another network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.model import Blame, Confidence
from diagnose.findings.names.name_fault import NameFault
from diagnose.flows.authority import is_loopback, is_unspecified
from diagnose.flows.names import Names, full_name, names, numeric
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.names.resolver_view import ResolverView
from probes.observation import Reason

GIVEN_UP_AT_ONCE: frozenset[Reason] = frozenset({"no-route", "local-prohibited"})
"""How this host refuses to send, for instance over IPv6 if it has none. It costs no time."""


def blames(scene: Scene) -> Iterator[Blame]:
    if name_notes.is_on_loopback(scene):
        return
    by_host, cluster = name_notes.known_names(scene), names(scene.case)
    for outcome in scene.outcomes:
        if not outcome.flow.counts:
            continue
        if outcome.observations:
            yield from _stale(outcome, by_host, cluster)
        yield from _loopback(scene, outcome, by_host, cluster)
        if outcome.observations:
            yield from _datanode(outcome)


def _is_working(outcome: Outcome) -> bool:
    return name_notes.is_working(outcome, outcome.observed)


def _stale(outcome: Outcome, by_host: Mapping[str, ResolverView], cluster: Names) -> Iterator[Blame]:
    """Yield a blame if the resolver's address is not the node's.

    If the machine there answers as expected, it may be the node by another way. That is no error.
    """
    observation, host = outcome.observed, outcome.flow.endpoint.host
    if observation is None or observation.address is None:
        return
    right, several = name_notes.other_address(outcome), name_notes.addresses_of(outcome)
    if _is_working(outcome) and (right is None or right in several):
        yield from _dead_beside(outcome, by_host)
        return
    if right is None:
        right = _working_beside(outcome)
    if right is None:
        return
    other = cluster.by_address.get(observation.address)
    if other is not None and other == cluster.place(host).node:
        return  # another address of its own interface
    here = by_host.get(host.lower())
    line = here.line if here is not None and other is None else None
    answers = name_notes.answering_address(outcome) is not None or right == _working_beside(outcome)
    fault = NameFault(
        "other-address",
        host,
        observation.address,
        given=observation.address,
        right=right,
        line=f"/etc/hosts:{line.number}" if line else None,
        text=tr("that is {node}", node=other.name) if other else "",
        full=full_name(cluster, host),
    )
    certainty: Confidence = "inferred"
    missing = [
        tr(
            "which machine has the address {address} (ListNodes), and what {host} resolves to on the master",
            address=observation.address,
            host=host,
        )
    ]
    if outcome.from_inside and not _is_working(outcome) and (answers or cluster.place(host).node is not None):
        certainty = "proven" if answers else "strong"
    if certainty == "proven":
        missing = []
    yield Blame(
        "DNS-STALE-IP",
        fault.cause,
        outcome,
        certainty,
        missing=tuple(missing),
        mild=_is_working(outcome),
        cause=fault.cause,
        name=fault,
    )


def _working_beside(outcome: Outcome) -> str | None:
    """Return another address of the same name at which the service answers. None if there is
    none."""
    seen = name_notes.at_other_addresses(outcome)
    return next((address for address, one in seen.items() if name_notes.is_working(outcome, one)), None)


def _dead_beside(outcome: Outcome, by_host: Mapping[str, ResolverView]) -> Iterator[Blame]:
    """Yield a blame for an address of a KDC's name that does not answer, while the one that Java
    dials does. libkrb5 waits for it at times, and another resolver may give it first."""
    host, observation = outcome.flow.endpoint.host, outcome.observed
    if outcome.flow.area != "kerberos" or observation is None:
        return
    for address, seen in name_notes.at_other_addresses(outcome).items():
        if seen.state not in ("closed", "filtered", "open|filtered") or seen.reason in GIVEN_UP_AT_ONCE:
            continue
        here = by_host.get(host.lower())
        is_line = here is not None and here.line is not None and here.line.address == address
        line = f"/etc/hosts:{here.line.number}" if is_line and here is not None and here.line is not None else None
        fault = NameFault("address-beside", host, address, address, observation.address, line)
        missing = (tr("which machine has the address {address} (ListNodes)", address=address),)
        yield Blame(
            "DNS-STALE-IP", fault.cause, outcome, "inferred", missing=missing, mild=True, cause=fault.cause, name=fault
        )
        return


def _loopback(scene: Scene, outcome: Outcome, by_host: Mapping[str, ResolverView], cluster: Names) -> Iterator[Blame]:
    """Yield a blame if the name leads to loopback.

    The source is the vantage's own resolver or the hosts file of the case. That file is of a node
    or of a client, and is wrong on both. 0.0.0.0 is wrong on a client alone.
    """
    host, observation = outcome.flow.endpoint.host, outcome.observed
    if name_notes.leads_to_loopback(outcome) and observation is not None:
        here = by_host.get(host.lower())
        line = f"/etc/hosts:{here.line.number}" if here is not None and here.line is not None else None
        right, full = _right(cluster, host)
        fault = NameFault(
            "loopback-by-resolver", host, observation.address, observation.address, right, line, full=full
        )
        certainty: Confidence = "proven" if name_notes.is_inside(scene) else "strong"
        yield Blame(
            "DNS-LOOPBACK", fault.cause, outcome, certainty, mild=_is_working(outcome), cause=fault.cause, name=fault
        )
        return
    hosts = scene.case.hosts
    entry = None if hosts is None or numeric(host) is not None or host.startswith("localhost") else hosts.dialled(host)
    if entry is not None and is_loopback(entry.address) and (observation is None or observation.state == "closed"):
        place = f"{entry.origin.file}:{entry.origin.line}"
        right, full = _right(cluster, host)
        fault = NameFault("loopback-in-file", host, entry.address, entry.address, right, place, full=full)
        missing = (
            tr(
                "getent hosts {host} and ss -lntp on the machine that {file} is from",
                host=host,
                file=entry.origin.file,
            ),
        )
        certainty = "inferred" if is_unspecified(entry.address) else "strong"
        yield Blame("DNS-LOOPBACK", fault.cause, outcome, certainty, missing=missing, cause=fault.cause, name=fault)


def _right(cluster: Names, host: str) -> tuple[str | None, str | None]:
    """Return the address that the case has for a host, and its full name.

    The flow may have the address that was looked up.
    """
    return cluster.place(host).address, full_name(cluster, host)


def _datanode(outcome: Outcome) -> Iterator[Blame]:
    """Yield a blame if a DataNode answers at another address than the one the NameNode gives."""
    datanode = name_notes.answering_datanode(outcome)
    if datanode is None or _is_working(outcome):
        return
    name, address = datanode
    dialled = outcome.flow.endpoint.host
    fault = NameFault("datanode-address", name, dialled, given=dialled, right=address)
    by_name = tr("a connection to {end} from a host in the vSwitch", end=name)
    missing = () if outcome.from_inside else (by_name,)
    certainty: Confidence = "proven" if outcome.from_inside else "inferred"
    yield Blame("DN-HOSTNAME", fault.cause, outcome, certainty, missing=missing, cause=fault.cause, name=fault)
