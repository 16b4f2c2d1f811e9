"""Given answers as people save them, when they are read, then they are the same answers, or one
line says what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.case.api import documents, spelling
from diagnose.case.api.answers import SecurityGroupAttribute, VSwitchAttributes
from diagnose.case.api.cluster_answers import ListResourceGroups
from diagnose.case.errors import CaseError
from tests.support.api_answers import SHAPES


def read(value: object) -> list[documents.ApiAnswer[Any]]:
    content = value if isinstance(value, bytes) else json.dumps(value, indent=1).encode()
    return documents.read("a.json", content)[0]


@pytest.mark.parametrize("kind", SHAPES)
def test_an_answer_is_recognised_by_its_keys(kind: str) -> None:
    assert [answer.kind for answer in read(SHAPES[kind])] == [kind]


def respelt(value: object, spell: Any) -> object:
    if isinstance(value, dict):
        return {spell(key): respelt(inner, spell) for key, inner in value.items()}
    return [respelt(item, spell) for item in value] if isinstance(value, list) else value


def snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).lstrip("_")


def unwrapped(value: object) -> object:
    if isinstance(value, dict):
        plain = {key: unwrapped(inner) for key, inner in value.items()}
        return {
            key: inner[spelling.WRAPPERS[spelling.canonical(key)]]
            if isinstance(inner, dict) and inner.keys() == {spelling.WRAPPERS.get(spelling.canonical(key))}
            else inner
            for key, inner in plain.items()
        }
    return [unwrapped(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize(
    "respell",
    [
        pytest.param(lambda value: respelt(value, lambda key: key[0].lower() + key[1:]), id="camel"),
        pytest.param(lambda value: respelt(value, snake), id="snake"),
        pytest.param(lambda value: respelt(value, str.upper), id="upper"),
        pytest.param(unwrapped, id="plain-lists"),
        pytest.param(lambda value: {"headers": {}, "statusCode": 200, "body": value}, id="sdk-wrapper"),
        pytest.param(lambda value: {"code": "200", "data": value, "successResponse": True}, id="console-wrapper"),
        pytest.param(lambda value: {"Data": {"statusCode": 200, "body": value}, "RequestId": "1"}, id="two-wrappers"),
        pytest.param(lambda value: {"result": [value]}, id="list-in-a-wrapper"),
        pytest.param(lambda value: {"code": "200", "data": json.dumps(value)}, id="text-in-a-wrapper"),
        pytest.param(lambda value: {"data": json.dumps({"body": json.dumps(value, indent=1)})}, id="text-in-a-text"),
        pytest.param(lambda value: value | {"FieldOfNextYear": {"x": [1]}, "NextToken": None}, id="unknown-and-null"),
        pytest.param(lambda value: json.dumps(value).encode("utf-16"), id="powershell-utf-16"),
        pytest.param(lambda value: b"\xef\xbb\xbf" + json.dumps(value).encode(), id="byte-order-mark"),
    ],
)
def test_every_spelling_gives_the_same_answer(kind: str, respell: Any) -> None:
    assert [answer.value for answer in read(respell(SHAPES[kind]))] == [answer.value for answer in read(SHAPES[kind])]


def test_the_misspelt_vswitch_of_the_resource_group_list_is_the_vswitch() -> None:
    (answer,) = read({"PagingInfo": {"ResourceGroupList": [{"Id": "rg", "DefaultVswicthId": "vsw-9"}]}})
    assert isinstance(answer.value, ListResourceGroups)
    assert answer.value.paging_info.resource_group_list[0].default_vswitch_id == "vsw-9"


def test_of_two_spellings_the_one_that_says_something_wins() -> None:
    (answer,) = read(b'{"ResourceGroup": {"Id": "rg", "DefaultVswitchId": "vsw-9", "DefaultVswicthId": ""}}')
    assert answer.value.resource_group.default_vswitch_id == "vsw-9"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{"Nodes": [{"NodeName": "a"}],\n"Nodes": [{"NodeName": "b"}]}', 2),
        ('{"Nodes": [{"NodeName": "a"}],\n\n"nodes": []}', 3),
        ('{"Permissions": {"Permission": [],\n"permission": []}}', 2),
        ('[{"PagingInfo": {}},\n{"PagingInfo": {"NetworkList": []},\n"paging_info": {"NetworkList": []}}]', 3),
        ('{"body": {"Nodes": []},\n"body": {"Nodes": []}}', 2),
        ('{"Nodes": [{"NodeName": "a", "PrivateIp": "10.0.0.1",\n"PrivateIp": "10.0.0.2"}]}', 2),
    ],
)
def test_a_key_with_two_values_is_an_error_with_its_line(content: str, line: int) -> None:
    with pytest.raises(CaseError) as error:
        read(content.encode())
    assert (error.value.line, error.value.expected) == (line, "each key once in an object")


def test_a_key_that_stands_twice_with_one_value_is_taken() -> None:
    (answer,) = read(b'{"Nodes": [{"NodeName": "a", "NodeName": "a", "Note": "x", "Note": "y", "PrivateIp": null}]}')
    assert answer.value.nodes[0].node_name == "a"


def test_an_acl_that_is_left_out_is_not_an_acl_that_is_empty() -> None:
    (silent,) = read({"VSwitchId": "vsw-1", "CidrBlock": ""})
    (none,) = read({"VSwitchId": "vsw-1", "CidrBlock": "", "NetworkAclId": ""})
    assert isinstance(silent.value, VSwitchAttributes)
    assert (silent.value.network_acl_id, none.value.network_acl_id) == (None, "")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('[{"Nodes": []},\n {"Nodes": [\n {"NodeName": "a"}]}]', id="array"),
        pytest.param('{"Nodes": []}\n{"Nodes": [\n {"NodeName": "a"}]}', id="json-lines"),
        pytest.param('\n{"Nodes": []} {"Nodes": [\n {"NodeName": "a"}]}\n\n', id="appended"),
    ],
)
def test_one_file_may_hold_several_answers_and_each_knows_its_lines(content: str) -> None:
    first, second = read(content.encode())
    assert (first.lines("Nodes"), second.lines("Nodes")) == ((), (3,))


def test_what_stands_in_a_text_has_the_line_of_the_text() -> None:
    inner = '{"Nodes": [\n{"NodeName": "a"},\n{"NodeName": "b"}]}'
    (answer,) = read(f'{{"code": 200,\n "data": {json.dumps(inner)}}}'.encode())
    assert answer.lines("Nodes") == (2, 2)
    assert answer.origin("Nodes", 1, "NodeName").line == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"Nodes": [',
        "[2026-11-30 10:00:00] INFO started",
        '{"Nodes": [], "nodes": [{"NodeName": "a"}]}',
        "[" * 100_000,
        "{} {}",
        '"{}"',
        json.dumps({"data": json.dumps({"data": json.dumps({"data": json.dumps({"Nodes": []})})})}),
    ],
    ids=["cut off", "a log", "a key twice", "too deep", "empty", "a text in quotes", "too many wrappers"],
)
def test_a_text_that_is_no_answer_is_told_as_before(text: str) -> None:
    found, (skip,) = documents.read("a.json", json.dumps({"data": text}).encode())
    assert found == []
    assert skip.check == "a.json"


def test_a_text_under_another_key_is_not_looked_into() -> None:
    assert read({"Description": '{"Nodes": []}'}) == []


@pytest.mark.parametrize(
    "before", ["", "$ aliyun emr ListNodes --ClusterId c-1\n", "\n[root@h ~]# aliyun emr ListNodes\n"]
)
@pytest.mark.parametrize("behind", ["", "\n", "\nroot@host:~# ", "\n\n[root@h case]$\n", "\nPS C:\\case> "])
def test_a_copy_from_a_terminal_keeps_its_lines(before: str, behind: str) -> None:
    (answer,) = read(f'{before}{{"Nodes": [\n{{"NodeName": "a"}}]}}{behind}'.encode())

    assert answer.lines("Nodes") == (before.count("\n") + 2,)


def test_every_element_has_its_line_whatever_is_written_between() -> None:
    text = (
        '{"body": {"securityGroupId": "sg-\\"]1", "x": [[{}], "}"],\n "permissions":\n '
        '{"permission": [{"a": [1,\n2]},\n\n{}]}}}'
    )
    (answer,) = read(text.encode())
    assert isinstance(answer.value, SecurityGroupAttribute)
    assert answer.lines("Permissions") == (3, 6)
    assert answer.origin("Permissions", 1).line == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "a.json: found an empty file, expected a JSON answer of an API"),
        (
            '{"Nodes": [\n',
            "a.json:2: found a text that is cut off, expected the whole answer",
        ),
        ('{"Nodes":\n [nope]}', "a.json:2: found other text, expected a JSON value"),
        ('{"Nodes": []}\n}', "a.json:2: found '}', expected a JSON value"),
        ('{"Nodes": [\n{"NodeName": "a"\n"x": 1}]}', "a.json:3: found '\"', expected ',' delimiter"),
        ('{"Nodes": "none"}', "a.json:1: found text for Nodes, expected a list"),
        ('{"nodes": {}}', "a.json:1: found an object for nodes, expected a list"),
        ('{"Nodes": [\n1]}', "a.json:2: found a whole number for element 1 of Nodes, expected an object"),
        (
            '{"Nodes": [{"NodeName": "a"},\n{"NodeId": "i"}]}',
            "a.json:2: found no NodeName, expected NodeName in element 2 of Nodes",
        ),
        ('{"Nodes": [{"NodeName":\n ""}]}', "a.json:2: found an empty NodeName, expected text"),
        ('{"data":\n{"body": {"Cluster": {\n}}}}', "a.json:2: found no ClusterId, expected ClusterId in Cluster"),
        ('{"body": {"Cluster": {\n}}}', "a.json:1: found no ClusterId, expected ClusterId in Cluster"),
        (
            '[{"Nodes": []},\n{"Permissions": []}]',
            "a.json:2: found no SecurityGroupId, expected SecurityGroupId in the answer",
        ),
        (
            "<!DOCTYPE html>\n<title>Sign in</title>",
            (
                "a.json:1: found an HTML or XML page, for example of a login, "
                "expected the JSON answer of an API: log in and save it again"
            ),
        ),
        (
            "{“Nodes”: []}",
            (
                "a.json:1: found a typographic quote (“), as text programs write it, "
                'expected the quote " of the answer itself'
            ),
        ),
        ("root@host:~# ls\n{}", "a.json:1: found other text, expected a JSON value"),
        ('{"Nodes": []}\nand more > {', "a.json:2: found other text, expected a JSON value"),
        ("[" * 100_000, "a.json:1: found brackets nested too deeply, expected an API answer"),
        ("[" + "1" * 5000 + "]", "a.json:1: found a number of thousands of digits, expected an API answer"),
        ("1 " * 10_001, "a.json:1: found more than 10000 values, expected the answers of one export"),
    ],
)
def test_wrong_input_is_one_line_with_its_place(content: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        read(content.encode())
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ('{"Nodes": [], "TotalCount":\n "many"}', "a.json:2: found text for TotalCount, expected a whole number"),
        (
            '{"SecurityGroupId": "s", "Permissions": {"Permission": [{},\n{"x": 1,\n"priority": {}}]}}',
            "a.json:3: found an object for priority, expected a whole number or text",
        ),
        (
            '{"SecurityGroups": [{"SecurityGroupId": "s", "RuleCount":\n[1], "ServiceManaged": true}]}',
            "a.json:2: found a list for RuleCount, expected a whole number",
        ),
        ('{"NodeGroups": [{"NodeGroupId": "n", "VSwitchIds": [\n5]}]}', "a.json:2: found a whole number for element 1"),
    ],
)
def test_a_value_of_a_wrong_type_costs_its_own_item(content: str, cause: str) -> None:
    answers, skipped = documents.read("a.json", content.encode())

    assert len(answers) == 1
    assert [each.cause.startswith(cause) for each in skipped] == [True]


def test_an_answer_full_of_values_of_a_wrong_type_is_none() -> None:
    nodes = [{"NodeName": f"n{number}", "NodeState": []} for number in range(100)]
    with pytest.raises(CaseError, match=r"^a\.json:1: found 64 values of a wrong type, expected an unchanged answer$"):
        read({"Nodes": nodes})


def test_bytes_that_are_no_text_have_a_line() -> None:
    with pytest.raises(CaseError, match=r"^a\.json:2: found bytes that are no text, expected JSON in UTF-8$"):
        read(b'{"Nodes":\n"\xff"}')


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (
            '{"RequestId": "1", "HostId": "ecs", "Code": "Forbidden.RAM", "Message": "User not authorized"}',
            "an error answer of the API, code Forbidden.RAM: the caller was not allowed to make this call",
        ),
        (
            '{"statusCode": 404, "body": {"code": "InvalidSecurityGroupId.NotFound", "message": "x"}}',
            (
                "an error answer of the API, code InvalidSecurityGroupId.NotFound: "
                "the object does not exist in the region or account that was asked"
            ),
        ),
        (
            "ERROR: SDK.ServerError\nErrorCode: Throttling.User\nRequestId: 1\n",
            "an error answer of the API, code Throttling.User: the call was made too often and was turned away",
        ),
        ('{"Code": "Odd", "Message": "x"}', "an error answer of the API, code Odd"),
        ('{"code": "200", "data": {"Code": "Odd", "Message": "x"}}', "an error answer of the API, code Odd"),
        ('{"data": {"a": 1}}', "not an API answer that is read"),
        ('{"data": {"data": {"data": {"data": {"Nodes": []}}}}}', "not an API answer that is read"),
        ('{"a": 1}', "not an API answer that is read"),
        ("[]", "not an API answer that is read"),
        ("3", "not an API answer that is read"),
    ],
)
def test_what_is_no_answer_is_skipped_with_its_cause(content: str, cause: str) -> None:
    found, skipped = documents.read("a.json", content.encode())
    assert found == []
    assert [(entry.check, entry.cause) for entry in skipped] == [("a.json", cause)]


REFUSED = '{"Code": "NoPermission", "Message": "x", "AccessDeniedDetail": {"AuthAction": "emr:GetCluster"}}'


@pytest.mark.parametrize(
    ("content", "is_known"),
    [
        (REFUSED, True),
        (f'{{"body": {REFUSED.replace("Code", "code").replace("Acc", "acc")}}}', True),
        ("ERROR: S\nErrorCode: NoPermission\nAccessDeniedDetail: map[AuthAction:emr:GetCluster x:1]", True),
        (REFUSED.replace("emr:GetCluster", "\\u001b[31m"), False),
        (REFUSED.replace("AuthAction", "Other"), False),
        ('{"Code": "NoPermission", "Message": "x", "AccessDeniedDetail": ["AuthAction"]}', False),
    ],
)
def test_the_action_that_the_caller_lacks_is_kept(content: str, is_known: bool) -> None:
    _, (skip,) = documents.read("a.json", content.encode())
    assert (skip.error_code, skip.ram_action) == ("NoPermission", "emr:GetCluster" if is_known else "")
    assert skip.needs.startswith("the RAM action emr:GetCluster for the caller, then the same call again") == is_known


def test_the_message_of_an_error_answer_is_not_repeated() -> None:
    refusal = {"Code": "SignatureDoesNotMatch", "Message": "server string to sign is GET&%2F&AccessKeyId%3DLTAI"}
    _, skipped = documents.read("a.json", json.dumps(refusal).encode())
    assert "LTAI" not in repr(skipped)


def test_half_a_surrogate_pair_becomes_something_that_can_be_written() -> None:
    (answer,) = read(b'{"Nodes": [{"NodeName": "a\\ud800"}], "PrivateIp": ["\\udfff"]}')
    assert answer.value.nodes[0].node_name == "a?"
