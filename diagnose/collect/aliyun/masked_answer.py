"""What of an answer about accounts and connections may be stored? The members that are harmless.

Connections differ by type and may hold passwords under any key. So all that is not known to be
harmless is masked, also in a text that is JSON itself.
"""

from __future__ import annotations

import json
from typing import Any, Final

from diagnose.collect.redaction.one_file import redacted
from probes.files.masking import MASK

HARMLESS: Final = frozenset(
    {
        *("clusterid", "instanceid", "envtype", "regionid", "authtype", "loginmode", "endpointmode"),
        *("userid", "username"),
    }
)
"""Members of a connection or an account that are stored, in small letters."""

SECRETIVE: Final = frozenset({"connectionproperties", "accounts"})
"""Members that hold connections or accounts."""


def masked(body: bytes) -> bytes:
    """Return an answer without what may be a secret. What is no JSON is left out."""
    try:
        text = json.dumps(_walked(json.loads(body)), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return b"{}"
    return redacted("answer.json", text.encode("utf-8", "replace")).content or b"{}"


def _folded(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _walked(value: Any) -> Any:
    """Return the value with connections and accounts masked, however deep they lie."""
    if isinstance(value, dict):
        return {key: _half_masked(each) if _folded(key) in SECRETIVE else _walked(each) for key, each in value.items()}
    return [_walked(each) for each in value] if isinstance(value, list) else value


def _half_masked(value: Any) -> Any:
    """Return a connection, an account or a list of them with what is harmless. All else is
    masked."""
    if isinstance(value, dict):
        return {key: _plain(each) if _folded(key) in HARMLESS else _hidden(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_half_masked(each) for each in value]
    if not isinstance(value, str):
        return _hidden(value)
    try:
        given = json.loads(value)
    except (ValueError, RecursionError):
        return _hidden(value)
    return json.dumps(_half_masked(given), ensure_ascii=False) if isinstance(given, dict | list) else MASK


def _plain(value: Any) -> Any:
    """Return what is no object and no list. Those could hold anything."""
    return MASK if isinstance(value, dict | list) else value


def _hidden(value: Any) -> Any:
    """Return the mask. Nothing, and a flag, hold no secret."""
    return value if value in ("", None) or isinstance(value, bool) else MASK
