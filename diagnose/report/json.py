"""How does the report become JSON of schema 1, and that schema a JSON Schema (2020-12)?"""

from __future__ import annotations

from diagnose.output.json_text import json_text, schema_of
from diagnose.report.model import Report

TITLE = "emr-diagnose report, schema 1"


def encode(report: Report) -> bytes:
    """Return UTF-8, indented by two spaces, with one line feed at the end.

    Fields stand in the order of the schema, and the keys of `detail` are sorted.
    """
    return json_text(report, "deterministic")


def decode(data: bytes) -> Report:
    """Return a report of schema 1. Ignore names that later versions add.

    Raise msgspec.ValidationError if it is no report.
    """
    import msgspec

    return msgspec.json.decode(data, type=Report)


def schema() -> bytes:
    """Return the published schema. It allows further properties: names may be added to schema 1."""
    return schema_of(Report, TITLE)
