"""How are security groups read and changed with the official SDK of ECS?"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from diagnose.apply.live_group import LiveGroup
from diagnose.apply.selection import RuleToAdd
from diagnose.case.api.answers import Permission, SecurityGroupAttribute
from diagnose.collect.aliyun.calls import GROUP_RULES, CloudCall
from diagnose.collect.aliyun.faults import CloudCallError
from diagnose.collect.aliyun.listing import Asker
from diagnose.collect.aliyun.sdk import Sdk, Waits
from diagnose.collect.collection import CollectError
from probes.language import tr
from probes.network.blocking_call import with_timeout

ADD: Final = CloudCall("ecs:AuthorizeSecurityGroup", "SecurityGroupId")
REMOVE: Final = CloudCall("ecs:RevokeSecurityGroup", "SecurityGroupId")

SECONDS: Final = 120.0
"""Time for one call with all its attempts, or for all pages of one group."""


class EcsCloud:
    """The security groups of one region. Every method raises CloudCallError."""

    def __init__(self, region: str, endpoints: Mapping[str, str], day: str, waits: Waits | None = None) -> None:
        """Import the SDK. CollectError if it is not installed.

        endpoints: as for `Sdk`. day: 2026-11-29, for the descriptions of rules.
        """
        self._region, self._day, self._waits = region, day, waits or Waits()
        self._sdk = Sdk(region, endpoints, self._waits, (ADD.kind.partition(":")[0],))

    def require_credentials(self) -> None:
        """Find the credentials. CollectError if there are none."""
        try:
            asyncio.run(with_timeout(self._sdk.require_credentials, timeout=self._waits.call, name="credentials"))
        except TimeoutError:
            raise CollectError(tr("the credentials of Alibaba Cloud could not be read in time")) from None

    def read(self, group: str) -> LiveGroup:
        """Return the group, all pages."""
        with _with_permission(GROUP_RULES):
            return asyncio.run(self._pages(group))

    def add(self, rule: RuleToAdd) -> None:
        """Add the rule to its group. All attempts are one request to ECS, by their token."""
        fields = {f"Permissions.1.{name}": value for name, value in rule.fields(self._day).items()}
        asyncio.run(self._change(ADD, rule.group, fields))

    def remove(self, group: str, ids: Sequence[str]) -> None:
        """Remove the rules with these ids from the group."""
        fields = {f"SecurityGroupRuleId.{number}": ident for number, ident in enumerate(ids, 1)}
        asyncio.run(self._change(REMOVE, group, fields))

    async def _pages(self, group: str) -> LiveGroup:
        query = {"RegionId": self._region, GROUP_RULES.subject: group}
        pages: list[bytes] = []
        permissions: list[Permission] = []
        async for page in self._asker().pages(GROUP_RULES, query, group):
            answer = page.answer
            if answer is None or not isinstance(answer.value, SecurityGroupAttribute):
                raise CloudCallError("unreadable")
            if answer.value.security_group_id != group:
                raise CloudCallError("unreadable", "SecurityGroupId")
            pages.append(page.body)
            permissions += answer.value.permissions
        return LiveGroup(group, tuple(pages), tuple(permissions))

    async def _change(self, call: CloudCall, group: str, fields: Mapping[str, Any]) -> None:
        token = {"ClientToken": secrets.token_hex(16)}
        query = {"RegionId": self._region, call.subject: group, **token, **fields}
        with _with_permission(call):
            await self._asker().page(call, query, 1, group)

    def _asker(self) -> Asker:
        return Asker(self._sdk.call, self._waits, SECONDS)


@contextmanager
def _with_permission(call: CloudCall) -> Iterator[None]:
    """Name the action of RAM that is missing, if the service does not."""
    try:
        yield
    except CloudCallError as fault:
        if fault.cause == "denied":
            fault.permission = fault.permission or call.permission
        raise
