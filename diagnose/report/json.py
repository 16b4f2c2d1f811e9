"""The report as JSON, schema 1, and that schema itself as JSON Schema 2020-12."""

from __future__ import annotations

from diagnose.output.json_text import encodable, schema_of
from diagnose.report.model import Report

TITLE = "emr-diagnose report, schema 1"


def encode(report: Report) -> bytes:
    """UTF-8, two spaces, struct fields in the order of the schema and the keys of `detail` sorted, one line feed at the end.

    Text that no UTF-8 stream can carry (lone surrogates of undecodable file names) is replaced, never an error.
    """
    import msgspec

    try:
        compact = msgspec.json.encode(report, order="deterministic")
    except UnicodeEncodeError:
        compact = msgspec.json.encode(encodable(msgspec.to_builtins(report, order="deterministic")))
    return msgspec.json.format(compact, indent=2) + b"\n"


def decode(data: bytes) -> Report:
    """A report of schema 1. msgspec.ValidationError where it is none; names that later versions add are ignored."""
    import msgspec

    return msgspec.json.decode(data, type=Report)


def schema() -> bytes:
    """The published schema. It allows further properties: names may be added to schema 1."""
    return schema_of(Report, TITLE)
