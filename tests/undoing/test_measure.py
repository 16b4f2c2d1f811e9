"""Does a finding weigh what its undoing changes, and does the undoing say what happens?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from diagnose.case.directory import read
from diagnose.clients import java_readings
from diagnose.engine import diagnose
from diagnose.findings.kerberos import krb5_lint
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations
from diagnose.undoing.measure import (
    FEWEST_REMAINS,
    FEWEST_UNDONE,
    MOST_FLOWS,
    MOST_FLOWS_REMAINING,
    MOST_REMAINS,
    MOST_UNDONE,
    affordable,
)
from tests.support.factories import a_group, a_krb5conf, a_rule, a_udp_rule
from tests.support.incident_cases import (
    BLOCK,
    MASTER,
    REALM,
    Change,
    case_toml,
    changed,
    check,
    group,
    healthy,
    report,
    rule,
)
from tests.support.places import FIXTURES
from tests.support.scenes import saw, the_case

AT = "192.168.20.11"

KERBEROS = healthy(kerberos=True)
KRB5 = str(KERBEROS["krb5.conf"])
PORTS = (88, 9000, 8032, 8088, 9866, 9083, 10000, 10020, 19888)


def _open(*ports: int) -> Change:
    """Return the group that opens these TCP ports and nothing else."""
    rules = group("sg-emr", [rule("TCP", port) for port in ports])
    return {"sg-emr.json": rules, "groups.json": None}


CLOSED = _open(*PORTS)
"""Everything is open but UDP to the KDC."""

ACL: Change = {
    "case.toml": case_toml(kerberos=True).replace('id = "vsw-emr"\n', 'id = "vsw-emr"\nacl = "nacl-1"\n'),
    "acl.json": """{"NetworkAclAttribute": {"NetworkAclId": "nacl-1", "VpcId": "vpc-a", "RegionId": "cn-hangzhou",
 "IngressAclEntries": {"IngressAclEntry": [
  {"NetworkAclEntryId": "nae-1", "Policy": "drop", "Protocol": "udp", "Port": "88/88", "SourceCidrIp": "0.0.0.0/0"},
  {"NetworkAclEntryId": "nae-2", "Policy": "accept", "Protocol": "all", "Port": "-1/-1", "SourceCidrIp": "0.0.0.0/0"}]},
 "EgressAclEntries": {"EgressAclEntry": [
  {"NetworkAclEntryId": "nae-3", "Policy": "accept", "Protocol": "all", "Port": "-1/-1",
   "DestinationCidrIp": "0.0.0.0/0"}]},
 "Resources": {"Resource": [{"ResourceId": "vsw-emr", "ResourceType": "VSwitch"}]}}}""",
}


def _with(line: str) -> Change:
    return {"krb5.conf": KRB5.replace("[libdefaults]\n", f"[libdefaults]\n  {line}\n")}


def _found(made: Any, code: str) -> Any:
    return next(finding for finding in made["findings"] if finding["code"] == code)


@pytest.mark.parametrize("line", ["kdc_timeout = 30", "default_ccache_name = KEYRING:persistent:%{uid}"])
def test_a_line_that_breaks_nothing_is_harmless_here(tmp_path: Path, line: str) -> None:
    made = report(tmp_path, changed(KERBEROS, _with(line)))
    assert {finding["severity"] for finding in made["findings"]} <= {"warning", "info"}
    assert made["exit_code"] in (0, 3)
    assert made["suggested_edits"] == []
    _, text = check(tmp_path, {})
    assert "DOES NOT WORK" not in text


def test_a_line_that_breaks_nothing_stands_behind_the_rule_that_is_missing(tmp_path: Path) -> None:
    made = report(tmp_path, changed(KERBEROS, {**_with("kdc_timeout = 30"), **CLOSED}))
    assert made["findings"][0]["code"] == "SG-KDC-UDP"
    lint = _found(made, "KDC-TIMEOUT-UNIT")
    assert lint["severity"] == "warning"
    assert lint["undone"] == {"repairs": [], "clients": [], "remains": None, "needs_others": False, "unclear": []}
    assert "Harmless here" in lint["detail"]


def test_a_line_that_helps_only_with_a_second_repair_stands_behind_it_and_says_so(tmp_path: Path) -> None:
    """Given single DES, and no rule for a KDC, then no login works with one repair alone."""
    files = changed(KERBEROS, {**_with("default_tkt_enctypes = des-cbc-crc"), **_open(*PORTS[1:])})
    made = report(tmp_path, files)
    lint = _found(made, "KRB-ETYPE-CONF")
    _, text = check(tmp_path, {}, "--details")

    assert made["findings"][0]["code"].startswith("SG-KDC-")
    assert (lint["severity"], lint["undone"]["needs_others"]) == ("error", True)
    assert "Only once the other faults are repaired as well: logins by" in " ".join(text.split())


def test_undoing_the_only_cause_repairs_its_flows_and_clients_and_leaves_nothing(tmp_path: Path) -> None:
    made = report(tmp_path, changed(KERBEROS, CLOSED))
    undone = made["findings"][0]["undone"]
    assert undone["repairs"] == ["kdc-udp/master-1-1:88"] or undone["repairs"] == made["findings"][0]["flows"]
    assert "jdk" in undone["clients"]
    assert undone["remains"] == []
    _, text = check(tmp_path, {}, "--details")
    assert "No other fault is sure." in " ".join(text.split())


def test_of_two_layers_that_stop_one_flow_neither_alone_repairs_it(tmp_path: Path) -> None:
    # Given UDP 88 that the security group does not open and the network ACL drops
    made = report(tmp_path, changed(KERBEROS, {**ACL, **CLOSED}))
    by_code = {finding["code"]: finding for finding in made["findings"]}
    assert {"SG-KDC-UDP", "NACL-IN"} <= by_code.keys()
    for code in ("SG-KDC-UDP", "NACL-IN"):
        # Then each is an error still, and undone alone repairs nothing
        assert by_code[code]["severity"] == "error"
        assert by_code[code]["undone"]["repairs"] == []
        assert "Harmless" not in by_code[code]["detail"]


def test_a_nameservice_that_the_files_define_repairs_the_namenodes_that_no_layer_stops(tmp_path: Path) -> None:
    provider = "dfs.client.failover.proxy.provider.etl-ha"
    files = healthy(ha=True)
    settings = files["hdfs-site.xml"]
    assert isinstance(settings, Mapping)
    kept = {key: value for key, value in settings.items() if key != provider}
    made = report(tmp_path, {**files, "hdfs-site.xml": kept})

    assert made["findings"][0]["code"] == "HA-NAMESERVICE"
    assert made["findings"][0]["undone"]["repairs"] == ["namenode-rpc/master-1-1:8020", "namenode-rpc/master-1-2:8020"]


def test_two_faults_of_different_flows_leave_each_other(tmp_path: Path) -> None:
    made = report(tmp_path, changed(KERBEROS, _open(*(port for port in PORTS if port != 9866))))
    kdc, data = _found(made, "SG-KDC-UDP"), _found(made, "SG-DATANODE")
    assert kdc["undone"]["remains"] == ["SG-DATANODE"]
    assert data["undone"]["remains"] == ["SG-KDC-UDP"]
    assert data["undone"]["repairs"] == [flow for flow in data["flows"] if flow.startswith("datanode-transfer")]


def test_a_line_that_two_clients_refuse_is_an_error_although_the_rules_are_right(tmp_path: Path) -> None:
    text = KRB5.replace("[realms]", "[realms")
    made = report(tmp_path, changed(KERBEROS, {"krb5.conf": text}))
    assert made["findings"][0]["code"] == "KRB-CONF-SYNTAX"
    assert (made["findings"][0]["severity"], made["exit_code"]) == ("error", 1)


def test_of_two_lines_that_break_java_neither_is_harmless(tmp_path: Path) -> None:
    # Given a list with no usable encryption type, and a KDC that only libkrb5 can read
    text = KRB5.replace("[libdefaults]\n", "[libdefaults]\n  default_tkt_enctypes = des-cbc-crc\n")
    made = report(tmp_path, changed(KERBEROS, {"krb5.conf": text.replace("kdc = ", "kdc = tcp/")}))
    assert _found(made, "KRB-ETYPE-CONF")["severity"] == "error"
    assert made["exit_code"] == 1


def test_a_kdc_of_which_the_right_name_is_unknown_stays_an_error(tmp_path: Path) -> None:
    text = KRB5.replace("kdc = ", "kdc = localhost # ")
    made = report(tmp_path, changed(KERBEROS, {"krb5.conf": text}))
    assert "error" in {finding["severity"] for finding in made["findings"]}


def test_a_realm_in_braces_leaves_no_missing_realm_behind(tmp_path: Path) -> None:
    # Given a default realm that no client can read, which is undone by a file without this line
    text = KRB5.replace(f"default_realm = {REALM}", f"default_realm = {{{REALM}}}")
    made = report(tmp_path, changed(KERBEROS, {"krb5.conf": text}))
    for code in ("KRB-CONF-SYNTAX", "KRB-NO-STANZA"):
        assert _found(made, code)["undone"]["remains"] == []


UNKNOWN_RULES: Change = {"sg-emr.json": None, "sg-rg.json": None, "groups.json": None}
"""No export at all: what the KDC does is not known."""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hive-site.xml": {"hive.metastore.kerberos.principal": "hive"}}, "KRB-SVC-PATTERN"),
        ({"hive-site.xml": {"hive.metastore.uris": "thrift://localhost:9083"}}, "DNS-LOOPBACK"),
        ({"krb5.conf": KRB5.replace("[libdefaults]\n", "[libdefaults]\n  default_tkt_enctypes = des-cbc-crc\n")},
         "KRB-ETYPE-CONF"),
    ],
)  # fmt: skip
def test_a_fault_of_the_files_stays_an_error_if_the_network_is_not_known(
    tmp_path: Path, change: Change, code: str
) -> None:
    made = report(tmp_path, changed(changed(KERBEROS, UNKNOWN_RULES), change))
    assert _found(made, code)["severity"] == "error"
    assert made["exit_code"] == 1


def test_a_line_without_which_service_tickets_work_at_once_needs_no_other_repair(tmp_path: Path) -> None:
    # Given single DES, which stops logins, and a lifetime that stops the service tickets of Java
    lines = _with("default_tkt_enctypes = des-cbc-crc\n  ticket_lifetime = bogus")
    lifetime = _found(report(tmp_path, changed(KERBEROS, lines)), "KRB-CONF-SYNTAX")["undone"]

    assert (lifetime["clients"], lifetime["needs_others"]) == (["jdk"], False)


def test_a_line_is_harmless_even_if_one_family_reads_the_file_in_an_unknown_way(tmp_path: Path) -> None:
    # Given commas in a list, of which nobody knows what gokrb5 and Heimdal make
    made = report(
        tmp_path, changed(KERBEROS, _with("kdc_timeout = 30\n  default_tkt_enctypes = aes256-cts,aes128-cts"))
    )

    assert _found(made, "KDC-TIMEOUT-UNIT")["severity"] == "warning"


def test_a_missing_realm_remains_beside_a_line_that_is_undone_by_taking_it_away(tmp_path: Path) -> None:
    text = KRB5.replace(f"  default_realm = {REALM}\n", "").replace(f"kdc = {MASTER}", "kdc = localhost")
    made = report(tmp_path, changed(KERBEROS, {"krb5.conf": text}))

    assert "KRB-NO-DEFAULT" in _found(made, "KDC-LOOPBACK")["undone"]["remains"]


def test_what_was_seen_at_a_wrong_address_does_not_count_once_the_line_of_hosts_is_right(tmp_path: Path) -> None:
    # Given a hosts file that gives the master the address of a worker, which refuses its services
    worker = "192.168.20.21"
    report(tmp_path, changed(KERBEROS, {"hosts": f"127.0.0.1 localhost\n{worker} {MASTER}\n"}))
    case = read([tmp_path])
    wrong = [flow for flow in flows(case).flows if flow.endpoint.host == MASTER and flow.endpoint.transport == "tcp"]
    refused = {flow.id: (saw("closed", "rst", address=worker),) for flow in wrong}

    found = diagnose(case, CaseObservations(refused)).conclusion.findings

    (undone,) = (finding.undone for finding in found if finding.cause == "hosts-line")
    assert undone is not None
    assert set(undone.repairs) >= {flow.id for flow in wrong if flow.need == "required"}
    assert undone.unclear == ()


@pytest.mark.parametrize("fixture", sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir()))
def test_undoing_the_primary_of_a_fixture_leaves_no_error_of_its_code(fixture: str) -> None:
    diagnosis = diagnose(read([FIXTURES / fixture]), CaseObservations())
    errors = [finding for finding in diagnosis.conclusion.findings if finding.severity == "error"]
    codes = [finding.code for finding in errors]
    for finding in errors:
        if finding.undone is not None and finding.undone.remains is not None and codes.count(finding.code) == 1:
            assert finding.code not in finding.undone.remains
            assert set(finding.undone.remains) <= set(codes) - {finding.code}
    if fixture == "healthy":
        assert errors == []


def test_the_block_of_the_case_is_the_one_that_is_asked(tmp_path: Path) -> None:
    made = report(tmp_path, KERBEROS)
    assert (made["case"]["sources"], made["findings"], made["exit_code"]) == ([BLOCK], [], 0)


def test_a_kdc_that_runs_again_serves_the_clients() -> None:
    # Given a KDC that refuses over both transports
    case = the_case(a_group(a_rule((88, 88)), a_udp_rule()), krb5=a_krb5conf("master-1-1"))
    seen = {
        flow.id: (saw("closed", "rst" if flow.endpoint.transport == "tcp" else "port-unreachable", offender=AT),)
        for flow in flows(case).flows
        if flow.area == "kerberos"
    }
    (finding,) = (f for f in diagnose(case, CaseObservations(seen)).conclusion.findings if f.code == "KDC-DOWN")
    assert finding.undone is not None
    assert {flow.partition("/")[0] for flow in finding.undone.repairs} == {"kdc-udp", "kdc-tcp"}
    assert {"mit", "jdk"} <= set(finding.undone.clients)


def test_a_line_beside_a_kdc_of_another_realm_helps_only_once_the_realm_is_right() -> None:
    # Given single DES alone, and a KDC that answers but serves another realm
    single_des = a_krb5conf("master-1-1", libdefaults="  default_tkt_enctypes = des-cbc-crc\n")
    case = the_case(a_group(a_rule((88, 88)), a_udp_rule()), krb5=single_des)
    other = saw("open", "kerberos-reply", detail={"error_code": 6, "own_realm": "OTHER.COM"})
    seen = {flow.id: (other,) for flow in flows(case).flows if flow.area == "kerberos"}
    by_code = {finding.code: finding.undone for finding in diagnose(case, CaseObservations(seen)).conclusion.findings}
    line, realm = by_code["KRB-ETYPE-CONF"], by_code["KRB-WRONG-REALM"]
    assert line is not None
    assert line.needs_others
    assert {"mit", "jdk"} <= set(line.clients)
    assert realm is not None
    assert not realm.needs_others


def test_each_of_the_first_errors_says_what_its_repair_changes(tmp_path: Path) -> None:
    # Given a file with faults of several lines, and rules that lack two services
    files = changed(KERBEROS, _open(*(port for port in PORTS if port not in (9866, 10020))))
    files = changed(files, {"hive-site.xml": {"hive.metastore.uris": "thrift://localhost:9083"}})
    made = report(tmp_path, changed(files, {"yarn-site.xml": {"yarn.resourcemanager.hostname": "localhost"}}))
    errors = [finding for finding in made["findings"] if finding["severity"] == "error"]
    assert len(errors) > FEWEST_UNDONE
    assert [finding["code"] for finding in errors if finding["undone"] is None] == []


@pytest.mark.parametrize(
    ("flows_of_case", "undone"),
    [(0, 12), (1, 12), (1000, 12), (1001, 11), (1091, 10), (3000, 4), (3001, 3), (6000, 3), (10**6, 3)],
)
def test_a_large_case_undoes_fewer_errors_but_always_three(flows_of_case: int, undone: int) -> None:
    assert affordable(FEWEST_UNDONE, MOST_UNDONE, MOST_FLOWS, flows_of_case) == undone


@pytest.mark.parametrize(
    ("flows_of_case", "asked"), [(0, 8), (300, 8), (301, 7), (343, 6), (800, 3), (801, 2), (10**6, 2)]
)
def test_fewer_still_are_asked_what_remains(flows_of_case: int, asked: int) -> None:
    assert affordable(FEWEST_REMAINS, MOST_REMAINS, MOST_FLOWS_REMAINING, flows_of_case) == asked


def test_a_case_without_flows_costs_as_much_as_one_with_a_single_flow() -> None:
    assert affordable(1, 9, 8, 0) == affordable(1, 9, 8, 1) == 8


def test_krb5_conf_is_read_once_by_each_of_its_readers_however_often_the_case_is_judged_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a case with a fault of the rules, so that undoing it changes no file
    lint, by_java = Mock(wraps=krb5_lint.lint), Mock(wraps=java_readings.jdk_reading)
    monkeypatch.setattr("diagnose.findings.kerberos.kdc_config.lint", lint)
    monkeypatch.setattr("diagnose.clients.java_readings.jdk_reading", by_java)
    case = read([FIXTURES / "datalake-ha-kerberos"])

    found = diagnose(case, CaseObservations())

    assert [finding.undone is not None for finding in found.conclusion.findings] == [True]
    assert lint.call_count == 1
    rules = [call.args[1] for call in by_java.call_args_list]
    assert rules
    assert len(rules) == len(set(rules))
