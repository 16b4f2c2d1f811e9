"""Is this file an export of another tool? Then the report says which, and what to save instead.

People also have the tables and files of the ECS console (`ecs_sgRule_GROUP_REGION_TIME.csv`),
pages copied as text, and what Terraform knows. None of them has every field of a rule, so none of
them is taken for the rules of a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.case.api.calls import command
from probes.language import tr
from probes.regex import regex

RULES = command("ecs:DescribeSecurityGroupAttribute")

_COLUMNS = frozenset(
    {
        *("protocol", "protocoltype", "ipprotocol", "port", "portrange", "ports", "destinationport"),
        *("authorizationobject", "authorizedobject", "authorizationpolicy", "authorizationtype", "policy", "action"),
        *("priority", "source", "destination", "sourcecidrip", "destcidrip", "direction", "ruledirection"),
        *("协议类型", "协议", "端口范围", "端口", "授权对象", "授权策略", "授权类型", "优先级", "规则方向", "方向"),
        *("访问来源", "访问目的", "策略", "动作", "网卡类型"),
    }
)
"""Titles of columns in lower case, without spaces. Console of 2026 and of the years before."""
_PROTOCOLS = frozenset({"protocol", "protocoltype", "ipprotocol", "协议类型", "协议"})
_LEAST_COLUMNS = 3
_LINES = 8
_BORDERS = regex(r"[,;\t|]")
_EMPTY = regex(r"[\s\"'*_/]|[（(].*")
_ENCODINGS = ("utf-8-sig", "gbk")


def of_table(head: bytes) -> tuple[str, str] | None:
    """Return what the file is, and what to save instead. None if it is no table of rules.

    Excel writes UTF-8 with a mark, UTF-16 or GBK, and commas or semicolons.
    """
    for line in _text(head).splitlines()[:_LINES]:
        titles = {_EMPTY.sub("", cell).lower() for cell in _BORDERS.split(line)}
        if len(titles & _COLUMNS) >= _LEAST_COLUMNS and titles & _PROTOCOLS:
            return tr("a table of security group rules, as the console or a spreadsheet has it"), RULES
    return None


def of_json(value: Any) -> tuple[str, str] | None:
    """Return what a JSON value is, and what to save instead. None if it is neither of these."""
    if isinstance(value, Mapping):
        if "terraform_version" in value or ("format_version" in value and "values" in value):
            return tr("what Terraform knows, which lacks what others changed"), RULES
        return None
    rules = isinstance(value, list) and value and all(_is_rule(item) for item in value)
    return (tr("a list of rules without their security group, as the console exports it"), RULES) if rules else None


def _is_rule(item: Any) -> bool:
    return isinstance(item, Mapping) and "IpProtocol" in item and ("PortRange" in item or "Policy" in item)


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    for encoding in _ENCODINGS:
        try:
            return head[: head.rfind(b"\n") + 1 or None].decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""
