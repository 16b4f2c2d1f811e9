"""What a service answers beside what the files make clients try."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import PORTS, Change, changed, group_of_nodes, healthy, report, rule
from tests.support.said_by_services import with_answers

FALLBACK = "ipc.client.fallback-to-simple-auth-allowed"
SASL = "hive.metastore.sasl.enabled"
SERVER2 = "hive.server2.authentication"
OF_KERBEROS = {"sasl_plain": "unsupported", "sasl_gssapi": "continue"}
OPEN_HTTP: Change = group_of_nodes([*(rule("TCP", port) for port in (*PORTS, 10001)), rule("UDP", 88)])
OF_PASSWORDS = {"sasl_plain": "failed", "sasl_gssapi": "unsupported"}


def ask(folder: Path, said: dict[int, dict[str, str]], change: Change | None = None, *, kerberos: bool = True) -> Any:
    """Return the report of a case in which these ports answered so: port -> detail."""
    files = changed(healthy(kerberos=kerberos), change or {})
    return report(folder / "then", with_answers(folder / "first", files, said))


def of_login(result: Any) -> list[Any]:
    return [
        finding
        for finding in result["findings"]
        if finding["code"] in ("KRB-CLIENT-SIMPLE", "KRB-SERVER-SIMPLE", "SVC-HMS", "SVC-HS2-MECH")
    ]


def test_a_server_without_kerberos_refuses_a_client_with_it(tmp_path: Path) -> None:
    result = ask(tmp_path, {9000: {"demands": "simple"}})

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("KRB-SERVER-SIMPLE", "error", "strong")
    assert finding["evidence"][0]["origin"]["file"] == "core-site.xml"
    assert finding["evidence"][1]["kind"] == "observation"
    assert set(finding["undone"]["repairs"]) == set(finding["flows"])
    assert finding["params"]["right"] == "simple"


def test_a_server_with_kerberos_refuses_a_client_without_it(tmp_path: Path) -> None:
    """Given files without Kerberos, a connection alone works."""
    simple: Change = {"core-site.xml": {"hadoop.security.authentication": "simple"}}

    (finding,) = of_login(ask(tmp_path, {9000: {"demands": "kerberos"}}, simple, kerberos=False))

    assert (finding["code"], finding["severity"], finding["confidence"]) == ("KRB-CLIENT-SIMPLE", "error", "strong")
    assert finding["params"]["right"] == "kerberos"


def test_a_core_site_that_does_not_set_the_login_tries_none_but_may_be_a_part(tmp_path: Path) -> None:
    result = ask(tmp_path, {9000: {"demands": "kerberos"}}, kerberos=False)

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("KRB-CLIENT-SIMPLE", "error", "inferred")
    assert finding["params"]["value"] is None
    assert [each["kind"] for each in finding["evidence"]] == ["observation"]
    assert result["exit_code"] == 3


@pytest.mark.parametrize(
    ("demands", "change", "kerberos"),
    [
        ("kerberos", {}, True),
        ("unknown", {}, True),
        ("simple", {"core-site.xml": {FALLBACK: "true"}}, True),
        ("simple", {}, False),
    ],
    ids=["wants Kerberos", "says nothing", "fallback allowed", "no Kerberos in the files"],
)
def test_look_alikes_of_a_server_without_kerberos_yield_nothing(
    tmp_path: Path, demands: str, change: Change, kerberos: bool
) -> None:
    assert of_login(ask(tmp_path, {9000: {"demands": demands}}, change, kerberos=kerberos)) == []


OTHER = {"own_protocol": "other-principal", "demands": "kerberos"}


def test_a_server_that_runs_as_another_user_is_refused_by_clients(tmp_path: Path) -> None:
    result = ask(tmp_path, {9000: {**OTHER, "runs_as": "nn/master-1-1"}})

    (finding,) = [each for each in result["findings"] if each["code"] == "KRB-SVC-PATTERN"]
    assert (finding["severity"], finding["confidence"], result["exit_code"]) == ("error", "strong", 1)
    assert finding["params"]["key"] == "dfs.namenode.kerberos.principal"
    assert finding["params"]["right"].startswith("nn/_HOST@")
    # The files may be right and the server another one: so no edit, and nothing sure to work.
    assert result["suggested_edits"] == []
    assert (finding["undone"]["repairs"], finding["undone"]["unclear"]) == ([], finding["flows"])


@pytest.mark.parametrize(
    "runs_as", ["yarn/master-1-1", "hdfs/master-1-1"], ids=["of another service", "as the files name it"]
)
def test_a_user_that_the_files_name_is_no_wrong_principal(tmp_path: Path, runs_as: str) -> None:
    """Given a ResourceManager behind the NameNode's port, then the port may be the wrong one."""
    result = ask(tmp_path, {9000: {**OTHER, "runs_as": runs_as}})

    assert "KRB-SVC-PATTERN" not in {finding["code"] for finding in result["findings"]}
    assert result["exit_code"] == 3


