"""What did an earlier run see? observations.json, written and read back without loss.

The file: {"schema_version": "1", "observations": [{"flow": "kdc-udp@…", "vantage": "local",
"state": "filtered", "reason": "no-response", "attempts": 3, …}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from diagnose.case.api import documents, jsontext
from diagnose.case.api.jsontext import Locator
from diagnose.case.errors import CaseError
from diagnose.case.faults import Conflict
from diagnose.case.model import Recorded
from probes.files.masking import masked
from probes.language import tr
from probes.observation import Observation, Reason, State
from probes.origin import Origin

_HEAD = 256
CERTAIN: frozenset[State] = frozenset({"open", "closed", "filtered"})
"""States of which a flow has one at a time."""
SCHEMA_VERSION: Literal["1"] = "1"


class RecordedEntry(Struct, frozen=True, kw_only=True):
    """One observation, with the id of its flow."""

    flow: str
    """Id of the flow."""
    vantage: str
    """Where the probe ran."""
    state: State
    """As in `Observation.state`."""
    reason: Reason
    """As in `Observation.reason`."""
    offender: str | None = None
    """Address that sent an ICMP error."""
    rtt_ms: float | None = None
    """Request to first answer, in milliseconds."""
    attempts: int = 0
    """Packets or handshakes sent."""
    source: str | None = None
    """Address that the probe was sent from."""
    address: str | None = None
    """Address that was asked."""
    detail: dict[str, Any] = {}
    """Decoded reply."""


class File(Struct, frozen=True, kw_only=True):
    """The whole file."""

    schema_version: Literal["1"]
    """Version of this format."""
    observations: tuple[RecordedEntry, ...]
    """One entry an observation."""


def encode(recorded: Sequence[Recorded]) -> bytes:
    """Return observations.json with one observation a line, so that two runs can be compared."""
    lines = [msgspec.json.encode(_entry(each)) for each in recorded]
    return b'{"schema_version": "%s", "observations": [\n%s\n]}\n' % (SCHEMA_VERSION.encode(), b",\n".join(lines))


def decode(file: str, content: bytes) -> tuple[Recorded, ...]:
    """Return the observations of the file. CaseError with the line if `encode` could not have
    written it."""
    text = jsontext.text_of(file, content)
    values = jsontext.values(file, text, dict)
    if len(values) != 1:
        raise CaseError(file, None, tr("{count} values", count=len(values)), tr("one object with observations"))
    locator = Locator(text, values[0].offset, values[0].line, str, {})
    try:
        read = msgspec.convert(values[0].value, File)
    except msgspec.ValidationError as error:
        raise documents.misfit(file, locator, (), str(error)) from None
    lines = locator.elements(("observations",))
    if len(lines) != len(read.observations):
        raise CaseError(file, values[0].line, tr("two lists of observations"), tr("one"))
    return tuple(
        _recorded(entry, Origin(file, line, entry.flow)) for entry, line in zip(read.observations, lines, strict=True)
    )


def contradictions(recorded: Sequence[Recorded]) -> dict[str, Conflict]:
    """Return the flows that two records see in different states, each with its conflict.

    One run may look twice: a second look, which is answered after all and says what it learnt, is
    no contradiction.
    """
    found: dict[str, Conflict] = {}
    last: dict[tuple[object, ...], Recorded] = {}
    for record in recorded:
        seen = record.observation
        if seen.state not in CERTAIN or record.origin is None:
            continue
        before = last.get(key := (record.flow, seen.vantage, seen.source, seen.address))
        last[key] = record
        if before is None or before.origin is None or before.observation.state == seen.state:
            continue
        if before.origin.file == record.origin.file and seen.state == "open" and seen.detail:
            continue
        accounts = tuple(f"{each.state} ({each.reason})" for each in (before.observation, seen))
        found.setdefault(
            record.flow, Conflict(tr("flow {flow}", flow=record.flow), (before.origin, record.origin), accounts)
        )
    return found


def claims(path: str, content: bytes) -> bool:
    """Return True if the file is meant to be observations.json.

    Either it has that name, or it has the two keys that only this format has together.
    """
    if path.rpartition("/")[2].lower() == "observations.json":
        return True
    head = content[:_HEAD]
    return b'"schema_version"' in head and b'"observations"' in head and b'"findings"' not in content


def _entry(each: Recorded) -> RecordedEntry:
    seen = each.observation
    return RecordedEntry(
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


def _recorded(entry: RecordedEntry, origin: Origin) -> Recorded:
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
            detail={key: _masked(value) for key, value in entry.detail.items()},
        ),
        origin,
    )


def _masked(value: Any) -> Any:
    """Return a value of JSON with every password in its texts replaced."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return {key: _masked(each) for key, each in value.items()} if isinstance(value, dict) else value
