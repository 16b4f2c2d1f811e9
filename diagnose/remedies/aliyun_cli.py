"""How does the repair look as commands of the aliyun CLI, 3.0.280 or later?

Every command can be pasted into a shell, and needs no plug-in. What no API can do (files, services)
stays a comment in words.

- One rule is one call with plain parameters. Builds before 3.3.0, and later ones without the ecs
  plug-in, know no other spelling that adds a rule.
- A value that begins with "-" is joined to its parameter with "=". Builds up to 3.0.303 take it for
  a flag of its own otherwise.
- Security groups: ECS API 2014-05-26, AuthorizeSecurityGroup, RevokeSecurityGroup,
  ModifySecurityGroupRule and their twins for egress.
- Routes and network ACLs: VPC API 2016-04-28, CreateRouteEntry and UpdateNetworkAclEntries.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from diagnose.output.clean import clean
from diagnose.output.page import wrapped
from diagnose.output.sentences import series
from diagnose.remedies.console import edit_words
from diagnose.remedies.ecs_fields import added_fields, changed_fields, is_known
from diagnose.remedies.model import AclEdit, Direction, Edit, FurtherGroup, RuleEdit, SuggestedRule
from diagnose.remedies.vpc_fields import SIDES, acl_fields, route_fields
from probes.language import marked, tr

MOST_COLUMNS = 66
"""Columns of a line of parameters or of a comment. With its indent it fits a terminal of 80."""

REGION_UNKNOWN = marked("The case does not say the region. Set it first, for example: REGION=cn-hangzhou")
NEW_GROUP = '--SecurityGroupId "$GROUP"'
"""Parameter that names a group which the commands before it have created."""

ID_OF_NEW_GROUP = r"""sed -n 's/.*"SecurityGroupId": *"\([^"]*\)".*/\1/p'"""
"""Command that reads the id of a group out of the answer to CreateSecurityGroup."""

WHOLE_LIST = marked("The call replaces the whole list.")
ADD: Mapping[Direction, str] = {"ingress": "AuthorizeSecurityGroup", "egress": "AuthorizeSecurityGroupEgress"}
REMOVE: Mapping[Direction, str] = {"ingress": "RevokeSecurityGroup", "egress": "RevokeSecurityGroupEgress"}
MODIFY: Mapping[Direction, str] = {
    "ingress": "ModifySecurityGroupRule",
    "egress": "ModifySecurityGroupEgressRule",
}


def emit(rules: Sequence[SuggestedRule], edits: Sequence[Edit], region: str | None) -> str:
    """Return commands in the order in which to run them.

    If the region is not known, the commands read the shell variable REGION, and a comment says so.
    """
    blocks = [_ecs_command(ADD[rule.direction], region, rule.security_group_id, added_fields(rule)) for rule in rules]
    blocks += [_edit(edit, region) for edit in edits]
    if region is None and any('"$REGION"' in block for block in blocks):
        blocks.insert(0, region_unknown())
    return "".join(f"{block}\n" for block in blocks)


def _edit(edit: Edit, region: str | None) -> str:
    """Return the words of an edit as a comment, then its command if the API has one."""
    words = _comment(edit_words(edit))
    command: str | None = None
    match edit:
        case FurtherGroup():
            command = _create_group(edit, region)
        case RuleEdit():
            command = _change_rule(edit, region)
        case AclEdit():
            entries = acl_fields(edit)
            command = None if entries is None else f"{_comment(tr(WHOLE_LIST))}\n{_update_acl(edit, entries, region)}"
        case _:
            route = route_fields(edit)
            command = None if route is None else _vpc_command("CreateRouteEntry", region, _parameters(route))
    return words if command is None else f"{words}\n{command}"


def region_unknown() -> str:
    """Return the comment that says which variable to set."""
    return f"# {tr(REGION_UNKNOWN)}"


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in wrapped(text, MOST_COLUMNS - 2))


def _change_rule(edit: RuleEdit, region: str | None) -> str | None:
    """Return the call that changes or removes a rule. None if one call cannot."""
    if edit.after is None:
        known = {"SecurityGroupRuleId.1": clean(edit.rule)}
        return _ecs_command(REMOVE[edit.direction], region, edit.group, known) if is_known(edit) else None
    fields = changed_fields(edit)
    if fields is None:
        return None
    return _ecs_command(MODIFY[edit.direction], region, edit.group, {"SecurityGroupRuleId": clean(edit.rule), **fields})


def _create_group(edit: FurtherGroup, region: str | None) -> str | None:
    """Return the calls that create a group, add its rules and let interfaces join. None without a
    VPC."""
    if edit.vpc is None:
        return None
    fields = {"VpcId": edit.vpc, "SecurityGroupName": edit.name, "SecurityGroupType": edit.type}
    parameters = [f"--RegionId {_region(region)}", *_lines(_parameters({k: clean(v) for k, v in fields.items()}))]
    created = _command("aliyun ecs CreateSecurityGroup", parameters)
    added = [_ecs_command(ADD[rule.direction], region, NEW_GROUP, added_fields(rule)) for rule in edit.rules]
    joined = f'aliyun ecs JoinSecurityGroup --RegionId {_region(region)} {NEW_GROUP} --InstanceId "$instance"'
    members = tr(
        "Set the ids of these instances first, for example INSTANCES='i-1 i-2': {nodes}",
        nodes=clean(series(edit.nodes)),
    )
    return "\n".join(
        [
            f"GROUP=$({created} \\\n  | {ID_OF_NEW_GROUP})",
            *added,
            _comment(members),
            "for instance in $INSTANCES; do",
            f"  {joined}",
            "done",
        ]
    )


def _update_acl(edit: AclEdit, entries: Sequence[Mapping[str, str]], region: str | None) -> str:
    """Return the call, one entry a line, in the order in which entries are tried."""
    side = SIDES[edit.direction]
    arguments = _parameters({"NetworkAclId": clean(edit.acl), f"Update{side}AclEntries": "true"})
    for number, entry in enumerate(entries, 1):
        named = {f"{side}AclEntries.{number}.{key}": value for key, value in entry.items()}
        arguments.append(" ".join(_parameters(named)))
    return _vpc_command("UpdateNetworkAclEntries", region, arguments)


def _ecs_command(action: str, region: str | None, group: str, fields: Mapping[str, str]) -> str:
    named = group if group == NEW_GROUP else _parameter("SecurityGroupId", clean(group))
    first = f"--RegionId {_region(region)} {named}"
    return _command(f"aliyun ecs {action}", [first, *_lines(_parameters(fields))])


def _vpc_command(action: str, region: str | None, arguments: Sequence[str]) -> str:
    return _command(f"aliyun vpc {action}", [f"--RegionId {_region(region)}", *arguments])


def _command(command: str, arguments: Sequence[str]) -> str:
    return " \\\n  ".join([command, *arguments])


def _region(region: str | None) -> str:
    return '"$REGION"' if region is None else shlex.quote(clean(region))


def _parameters(fields: Mapping[str, str]) -> list[str]:
    return [_parameter(name, value) for name, value in fields.items()]


def _parameter(name: str, value: str) -> str:
    joint = "=" if value.startswith("-") else " "
    return f"--{name}{joint}{shlex.quote(value)}"


def _lines(parameters: Sequence[str]) -> list[str]:
    """Return the parameters in lines of at most MOST_COLUMNS, unless one alone is longer."""
    lines: list[str] = []
    for parameter in parameters:
        if lines and len(lines[-1]) + len(parameter) + 1 <= MOST_COLUMNS:
            lines[-1] += f" {parameter}"
        else:
            lines.append(parameter)
    return lines