@pytest.mark.parametrize(("transport", "setting", "right"), [("nosasl", "true", "false"), ("sasl", "false", "true")])
def test_sasl_on_one_side_of_the_metastore_only_is_told(
    tmp_path: Path, transport: str, setting: str, right: str
) -> None:
    result = ask(tmp_path, {9083: {"transport": transport}}, {"hive-site.xml": {SASL: setting}})

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HMS", "error", "strong")
    assert (finding["params"]["key"], finding["params"]["right"]) == (SASL, right)
    assert set(finding["undone"]["repairs"]) == set(finding["flows"])


@pytest.mark.parametrize(
    ("transport", "settings"),
    [
        ("sasl", {SASL: "true"}),
        ("nosasl", {SASL: "false"}),
        ("sasl", {SASL: "false", "metastore.client.auth.mode": "PLAIN"}),
        ("sasl", {SASL: ""}),
    ],
)
def test_a_metastore_that_agrees_with_the_file_yields_nothing(
    tmp_path: Path, transport: str, settings: dict[str, str]
) -> None:
    assert of_login(ask(tmp_path, {9083: {"transport": transport}}, {"hive-site.xml": settings})) == []


@pytest.mark.parametrize("value", ["NONE", "LDAP", "pam", "Custom"])
def test_a_hiveserver2_that_wants_kerberos_refuses_clients_that_start_with_a_password(
    tmp_path: Path, value: str
) -> None:
    result = ask(tmp_path, {10000: {"transport": "sasl", **OF_KERBEROS}}, {"hive-site.xml": {SERVER2: value}})

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HS2-MECH", "error", "strong")
    assert (finding["params"]["value"], finding["params"]["right"]) == (value, "KERBEROS")
    assert finding["evidence"][0]["origin"]["file"] == "hive-site.xml"
    assert finding["evidence"][0]["origin"]["line"] is not None
    assert finding["evidence"][1]["text"].endswith("PLAIN: unsupported, GSSAPI: continue")
    assert (set(finding["undone"]["repairs"]), finding["undone"]["remains"]) == (set(finding["flows"]), [])
    assert result["exit_code"] == 1


def test_a_hiveserver2_that_takes_passwords_refuses_clients_with_kerberos(tmp_path: Path) -> None:
    """Given that, nobody knows whether it has NONE, LDAP, PAM or CUSTOM."""
    result = ask(tmp_path, {10000: {"transport": "sasl", **OF_PASSWORDS}})

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HS2-MECH", "error", "strong")
    assert (finding["params"]["value"], finding["params"]["right"]) == ("KERBEROS", None)
    assert "NONE, LDAP, PAM or CUSTOM" in finding["remedies"][0]["text"]
    assert result["suggested_edits"] == []
    assert (finding["undone"]["repairs"], finding["undone"]["unclear"]) == ([], finding["flows"])
    assert (finding["undone"]["remains"], result["exit_code"]) == ([], 1)


