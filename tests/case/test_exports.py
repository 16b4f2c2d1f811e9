"""Are exports of the console, tables and what Terraform knows called what they are?"""

from __future__ import annotations

import json

import pytest

from diagnose.case import directory
from diagnose.case.exports import RULES
from diagnose.case.tree import Tree
from tests.support.incident_cases import changed, contents, healthy

ENGLISH = "Action,Priority,Protocol Type,Port Range,Authorization Object\r\nAllow,1,Custom TCP,88/88,10.0.0.0/8\r\n"
CHINESE = "授权策略,优先级,协议类型,端口范围,授权对象,描述\r\n允许,1,自定义 UDP,88/88,192.168.10.0/24,\r\n"
TODAY = "授权策略;优先级;协议;访问来源;访问目的（本实例）\r\n允许;1;自定义 UDP;192.168.10.0/24;88/88\r\n"
MARKDOWN = "| IpProtocol | PortRange | SourceCidrIp |\n|---|---|---|\n| UDP | 88/88 | 192.168.10.0/24 |\n"


def _cause(name: str, content: bytes) -> tuple[str, str]:
    files = changed(healthy(), {"sg-emr.json": None, name: content})
    case = directory.of_tree(Tree("case", contents(files)))
    assert case.misread == ()
    assert case.security_groups["sg-emr"].rules == ()
    assert case.security_groups["sg-emr"].gaps
    (entry,) = (entry for entry in case.skipped if entry.check == name)
    return entry.cause, entry.needs


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, TODAY, MARKDOWN, ENGLISH.replace(",", "\t")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
@pytest.mark.parametrize("name", ["ecs_sgRule_sg-emr_cn-hangzhou_1764300000.csv", "rules.txt"])
def test_a_table_of_rules_is_named_with_the_command_to_save_instead(name: str, encoding: str, text: str) -> None:
    cause, needs = _cause(name, text.encode(encoding))

    assert cause == "a table of security group rules, as the console or a spreadsheet has it"
    assert needs == RULES


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ({"format_version": "1.0", "terraform_version": "1.9.5", "values": {}}, "what Terraform knows"),
        ({"version": 4, "terraform_version": "1.9.5", "serial": 3, "resources": []}, "what Terraform knows"),
        ([{"ipProtocol": "UDP", "portRange": "88/88", "policy": "Accept"}] * 3, "a list of rules without their"),
    ],
)
def test_json_of_other_tools_is_named_once(value: object, cause: str) -> None:
    found, needs = _cause("export.json", json.dumps(value).encode())

    assert found.startswith(cause)
    assert needs == RULES


@pytest.mark.parametrize("text", ["name,priority\nx,1\n", "the port range and the source\n", "", "\x00\x01"])
def test_other_texts_are_no_table_of_rules(text: str) -> None:
    assert _cause("notes.csv", text.encode())[0] == "not a file that is read"


def test_a_cut_answer_is_called_cut_with_its_line() -> None:
    whole = contents(healthy())
    for name in ("sg-emr.json", "groups.json"):
        for share in (0.2, 0.5, 0.9):
            cut = whole[name][: int(len(whole[name]) * share)]
            case = directory.of_tree(Tree("case", {**whole, name: cut}))
            (misread,) = case.misread
            assert misread.text.startswith(f"{name}:"), misread
            assert "is cut off" in misread.text or "closing quote" in misread.text, misread
