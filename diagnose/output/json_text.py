"""How does a value become JSON that every stream can carry, and its type a JSON Schema?"""

from __future__ import annotations

import re
from typing import Any, Literal

from diagnose.output.clean import STEERING
from probes.regex import regex

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Any, title: str) -> bytes:
    """Return the JSON Schema of a struct or a list of structs, its own definition at the root."""
    import msgspec

    made: dict[str, Any] = msgspec.json.schema(kind, schema_hook=_anything)
    definitions: dict[str, Any] = made.pop("$defs")
    root: dict[str, Any] = definitions.pop(kind.__name__) if isinstance(kind, type) and "$ref" in made else made
    if f'"$ref":"#/$defs/{root.get("title")}"'.encode() in msgspec.json.encode(root):
        definitions[root["title"]] = {"$ref": "#"}
    root.pop("title", None)
    published = {"$schema": DIALECT, "title": title, **root, "$defs": dict(sorted(definitions.items()))}
    return msgspec.json.format(msgspec.json.encode(published), indent=2) + b"\n"


def _anything(kind: type) -> dict[str, Any]:
    """Return the schema of the values of `detail`, which may be any JSON value."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


def json_text(value: Any, order: Literal["deterministic"] | None = None) -> bytes:
    """Return indented JSON with a line feed at the end, without anything that a terminal obeys.

    Direction marks, C1 controls and invisible characters become JSON escapes, so a reader of the
    JSON gets the same value. Text that UTF-8 cannot carry is replaced.
    """
    import msgspec

    return _escaped_text(msgspec.json.format(_compact(value, order), indent=2).decode() + "\n")


def json_line(value: Any, order: Literal["deterministic"] | None = None) -> bytes:
    """Return the same on one line, for NDJSON."""
    return _escaped_text(_compact(value, order).decode() + "\n")


def _compact(value: Any, order: Literal["deterministic"] | None) -> bytes:
    import msgspec

    try:
        return msgspec.json.encode(value, order=order)
    except UnicodeEncodeError:
        return msgspec.json.encode(encodable(msgspec.to_builtins(value, order=order)))


def _escaped_text(text: str) -> bytes:
    return (text if text.isascii() else _HIDDEN.sub(_escaped, text)).encode()


def _escaped(letter: re.Match[str]) -> str:
    units = letter[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_HIDDEN = regex(rf"{STEERING}(?<!\n)")
"""Characters that JSON may hold as they are, and that steer a terminal. A set in front is found
quickly."""


def encodable(value: Any) -> Any:
    """Return the same value with text that UTF-8 can carry.

    Names of files and hosts may hold lone surrogates.
    """
    match value:
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {encodable(key): encodable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [encodable(inner) for inner in value]
        case _:
            return value
