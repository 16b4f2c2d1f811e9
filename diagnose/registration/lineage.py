"""Which lineage does DataWorks get from this release, and for which engine?"""

from __future__ import annotations

from typing import Final

from diagnose.flows.plan import WITHOUT_NODES
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.releases import first_releases, is_at_least, is_not_whole, release_of
from probes.language import tr

ENGINES: Final = frozenset({"hive", "spark"})
"""Engines whose SQL tasks have lineage."""


def lineage(preflight: Preflight) -> RuleAnswer:
    """DW-LINEAGE: the release gives no lineage of columns for all node types."""
    cluster, engines = preflight.case.cluster, preflight.case.registration.engines
    if engines is not None and not ENGINES & set(engines):
        return passed(tr("no engine in case.toml has lineage"))
    found, kind = release_of(preflight.case), (cluster.type or "").strip().upper()
    if kind in WITHOUT_NODES:
        why = tr("the page names releases of EMR on ECS, and this cluster is of type {kind}", kind=kind)
        return not_checkable(why, tr("the lineage of a task that ran, in DataWorks"))
    if isinstance(found, RuleAnswer):
        return found
    has_all = is_at_least(found, "lineage")
    if has_all:
        return passed(tr("{release} has lineage of tables and columns", release=cluster.release))
    spark = is_at_least(found, "lineage-spark")
    if spark and engines is not None and "hive" not in engines:
        return passed(tr("{release} has lineage of tables and columns for EMR Spark nodes", release=cluster.release))
    if has_all is None or spark is None:
        return is_not_whole(found)
    return failed(
        broken(
            "DW-LINEAGE",
            {
                "release": cluster.release,
                "since": first_releases("lineage"),
                "spark_since": first_releases("lineage-spark"),
                "has_spark": spark,
            },
        )
    )
