"""Is what a case says of an input that it does not read in Chinese?"""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnose.case.directory import read
from diagnose.case.errors import CaseError
from diagnose.data.zh import sentences
from probes.language import use


@pytest.fixture(autouse=True)
def _chinese() -> None:
    use("zh", sentences())


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("nonsense = 1", "case.toml:1：内容是未知的键 nonsense，应为"),
        ('deny = ["x"]', "应为 tcp://host:port 或 udp://host:port，其后可加“ from CIDR”。"),
        ("[cluster]\nregion = 5", "case.toml:2：内容是 region 的值（整数），应为文本。"),
        ('[[resource_group.networks]]\ncidr = "0.0.0.0/0"', "（大于任何 VPC），应为交换机的 CIDR。"),
        ('[[cluster.nodes]]\nname = "a"\naddress = "b"', "应为一个 IP 地址。"),
    ],
)
def test_a_mistake_in_case_toml_is_told_in_chinese(tmp_path: Path, toml: str, told: str) -> None:
    (tmp_path / "case.toml").write_text(toml)

    with pytest.raises(CaseError) as error:
        read([tmp_path])
    assert told in f"{error.value}。"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "空文件"),
        ('{"Nodes": [', "不完整的文本（被截断），应为完整的返回结果"),
        ('{"Permissions": {}, "SecurityGroupId": 1, "Permissions": []}', "键 Permissions 出现两次"),
        ('{"Nodes": {"Node": 3}}', "Nodes 的值（对象），应为列表"),
        ('{"Nodes": [{}]}', "没有 NodeName，应为 "),
    ],
)
def test_an_answer_that_cannot_be_read_is_told_in_chinese(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.json").write_text(text)

    case = read([tmp_path])

    assert told in case.misread[0].text
    assert "重新保存 API 的返回结果" in case.skipped[0].needs


def test_a_value_that_is_none_names_what_it_should_be(tmp_path: Path) -> None:
    (tmp_path / "sg.json").write_text(
        '{"SecurityGroupId": "sg-1", "Permissions": {"Permission": [{"IpProtocol": "QUIC", "Policy": "Accept",'
        ' "PortRange": "88/88", "Priority": "1", "Direction": "ingress", "SourceCidrIp": "10.0.0.0/8"}]}}'
    )

    (entry,) = [each for each in read([tmp_path]).skipped if "规则" in each.check]
    assert "内容是 IpProtocol 'QUIC'，应为 TCP、UDP、ICMP" in entry.cause


def test_networks_in_case_toml_settle_what_two_answers_dispute(tmp_path: Path) -> None:
    page = '{"PagingInfo": {"TotalCount": 1, "NetworkList": [{"Id": 1, "VswitchId": "%s", "VpcId": "vpc-1"}]}}'
    (tmp_path / "one.json").write_text(page % "vsw-1")
    (tmp_path / "two.json").write_text(page % "vsw-2")
    assert "资源组的网络" in [each.check for each in read([tmp_path]).skipped]

    (tmp_path / "case.toml").write_text('[[resource_group.networks]]\ncidr = "192.168.10.0/24"\n')
    assert "资源组的网络" not in [each.check for each in read([tmp_path]).skipped]


def test_entries_that_are_not_read_say_why(tmp_path: Path) -> None:
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "kadm5.acl").write_text("*/admin@A.COM *\n")
    (tmp_path / "notes.bin").write_bytes(b"\0")
    (tmp_path / "failed.json").write_text('{"Code": "Throttling.User", "RequestId": "1", "Message": "no"}')

    said = {each.check: (each.cause, each.needs) for each in read([tmp_path]).skipped}

    assert said["away"] == ("链接指向目录之外", "目录内的普通文件")
    assert said["kadm5.acl"] == ("KDC 自己的文件，客户端不读取", "节点或客户端的 krb5.conf")
    assert said["notes.bin"] == ("不是会读取的文件", "docs/case.md 列出的文件，使用其通常的文件名")
    assert said["failed.json"][0] == "API 返回错误，错误码 Throttling.User：调用过于频繁，被限流"


def test_a_missing_file_is_told_in_chinese(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as error:
        read([tmp_path / "missing"])
    assert str(error.value).endswith("missing：内容是不存在的文件，应为可诊断的输入")
