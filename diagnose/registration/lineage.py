"""Which lineage does DataWorks get from this release, and for which engine?"""

from __future__ import annotations

from typing import Final

from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_or_key
from diagnose.registration.releases import first_releases, is_at_least, release_numbers
from probes.language import tr

ENGINES: Final = frozenset({"hive", "spark"})
"""Engines whose SQL tasks have lineage."""


def lineage(preflight: Preflight) -> RuleAnswer:
    """DW-LINEAGE: the release gives no lineage of columns for all node types."""
    cluster, engines = preflight.case.cluster, preflight.case.registration.engines
    if engines is not None and not ENGINES & set(engines):
        return passed(tr("no engine in case.toml has lineage"))
    numbers = release_numbers(cluster.release)
    if numbers is None:
        return not_checkable(tr("no file states the release"), answer_or_key(GET_CLUSTER, "cluster", "release"))
    if is_at_least(numbers, "lineage"):
        return passed(tr("{release} has lineage of tables and columns", release=cluster.release))
    spark = is_at_least(numbers, "lineage-spark")
    if spark and engines is not None and "hive" not in engines:
        return passed(tr("{release} has lineage of tables and columns for EMR Spark nodes", release=cluster.release))
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
