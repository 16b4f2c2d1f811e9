"""Is the saved answer an error of the API? Then the report says so, and what the code means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from probes.language import marked, tr
from probes.regex import regex

MEANINGS = (
    (r"Forbidden|NoPermission|Unauthori[sz]ed|AccessDenied", marked("the caller was not allowed to make this call")),
    (r"Throttling|QpsLimit|FlowControl", marked("the call was made too often and was turned away")),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken|MissingSecurityToken",
        marked("the credentials were not accepted"),
    ),
    (r"InvalidRegion|InvalidParameter\.Region", marked("the region does not exist or does not have this service")),
    (
        r"NotFound|NotExist|InvalidSecurityGroupId|InvalidVSwitchId",
        marked("the object does not exist in the region or account that was asked"),
    ),
    (r"Missing|Invalid", marked("the call was made with a wrong or missing parameter")),
    (
        r"InternalError|ServiceUnavailable|UnknownError|ServerBusy",
        marked("the service failed; the same call may work later"),
    ),
)
"""Pattern of the error code -> its meaning. The first match counts."""

NEEDS = marked("the same call again, successful, with its answer saved unchanged")

_CODE = regex(r"[A-Za-z][A-Za-z0-9._-]{0,99}")
_CLI = regex(r"\s*ERROR:.*?ErrorCode:\s*(?P<code>[A-Za-z][A-Za-z0-9._-]{0,99})", re.DOTALL)
_CLI_REACH = 4096


def of_answer(answer: Mapping[str, Any]) -> str | None:
    """Return the cause if this object is an error answer, else None.

    The message is not repeated, because it can hold parts of a signature.
    """
    code = answer.get("Code", answer.get("ErrorCode"))
    if (
        not isinstance(code, str)
        or not _CODE.fullmatch(code)
        or not ({"Message", "ErrorMessage", "RequestId"} & answer.keys())
    ):
        return None
    return _cause(code)


def of_text(text: str) -> str | None:
    """Return the cause if the text is what the command line client prints for a failed call, else
    None."""
    refused = _CLI.match(text[:_CLI_REACH])
    return _cause(refused["code"]) if refused else None


def _cause(code: str) -> str:
    meaning = next((words for pattern, words in MEANINGS if re.search(pattern, code, re.IGNORECASE)), None)
    if meaning is None:
        return tr("an error answer of the API, code {code}", code=code)
    return tr("an error answer of the API, code {code}: {meaning}", code=code, meaning=tr(meaning))
