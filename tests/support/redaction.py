"""Does a redacted case have the diagnosis of the case, redacted?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from diagnose.case.tree import Tree
from diagnose.collect.redaction.redact import redact
from tests.support.removed_inputs import report_of

Files = Mapping[str, bytes]


def differences(files: Files, block: str | None = None) -> list[str]:
    """Return each place at which the two reports differ."""
    return list(_differences("", _facts(files, block), _facts(redact(Tree("case", files)).files, block)))


def _facts(files: Files, block: str | None) -> Any:
    found = report_of(files, block)
    if found is None:
        return None
    facts: dict[str, Any] = msgspec.to_builtins(found)
    del facts["case"]["inputs"]
    return facts


def _differences(place: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        return [each for key in keys for each in _differences(f"{place}.{key}", one.get(key), other.get(key))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [each for index, pair in pairs for each in _differences(f"{place}[{index}]", *pair)]
    return [] if one == other else [f"{place}: {one!r} -> {other!r}"]
