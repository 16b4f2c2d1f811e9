"""What did an earlier run see? observations.json, written and read back without loss.

{"schema_version": "1", "observations": [{"flow": "kdc-udp@…", "vantage": "local", "state": "filtered", "reason": "no-response", "attempts": 3, …}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from diagnose.case.api import documents, jsontext
from diagnose.case.api.jsontext import Locator
from diagnose.case.errors import CaseError
from diagnose.case.model import Recorded
from probes.observation import Observation, Reason, State

_HEAD = 256
SCHEMA_VERSION: Literal["1"] = "1"


class Entry(Struct, frozen=True, kw_only=True):
    """One observation: the fields of `probes.observation.Observation` and the id of its flow."""

    flow: str
    vantage: str
    state: State
    reason: Reason
    offender: str | None = None
    rtt_ms: float | None = None
    attempts: int = 0
    source: str | None = None
    address: str | None = None
    detail: dict[str, Any] = {}


class File(Struct, frozen=True, kw_only=True):
    schema_version: Literal["1"]
    observations: tuple[Entry, ...]


def encode(recorded: Sequence[Recorded]) -> bytes:
    """One observation a line, so that two runs can be compared by line."""
    lines = [msgspec.json.encode(_entry(each)) for each in recorded]
    return b'{"schema_version": "%s", "observations": [\n%s\n]}\n' % (SCHEMA_VERSION.encode(), b",\n".join(lines))


def decode(file: str, content: bytes) -> tuple[Recorded, ...]:
    """CaseError with the line for anything that `encode` would not have written."""
    text = jsontext.text_of(file, content)
    values = jsontext.values(file, text, dict)
    if len(values) != 1:
        raise CaseError(file, None, f"{len(values)} values", "one object with observations")
    try:
        read = msgspec.convert(values[0].value, File)
    except msgspec.ValidationError as error:
        locator = Locator(text, values[0].offset, values[0].line, str, {})
        raise documents.misfit(file, locator, (), str(error)) from None
    return tuple(_recorded(entry) for entry in read.observations)


def claims(path: str, content: bytes) -> bool:
    """Is the file meant to be a recording? By its name, or by the two keys that only this format has together."""
    if path.rpartition("/")[2].lower() == "observations.json":
        return True
    head = content[:_HEAD]
    return b'"schema_version"' in head and b'"observations"' in head and b'"findings"' not in content


def _entry(each: Recorded) -> Entry:
    seen = each.observation
    return Entry(
        flow=each.flow,
        vantage=seen.vantage,
        state=seen.state,
        reason=seen.reason,
        offender=seen.offender,
        rtt_ms=seen.rtt_ms,
        attempts=seen.attempts,
        source=seen.source,
        address=seen.address,
        detail=dict(seen.detail),
    )


def _recorded(entry: Entry) -> Recorded:
    return Recorded(
        entry.flow,
        Observation(
            vantage=entry.vantage,
            state=entry.state,
            reason=entry.reason,
            offender=entry.offender,
            rtt_ms=entry.rtt_ms,
            attempts=entry.attempts,
            source=entry.source,
            address=entry.address,
            detail=entry.detail,
        ),
    )
