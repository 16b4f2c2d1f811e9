"""Given findings that are accepted for a time, then they are told and do not count.

Nothing that fails is ever said to work.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.report.json import decode
from diagnose.report.verdict import verdict
from tests.support import incident_cases as cases
from tests.support.places import FIXTURES

AHEAD, GONE = "2999-12-31", "2020-01-31"


def waiver(code: str = "SG-SVC", where: str = "master-1-1", until: str = AHEAD, reason: str = "ticket 4711") -> str:
    return f'[[waive]]\ncode = "{code}"\nwhere = "{where}"\nreason = "{reason}"\nuntil = {until}\n'


def without(ports: set[int], *waivers: str) -> dict[str, cases.Content]:
    """Return the healthy cluster without the rules for these ports, with these waivers."""
    rules = [cases.rule("TCP", port) for port in cases.PORTS if port not in ports]
    return {
        **cases.healthy(),
        "case.toml": cases.case_toml(more="".join(waivers)),
        **cases.group_of_nodes(rules),
    }


def checked(folder: Path, *waivers: str, ports: frozenset[int] = frozenset({9083})) -> Any:
    return cases.report(folder, without(set(ports), *waivers))


@pytest.mark.parametrize(
    "where",
    [
        "master-1-1",
        "MASTER-1-1",
        cases.MASTER,
        "192.168.20.11",
        "master-1-1:9083",
        "tcp://master-1-1:9083",
        f"tcp://{cases.MASTER}:9083",
        "hive-metastore/master-1-1:9083",
        "sg-emr",
        "hive-site.xml",
        "*",
    ],
)
def test_a_waived_finding_is_told_and_does_not_count(tmp_path: Path, where: str) -> None:
    report = checked(tmp_path, waiver(where=where))

    (finding,) = report["findings"]
    assert (finding["code"], finding["severity"]) == ("SG-SVC", "error")
    assert (finding["waived"]["reason"], finding["waived"]["until"]) == ("ticket 4711", AHEAD)
    assert (report["exit_code"], report["status"]) == (0, "waived")
    assert [each["state"] for each in report["waivers"]] == ["applies"]
    assert [flow["verdict"] for flow in report["flows"] if flow["id"] in finding["flows"]] == ["blocked"]


def test_a_day_that_has_passed_counts_again_and_the_report_says_so(tmp_path: Path) -> None:
    files = without({9083}, waiver(until=GONE))
    report = cases.report(tmp_path, files)

    assert (report["exit_code"], report["status"]) == (1, "fail")
    assert [each["state"] for each in report["waivers"]] == ["expired"]
    assert report["findings"][0]["waived"] is None
    for details in ((), ("--details",), ("--format", "markdown")):
        _, page = cases.check(tmp_path, files, *details)
        assert "ran out on 2020-01-31" in " ".join(page.split())


@pytest.mark.parametrize(
    ("code", "where"), [("SG-SVC", "core-1-1"), ("SG-KDC-UDP", "*"), ("SG-SVC", "tcp://master-1-1:9084"), ("NONE", "*")]
)
def test_a_waiver_that_fits_nothing_is_told_and_changes_nothing(tmp_path: Path, code: str, where: str) -> None:
    report = checked(tmp_path, waiver(code, where))

    assert report["exit_code"] == 1
    assert [each["state"] for each in report["waivers"]] == ["unmatched"]


def test_a_waiver_that_fits_a_part_of_a_finding_waives_nothing(tmp_path: Path) -> None:
    """Given one finding about two ports, then a waiver of one port does not hide the other."""
    report = checked(tmp_path, waiver(where="master-1-1:9083"), ports=frozenset({9083, 8032}))

    (finding,) = report["findings"]
    assert len(finding["flows"]) == 2
    assert report["exit_code"] == 1
    assert [each["state"] for each in report["waivers"]] == ["partial"]


def test_two_waivers_that_together_fit_all_of_a_finding_waive_it(tmp_path: Path) -> None:
    two = waiver(where="master-1-1:9083"), waiver(where="master-1-1:8032", until="2998-06-30", reason="ticket 9")
    files = without({9083, 8032}, *two)

    report = cases.report(tmp_path, files)

    (finding,) = report["findings"]
    assert (report["exit_code"], report["status"]) == (0, "waived")
    assert [each["state"] for each in report["waivers"]] == ["applies", "applies"]
    assert finding["waived"]["until"] == "2998-06-30"
    assert [each["reason"] for each in finding["waived_also"]] == ["ticket 4711"]
    for form in (
        (),
        ("--details",),
        *(("--format", form) for form in ("markdown", "junit", "sarif", "github", "html")),
    ):
        _, page = cases.check(tmp_path, files, *form)
        assert {"ticket 4711", "ticket 9"} <= set(re.findall(r"ticket \d+", " ".join(page.split()))), form


@pytest.mark.parametrize(
    ("second", "states"),
    [
        (waiver(where="master-1-1:9083"), ["partial", "partial"]),
        (waiver(where="master-1-1:8032", until=GONE), ["partial", "expired"]),
        (waiver("SG-DATANODE", where="master-1-1:8032"), ["partial", "unmatched"]),
    ],
    ids=["same-part", "ran-out", "another-code"],
)
def test_two_waivers_that_leave_a_part_of_a_finding_waive_nothing(
    tmp_path: Path, second: str, states: list[str]
) -> None:
    report = checked(tmp_path, waiver(where="master-1-1:9083"), second, ports=frozenset({9083, 8032}))

    assert report["exit_code"] == 1
    assert [each["state"] for each in report["waivers"]] == states


def test_a_waiver_that_ran_out_does_not_count_again_beside_a_live_one(tmp_path: Path) -> None:
    files = without({9083}, waiver(until=GONE, reason="ticket 1"), waiver(where="*"))

    report = cases.report(tmp_path, files)

    assert (report["exit_code"], [each["state"] for each in report["waivers"]]) == (0, ["expired", "applies"])
    for details in ((), ("--details",), ("--format", "markdown")):
        _, page = cases.check(tmp_path, files, *details)
        page = " ".join(page.split())
        assert "ran out on 2020-01-31: take it out of case.toml" in page
        assert "counts again" not in page


def test_a_waiver_of_a_part_does_not_count_beside_one_of_the_whole(tmp_path: Path) -> None:
    files = without({9083, 8032}, waiver(where="master-1-1:9083"), waiver(where="*"))

    code, page = cases.check(tmp_path, files, "--details")

    assert code == 0
    assert "so it counts" not in " ".join(page.split())
    assert "They are waived all the same" in " ".join(page.split())


@pytest.mark.parametrize(
    ("case", "code", "where"),
    [
        ("datalake-ha-kerberos", "SG-KDC-UDP", "master-1-2"),
        ("enterprise-group", "SG-ENTERPRISE", "core-1-1"),
        ("two-networks", "SG-SOURCE", "core-1-1"),
        ("custom-cluster", "SG-DATANODE", "172.16.20.21"),
        ("custom-cluster", "SG-DATANODE", "core-1-1"),
    ],
)
def test_a_host_waives_no_finding_about_another_host_as_well(tmp_path: Path, case: str, code: str, where: str) -> None:
    folder = tmp_path / case
    shutil.copytree(FIXTURES / case, folder)
    toml = folder / "case.toml"
    toml.write_text((toml.read_text() if toml.exists() else "") + waiver(code, where))

    result = CliRunner().invoke(main, ["check", str(folder), "--offline", "--format", "json"])
    report = json.loads(result.stdout)

    assert result.exit_code == 1
    assert [each["state"] for each in report["waivers"]] == ["partial"]
    assert all(finding["waived"] is None for finding in report["findings"])


def test_hosts_that_a_finding_names_in_a_list_are_waived_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    shutil.copytree(FIXTURES / "enterprise-group", folder)
    command = ["check", str(folder), "--offline", "--format", "json"]
    before = json.loads(CliRunner().invoke(main, command).stdout)
    hosts = {flow["host"] for flow in before["flows"] if flow["id"] in before["findings"][0]["flows"]}
    toml = folder / "case.toml"
    toml.write_text((toml.read_text() if toml.exists() else "") + "".join(waiver("SG-ENTERPRISE", h) for h in hosts))

    report = json.loads(CliRunner().invoke(main, command).stdout)

    assert len(hosts) > 1
    assert [each["state"] for each in report["waivers"]] == ["applies"] * len(hosts)
    assert len(report["findings"][0]["waived_also"]) == len(hosts) - 1


def test_what_is_not_waived_comes_first_and_decides(tmp_path: Path) -> None:
    report = checked(tmp_path, waiver(where="master-1-1"), ports=frozenset({9083, 9866}))

    assert [(finding["code"], finding["waived"] is None) for finding in report["findings"]] == [
        ("SG-DATANODE", True),
        ("SG-SVC", False),
    ]
    assert report["exit_code"] == 1


def test_what_is_not_known_is_never_waived(tmp_path: Path) -> None:
    """Given a rule that cannot be resolved, then a waiver of what may be wrong leaves it open."""
    files = without({9083}, waiver("SG-UNRESOLVED", "*"), waiver("SG-SVC", "*"))
    export = json.loads(str(files["sg-emr.json"]))
    unresolved = {**cases.rule("TCP", 9083), "SourceCidrIp": "", "SourcePrefixListId": "pl-unknown"}
    export["Permissions"]["Permission"].append(unresolved)
    groups = str(files["groups.json"]).replace('"RuleCount": 13', '"RuleCount": 14')

    report = cases.report(tmp_path, {**files, "sg-emr.json": json.dumps(export), "groups.json": groups})

    assert [flow["verdict"] for flow in report["flows"] if flow["port"] == 9083] == ["unknown"]
    assert (report["exit_code"], report["status"]) == (3, "inconclusive")


def test_the_verdict_says_that_it_fails(tmp_path: Path) -> None:
    files = without({9083}, waiver())

    code, page = cases.check(tmp_path, files)

    assert code == 0
    assert " ".join(page.split()).endswith(
        f"FAILS, WAIVED: 1 of 6 required connections fail; waived until {AHEAD}. Exit code 0."
    )
    assert f"Waived until {AHEAD}: ticket 4711 (case.toml:" in page
    assert not re.search(r"\b(WORKS|ALLOWED)\b", page)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("junit", "<skipped"),
        ("sarif", '"suppressions"'),
        ("github", "::notice"),
        ("markdown", "FAILS, WAIVED"),
        ("html", "FAILS, WAIVED"),
        ("prometheus", "emr_diagnose_waived_findings"),
    ],
)
def test_every_format_has_the_waiver(tmp_path: Path, form: str, said: str) -> None:
    _, output = cases.check(tmp_path, without({9083}, waiver()), "--format", form)

    assert said in output
    assert "ticket 4711" in output or form == "prometheus"
    assert "<failure" not in output
    assert "::error" not in output


def test_without_waivers_no_verdict_changes(tmp_path: Path) -> None:
    _, output = cases.check(tmp_path, without({9083}), "--format", "json")

    assert verdict(decode(output.encode())).word == "DOES NOT WORK"


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        ("reason", "found no reason"),
        ("until", "found no until"),
        ("where", "found no where"),
        ("code", "found no code"),
    ],
)
def test_a_waiver_lacks_no_key(tmp_path: Path, left_out: str, message: str) -> None:
    text = "".join(line for line in waiver().splitlines(keepends=True) if not line.startswith(left_out))

    code, output = cases.check(tmp_path, without({9083}, text))

    assert code == 2
    assert message in output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (waiver(reason=" "), "found an empty reason, expected text"),
        (waiver(until='"soon"'), "found 'soon', expected a day such as 2027-01-31"),
        (waiver() + "who = 1\n", "found the unknown key who"),
    ],
)
def test_a_waiver_that_cannot_be_read_is_an_input_error(tmp_path: Path, text: str, message: str) -> None:
    code, output = cases.check(tmp_path, without({9083}, text))

    assert code == 2
    assert message in output


def test_a_waived_warning_is_told_too(tmp_path: Path) -> None:
    files = cases.healthy(kerberos=True)
    krb5 = str(files["krb5.conf"]).replace("[libdefaults]", "[libdefaults]\n  kdc_timeout = 3")
    files |= {"krb5.conf": krb5}
    assert cases.check(tmp_path, files, "--fail-on", "warning")[0] == 1

    files |= {"case.toml": cases.case_toml(kerberos=True, more=waiver("KDC-TIMEOUT-UNIT", "krb5.conf:2"))}
    code, page = cases.check(tmp_path, files, "--fail-on", "warning")

    assert code == 0
    assert f"KDC-TIMEOUT-UNIT at krb5.conf:2 is waived until {AHEAD}" in " ".join(page.split())