def test_a_hive_site_without_a_login_has_none_but_may_be_a_part(tmp_path: Path) -> None:
    result = ask(tmp_path, {10000: {"transport": "sasl", **OF_KERBEROS}}, kerberos=False)

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HS2-MECH", "error", "inferred")
    assert (finding["params"]["value"], finding["params"]["right"]) == (None, "KERBEROS")
    assert (result["suggested_edits"], result["exit_code"]) == ([], 3)


@pytest.mark.parametrize(
    ("said", "change", "kerberos"),
    [
        (OF_KERBEROS, {}, True),
        (OF_PASSWORDS, {"hive-site.xml": {SERVER2: "NONE"}}, True),
        # If Hadoop uses Kerberos, a server with LDAP has both
        ({"sasl_plain": "failed", "sasl_gssapi": "continue"}, {"hive-site.xml": {SERVER2: "LDAP"}}, True),
        ({"sasl_plain": "failed", "sasl_gssapi": "continue"}, {}, True),
        (OF_PASSWORDS, {}, False),
        ({}, {"hive-site.xml": {SERVER2: "NONE"}}, True),
        # Every HiveServer2 has one of the two, so this may be another server
        ({"sasl_plain": "unsupported", "sasl_gssapi": "unsupported"}, {}, True),
        ({"sasl_plain": "unsupported"}, {"hive-site.xml": {SERVER2: "NONE"}}, True),
        (OF_KERBEROS, {"hive-site.xml": {SERVER2: "NOSASL"}}, True),
        (OF_KERBEROS, {"hive-site.xml": {SERVER2: "SAML"}}, True),
        # Kerberos in another file: this hive-site.xml may be a part
        (OF_KERBEROS, {"hive-site.xml": {SERVER2: ""}}, True),
    ],
    ids=[
        *("Kerberos", "none", "LDAP beside Kerberos", "Kerberos beside LDAP", "none in no file"),
        *("says nothing", "has neither", "half an answer", "no SASL", "unknown login", "maybe a part"),
    ],
)
def test_a_hiveserver2_that_has_the_login_of_the_files_or_says_nothing_yields_nothing(
    tmp_path: Path, said: dict[str, str], change: Change, kerberos: bool
) -> None:
    assert of_login(ask(tmp_path, {10000: {"transport": "sasl", **said}}, change, kerberos=kerberos)) == []


MODE = "hive.server2.transport.mode"


@pytest.mark.parametrize(("value", "says", "right"), [("LDAP", "kerberos", "KERBEROS"), ("KERBEROS", "password", None)])
def test_a_hiveserver2_over_http_that_wants_the_other_login_refuses_clients(
    tmp_path: Path, value: str, says: str, right: str | None
) -> None:
    result = ask(tmp_path, {10001: {"demands": says}}, {**OPEN_HTTP, "hive-site.xml": {SERVER2: value, MODE: "http"}})

    (finding,) = of_login(result)
    assert (finding["code"], finding["severity"], finding["confidence"]) == ("SVC-HS2-MECH", "error", "strong")
    assert (finding["params"]["value"], finding["params"]["right"]) == (value, right)
    assert finding["evidence"][1]["text"].endswith(f"answers: {says}")
    assert "over HTTP" in finding["cause"]
    assert "SASL" not in finding["cause"]
    freed = finding["undone"]["repairs" if right else "unclear"]
    assert (set(freed), finding["undone"]["remains"]) == (set(finding["flows"]), [])
    assert result["exit_code"] == 1


@pytest.mark.parametrize(
    ("value", "says"), [("LDAP", "password"), ("KERBEROS", "kerberos"), ("NOSASL", "password"), ("KERBEROS", "none")]
)
def test_a_hiveserver2_over_http_that_agrees_with_the_file_yields_nothing(
    tmp_path: Path, value: str, says: str
) -> None:
    change: Change = {**OPEN_HTTP, "hive-site.xml": {SERVER2: value, MODE: "http"}}
    assert of_login(ask(tmp_path, {10001: {"demands": says}}, change)) == []
