"""Why did a call fail? The code of the service decides, or what the SDK saw of the connection.

No text of a service is kept: that of a refused signature repeats parts of what was signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from diagnose.case.collected import Cause
from probes.regex import regex

DENIED: Final = regex(r"Forbidden|NoPermission|Unauthori[sz]ed|AccessDenied|NotAuthori[sz]ed|^403\d*$", re.I)
THROTTLED: Final = regex(r"Throttl|QpsLimit|FlowControl|TooManyRequests", re.I)
NOT_FOUND: Final = regex(r"NotFound|NotExist|^InvalidSecurityGroupId$|^InvalidVSwitchId$", re.I)
REFUSED: Final = regex(r"LimitExceed|QuotaExceed|^Invalid|^Incorrect", re.I)
"""Codes that come with the status 403 although no permission is missing."""
BUSY: Final = regex(r"InternalError|ServiceUnavailable|UnknownError|ServerBusy|SystemBusy", re.I)
CREDENTIALS: Final = regex(
    r"InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|InvalidSecurityToken|MissingSecurityToken"
    r"|InvalidTimeStamp|InvalidCredentials",
    re.I,
)
"""Codes after which no further call can succeed."""

_CODE = regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PERMISSION = regex(r"[a-z][a-z0-9-]{0,39}:[A-Za-z][A-Za-z0-9]{0,99}")


class CloudCallError(Exception):
    """A call that brought no answer."""

    def __init__(
        self, cause: Cause, code: str = "", permission: str = "", *, may_pass: bool = False, wait: float = 0.0
    ) -> None:
        """Tell why.

        code: of the service, or what was seen of the connection.
        permission: action of RAM that the service names as missing.
        may_pass: whether the same call may succeed a little later.
        wait: seconds after which the service wants to be asked again, 0 if it does not say.
        """
        super().__init__(cause, code)
        self.cause: Cause = cause
        self.code = code
        self.permission = permission
        self.may_pass = may_pass
        self.wait = wait


def of_code(code: object, status: int = 0, answer: object = None, wait: float = 0.0) -> CloudCallError:
    """Return the fault that a code of a service, or the status of its answer, stands for."""
    known = code if isinstance(code, str) and _CODE.fullmatch(code) and code != "None" else ""
    text = known or str(status or "")
    if THROTTLED.search(known) or status == 429:
        return CloudCallError("throttled", text, may_pass=True, wait=wait)
    if BUSY.search(known) or status >= 500:
        return CloudCallError("refused", text, may_pass=True, wait=wait)
    if NOT_FOUND.search(known):
        return CloudCallError("not-found", text)
    if not REFUSED.search(known) and not CREDENTIALS.search(known) and (DENIED.search(known) or status == 403):
        return CloudCallError("denied", text, _permission(answer))
    return CloudCallError("refused", text)


def of_answer(value: object) -> CloudCallError | None:
    """Return the fault that an answer with the status 200 tells, or None.

    DataWorks answers so: {"Success": false, "Code": …}.
    """
    if not isinstance(value, Mapping) or str(value.get("Success")).lower() != "false":
        return None
    return of_code(value.get("Code") or value.get("ErrorCode"), int_of(value.get("HttpStatusCode")), value)


def is_about_credentials(fault: CloudCallError) -> bool:
    """Return True if the service does not accept who asks."""
    return bool(CREDENTIALS.search(fault.code))


def _permission(answer: object) -> str:
    """Return the action that `AccessDeniedDetail` names. "" if it names none."""
    detail: Any = answer.get("AccessDeniedDetail") if isinstance(answer, Mapping) else None
    action = detail.get("AuthAction") if isinstance(detail, Mapping) else None
    return action if isinstance(action, str) and _PERMISSION.fullmatch(action) else ""


def int_of(value: object) -> int:
    """Return a status as a number, 0 if it is none."""
    return int(value) if isinstance(value, int | str) and re.fullmatch(r"\d{3}", str(value)) else 0
