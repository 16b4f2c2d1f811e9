"""What is said of a resource group that must be initialized, and of the time for it?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.output.sentences import clauses
from probes.language import tr

MOST_NAMED = 4
"""Changed settings that a text names. The others are counted."""


def again(s: Statement) -> Words:
    """DW-REINIT: never initialized, or changed since."""
    if s.cause == "never-initialized":
        return Words(
            tr("The resource group is not initialized for this cluster"),
            tr("After a cluster is registered, each resource group that runs its tasks is initialized."),
            "",
            (_how(),),
        )
    rows, said = s.rows("changes"), s.text("initialized_at")
    told = [
        tr("{key} of {file} at {time}", key=row.text("key"), file=row.text("file"), time=row.text("at"))
        for row in rows[:MOST_NAMED]
    ]
    if len(rows) > MOST_NAMED:
        told.append(tr("and {count} more settings", count=len(rows) - MOST_NAMED))
    if s.text("changed_at"):
        told.append(tr("the cluster, as case.toml says, at {time}", time=s.text("changed_at")))
    return Words(
        tr("The cluster was changed after the resource group was initialized"),
        tr("The resource group was initialized at {time}. Changed since: {rows}.", time=said, rows=clauses(told)),
        tr("Until it is initialized again, tasks work with the earlier state."),
        (_how(),),
    )


def _how() -> str:
    return tr(
        "In the DataWorks console choose Management Center, Cluster Management, Initialize Resource Group. It takes 1 "
        "to 2 minutes and may make running tasks fail, so do it outside busy hours."
    )


def peak(s: Statement) -> Words:
    """DW-INIT-PEAK: planned for busy hours."""
    return Words(
        tr("The resource group is to be initialized in busy hours: {time}", time=s.text("at")),
        tr(
            "case.toml states busy hours {busy}, and plans the initialization for {time}.",
            busy=s.text("busy"),
            time=s.text("at"),
        ),
        tr("It takes up to {minutes} minutes, in which running tasks may fail.", minutes=s.number("minutes")),
        (tr("Initialize outside {busy}, unless tasks fail already for want of it.", busy=s.text("busy")),),
    )
