"""How does a value become JSON that every stream can carry, and its type a JSON Schema?"""

from __future__ import annotations

from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: Any, title: str) -> bytes:
    """Return the JSON Schema of a struct or a list of structs, its own definition at the root."""
    import msgspec

    made: dict[str, Any] = msgspec.json.schema(kind, schema_hook=_anything)
    definitions: dict[str, Any] = made.pop("$defs")
    root: dict[str, Any] = definitions.pop(kind.__name__) if isinstance(kind, type) and "$ref" in made else made
    root.pop("title", None)
    published = {"$schema": DIALECT, "title": title, **root, "$defs": dict(sorted(definitions.items()))}
    return msgspec.json.format(msgspec.json.encode(published), indent=2) + b"\n"


def _anything(kind: type) -> dict[str, Any]:
    """Return the schema of the values of `detail`, which may be any JSON value."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


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
