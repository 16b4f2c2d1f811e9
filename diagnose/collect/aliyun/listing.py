"""How does a whole listing come about? Each page is asked for, again if it has to be, within
bounds."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from diagnose.case.api import documents
from diagnose.case.api.answers import AnswerPage
from diagnose.case.api.documents import ApiAnswer
from diagnose.case.errors import CaseError
from diagnose.collect.aliyun.calls import CloudCall, Query
from diagnose.collect.aliyun.faults import CloudCallError, of_answer
from diagnose.collect.aliyun.sdk import Waits
from probes.frozen import frozen
from probes.network.blocking_call import with_timeout

_LOG = logging.getLogger(__name__)

MOST_PAGES: Final = 500
"""Most pages of one listing that are asked for."""

AT_ONCE: Final = 8
"""Most calls that run at one time."""

Caller = Callable[[CloudCall, Query], bytes]
"""Makes one call, as `Sdk.call` does."""


@frozen
class ListedPage:
    """One page of a listing."""

    number: int
    """1 for the first."""
    body: bytes
    """The answer, unchanged."""
    answer: ApiAnswer[Any] | None
    """The same, read. None if it is JSON but no answer of this call."""


class Asker:
    """Asks calls, each within its time and all within theirs."""

    def __init__(self, caller: Caller, waits: Waits, seconds: float) -> None:
        """Tell who makes a call. `seconds` is the time for all calls together."""
        self._caller, self._waits = caller, waits
        self._end = time.monotonic() + seconds
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def pages(self, call: CloudCall, query: Query, file: str) -> AsyncIterator[ListedPage]:
        """Yield the pages of a listing. CloudCallError at the first one that cannot be had.

        file: name of the first page, with which errors of the reader are told.
        """
        size = {key: call.size for key in (call.tokens, call.numbers) if key}
        more: dict[str, Any] = {"PageNumber": 1} if call.numbers else {}
        tokens: set[str] = set()
        for number in range(1, MOST_PAGES + 1):
            page = await self.page(call, {**call.fixed, **query, **size, **more}, number, file)
            yield page
            if page.answer is None:
                raise CloudCallError("unreadable")
            following = _following(call, page.answer.value, number)
            if following is None:
                return
            token = str(following.get("NextToken", number))
            if token in tokens:
                raise CloudCallError("unreadable", "NextToken")
            tokens.add(token)
            more = following
        raise CloudCallError("too-many")

    async def page(self, call: CloudCall, query: Query, number: int, file: str) -> ListedPage:
        """Ask until there is an answer, or it is certain that there will be none."""
        pause, throttled_until = self._waits.first_pause, time.monotonic() + self._waits.throttled
        for attempt in itertools.count(1):
            try:
                return await self._once(call, query, number, file)
            except CloudCallError as fault:
                _LOG.info("%s page %d, attempt %d: %s %s", call.kind, number, attempt, fault.cause, fault.code)
                rest = min(max(pause, fault.wait), self._waits.longest_pause) * random.uniform(1, 1.25)
                next_at = time.monotonic() + rest
                waits_on = fault.cause == "throttled" and next_at < throttled_until
                is_last = attempt >= self._waits.attempts and not waits_on
                if is_last or next_at > self._end or not fault.may_pass:
                    raise
                await asyncio.sleep(rest)
                pause *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, call: CloudCall, query: Query, number: int, file: str) -> ListedPage:
        async with self._slots:
            left = min(self._waits.call, self._end - time.monotonic())
            if left <= 0:
                raise CloudCallError("no-answer")
            try:
                body = await with_timeout(lambda: self._caller(call, query), timeout=left, name=call.action)
            except TimeoutError:
                raise CloudCallError("no-answer", may_pass=True) from None
        _LOG.info("%s page %d: %d bytes", call.kind, number, len(body))
        return ListedPage(number, body, _read(call, body, file))


def _read(call: CloudCall, body: bytes, file: str) -> ApiAnswer[Any] | None:
    """Return the answer. CloudCallError if it tells a fault, or is no JSON because it was cut."""
    try:
        fault = of_answer(json.loads(body))
    except (ValueError, RecursionError):
        raise CloudCallError("unreadable", may_pass=True) from None
    if fault is not None:
        raise fault
    try:
        found, _ = documents.read(file, body)
    except CaseError:
        return None
    return found[0] if [answer.kind for answer in found] == [call.kind] else None


def _following(call: CloudCall, value: Any, number: int) -> dict[str, Any] | None:
    """Return the parameters of the next page, or None after the last one."""
    page = getattr(value, "paging_info", value)
    if not isinstance(page, AnswerPage):
        return None
    if call.tokens:
        return {"NextToken": page.next_token} if page.next_token else None
    if call.numbers and (page.page_size or call.size) * number < (page.total_count or 0):
        return {"PageNumber": number + 1}
    return None
