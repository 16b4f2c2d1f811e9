"""The repair as commands of the aliyun CLI (3.3.1 or later, plug-in style), safe to paste into a shell.

https://help.aliyun.com/zh/cli/parameter-format-overview.md; fields as in AuthorizeSecurityGroup, RevokeSecurityGroup and ModifySecurityGroupRule,
ECS API 2014-05-26; of the VPC API 2016-04-28 CreateRouteEntry and UpdateNetworkAclEntries, with the names of the API itself. What no API can do (files,
services) stays a comment in words.
"""

from __future__ import annotations

import json
import re
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby

from diagnose.output.clean import clean
from diagnose.remedies.console import edit_words
from diagnose.remedies.ecs_fields import description, parties
from diagnose.remedies.model import SuggestedEdit, SuggestedRule
from diagnose.remedies.vpc_edits import AclFields, RouteFields, acl_fields, route_fields

MOST_PER_CALL = 100
"""Permissions that one AuthorizeSecurityGroup call takes."""

MOST_COLUMNS = 66
"""Of a line of JSON or of a comment: with its indents and quotes it fits a terminal of 80."""

REGION_UNKNOWN = "# The case does not say the region. Set it first, for example: REGION=cn-hangzhou"
WHOLE_LIST = "# The call replaces the whole list; names and descriptions of entries are not\n# in the report and have to be given again where they matter."
COMMANDS = {"ingress": "authorize-security-group", "egress": "authorize-security-group-egress"}
CHANGES = {
    "priority": re.compile(r"priority (\d{1,3})"),
    "port-range": re.compile(r"port range (\d{1,5}/\d{1,5})"),
    "source-cidr-ip": re.compile(r"source ([0-9.]+(?:/\d{1,2})?)"),
}


def emit(
    rules: Sequence[SuggestedRule],
    edits: Sequence[SuggestedEdit],
    region: str | None,
    owners: Mapping[str, str] | None = None,
) -> str:
    """Commands in the order in which to run them. region None: the commands read the shell variable REGION, and a comment says so.
    owners: rule id -> group id, for edits of rules that exist; an edit whose group is unknown stays a comment."""
    blocks: list[str] = []
    for (group, direction), same in groupby(rules, key=lambda rule: (rule.security_group_id, rule.direction)):
        permissions = list(same)
        for start in range(0, len(permissions), MOST_PER_CALL):
            chunk = permissions[start : start + MOST_PER_CALL]
            blocks.append(_command(COMMANDS[direction], region, group, [_permissions(chunk)]))
    blocks += [_edit(edit, region, (owners or {}).get(edit.id)) for edit in edits]
    if region is None and any('"$REGION"' in block for block in blocks):
        blocks.insert(0, REGION_UNKNOWN)
    return "".join(f"{block}\n" for block in blocks)


def _command(action: str, region: str | None, group: str, arguments: Sequence[str]) -> str:
    parts = [
        f"aliyun ecs {action}",
        f"--biz-region-id {_region(region)}",
        f"--security-group-id {shlex.quote(clean(group))}",
        *arguments,
    ]
    return " \\\n  ".join(parts)


def _region(region: str | None) -> str:
    return '"$REGION"' if region is None else shlex.quote(clean(region))


def _create_route(route: RouteFields, region: str | None) -> str:
    parts = [
        "aliyun vpc CreateRouteEntry",
        f"--RegionId {_region(region)}",
        f"--RouteTableId {shlex.quote(route.table)}",
        f"--DestinationCidrBlock {shlex.quote(route.block)}",
        f"--NextHopType {shlex.quote(route.hop_type)}",
        f"--NextHopId {shlex.quote(route.hop_id)}",
    ]
    return " \\\n  ".join(parts)


def _update_acl(acl: AclFields, region: str | None) -> str:
    """One entry a line, in the order in which they are tried."""
    parts = [
        "aliyun vpc UpdateNetworkAclEntries",
        f"--RegionId {_region(region)}",
        f"--NetworkAclId {shlex.quote(acl.acl)}",
        f"--Update{acl.direction}AclEntries true",
    ]
    for number, entry in enumerate(acl.entries, 1):
        name = f"--{acl.direction}AclEntries.{number}"
        parts.append(" ".join(f"{name}.{key} {shlex.quote(value)}" for key, value in entry.items()))
    return " \\\n  ".join(parts)


def _permissions(rules: Sequence[SuggestedRule]) -> str:
    """A JSON array over several lines: white space means nothing in it, and one long line would not survive a terminal."""
    array = ",\n    ".join(_over_lines(_permission(rule)) for rule in rules)
    return f"--permissions {shlex.quote(f'[{array}]')}"


def _over_lines(fields: Mapping[str, str]) -> str:
    """One object: its fields in lines that stay within MOST_COLUMNS where a field alone does."""
    texts = [f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    lines = [texts[0]]
    for text in texts[1:]:
        if len(lines[-1]) + len(text) + len(", ") <= MOST_COLUMNS:
            lines[-1] += f", {text}"
        else:
            lines.append(text)
    return "{" + ",\n     ".join(lines) + "}"


def _permission(rule: SuggestedRule) -> dict[str, str]:
    return {
        "Policy": "Accept",
        "Priority": str(rule.priority),
        "IpProtocol": rule.ip_protocol,
        "PortRange": clean(rule.port_range),
        **parties(rule),
        "Description": description(rule),
    }


def _edit(edit: SuggestedEdit, region: str | None, group: str | None) -> str:
    """A command where the API has one for this edit, else its words as a comment."""
    words = textwrap.fill(
        edit_words(edit),
        MOST_COLUMNS,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    if (route := route_fields(edit)) is not None:
        return f"{words}\n{_create_route(route, region)}"
    if (acl := acl_fields(edit)) is not None:
        return f"{words}\n{WHOLE_LIST}\n{_update_acl(acl, region)}"
    if edit.object != "security-group-rule" or group is None:
        return words
    rule = f"--security-group-rule-id {shlex.quote(clean(edit.id))}"
    if edit.action == "remove":
        return f"{words}\n{_command('revoke-security-group', region, group, [rule])}"
    changed = [
        f"--{name} {shlex.quote(found.group(1))}"
        for name, pattern in CHANGES.items()
        if (found := pattern.fullmatch(edit.after or ""))
    ]
    if not changed:
        return words
    return f"{words}\n{_command('modify-security-group-rule', region, group, [rule, *changed])}"
