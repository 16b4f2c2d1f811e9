"""The report as JSON, schema 1, and that schema itself as JSON Schema 2020-12."""

from __future__ import annotations

from typing import Any

from diagnose.report.model import Report

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "emr-diagnose report, schema 1"


def encode(report: Report) -> bytes:
    """UTF-8, two spaces, struct fields in the order of the schema and the keys of `detail` sorted, one line feed at the end.

    Text that no UTF-8 stream can carry (lone surrogates of undecodable file names) is replaced, never an error.
    """
    import msgspec  # noqa: PLC0415

    try:
        compact = msgspec.json.encode(report, order="deterministic")
    except UnicodeEncodeError:
        compact = msgspec.json.encode(encodable(msgspec.to_builtins(report, order="deterministic")))
    return msgspec.json.format(compact, indent=2) + b"\n"


def decode(data: bytes) -> Report:
    """A report of schema 1. msgspec.ValidationError where it is none; names that later versions add are ignored."""
    import msgspec  # noqa: PLC0415

    return msgspec.json.decode(data, type=Report)


def schema() -> bytes:
    """The published schema. It allows further properties: names may be added to schema 1."""
    return schema_of(Report, TITLE)


def schema_of(kind: Any, title: str) -> bytes:
    """JSON Schema of a struct or a list of structs, its own definition at the root."""
    import msgspec  # noqa: PLC0415

    made: dict[str, Any] = msgspec.json.schema(kind, schema_hook=_anything)
    definitions: dict[str, Any] = made.pop("$defs")
    root: dict[str, Any] = definitions.pop(kind.__name__) if isinstance(kind, type) and "$ref" in made else made
    root.pop("title", None)
    published = {"$schema": DIALECT, "title": title, **root, "$defs": dict(sorted(definitions.items()))}
    return msgspec.json.format(msgspec.json.encode(published), indent=2) + b"\n"


def _anything(kind: type) -> dict[str, Any]:
    """The values of `detail` are whatever a probe decoded: any JSON value."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


def encodable(value: Any) -> Any:
    """The same value with text that UTF-8 can carry: names of files and hosts may hold lone surrogates."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {encodable(key): encodable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [encodable(inner) for inner in value]
        case _:
            return value
