"""Is the diagnosis of a redacted case the redacted diagnosis of the case?"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

import msgspec

from diagnose.case.tree import Tree
from diagnose.collect.redaction import json_text
from diagnose.collect.redaction.redact import Rewriter, redact
from diagnose.collect.redaction.tally import Tally
from tests.support.removed_inputs import report_of

Files = Mapping[str, bytes]


def differences(files: Files, block: str | None = None, *, seed: int | None = None) -> list[str]:
    """Return each place at which the two reports differ, sentences included.

    block: network of the resource group, given to `check` of the case, and to `redact` in place of
    that for the redacted one. None if the files say it.
    seed: of the random bits with which names and addresses are replaced. None if they stay. The
    words of comments go first, because a report may quote one.
    """
    given = () if block is None else (block,)
    bare = redact(Tree("case", files), keeps_names=True).files
    if seed is None:
        kept = redact(Tree("case", files), given, keeps_names=True).files
        return _differences("", _facts(files, block), _facts(kept, None))
    result = redact(Tree("case", files), given, draw=random.Random(seed))
    assert result.rewriter is not None
    wanted = _rewritten(_facts(bare, block), result.rewriter)
    return _differences("", _sorted(wanted), _sorted(_facts(result.files, None)))


def _facts(files: Files, block: str | None) -> Any:
    found = report_of(files, block)
    if found is None:
        return None
    facts: dict[str, Any] = json.loads(msgspec.json.encode(found))
    del facts["case"]["inputs"]
    return facts


def _rewritten(facts: Any, rewriter: Rewriter) -> Any:
    tally = Tally()
    return json.loads(json_text.rewritten(json.dumps(facts), lambda text: rewriter(text, tally)))


def _sorted(facts: Any) -> Any:
    """Return the facts with lists in one order whose order follows from names or addresses: of
    texts, and of the rules that decide for parts of a block."""
    if isinstance(facts, dict):
        return {key: _by_text(each) if key == "deciding" else _sorted(each) for key, each in facts.items()}
    if isinstance(facts, list):
        found = [_sorted(each) for each in facts]
        return sorted(found) if all(isinstance(each, str) for each in found) else found
    return facts


def _by_text(facts: Any) -> Any:
    return sorted(facts, key=json.dumps)


def _differences(place: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        keys = sorted({*one, *other})
        return [each for key in keys for each in _differences(f"{place}.{key}", one.get(key), other.get(key))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [each for index, pair in pairs for each in _differences(f"{place}[{index}]", *pair)]
    return [] if one == other else [f"{place}: {one!r} -> {other!r}"]
