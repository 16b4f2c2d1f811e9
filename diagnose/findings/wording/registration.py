"""What is said of a broken rule of registration? One function a code, in both languages.

Unlike the other texts of findings these are templates that `tr` translates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

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


TEXTS: Mapping[str, Callable[[Statement], Words]] = {
    "DW-TYPE": cluster_type,
}
"""Code -> the function that makes its text."""
