"""Which connections does a resource group need into a cluster? All areas, each endpoint once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diagnose.case.model import Case, Skipped
from diagnose.flows import binds, hdfs, hive, kerberos, kms, mapreduce, spark, sql, stores, twins, yarn, zookeeper
from diagnose.flows.cluster import View, view
from diagnose.flows.endpoints import Found
from diagnose.flows.model import BadSetting, Flow, FlowPlan, Need
from diagnose.flows.names import names
from diagnose.flows.networks import left_out, sources
from probes.addresses import union
from probes.frozen import replace
from probes.language import tr

_STRENGTH: dict[Need, int] = {"required": 1, "optional": 0}
WITHOUT_NODES = frozenset({"SPARK-ACK", "EMR-SERVERLESS-SPARK"})
"""Cluster types without nodes that run Hadoop services."""


def flows(case: Case) -> FlowPlan:
    """Return every flow of the case, Kerberos first, in the order of files and nodes. Ids are
    unique.

    Equal cases give equal plans. Without a network of the resource group the flows have no sources.
    """
    found = tuple(_build(view(case, names(case), union(part for source in sources(case) for part in source.ranges))))
    merged = _merge(one for one in found if isinstance(one, Flow))
    skipped = (*left_out(case), *(one for one in found if isinstance(one, Skipped)))
    flows = tuple(_distinct(merged))
    faults = (one for one in found if isinstance(one, BadSetting))
    # A default of Hadoop holds only if nothing in dispute would replace it.
    bad = dict.fromkeys(_weighed(one, flows) for one in faults if one.origin.line or not case.disputed_settings)
    return FlowPlan(flows, tuple(dict.fromkeys(skipped)), tuple(bad))


def _weighed(bad: BadSetting, flows: tuple[Flow, ...]) -> BadSetting:
    """Return the setting with the need of the flows to its server: what is dialled must listen."""
    if bad.fault == "bind" and any(one.component == bad.component and one.need == "required" for one in flows):
        return replace(bad, need="required")
    return bad


def _build(view: View) -> Found:
    yield from kerberos.flows(view)
    kind = (view.case.cluster.type or "").upper()
    if kind in WITHOUT_NODES:
        cause = tr("a cluster of type {type} has no nodes that run them", type=kind)
        yield Skipped(tr("Hadoop services"), cause, "")
        return
    for area in (hdfs, yarn, mapreduce, hive, spark, sql, zookeeper, stores, kms, binds, twins):
        yield from area.flows(view)


def _merge(found: Iterable[Flow]) -> Iterator[Flow]:
    """Yield one flow an endpoint: the first one, with the strongest need of all and its reason."""
    by_endpoint: dict[tuple[str, tuple[int, int], str], Flow] = {}
    for one in found:
        place = one.endpoint.address or one.endpoint.host.rstrip(".").lower()
        key = (place, one.ports, one.endpoint.transport)
        kept = by_endpoint.get(key)
        if kept is None:
            by_endpoint[key] = one
            continue
        if _STRENGTH[one.need] > _STRENGTH[kept.need]:
            by_endpoint[key] = kept = replace(kept, need=one.need, why=one.why)
        if one.assumed_port is None and kept.assumed_port is not None:
            by_endpoint[key] = replace(kept, assumed_port=None)
    yield from by_endpoint.values()


def _distinct(found: Iterable[Flow]) -> Iterator[Flow]:
    """Yield the flows with unique ids.

    If two nodes have one name, or a name stands with and without address, the later id carries its
    address or a number.
    """
    taken: set[str] = set()
    for one in found:
        name, number = one.id, 1
        if name in taken and one.endpoint.address:
            name = f"{one.id}@{one.endpoint.address}"
        while name in taken:
            number += 1
            name = f"{one.id}~{number}"
        taken.add(name)
        yield one if name == one.id else replace(one, id=name)
