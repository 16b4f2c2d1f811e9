"""What does the answer say of a realm with two KDCs of which one fails, and of a KDC whose records
show that it does not run?

libkrb5 and the JDK ask the KDCs in the order of krb5.conf. A silent one costs the JDK 3 x 30 s, one
that refuses costs nothing, and one behind a KDC that answers is not asked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import (
    MASTER,
    PORTS,
    REALM,
    SECOND,
    Change,
    changed,
    group,
    group_of_nodes,
    healthy,
    report,
    rule,
)

PREFIX = "Nov 30 22:30:04 master-1-1 krb5kdc[12]"
DOWN = (
    f"{PREFIX}(Error): Cannot open DB2 database '/var/kerberos/krb5kdc/principal': No such file or directory - "
    f"while initializing database for realm {REALM}\n"
)
UNIT = "Nov 30 22:30:04 master-1-1 systemd[1]: "
JOURNAL = (
    f"{UNIT}Starting Kerberos 5 KDC...\n{UNIT}krb5kdc.service: Control process exited, code=exited status=1\n"
    f"{UNIT}krb5kdc.service: Failed with result 'exit-code'.\n{UNIT}Failed to start Kerberos 5 KDC.\n"
)
RUNS = f"{PREFIX}(info): commencing operation\n"
WITHOUT_88 = [rule("TCP", port) for port in PORTS if port != 88]
WITHOUT_METASTORE = [*(rule("TCP", port) for port in PORTS if port != 9083), rule("UDP", 88)]


WITHIN = rule("ALL", "-1/-1", source="192.168.20.0/24")


def _two(first: str, second: str, change: Change | None = None) -> dict[str, Any]:
    """Return a cluster of two masters whose krb5.conf names two KDCs."""
    files = healthy(kerberos=True, ha=True)
    line = f"kdc = {MASTER}:88"
    krb5 = str(files["krb5.conf"]).replace(line, f"kdc = {first}:88\n    kdc = {second}:88")
    return changed(files, {"krb5.conf": krb5, **(change or {})})


def _loud(result: Any) -> list[tuple[str, str, str]]:
    return [
        (each["code"], each["severity"], each["confidence"])
        for each in result["findings"]
        if each["severity"] != "info"
    ]


def _node_group(name: str, rules: list[Any], others: list[Any]) -> Change:
    """Return a second group with these rules, in which the node `name` is, besides that of all."""
    toml = str(healthy(kerberos=True, ha=True)["case.toml"])
    before, _, after = toml.partition(f'name = "{name}"')
    groups = {"sg-emr": [*others, WITHIN], "sg-two": [*rules, WITHIN], "sg-rg": []}
    counts = [
        {"SecurityGroupId": each, "SecurityGroupType": "normal", "RuleCount": len(of_group)}
        for each, of_group in groups.items()
    ]
    return {
        "case.toml": f'{before}name = "{name}"{after.replace("sg-emr", "sg-two", 1)}',
        "groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": counts}}),
        **{f"{each}.json": group(each, of_group) for each, of_group in groups.items()},
    }


ALL = [*(rule("TCP", port) for port in PORTS), rule("UDP", 88)]
CLOSED_SECOND = _node_group("master-1-2", WITHOUT_88, ALL)


def test_a_spare_kdc_that_no_rule_lets_in_is_a_warning(tmp_path: Path) -> None:
    result = report(tmp_path, _two(MASTER, SECOND, CLOSED_SECOND))

    assert _loud(result) == [("KDC-SPARE", "warning", "strong")]
    assert (result["exit_code"], result["suggested_rules"]) == (0, [])
    advice = result["findings"][0]["remedies"][0]["text"]
    assert "sg-two lacks an accept rule for TCP 88 and UDP 88 from 192.168.10.0/24." in advice
    assert {each["works"] for each in result["clients"]} == {"yes"}
    assert [f["need"] for f in result["flows"] if f["verdict"] == "blocked" and "kdc" in f["id"]] == ["optional"] * 2


def test_the_same_kdc_listed_first_is_the_cause(tmp_path: Path) -> None:
    result = report(tmp_path, _two(SECOND, MASTER, CLOSED_SECOND))

    assert _loud(result) == [("SG-KDC-UDP", "error", "strong")]
    assert result["exit_code"] == 1


def test_two_kdcs_of_which_none_is_let_in_are_the_cause(tmp_path: Path) -> None:
    result = report(tmp_path, _two(MASTER, SECOND, group_of_nodes(WITHOUT_88)))

    assert (_loud(result), result["exit_code"]) == ([("SG-KDC-UDP", "error", "strong")], 1)


def test_a_spare_kdc_outside_the_cluster_leaves_nothing_open(tmp_path: Path) -> None:
    result = report(tmp_path, _two(MASTER, "10.7.7.7"))

    assert (_loud(result), result["exit_code"]) == ([("KDC-SPARE", "warning", "inferred")], 0)


def test_a_first_kdc_that_is_not_known_leaves_it_open(tmp_path: Path) -> None:
    result = report(tmp_path, _two("10.7.7.7", MASTER))

    assert (_loud(result), result["exit_code"]) == ([("KDC-EXTERNAL", "error", "inferred")], 3)


@pytest.mark.parametrize(
    ("logs", "expected", "code"),
    [
        (("master-1-1",), [("KDC-FIRST-DEAD", "warning", "strong")], 0),
        (("master-1-2",), [("KDC-SPARE", "warning", "strong")], 0),
        (("master-1-1", "master-1-2"), [("KDC-DOWN", "error", "strong")] * 2, 1),
    ],
)
def test_one_kdc_that_does_not_start_stops_no_login(
    tmp_path: Path, logs: tuple[str, ...], expected: list[tuple[str, str, str]], code: int
) -> None:
    change = {f"{host}/krb5kdc.log": DOWN.replace("master-1-1", host) for host in logs}
    result = report(tmp_path, _two(MASTER, SECOND, change))

    assert (_loud(result), result["exit_code"]) == (expected, code)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"krb5kdc.log": DOWN}, "it cannot open its database"),
        ({"journal-master-1-1.log": JOURNAL}, "its process ended"),
        ({"journal-master-1-1.log": JOURNAL, "krb5kdc.log": DOWN}, "it cannot open its database"),
        ({"kdc.conf": "[kdcdefaults]\n kdc_ports = 99999\n"}, "a value that it refuses"),
        ({"kdc.conf": "[kdcdefaults]\n kdc_ports = 1088 # old\n"}, "a word that is no port and no host"),
        ({"krb5kdc.log": f"{RUNS}{PREFIX}(info): shutting down\n"}, "it was stopped"),
    ],
)
def test_the_only_kdc_that_does_not_run_is_the_first_cause(tmp_path: Path, change: Change, words: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert (_loud(result), result["exit_code"]) == ([("KDC-DOWN", "error", "strong")], 1)
    assert words in result["findings"][0]["detail"] + result["findings"][0]["cause"]
    assert result["suggested_rules"] == []


def test_it_comes_before_a_port_that_is_closed_too(tmp_path: Path) -> None:
    change = {"krb5kdc.log": DOWN, **group_of_nodes(WITHOUT_METASTORE)}
    result = report(tmp_path, changed(healthy(kerberos=True), change))

    assert [each[0] for each in _loud(result)] == ["KDC-DOWN", "SG-SVC"]


@pytest.mark.parametrize("log", [DOWN + RUNS, JOURNAL + f"{UNIT}Started Kerberos 5 KDC.\n"])
def test_a_kdc_that_started_in_the_end_is_no_fault(tmp_path: Path, log: str) -> None:
    result = report(tmp_path, changed(healthy(kerberos=True), {"krb5kdc.log": log}))

    assert (_loud(result), result["exit_code"]) == ([], 0)


def test_two_stanzas_have_no_common_order(tmp_path: Path) -> None:
    files = healthy(kerberos=True)
    again = f"[realms]\n  {REALM} = {{\n    kdc = 10.7.7.7\n  }}\n"
    result = report(tmp_path, changed(files, {"krb5.conf": str(files["krb5.conf"]) + again}))

    assert [each[0] for each in _loud(result)] == ["KRB-DUP-STANZA", "KDC-EXTERNAL"]
