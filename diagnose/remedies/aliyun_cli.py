"""How does the repair look as commands of the aliyun CLI (3.3.1 or later, plug-in style)?

Every command can be pasted into a shell. What no API can do (files, services) stays a comment in
words.

- Format of parameters: https://help.aliyun.com/zh/cli/parameter-format-overview.md
- Security groups: ECS API 2014-05-26, AuthorizeSecurityGroup, RevokeSecurityGroup,
  ModifySecurityGroupRule and their twins for egress.
- Routes and network ACLs: VPC API 2016-04-28, CreateRouteEntry and UpdateNetworkAclEntries.
"""

from __future__ import annotations

import json
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby

from diagnose.output.clean import clean
from diagnose.remedies.console import edit_words
from diagnose.remedies.ecs_fields import changed_fields, description, parties
from diagnose.remedies.model import AclEdit, Direction, Edit, RuleEdit, SuggestedRule
from diagnose.remedies.vpc_fields import SIDES, acl_fields, route_fields

MOST_PER_CALL = 100
"""Permissions that one AuthorizeSecurityGroup call takes."""

MOST_COLUMNS = 66
"""Columns of a line of JSON or of a comment. With its indent and quotes it fits a terminal of
80."""

REGION_UNKNOWN = "# The case does not say the region. Set it first, for example: REGION=cn-hangzhou"
WHOLE_LIST = (
    "# The call replaces the whole list. The report has no names and descriptions\n"
    "# of entries: add them to the call if you want to keep them."
)
ADD: Mapping[Direction, str] = {"ingress": "authorize-security-group", "egress": "authorize-security-group-egress"}
REMOVE: Mapping[Direction, str] = {"ingress": "revoke-security-group", "egress": "revoke-security-group-egress"}
MODIFY: Mapping[Direction, str] = {
    "ingress": "modify-security-group-rule",
    "egress": "modify-security-group-egress-rule",
}
OPTIONS: Mapping[str, str] = {
    "Priority": "--priority",
    "PortRange": "--port-range",
    "SourceCidrIp": "--source-cidr-ip",
    "Ipv6SourceCidrIp": "--ipv6-source-cidr-ip",
    "DestCidrIp": "--dest-cidr-ip",
    "Ipv6DestCidrIp": "--ipv6-dest-cidr-ip",
}
"""Fields of the ECS API, and the options that the plug-in has for them."""


def emit(rules: Sequence[SuggestedRule], edits: Sequence[Edit], region: str | None) -> str:
    """Return commands in the order in which to run them.

    If the region is not known, the commands read the shell variable REGION, and a comment says so.
    """
    blocks: list[str] = []
    for (group, direction), same in groupby(rules, key=lambda rule: (rule.security_group_id, rule.direction)):
        permissions = list(same)
        for start in range(0, len(permissions), MOST_PER_CALL):
            chunk = permissions[start : start + MOST_PER_CALL]
            blocks.append(_ecs_command(ADD[direction], region, group, [_permissions(chunk)]))
    blocks += [_edit(edit, region) for edit in edits]
    if region is None and any('"$REGION"' in block for block in blocks):
        blocks.insert(0, REGION_UNKNOWN)
    return "".join(f"{block}\n" for block in blocks)


def _edit(edit: Edit, region: str | None) -> str:
    """Return the words of an edit as a comment, then its command if the API has one."""
    words = textwrap.fill(
        edit_words(edit),
        MOST_COLUMNS,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    if isinstance(edit, RuleEdit):
        return f"{words}\n{_change_rule(edit, region)}"
    if (route := route_fields(edit)) is not None:
        arguments = [f"--{name} {shlex.quote(value)}" for name, value in route.items()]
        return f"{words}\n{_vpc_command('CreateRouteEntry', region, arguments)}"
    if isinstance(edit, AclEdit) and (entries := acl_fields(edit)) is not None:
        return f"{words}\n{WHOLE_LIST}\n{_update_acl(edit, entries, region)}"
    return words


def _change_rule(edit: RuleEdit, region: str | None) -> str:
    ident = f"--security-group-rule-id {shlex.quote(clean(edit.rule))}"
    if edit.after is None:
        return _ecs_command(REMOVE[edit.direction], region, edit.group, [ident])
    changed = [f"{OPTIONS[name]} {shlex.quote(value)}" for name, value in changed_fields(edit).items()]
    return _ecs_command(MODIFY[edit.direction], region, edit.group, [ident, *changed])


def _update_acl(edit: AclEdit, entries: Sequence[Mapping[str, str]], region: str | None) -> str:
    """Return the call, one entry a line, in the order in which entries are tried."""
    side = SIDES[edit.direction]
    arguments = [f"--NetworkAclId {shlex.quote(clean(edit.acl))}", f"--Update{side}AclEntries true"]
    for number, entry in enumerate(entries, 1):
        name = f"--{side}AclEntries.{number}"
        arguments.append(" ".join(f"{name}.{key} {shlex.quote(value)}" for key, value in entry.items()))
    return _vpc_command("UpdateNetworkAclEntries", region, arguments)


def _ecs_command(action: str, region: str | None, group: str, arguments: Sequence[str]) -> str:
    first = [f"--biz-region-id {_region(region)}", f"--security-group-id {shlex.quote(clean(group))}"]
    return _command(f"aliyun ecs {action}", [*first, *arguments])


def _vpc_command(action: str, region: str | None, arguments: Sequence[str]) -> str:
    return _command(f"aliyun vpc {action}", [f"--RegionId {_region(region)}", *arguments])


def _command(command: str, arguments: Sequence[str]) -> str:
    return " \\\n  ".join([command, *arguments])


def _region(region: str | None) -> str:
    return '"$REGION"' if region is None else shlex.quote(clean(region))


def _permissions(rules: Sequence[SuggestedRule]) -> str:
    """Return a JSON array over several lines. One long line would not fit a terminal."""
    array = ",\n    ".join(_over_lines(_permission(rule)) for rule in rules)
    return f"--permissions {shlex.quote(f'[{array}]')}"


def _over_lines(fields: Mapping[str, str]) -> str:
    """Return one JSON object in lines of at most MOST_COLUMNS, unless one field alone is longer."""
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
