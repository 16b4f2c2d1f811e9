"""Security groups that change: what a `FakeCloud` answers ECS calls with."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.fake_cloud import CloudReply, CloudRequest, error

ADD, READ, REMOVE = "AuthorizeSecurityGroup", "DescribeSecurityGroupAttribute", "RevokeSecurityGroup"

EMPTY = dict.fromkeys(
    (
        *("SourcePortRange", "SourceCidrIp", "Ipv6SourceCidrIp", "SourceGroupId", "SourceGroupName"),
        *("SourceGroupOwnerAccount", "SourcePrefixListId", "SourcePrefixListName", "PortRangeListId"),
        *("DestCidrIp", "Ipv6DestCidrIp", "DestGroupId", "DestPrefixListId", "Description"),
    ),
    "",
)
"""Fields of a rule that ECS shows although they are empty."""

_PERMISSION = re.compile(r"Permissions\.([0-9]+)\.(\w+)")

Trouble = Callable[["FakeGroups", CloudRequest], CloudReply | None]
"""What answers one call in place of the groups, or None to let them answer."""


class FakeGroups:
    """The groups of one region. Calls change them as ECS documents it."""

    def __init__(self, *answers: Mapping[str, Any], size: int = 1000, most: int = 1000) -> None:
        """`answers` of DescribeSecurityGroupAttribute. size: of a page. most: rules of a group."""
        self.groups: dict[str, dict[str, Any]] = {
            str(answer["SecurityGroupId"]): copy.deepcopy(dict(answer)) for answer in answers
        }
        self.size, self.most = size, most
        self.trouble: dict[str, list[Trouble | None]] = {}
        """Action -> what happens to its next calls."""
        self._tokens: dict[str, CloudReply] = {}
        self._made = 0

    def rules(self, group: str) -> list[dict[str, Any]]:
        """Return the rules of a group, which may be changed."""
        found: list[dict[str, Any]] = self.groups[group]["Permissions"]["Permission"]
        return found

    def bytes_of(self, group: str) -> bytes:
        """Return a whole group."""
        return json.dumps(self.groups[group]).encode()

    def __call__(self, request: CloudRequest) -> CloudReply | None:
        """Answer a call about groups. None for any other call."""
        if request.action not in (ADD, READ, REMOVE):
            return None
        waiting = self.trouble.get(request.action) or [None]
        trouble = waiting.pop(0)
        if trouble is not None and (reply := trouble(self, request)) is not None:
            return reply
        return self.answer(request)

    def answer(self, request: CloudRequest) -> CloudReply:
        """Do what a call asks for."""
        group, token = request.query.get("SecurityGroupId", ""), request.query.get("ClientToken", "")
        if group not in self.groups:
            return error("InvalidSecurityGroupId.NotFound", 404)
        if request.action == READ:
            return self._page(group, request.query)
        if token not in self._tokens:
            reply = self._add(group, request.query) if request.action == ADD else self._remove(group, request.query)
            if not token or reply.status != 200:
                return reply
            self._tokens[token] = reply
        return self._tokens[token]

    def _page(self, group: str, query: Mapping[str, str]) -> CloudReply:
        start = int(query.get("NextToken") or 0)
        rules = self.rules(group)
        end = start + min(self.size, int(query["MaxResults"]))
        answer = {
            **self.groups[group],
            "Permissions": {"Permission": rules[start:end]},
            "NextToken": str(end) if end < len(rules) else "",
        }
        return CloudReply(json.dumps(answer).encode())

    def _add(self, group: str, query: Mapping[str, str]) -> CloudReply:
        given: dict[str, dict[str, str]] = {}
        for name, value in query.items():
            if (part := _PERMISSION.fullmatch(name)) is not None:
                given.setdefault(part[1], {})[part[2]] = value
        for fields in given.values():
            if not (fields.get("SourceCidrIp") or fields.get("Ipv6SourceCidrIp")):
                return error("MissingParameter.Source", 400)
            rule = {**EMPTY, **fields, "Direction": "ingress", "NicType": "intranet"}
            rule |= {"IpProtocol": fields["IpProtocol"].upper(), "Policy": fields["Policy"].capitalize()}
            if any(_alike(rule, other) for other in self.rules(group)):
                continue
            if len(self.rules(group)) >= self.most:
                return error("AuthorizationLimitExceed", 403)
            self._made += 1
            self.rules(group).append({"SecurityGroupRuleId": f"sgr-made{self._made}", **rule})
        return CloudReply(b'{"RequestId": "A-1"}')

    def _remove(self, group: str, query: Mapping[str, str]) -> CloudReply:
        ids = {value for name, value in query.items() if name.startswith("SecurityGroupRuleId.")}
        if not ids <= {rule["SecurityGroupRuleId"] for rule in self.rules(group)}:
            return error("InvalidSecurityGroupRule.RuleNotExist", 404)
        self.rules(group)[:] = [rule for rule in self.rules(group) if rule["SecurityGroupRuleId"] not in ids]
        return CloudReply(b'{"RequestId": "A-1"}')


def _alike(rule: Mapping[str, str], other: Mapping[str, Any]) -> bool:
    """Return True if ECS takes two rules for one: all but id, description and time are equal."""
    ours = {"SecurityGroupRuleId", "Description", "CreateTime", "NicType"}
    names = ({*rule} | {*other}) - ours
    return all(str(rule.get(name) or "").lower() == str(other.get(name) or "").lower() for name in names)


def says(code: str, status: int = 403, **more: object) -> Trouble:
    """Answer with an error."""
    return lambda groups, request: error(code, status, **more)


def loses_answer(groups: FakeGroups, request: CloudRequest) -> CloudReply:
    """Do what is asked for, and end the connection before the answer is whole."""
    groups.answer(request)
    return CloudReply(b"{", length=1000)


def does_nothing(groups: FakeGroups, request: CloudRequest) -> CloudReply:
    """Say that it is done, and do nothing."""
    return CloudReply(b'{"RequestId": "A-1"}')
