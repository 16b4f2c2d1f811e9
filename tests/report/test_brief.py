"""On a screen of 80 x 24, the last lines have the verdict, each cause and its repair."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from diagnose.cli import main
from diagnose.remedies.model import FindingRef
from diagnose.report.brief import HEIGHT, render
from diagnose.report.finding_model import RemedyFacts, UndoneFacts
from diagnose.report.fitting import Part, fitted
from diagnose.report.model import Report, SkippedFacts
from diagnose.report.remedy import remedies
from tests.report.test_fixtures import EXPECTED, OPTIONS, check
from tests.support import reports
from tests.support.factories import DOMAIN
from tests.support.pages import is_one_word
from tests.support.places import FIXTURES

VERDICTS = ("WORKS", "ALLOWED", "DOES NOT WORK", "NOT DECIDED", "NOT FINISHED")


def page_of(case: str) -> list[str]:
    return check(case).stdout.splitlines()  # type: ignore[no-any-return]


@pytest.mark.parametrize("case", EXPECTED)
def test_the_answer_of_every_fixture_is_on_one_screen(case: str) -> None:
    """Given a terminal of 80 x 24, then nothing of the answer scrolls away at the end."""
    code, primary = EXPECTED[case]
    lines = page_of(case)

    assert len(lines) <= HEIGHT
    assert all(cell_len(line) <= 80 or is_one_word(line) for line in lines)
    assert any(line.startswith(VERDICTS) for line in lines[-2:])
    assert lines[-1].endswith(f"Exit code {code}.")
    if primary is not None:
        assert any(line.startswith(f"1 {primary} ") for line in lines)
        assert any(line.split()[:1] in (["Add"], ["Do"]) for line in lines)


@pytest.mark.parametrize("case", [name for name, (_, primary) in EXPECTED.items() if primary])
def test_the_first_rules_of_every_fixture_can_be_copied_from_the_screen(case: str) -> None:
    found = check(case, "--format", "json").stdout

    report = msgspec.json.decode(found, type=Report)
    text = "\n".join(page_of(case))
    for rule in next((remedy.rules for remedy in remedies(report)), ())[:4]:
        row = f"{rule.security_group_id} {'inbound' if rule.direction == 'ingress' else 'outbound'} {rule.ip_protocol}"
        assert f"{row} {rule.port_range}" in text
    assert OPTIONS.keys() <= EXPECTED.keys()


def many_faults(number: int) -> Report:
    """Return a report with a fault for each port, each with a rule to add."""
    flows = [reports.a_flow("Service", "master-1-1", port, verdict="blocked") for port in range(1000, 1000 + number)]
    findings = [
        reports.a_finding(f"SG-TEST-{n}", rank=n, flows=[flow.id], settle_by="a probe from a host in the vSwitch")
        for n, flow in enumerate(flows, 1)
    ]
    rules = [reports.a_rule(finding=FindingRef(f"SG-TEST-{n}", n), port_range=f"{n}/{n}") for n in range(1, number + 1)]
    return reports.a_report(status="fail", exit_code=1, flows=flows, findings=findings, suggested_rules=rules)


@pytest.mark.parametrize("number", [1, 2, 3, 5, 8, 12])
def test_of_many_faults_each_has_its_code_and_the_first_its_repair(number: int) -> None:
    page = render(many_faults(number), 80, colour=False)

    assert len(page.splitlines()) <= HEIGHT
    assert all(f"SG-TEST-{n} " in page or f"SG-TEST-{n}:" in page for n in range(1, number + 1))
    assert "Add    sg-bp1emr0001 inbound UDP 1/1 source 192.168.10.0/24" in page
    assert page.splitlines()[-1].endswith("Exit code 1.")


@given(
    st.lists(
        st.lists(st.integers(0, 9), min_size=1, max_size=4).map(lambda sizes: sorted(sizes, reverse=True)),
        max_size=6,
    ),
    st.integers(1, 30),
)
def test_a_page_that_can_fit_does_and_loses_no_more_than_it_must(sizes: list[list[int]], height: int) -> None:
    parts = [Part(tuple("x\n" * size for size in part), tuple(range(1, len(part)))) for part in sizes]

    lines = fitted(parts, height).count("\n")

    assert lines <= max(height, sum(part[-1] for part in sizes))
    if sum(part[0] for part in sizes) <= height:
        assert lines == sum(part[0] for part in sizes)


def test_the_step_that_loses_least_is_made_first() -> None:
    cheap, dear = Part(("a\na\n", ""), (1,)), Part(("b\nb\n", ""), (2,))

    assert fitted([cheap, dear], 2) == fitted([dear, cheap], 2) == "b\nb\n"


def test_two_faults_of_one_line_have_their_repair_once() -> None:
    findings = [reports.a_finding(f"KRB-{n}", rank=n, remedies=[RemedyFacts("edit", "replace", 1)]) for n in (1, 2)]
    edits = [reports.a_lines_edit(finding=FindingRef(f"KRB-{n}", n)) for n in (1, 2)]
    report = reports.with_edits(reports.a_report(status="fail", exit_code=1, findings=findings), *edits)
    page = render(report, 80, colour=False)

    assert page.count("Replace krb5.conf:4") == 1
    assert "Do     The same as for KRB-1." in page


def test_the_domain_of_the_hosts_is_left_out_of_host_names_alone() -> None:
    cause = f"krb5.conf:3: “.{DOMAIN} = A”. master-1-1.{DOMAIN} and x.{DOMAIN}.cn are told apart. {DOMAIN} stays."
    page = render(
        reports.a_report(status="fail", exit_code=1, findings=[reports.a_finding(cause=cause)]), 200, colour=False
    )

    shown = f"“.{DOMAIN} = A”. master-1-1 and x.{DOMAIN}.cn are told apart. {DOMAIN} stays."
    assert shown in " ".join(page.split())


@pytest.mark.parametrize(
    ("repairs", "remains", "said"),
    [
        ([0, 1], [], "repairs 2 of 2, nothing remains"),
        ([0], [], "repairs 1 of 2, the rest is not certain"),
        ([0], ["KDC-DOWN"], "repairs 1 of 2, KDC-DOWN remains"),
        ([0], None, "repairs 1 of 2"),
        ([], [], None),
    ],
)
def test_nothing_remains_only_where_every_broken_connection_is_repaired(
    repairs: list[int], remains: list[str] | None, said: str | None
) -> None:
    flows = [reports.a_flow("Service", f"core-1-{n}", 9866, verdict="blocked") for n in range(2)]
    undone = UndoneFacts([flows[n].id for n in repairs], [], remains)
    finding = reports.a_finding("SG-DATANODE", confidence="strong", undone=undone)
    page = render(reports.a_report(status="fail", exit_code=1, flows=flows, findings=[finding]), 80, colour=False)

    first = next(line for line in page.splitlines() if line.startswith("1 "))
    assert first == f"1 SG-DATANODE very likely{f', {said}' if said else ''}"


def test_connections_that_nobody_answered_are_allowed_and_not_working() -> None:
    """Given packets from outside the resource group, which leave the word to the configuration."""
    report = reports.failing()
    flows = [msgspec.structs.replace(flow, verdict="allowed") for flow in report.flows]
    page = render(msgspec.structs.replace(report, flows=flows, basis="packets"), 80, colour=False)
    assert "Connections that work" not in page
    assert "Connections allowed" in page


def test_a_step_without_its_commands_does_not_announce_them() -> None:
    """Given no room for the commands, then the sentence that leads to them goes as well."""
    steps = ["Add what is missing, then check again. In its directory:", *(f"aliyun one {n}" for n in range(30))]
    advice = [RemedyFacts("advice", text) for text in steps]
    finding = reports.a_finding("SG-UNRESOLVED", confidence="inferred", remedies=advice)
    page = render(reports.a_report(status="fail", exit_code=1, findings=[finding]), 80, colour=False)

    assert "Add what is missing, then check again.\n" in page
    assert "In its directory" not in page


def undecided(*skipped: SkippedFacts) -> Report:
    """Return a report without a finding, of which something could not be checked."""
    flows = [reports.a_flow("Service", "master-1-1", 1000, verdict="allowed")]
    return reports.a_report(status="inconclusive", exit_code=3, flows=flows, skipped=list(skipped))


def test_a_page_that_decides_nothing_says_what_is_needed_to_decide() -> None:
    """Given no finding, then the page has room for each missing file, the same need once."""
    kdc = SkippedFacts("KDC", "the case has no krb5.conf", "/etc/krb5.conf of a cluster node")
    twice = [SkippedFacts(name, "no answer lists the nodes", "emr:ListNodes") for name in ("DataNode", "HiveServer2")]
    page = render(undecided(kdc, *twice), 80, colour=False)

    assert "- KDC: the case has no krb5.conf. It needs /etc/krb5.conf of a cluster node." in " ".join(page.split())
    assert "- DataNode, HiveServer2: no answer lists the nodes. It needs emr:ListNodes." in " ".join(page.split())


def test_each_service_of_a_missing_file_is_named_with_its_own_cause() -> None:
    """Given one file that decides the addresses of two services, then it is asked for once."""
    causes = {"Hive metastore": "port 9083 is assumed", "HiveServer2": "port 10000 is assumed"}
    page = render(
        undecided(*(SkippedFacts(name, why, "hive-site.xml") for name, why in causes.items())), 80, colour=False
    )

    words = " ".join(page.split())
    assert (
        "- Hive metastore: port 9083 is assumed; HiveServer2: port 10000 is assumed. It needs hive-site.xml." in words
    )


def test_a_page_says_what_is_needed_of_a_few_checks_alone() -> None:
    skipped = [SkippedFacts(f"check {n}", f"the case lacks {n}", f"file {n}") for n in range(30)]
    page = render(undecided(*skipped), 80, colour=False)

    assert page.count("It needs ") == 3
    assert len(page.splitlines()) <= HEIGHT


def test_an_error_that_an_api_answered_with_stands_beside_the_finding() -> None:
    """Given two answers with one error, then it is said once, with the permission that it needs."""
    refused = [
        SkippedFacts(f"{name}.json", "an error answer, code Forbidden.RAM", "it", "Forbidden.RAM", "ecs:Read")
        for name in "ab"
    ]
    report = msgspec.structs.replace(reports.inconclusive(), skipped=refused)
    page = render(report, 80, colour=False)
    assert page.count("Forbidden.RAM") == 1
    words = " ".join(page.split())
    assert "a.json: an error answer, code Forbidden.RAM. First allow the RAM action ecs:Read." in words
    decided = msgspec.structs.replace(reports.failing(), skipped=refused)
    assert "Forbidden.RAM" not in render(decided, 80, colour=False)


def test_what_is_needed_is_left_to_the_finding_if_there_is_one() -> None:
    skipped = SkippedFacts("KDC", "the case has no krb5.conf", "/etc/krb5.conf of a cluster node")
    report = msgspec.structs.replace(undecided(skipped), findings=[reports.a_finding(confidence="inferred")])

    assert "It needs" not in render(report, 80, colour=False)


def test_rules_and_a_count_that_do_not_fit_are_both_saved_anew(tmp_path: Path) -> None:
    """Given a rule that the export lacks, then commands on the screen replace both answers."""
    copytree(FIXTURES / "healthy", tmp_path / "case")
    file = tmp_path / "case" / "DescribeSecurityGroupAttribute-emr.json"
    answer = json.loads(file.read_text())
    answer["Permissions"]["Permission"].pop()
    file.write_text(json.dumps(answer))
    page = CliRunner().invoke(main, ["check", str(tmp_path / "case"), "--offline"]).stdout

    group = "--SecurityGroupId sg-bp1xn8b6h4jjn1663 --Direction all"
    assert "DescribeSecurityGroupAttribute has 14 of the 15 rules" in " ".join(page.split())
    assert f"{group} \\\n            > {file.name}\n" in page
    assert (
        "aliyun ecs DescribeSecurityGroups --RegionId cn-hangzhou \\\n            > DescribeSecurityGroups.json\n"
        in page
    )
    assert len(page.splitlines()) <= HEIGHT


def test_the_first_warning_of_a_good_case_is_told_with_its_repair() -> None:
    """Given no fault, then the page has room for it; a remark stays in the details."""
    advice = [RemedyFacts("advice", "Write the NameNode of this cluster.")]
    for severity, is_told in (("warning", True), ("info", False)):
        found = [reports.a_finding(code, severity=severity, remedies=advice) for code in ("SVC-PORT", "KDC-LIST")]
        page = render(reports.a_report(status="pass", exit_code=0, findings=found), 80, colour=False)
        assert page.count("Write the NameNode of this cluster.") == is_told


def test_what_the_cause_names_is_not_named_again_as_what_would_settle_it() -> None:
    """Given a cause that holds the words, then the lines go to the repair."""
    told = reports.a_finding(cause="It depends on the entries of pl-bp1x.", settle_by="the entries of pl-bp1x")
    other = msgspec.structs.replace(told, settle_by="a probe from the vSwitch")
    pages = [render(reports.a_report(status="fail", findings=[each]), 80, colour=False) for each in (told, other)]

    assert ["Check  " in page for page in pages] == [False, True]


def test_a_long_command_takes_no_more_lines_than_it_needs() -> None:
    command = "aliyun ecs Call --RegionId cn-hangzhou --SecurityGroupId sg-bp1xn8b6h4jjn1663 --Direction all > sg.json"
    finding = reports.a_finding("SG-UNRESOLVED", confidence="inferred", remedies=[RemedyFacts("advice", command)])
    report = reports.a_report(status="fail", exit_code=1, findings=[finding])
    pages = {width: render(report, width, colour=False).splitlines() for width in (60, 80, 120)}
    shown = {width: page[page.index(next(x for x in page if "aliyun" in x)) :][:4] for width, page in pages.items()}

    indent = " " * 10
    assert shown[120][0] == f"{indent}{command}"
    assert shown[80][:2] == [
        f"{indent}aliyun ecs Call --RegionId cn-hangzhou \\",
        f"{indent}  --SecurityGroupId sg-bp1xn8b6h4jjn1663 --Direction all > sg.json",
    ]
    assert all(line.endswith("\\") for line in shown[60][:2])
    assert max(map(len, shown[60])) <= 60


def test_a_reason_that_several_connections_share_speaks_of_none_of_them_alone() -> None:
    """Given two connections and no network, then one line has both."""
    page = " ".join(CliRunner().invoke(main, ["check", str(FIXTURES / "minimal"), "--offline"]).stdout.split())

    assert page.count("aliyuncs.com:88") == 2
    assert "no packet was sent, and no network of the resource group in this address family is known" in page


def test_a_case_without_a_network_asks_for_it_once_and_says_where_it_is_found(tmp_path: Path) -> None:
    for name in ("minimal", "non-ha"):
        folder = tmp_path / name
        copytree(FIXTURES / name, folder)
        for file in (*folder.glob("ListNetworks*"), *folder.glob("DescribeVSwitchAttributes-rg*")):
            file.unlink()

        page = CliRunner().invoke(main, ["check", str(folder), "--offline", "--no-color"]).stdout

        assert page.count("--from") == 1
        assert "aliyun vpc DescribeVSwitches" in " ".join(page.split())
