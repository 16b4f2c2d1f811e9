"""Is the saved answer an error of the API? Then the report says so, and what the code means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from diagnose.case.model import Skipped
from probes.frozen import frozen
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
_ACTION = regex(r"[a-z][a-z0-9-]{0,39}:[A-Za-z]{1,79}")
_CLI = regex(r"\s*ERROR:.*?ErrorCode:\s*(?P<code>[A-Za-z][A-Za-z0-9._-]{0,99})", re.DOTALL)
_CLI_ACTION = regex(r"AuthAction[\"':= ]{1,4}(?P<action>[a-z][a-z0-9-]{0,39}:[A-Za-z]{1,79})")
_CLI_REACH = 4096


@frozen
class ApiRefusal:
    """An error that an API answered a call with."""

    code: str
    """Its code: "Forbidden.RAM"."""
    action: str
    """RAM action that the caller lacks, AuthAction of the answer. "" if it names none."""

    def skipped(self, check: str) -> Skipped:
        """Return the entry of "not checked". check: the file, with its line if it holds more."""
        meaning = next((words for pattern, words in MEANINGS if re.search(pattern, self.code, re.IGNORECASE)), None)
        cause = tr("an error answer of the API, code {code}", code=self.code)
        if meaning is not None:
            cause = tr("an error answer of the API, code {code}: {meaning}", code=self.code, meaning=tr(meaning))
        needs = tr(NEEDS)
        if self.action:
            needs = tr("the RAM action {action} for the caller, then {needs}", action=self.action, needs=needs)
        return Skipped(check, cause, needs, error_code=self.code, ram_action=self.action)


def of_answer(answer: Mapping[str, Any]) -> ApiRefusal | None:
    """Return the error if this object is an error answer, else None.

    The message is not repeated, because it can hold parts of a signature.
    """
    code = answer.get("Code", answer.get("ErrorCode"))
    if (
        not isinstance(code, str)
        or not _CODE.fullmatch(code)
        or not ({"Message", "ErrorMessage", "RequestId"} & answer.keys())
    ):
        return None
    detail = answer.get("AccessDeniedDetail", answer.get("accessDeniedDetail"))
    action = detail.get("AuthAction") if isinstance(detail, Mapping) else None
    return ApiRefusal(code, action if isinstance(action, str) and _ACTION.fullmatch(action) else "")


def of_text(text: str) -> ApiRefusal | None:
    """Return the error if the text is what the command line client prints for a failed call, else
    None."""
    beginning = text[:_CLI_REACH]
    refused = _CLI.match(beginning)
    if refused is None:
        return None
    action = _CLI_ACTION.search(beginning)
    return ApiRefusal(refused["code"], action["action"] if action else "")
