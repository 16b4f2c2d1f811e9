"""What is said of configuration files that are missing, of two clusters, or no longer current?"""

from __future__ import annotations

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.words import Words
from diagnose.output.sentences import clauses, series
from probes.language import tr

MOST_NAMED = 5
"""Settings that a text names. The others are counted, and all stand in the report's values."""


def missing(s: Statement) -> Words:
    """DW-FILES-MISSING: files that must be uploaded are not in the case."""
    files = series(s.texts("files"))
    if s.is_true("is_other_account"):
        why = tr(
            "The cluster is of another account ({account}), so seven files are uploaded.", account=s.text("account")
        )
    else:
        why = tr("The cluster is of type {type}, so seven files are uploaded.", type=s.text("type"))
    sentence = tr("{why} Not there: {files}.", why=why, files=files)
    if listed := s.texts("listed"):
        sentence = tr(
            "{sentence} ListApplicationConfigs gives settings of {listed}, but that is no file to upload.",
            sentence=sentence,
            listed=series(listed),
        )
    return Words(
        tr("Configuration files to upload are missing: {files}", files=files),
        sentence,
        tr(
            "The registration page names these places on a node: {paths}. Later releases have them below {newer}.",
            paths=series(s.texts("paths")),
            newer=series(tuple(dict.fromkeys(p.rpartition("/")[0] for p in s.texts("newer")))),
        ),
        (
            tr(
                "Copy {paths} from a master, or export them in the EMR console (Services, Configure, Export), and name "
                "them as the form asks.",
                paths=series(s.texts("paths")),
            ),
        ),
    )


def mixed(s: Statement) -> Words:
    """DW-FILES-MIXED: host names or realms of two clusters."""
    right, others = s.text("right"), series(s.texts("others"))
    rows = clauses(
        tr(
            "{place} sets {key} to {value}",
            place=_place(row.row("origin")),
            key=row.text("key"),
            value=row.text("value"),
        )
        for row in s.rows("rows")
    )
    if s.is_true("is_known"):
        sentence = tr("The cluster is {right}. {rows}.", right=right, rows=rows)
    else:
        sentence = tr("{files} name {right}. {rows}.", files=series(s.texts("agreeing")), right=right, rows=rows)
    return Words(
        tr("{files} are of another cluster: {others}", files=series(s.texts("files")), others=others),
        sentence,
        tr("With files of two clusters the resource group connects to one and asks for tickets of the other."),
        (
            tr(
                "Export {files} of {right} again, upload them, and initialize the resource group again.",
                files=series(s.texts("files")),
                right=right,
            ),
        ),
    )


def stale(s: Statement) -> Words:
    """DW-FILES-STALE: settings that the cluster has otherwise by now."""
    rows = s.rows("differences")
    files = series(tuple(dict.fromkeys(row.text("file") for row in rows)))
    keys = [row.text("key") for row in rows]
    told = [_difference(row) for row in rows[:MOST_NAMED]]
    if len(rows) > MOST_NAMED:
        told.append(tr("and {count} more settings", count=len(rows) - MOST_NAMED))
    return Words(
        tr("{files} differ from the cluster's configuration: {keys}", files=files, keys=series(keys, 2)),
        tr("{rows}.", rows=clauses(told)),
        tr("DataWorks works with the uploaded files until they are uploaded again."),
        (
            tr(
                "Export {files} again, upload them, and initialize the resource group again.",
                files=files,
            ),
        ),
    )


def _difference(row: Values) -> str:
    place = _place(row)
    listed = _place(row.row("listed"))
    if not row.is_true("is_set"):
        return tr(
            "{file} does not set {key}, and {listed} gives {value}",
            file=row.text("file"),
            key=row.text("key"),
            listed=listed,
            value=row.text("to"),
        )
    return tr(
        "{place} sets {key} to {value}, and {listed} gives {now}",
        place=place,
        key=row.text("key"),
        value=row.text("from"),
        listed=listed,
        now=row.text("to"),
    )


def _place(origin: Values) -> str:
    line = origin.number("line")
    return origin.text("file") if line is None else f"{origin.text('file')}:{line}"
