"""Is a case that misleads still read rightly?

Exports that are cut short, names that nothing resolves, targets that are no files, and clusters of
thousands of nodes.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose import cli
from diagnose.cli import main
from tests.support.places import PROJECT as ROOT

EMR, RG = "DescribeSecurityGroupAttribute-emr.json", "DescribeSecurityGroupAttribute-rg.json"
EMR_GROUP, RG_GROUP = "sg-bp1xn8b6h4jjn1663", "sg-bp1zfg8zvz4vc9t66"
Change = Callable[[Any], object]


class Files:
    """A copy of the healthy fixture. Each method changes one file and leaves the others."""

    def __init__(self, place: Path) -> None:
        self.place = place / "case"
        copytree(ROOT / "fixtures" / "healthy", self.place)

    def edit(self, file: str, change: Change) -> Files:
        value = json.loads((self.place / file).read_text())
        change(value)
        (self.place / file).write_text(json.dumps(value))
        return self

    def rules(self, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], file: str = EMR) -> Files:
        """Other rules, and a RuleCount that fits them."""
        value = json.loads((self.place / file).read_text())
        value["Permissions"]["Permission"] = changed = change(value["Permissions"]["Permission"])
        (self.place / file).write_text(json.dumps(value))
        return self.listed(value["SecurityGroupId"], RuleCount=len(changed))

    def listed(self, group: str, **fields: object) -> Files:
        def change(listing: Any) -> None:
            for one in listing["SecurityGroups"]["SecurityGroup"]:
                if one["SecurityGroupId"] == group:
                    one.update(fields)

        return self.edit("DescribeSecurityGroups.json", change)

    def text(self, file: str, old: str, new: str) -> Files:
        text = (self.place / file).read_text()
        assert old in text
        (self.place / file).write_text(text.replace(old, new))
        return self

    def check(self, *args: str) -> dict[str, Any]:
        result = CliRunner().invoke(main, ["check", str(self.place), "--offline", "--format", "json", *args])
        assert "Traceback" not in result.output
        report: dict[str, Any] = json.loads(result.stdout)
        assert report["exit_code"] == result.exit_code
        return report

    def page(self, *args: str) -> str:
        return CliRunner().invoke(main, ["check", str(self.place), "--offline", *args]).stdout


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def codes(report: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in report["findings"]]


def a_permission(**fields: str) -> dict[str, str]:
    given = {"Direction": "ingress", "IpProtocol": "TCP", "PortRange": "-1/-1", "Policy": "Accept", "Priority": "1"}
    return {**given, "SecurityGroupRuleId": "sgr-made-up", **fields}


def without_kdc(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rule for rule in rules if rule["PortRange"] != "88/88"]


# --- what was not exported is not known ---


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("ListNetworks.json", lambda answer: answer["PagingInfo"].update(TotalCount=5)),
        ("ListNodes.json", lambda answer: answer.update(TotalCount=9)),
        ("ListNodes.json", lambda answer: answer.update(NextToken="more")),
        ("ListComponentInstances.json", lambda answer: answer.update(NextToken="more")),
    ],
)
def test_a_listing_cut_short_is_never_exit_0(files: Files, file: str, change: Change) -> None:
    """The missing page may hold another network of the resource group, or another DataNode."""
    report = files.edit(file, change).check()
    assert report["exit_code"] == 3
    assert any("not exported" in skip["check"] for skip in report["skipped"])


def test_the_page_of_such_a_case_says_what_is_open(files: Files) -> None:
    page = files.edit("ListNodes.json", lambda answer: answer.update(TotalCount=9)).page()
    assert "NOT DECIDED: nothing stops the 18 known required connections" in page
    assert "0 of 18" not in page


def test_networks_given_by_hand_settle_a_short_listing(files: Files) -> None:
    files.edit("ListNetworks.json", lambda answer: answer["PagingInfo"].update(TotalCount=5))
    assert files.check("--from", "192.168.10.0/24")["exit_code"] == 0


@pytest.mark.parametrize(
    "host", ["kdc1", "master-1-9.c-b58c2e907d4f1a63.cn-hangzhou.emr.aliyuncs.com", "kdc.corp.example"]
)
def test_a_kdc_that_is_none_of_the_known_nodes_is_unknown(files: Files, host: str) -> None:
    own = "kdc = master-1-1.c-b58c2e907d4f1a63.cn-hangzhou.emr.aliyuncs.com:88"
    report = files.text("krb5.conf", own, f"kdc = {host}").check()
    assert {flow["verdict"] for flow in report["flows"] if flow["host"] == host} == {"unknown"}
    assert report["exit_code"] == 3
    assert ("KDC-EXTERNAL" in codes(report)) is host.endswith("example")


def test_a_host_is_no_stranger_while_nodes_are_missing(files: Files) -> None:
    own = "kdc = master-1-1.c-b58c2e907d4f1a63.cn-hangzhou.emr.aliyuncs.com:88"
    files.text("krb5.conf", own, "kdc = 192.168.20.99").edit("ListNodes.json", lambda a: a.update(TotalCount=9))
    assert "KDC-EXTERNAL" not in codes(files.check())


def test_no_address_of_the_targets_family_is_said_and_not_blocked(files: Files) -> None:
    own = "kdc = master-1-1.c-b58c2e907d4f1a63.cn-hangzhou.emr.aliyuncs.com:88"
    report = files.text("krb5.conf", own, "kdc = [2408::1]:88").check()
    assert {flow["verdict"] for flow in report["flows"] if flow["host"] == "2408::1"} == {"unknown"}
    assert any("address family" in skip["cause"] for skip in report["skipped"])


def test_a_network_that_is_not_running_is_not_blamed_on_the_nodes_groups(files: Files) -> None:
    def pending(answer: Any) -> None:
        answer["PagingInfo"]["NetworkList"][0]["Status"] = "Pending"

    report = files.edit("ListNetworks.json", pending).check()
    assert (report["exit_code"], codes(report)[0]) == (1, "STATE-CLUSTER")
    assert not any("which security group" in skip["cause"] for skip in report["skipped"])


# --- repairs ---


def test_what_is_only_possible_is_not_repaired(files: Files) -> None:
    """Nobody knows whether anything is broken, so no change is recommended."""

    def by_list(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        changed = {"SourceCidrIp": "", "SourcePrefixListId": "pl-unknown"}
        return [{**rule, **changed} if rule["IpProtocol"] == "UDP" else rule for rule in rules]

    report = files.rules(by_list).check()
    assert (report["exit_code"], codes(report)) == (3, ["SG-UNRESOLVED"])
    assert report["suggested_edits"] == report["suggested_rules"] == []


@pytest.mark.parametrize("block", ["0.0.0.0/0", "128.0.0.0/1", "::/0"])
def test_no_rule_for_everybody(files: Files, block: str) -> None:
    result = CliRunner().invoke(main, ["check", str(files.place), "--offline", "--from", block])
    assert result.exit_code == 2
    assert "larger than any VPC" in result.output


def test_a_group_one_rule_short_of_its_quota(files: Files) -> None:
    filler = [
        a_permission(SecurityGroupRuleId=f"sgr-{n}", PortRange=f"{n}/{n}", SourceCidrIp="10.0.0.0/8")
        for n in range(20000, 20986)
    ]
    report = files.rules(lambda rules: without_kdc(rules) + filler).check()
    assert report["suggested_rules"] == []
    assert "holds 999 of 1000 rules, and 2 more are needed" in report["findings"][0]["remedies"][0]["text"]


def test_a_managed_group_is_named_by_its_service(files: Files) -> None:
    report = files.rules(without_kdc).listed(EMR_GROUP, ServiceManaged=True, ServiceID=1).check()
    texts = [remedy["text"] for remedy in report["findings"][0]["remedies"]]
    assert any("managed by cloud service 1" in text for text in texts), texts


def test_an_outbound_drop_of_priority_1_is_named(files: Files) -> None:
    drop = a_permission(
        Direction="egress", Policy="Drop", IpProtocol="UDP", PortRange="88/88", DestCidrIp="192.168.20.0/24"
    )
    report = files.rules(lambda _: [drop], RG).check()
    assert codes(report) == ["SG-RG-EGRESS"]
    assert any("sgr-made-up" in remedy["text"] for remedy in report["findings"][0]["remedies"])


# --- many nodes, many groups ---


def grow(files: Files, count: int, groups: int) -> None:
    """Add `count` DataNodes in `groups` groups of their own.

    Every second group lacks the DataNode port.
    """
    listed, running = (
        json.loads((files.place / f"{name}.json").read_text()) for name in ("ListNodes", "ListComponentInstances")
    )
    interfaces = json.loads((files.place / "DescribeNetworkInterfaces.json").read_text())
    security = json.loads((files.place / "DescribeSecurityGroups.json").read_text())
    model = next(node for node in listed["Nodes"] if node["NodeName"] == "core-1-1")
    instances = [one for one in running["ComponentInstances"] if one["NodeName"] == "core-1-1"]
    for number in range(count):
        name, address = f"core-2-{number}", f"192.168.{128 + number // 250}.{1 + number % 250}"
        listed["Nodes"].append({**model, "NodeId": f"i-{number}", "NodeName": name, "PrivateIp": address})
        running["ComponentInstances"] += [{**one, "NodeId": f"i-{number}", "NodeName": name} for one in instances]
        interfaces["NetworkInterfaceSets"]["NetworkInterfaceSet"].append(
            {
                "NetworkInterfaceId": f"eni-{number}",
                "VSwitchId": "vsw-bp1gtrve3ys3tgxz8",
                "VpcId": "vpc-bp1qdss0p52ob679n",
                "SecurityGroupIds": {"SecurityGroupId": [f"sg-{number % groups}"]},
                "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": address, "Primary": True}]},
            }
        )
    for number in range(groups):
        attribute = json.loads((files.place / EMR).read_text())
        rules = [
            a_permission(IpProtocol="ALL", SourceCidrIp="192.168.16.0/20"),
            a_permission(IpProtocol="ALL", SourceCidrIp="192.168.128.0/17"),
        ]
        if number % 2 == 0:
            rules.append(a_permission(PortRange="9866/9866", SourceCidrIp="192.168.10.0/24"))
        for place, rule in enumerate(rules):
            rule["SecurityGroupRuleId"] = f"sgr-{number}-{place}"
        attribute |= {"SecurityGroupId": f"sg-{number}", "Permissions": {"Permission": rules}}
        (files.place / f"sg-{number}.json").write_text(json.dumps(attribute))
        one = {**security["SecurityGroups"]["SecurityGroup"][0], "SecurityGroupId": f"sg-{number}"}
        security["SecurityGroups"]["SecurityGroup"].append({**one, "RuleCount": len(rules)})
    for answer in (listed, running, interfaces, security):
        answer.pop("TotalCount", None)
    written = {"ListNodes": listed, "ListComponentInstances": running, "DescribeNetworkInterfaces": interfaces}
    for name, answer in {**written, "DescribeSecurityGroups": security}.items():
        (files.place / f"{name}.json").write_text(json.dumps(answer))
    let_in = [
        a_permission(IpProtocol="ALL", SourceCidrIp="192.168.128.0/17", SecurityGroupRuleId="sgr-inside-1"),
        a_permission(IpProtocol="ALL", SourceCidrIp="192.168.16.0/20", SecurityGroupRuleId="sgr-inside-2"),
    ]
    files.rules(lambda rules: rules + let_in)


def test_data_nodes_on_many_groups_need_a_rule_on_each_that_lacks_it(files: Files) -> None:
    """Thirty interfaces with one group each: more groups than any one interface may have."""
    grow(files, 60, groups=30)
    report = files.check()
    lacking = {f"sg-{number}" for number in range(1, 30, 2)}
    assert codes(report) == ["SG-DATANODE"], "the rule in the other groups is at work there, not misplaced"
    assert {rule["security_group_id"] for rule in report["suggested_rules"]} == lacking
    assert {rule["port_range"] for rule in report["suggested_rules"]} == {"9866/9866"}
    assert len(report["findings"][0]["flows"]) == 30


def test_groups_that_do_not_let_each_other_in_are_one_finding(files: Files) -> None:
    grow(files, 8, groups=4)
    files.rules(lambda rules: [rule for rule in rules if "inside" not in rule["SecurityGroupRuleId"]])
    report = files.check()
    assert codes(report) == ["SG-DATANODE", "SG-INTRA"], "first what keeps the resource group out"
    assert "pairs of groups in all" in report["findings"][1]["cause"]


def test_a_cluster_of_a_thousand_nodes_takes_seconds(files: Files) -> None:
    grow(files, 1000, groups=4)
    started = time.process_time()
    report = files.check()
    assert len(report["flows"]) > 1000
    assert time.process_time() - started < 60, (
        "each pair of nodes was looked at, or each flow made its own index of names"
    )


def test_thousands_of_kdcs_take_seconds(tmp_path: Path) -> None:
    kdcs = "".join(f"  kdc = h{number}.example\n" for number in range(8000))
    (tmp_path / "krb5.conf").write_text(
        f"[libdefaults]\n default_realm = R\n kdc_udp_port = 88\n[realms]\n R = {{\n{kdcs} }}\n"
    )
    started = time.process_time()
    CliRunner().invoke(main, ["plan", str(tmp_path), "--from", "10.0.0.0/24", "--format", "json"])
    assert time.process_time() - started < 60


# --- text of strangers ---

STEERING = "\x1b[2J\x1b]0;owned\x07[bold]x[/bold] \u202eevil\u202c '\"; touch /tmp/x; $(id) ${x} %{if} \r\n`id`"


@pytest.mark.parametrize("form", ["terminal", "console", "cli", "terraform", "ros"])
def test_no_text_of_a_file_steers_what_reads_the_output(files: Files, form: str) -> None:
    files.edit("GetCluster.json", lambda a: a["Cluster"].update(ClusterName=STEERING, RegionId=STEERING))
    files.edit(EMR, lambda a: a.update(SecurityGroupName=STEERING, Description=STEERING))
    out = files.rules(without_kdc).page("--format", form)
    assert EMR_GROUP in out
    assert not [letter for letter in out if ord(letter) < 32 and letter != "\n"]
    assert "\u202e" not in out
    if form == "cli":
        words = subprocess.run(["bash", "-nc", out], capture_output=True, text=True, check=False)
        assert words.returncode == 0, words.stderr


@pytest.mark.parametrize("field", ["Priority", "PortRange", "IpProtocol"])
def test_a_number_of_thousands_of_digits_is_quoted_short(files: Files, field: str) -> None:
    report = files.rules(lambda rules: [{**rules[0], field: "9" * 5000}, *rules[1:]]).check()
    (skip,) = [skip for skip in report["skipped"] if f"found {field}" in skip["cause"]]
    assert skip["cause"].startswith(f"{EMR}:1: ")
    assert len(skip["cause"]) < 300
    assert report["exit_code"] in (0, 3)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("IpProtocol", "SCTP?"),
        ("IpProtocol", "256"),
        ("Policy", "perhaps"),
        ("Priority", "0"),
        ("Priority", "-1"),
        ("Direction", "both"),
        ("PortRange", "80-90"),
        ("PortRange", "70000/70000"),
        ("PortRange", "90/80"),
        ("SourceCidrIp", "n/a"),
        ("SourceCidrIp", "10.0.0.0/33"),
    ],
)
def test_an_odd_value_in_a_rule_that_decides_is_never_exit_0(files: Files, field: str, text: str) -> None:
    """Given the rule that lets the KDC's port in, when it cannot be read, then the run goes on and
    that connection is unknown."""

    def odd(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**rule, field: text} if rule["PortRange"] == "88/88" else rule for rule in rules]

    report = files.rules(odd).check()
    assert report["exit_code"] == 3
    assert {flow["verdict"] for flow in report["flows"] if flow["port"] == 88} == {"unknown"}
    assert "allowed" in {flow["verdict"] for flow in report["flows"]}
    assert not report["suggested_rules"]


@pytest.mark.parametrize("text", ["n/a", "-", "null", "192.168.20.256", "192.168.20.0/24", "\u202e"])
def test_an_odd_address_of_a_node_costs_its_own_item(files: Files, text: str) -> None:
    report = files.edit("ListNodes.json", lambda answer: answer["Nodes"][0].update(PrivateIp=text)).check()
    assert report["exit_code"] in (0, 3)
    assert any("ListNodes.json:1" in skip["cause"] for skip in report["skipped"])


@pytest.mark.parametrize("text", ["0.0.0.0/0", "10.0.0.0/7", "n/a"])
def test_a_vswitch_of_everything_is_no_source_of_a_rule(files: Files, text: str) -> None:
    files.rules(without_kdc)
    files.edit("DescribeVSwitchAttributes-rg.json", lambda answer: answer.update(CidrBlock=text))
    report = files.check()
    assert report["exit_code"] == 3
    assert not report["suggested_rules"]
    assert any("DescribeVSwitchAttributes-rg.json:1" in skip["cause"] for skip in report["skipped"])


# --- outputs ---


def run(files: Files, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "diagnose", "check", str(files.place), "--offline", *args]
    return subprocess.run(command, cwd=ROOT, text=True, check=False, **{"capture_output": True, **options})


def test_what_is_no_plain_file_is_written_to_and_not_replaced(files: Files, tmp_path: Path) -> None:
    """A pipe shows, without harm, that a file which is no plain file is not replaced.

    As root, a rename over /dev/null would make the machine unusable.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        try:
            assert run(files, "--format", "json", "-o", str(pipe)).returncode == 0
            assert json.loads(reader.communicate(timeout=10)[0])["exit_code"] == 0
        finally:
            reader.kill()
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


