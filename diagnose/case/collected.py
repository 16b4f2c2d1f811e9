"""What did `collect` ask for, and what did it not get? collected.json of a case.

The answers lie beside it, unchanged. An answer that is missing becomes an entry of "not checked".
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from diagnose.case.dataworks import ABOUT_WORKSPACES
from diagnose.case.errors import CaseError
from diagnose.case.model import Skipped
from probes.language import marked, tr

NAME = "collected.json"
"""Its name in the case."""

Cause = Literal["denied", "throttled", "not-found", "refused", "no-answer", "unreadable", "too-many", "ambiguous"]

CAUSES: dict[Cause, str] = {
    "denied": marked("the caller may not make this call"),
    "throttled": marked("the service turned the call away each time, because there were too many"),
    "not-found": marked("the service does not know this object"),
    "refused": marked("the service refused the call"),
    "no-answer": marked("no answer came in time"),
    "unreadable": marked("what came is not an answer of this call"),
    "too-many": marked("there are more of them than collect asks for"),
    "ambiguous": marked("there are several, and nothing says which one is meant"),
}
"""Cause -> its words."""

WORST_ROWS = 10_000
"""Most missing answers that are read of one file."""


class AnswerFiles(Struct, frozen=True, kw_only=True):
    """One listing that was got."""

    call: str
    """"ecs:DescribeSecurityGroupAttribute"."""
    object: str = ""
    """Id of what was asked about. Empty if the call has none."""
    files: tuple[str, ...]
    """One file a page."""


class MissingAnswer(Struct, frozen=True, kw_only=True):
    """One listing that was not got, or not wholly."""

    call: str
    """"ecs:DescribeSecurityGroupAttribute"."""
    object: str = ""
    """Id of what was asked about. Empty if the call has none."""
    page: int = 1
    """The first page that is missing."""
    cause: Cause
    """Why it is missing."""
    code: str = ""
    """Error code of the service."""
    permission: str = ""
    """Action of RAM that the caller lacks, if that is the cause."""
    among: tuple[str, ...] = ()
    """Ids that were to choose from, if that is the cause."""


class Collected(Struct, frozen=True, kw_only=True):
    """The whole file."""

    schema_version: Literal["1"] = "1"
    """Version of this format."""
    tool: str
    """What wrote it."""
    source: str
    """Address that was given to `collect`."""
    region: str
    """Region that was asked."""
    started_at: str
    """UTC, ISO 8601."""
    answers: tuple[AnswerFiles, ...]
    """What was got."""
    missing: tuple[MissingAnswer, ...] = ()
    """What was not got."""


def encode(collected: Collected) -> bytes:
    """Return collected.json, indented for people."""
    return msgspec.json.format(msgspec.json.encode(collected), indent=1) + b"\n"


def skipped(file: str, content: bytes) -> list[Skipped]:
    """Return an entry of "not checked" for each answer that is missing.

    A file that cannot be read is such an entry itself, because the answers say all that decides.
    """
    try:
        found = msgspec.json.decode(content, type=Collected).missing
    except msgspec.DecodeError:
        error = CaseError(file, None, tr("no list of what was collected"), tr("the file as collect wrote it"))
        return [Skipped(tr("missing answers that {file} lists", file=file), str(error), error.expected)]
    return [_entry(missing) for missing in found[:WORST_ROWS]]


def subject(missing: MissingAnswer) -> str:
    """Return what is missing: the call, its object, and the page if earlier ones are there."""
    what = " ".join(filter(None, (missing.call, missing.object)))
    return what if missing.page == 1 else tr("{what}, page {number} and after", what=what, number=missing.page)


def cause(missing: MissingAnswer) -> str:
    """Return why it is missing, with the code of the service."""
    words = tr(CAUSES[missing.cause])
    if missing.among:
        return tr("{words}: {ids}", words=words, ids=", ".join(missing.among))
    return tr("{words} ({code})", words=words, code=missing.code) if missing.code else words


def needs(missing: MissingAnswer) -> str:
    """Return what would get it."""
    if missing.cause == "denied":
        return tr("the RAM action {action}, which collect --show-policy lists", action=missing.permission)
    if missing.cause == "ambiguous":
        parameter = "workspace" if missing.call == "dataworks-public:GetProject" else "resource_group"
        return tr("its id in the address: aliyun://CLUSTER-ID?{parameter}=ID", parameter=parameter)
    return tr("another run of collect, or the answer of {call}", call=missing.call)


def _entry(missing: MissingAnswer) -> Skipped:
    check = tr("answer of {what}", what=subject(missing))
    hides = missing.page > 1 and missing.call not in ABOUT_WORKSPACES
    return Skipped(
        check, cause(missing), needs(missing), hides=hides, error_code=missing.code, ram_action=missing.permission
    )
