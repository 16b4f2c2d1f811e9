"""What is said of a cluster that cannot be registered? Type, release, region."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from probes.language import tr


def cluster_type(s: Statement) -> Words:
    """DW-TYPE: the type is none that DataWorks registers."""
    return Words(
        tr("DataWorks does not register a cluster of type {type}", type=s.text("type")),
        tr(
            "The cluster is of type {type}. The registration page lists {types}.",
            type=s.text("type"),
            types=", ".join(s.texts("types")),
        ),
        "",
        (tr("Create a DataLake cluster, or ask Alibaba Cloud by a ticket."),),
    )
