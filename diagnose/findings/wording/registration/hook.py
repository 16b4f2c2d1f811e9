"""What is said of EMR-HOOK that is off, and of a release without lineage?"""

from __future__ import annotations

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.words import Words
from diagnose.output.sentences import clauses
from probes.language import tr


def hook(s: Statement) -> Words:
    """DW-HOOK: a class of EMR-HOOK is not in its setting."""
    service, release, rows = s.text("service"), s.text("release"), s.rows("rows")
    found = clauses(map(_present_value, rows))
    if not release:
        sentence = tr("{found}.", found=found)
    elif s.is_true("is_default"):
        sentence = tr(
            "{found}. From {since} on EMR-HOOK is off by default, and this is {release}.",
            found=found,
            since=s.text("since"),
            release=release,
        )
    else:
        sentence = tr(
            "{found}. Before {since} EMR-HOOK is on by default, so somebody turned it off in this {release}.",
            found=found,
            since=s.text("since"),
            release=release,
        )
    add = clauses(
        tr("{key} of {file}: {name}", key=row.text("key"), file=row.text("file"), name=row.text("class"))
        for row in rows
    )
    if service == "Hive":
        after = tr("Then restart Hive. The resource group needs no initialization for it.")
    else:
        after = tr("Then deploy the configuration and initialize the resource group again, outside busy hours.")
    return Words(
        tr("EMR-HOOK of {service} is off", service=service),
        sentence,
        tr("Without it DataWorks has no current metadata, no audit log and no lineage of {service}.", service=service),
        (
            tr(
                "In the EMR console, Services, {service}, Configure, add to the list: {add}. {after}",
                service=service.split(" ")[0],
                add=add,
                after=after,
            ),
        ),
    )


def _present_value(row: Values) -> str:
    key, origin = row.text("key"), row.row("origin")
    if not origin.text("file"):
        return tr("{file} does not set {key}", file=row.text("file"), key=key)
    line = origin.number("line")
    place = origin.text("file") if line is None else f"{origin.text('file')}:{line}"
    value = row.text("value") or tr("nothing")
    return tr("{place} sets {key} to {value}", place=place, key=key, value=value)


def lineage(s: Statement) -> Words:
    """DW-LINEAGE: the release is older than lineage of all node types."""
    release, since = s.text("release"), s.text("since")
    if s.is_true("has_spark"):
        has = tr("EMR Spark nodes have it from {since} on, so here they alone do.", since=s.text("spark_since"))
    else:
        has = tr(
            "EMR Spark nodes have it from {since} on. Here Spark 2.x has lineage of tables, and nothing else has any.",
            since=s.text("spark_since"),
        )
    return Words(
        tr("{release} is too old for all lineage", release=release),
        tr(
            "Lineage of tables and columns for all SQL nodes (Hive, Spark, Spark SQL) needs {since} or later. {has}",
            since=since,
            has=has,
        ),
        "",
        (tr("If lineage is needed, move to a cluster of {since} or later.", since=since),),
    )