def test_a_file_that_is_replaced_keeps_its_readers(files: Files, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.touch(0o600)
    assert run(files, "--format", "json", "-o", str(report)).returncode == 0
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_a_pipe_that_nobody_reads_is_refused(files: Files, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = run(files, "--format", "json", "-o", str(tmp_path / "pipe"), timeout=60)
    assert result.returncode == 2
    assert "it is a pipe, and no program reads it" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "PIPE", "--offline"),
        ("check", "CASE", "--offline", "--keytab", "PIPE", "--principal", "hive/h@R"),
        ("probe", "--targets", "PIPE"),
        ("kerberos", "PIPE"),
    ],
)
def test_an_input_that_is_a_pipe_is_refused(files: Files, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    places = {"PIPE": str(pipe), "CASE": str(files.place)}
    command = [sys.executable, "-m", "diagnose", *(places.get(each, each) for each in arguments)]
    result = subprocess.run(command, cwd=ROOT, text=True, check=False, capture_output=True, timeout=60)
    assert result.returncode == 2
    assert "pipe" in result.stderr


def test_a_link_stays_a_link(files: Files, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    run(files, "--format", "json", "-o", str(tmp_path / "link.json"))
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["exit_code"] == 0


@pytest.mark.parametrize(
    "args", [("--format", "json", "-o", "{0}", "--format", "cli", "-o", "{0}"), ("--format", "json", "-o", "")]
)
def test_outputs_that_cannot_be_meant(files: Files, tmp_path: Path, args: tuple[str, ...]) -> None:
    target = str(tmp_path / "out")
    done = run(files, *(arg.replace("{0}", target) for arg in args))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not Path(target).exists()


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", [("schema",), ("check", str(ROOT / "fixtures" / "healthy"), "--offline")])
def test_a_full_disk_is_exit_2_and_one_message(command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "diagnose", *command],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_standard_output_is_exit_2(files: Files) -> None:
    script = f"exec '{sys.executable}' -m diagnose check '{files.place}' --offline >&-"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_a_reader_that_leaves_does_not_change_the_exit_code(files: Files) -> None:
    """`check … | head` of a healthy cluster is still exit 0."""
    script = (
        f"'{sys.executable}' -m diagnose check '{files.place}' --offline --format json | true; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.startswith("ALLOWED: ")
    assert done.stderr.count("\n") == 1


def test_ctrl_c_that_python_makes_another_error_of_is_still_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 raises RuntimeError for what `__set_name__` raises."""

    def interrupted(*_: object) -> None:
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()

    monkeypatch.setattr("diagnose.cli.explain.write", interrupted)
    result = CliRunner().invoke(main, ["explain", "SG-KDC-UDP"])

    assert result.exit_code == 130
    assert "bug" not in result.output


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (RuntimeError("x\x1b[2J" * 200), 4)])
def test_what_no_command_expects_has_the_contracts_exit_code(
    files: Files, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    from diagnose.cli import check_once

    monkeypatch.setattr(check_once, "read_case", fail)
    result = CliRunner().invoke(cli.main, ["check", str(files.place), "--offline"])
    assert result.exit_code == code
    assert "\x1b" not in result.output
    assert len(result.output) < 700


# --- our own bounds ---


@pytest.mark.parametrize("file", ["krb5.conf", "hdfs-site.xml", "core-site.xml", "hosts", "spark-defaults.conf"])
def test_a_file_above_our_bound_is_skipped_and_nothing_is_said_of_it(files: Files, file: str) -> None:
    """Given a file that is larger than this check reads, when it is checked, then the report names
    the bound, and neither refuses the file nor misses what it may define."""
    path = files.place / file
    filler = f"<!-- {'x' * (5 << 20)} -->\n" if file.endswith(".xml") else f"# {'x' * 78}\n" * 60_000
    path.write_text(path.read_text().rstrip() + "\n" + filler)
    report = files.check()
    (skip,) = [skip for skip in report["skipped"] if skip["check"] == f"what {file} says"]
    assert "this is a limit of emr-diagnose" in skip["cause"]
    assert report["exit_code"] == 3
    assert not [finding for finding in report["findings"] if finding["severity"] == "error"]
    words = json.dumps(report["skipped"])
    assert "has no krb5.conf" not in words
    assert "no file defines" not in words
