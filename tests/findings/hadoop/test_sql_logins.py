"""Which login do the Spark Thrift Server and Kyuubi answer that they have, beside their files?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import PORTS, REALM, case_toml, changed, group_of_nodes, healthy, report, rule
from tests.support.said_by_services import with_answers

SPARK, KYUUBI = "spark-defaults.conf", "kyuubi-defaults.conf"
HIVE = "spark.hadoop.hive.server2"
SPARK_LOGIN, KYUUBI_LOGIN = f"{HIVE}.authentication", "kyuubi.authentication"
ENGINES = {SPARK: "spark-thrift", KYUUBI: "kyuubi"}
LISTENS = {SPARK: 10001, KYUUBI: 10009}
PRINCIPALS = {SPARK: f"{SPARK_LOGIN}.kerberos.principal", KYUUBI: "kyuubi.kinit.principal"}
OF_KERBEROS = {"sasl_plain": "unsupported", "sasl_gssapi": "continue"}
OF_PASSWORDS = {"sasl_plain": "failed", "sasl_gssapi": "unsupported"}
OF_BOTH = {"sasl_plain": "failed", "sasl_gssapi": "failed"}


def ask(folder: Path, file: str, lines: str, said: dict[str, str], *, kerberos: bool = True) -> Any:
    """Return the report of a case with these lines in the file of a service that answered so."""
    port = LISTENS[file]
    rules = [*(rule("TCP", each) for each in (*PORTS, port)), rule("UDP", 88)]
    toml = case_toml(kerberos=kerberos, more=f'[registration]\nengines = ["{ENGINES[file]}"]\n')
    files = changed(healthy(kerberos=kerberos), {**group_of_nodes(rules), file: lines, "case.toml": toml})
    return report(folder / "then", with_answers(folder / "first", files, {port: {"transport": "sasl", **said}}))


def of_login(result: Any) -> list[Any]:
    return [finding for finding in result["findings"] if finding["code"] == "SVC-HS2-MECH"]


@pytest.mark.parametrize(
    ("file", "key", "value"),
    [
        (SPARK, SPARK_LOGIN, "NONE"),
        (SPARK, SPARK_LOGIN, "ldap"),
        (KYUUBI, KYUUBI_LOGIN, "LDAP"),
        (KYUUBI, KYUUBI_LOGIN, "JDBC,CUSTOM"),
    ],
)
def test_a_server_that_wants_kerberos_refuses_clients_that_start_with_a_password(
    tmp_path: Path, file: str, key: str, value: str
) -> None:
    lines = f"{PRINCIPALS[file]} x/_HOST@{REALM}\n{key} {value}\n"

    result = ask(tmp_path, file, lines, OF_KERBEROS)

    (finding,) = of_login(result)
    assert (finding["severity"], finding["confidence"]) == ("error", "strong")
    assert (finding["params"]["value"], finding["params"]["right"]) == (value, "KERBEROS")
    assert (finding["evidence"][0]["origin"]["file"], finding["evidence"][0]["origin"]["line"]) == (file, 2)
    assert (finding["undone"]["repairs"], finding["undone"]["remains"]) == (finding["flows"], [])
    (edit,) = result["suggested_edits"]
    assert (edit["id"], edit["from"], edit["to"]) == (f"{file}:2 ({key})", value, "KERBEROS")
    assert result["exit_code"] == 1


@pytest.mark.parametrize(
    ("file", "key", "logins"),
    [
        (SPARK, SPARK_LOGIN, "NONE, LDAP, PAM or CUSTOM"),
        (KYUUBI, KYUUBI_LOGIN, "NONE, LDAP, JDBC or CUSTOM"),
    ],
)
def test_a_server_that_takes_passwords_refuses_clients_with_kerberos(
    tmp_path: Path, file: str, key: str, logins: str
) -> None:
    result = ask(tmp_path, file, f"{key} KERBEROS\n", OF_PASSWORDS)

    (finding,) = of_login(result)
    assert (finding["severity"], finding["confidence"]) == ("error", "strong")
    assert logins in finding["remedies"][0]["text"]
    assert result["suggested_edits"] == []
    assert (finding["undone"]["repairs"], finding["undone"]["unclear"]) == ([], finding["flows"])
    assert (finding["undone"]["remains"], result["exit_code"]) == ([], 1)


def test_a_kyuubi_whose_file_names_no_login_has_none_but_the_file_may_be_a_part(tmp_path: Path) -> None:
    result = ask(tmp_path, KYUUBI, "kyuubi.x 1\n", OF_KERBEROS, kerberos=False)

    (finding,) = of_login(result)
    assert (finding["severity"], finding["confidence"]) == ("error", "inferred")
    assert (finding["params"]["value"], finding["params"]["key"]) == (None, KYUUBI_LOGIN)
    assert result["suggested_edits"] == []


@pytest.mark.parametrize(
    ("file", "lines", "said", "kerberos"),
    [
        (SPARK, f"{SPARK_LOGIN} KERBEROS\n", OF_KERBEROS, True),
        (SPARK, f"{SPARK_LOGIN} NONE\n", OF_PASSWORDS, True),
        # Spark may have a hive-site.xml of its own
        (SPARK, "spark.x 1\n", OF_KERBEROS, False),
        # Spark does not read a key without its prefix
        (SPARK, "hive.server2.authentication NONE\n", OF_KERBEROS, True),
        (KYUUBI, f"{KYUUBI_LOGIN} KERBEROS\n", OF_BOTH, True),
        # Clients choose between the two
        (KYUUBI, f"{KYUUBI_LOGIN} KERBEROS,LDAP\n", OF_KERBEROS, True),
        (KYUUBI, f"{KYUUBI_LOGIN} LDAP, KERBEROS\n", OF_PASSWORDS, True),
        (KYUUBI, f"{KYUUBI_LOGIN} NOSASL\n", OF_KERBEROS, True),
        (KYUUBI, f"{KYUUBI_LOGIN} OAUTH\n", OF_KERBEROS, True),
        (KYUUBI, "kyuubi.x 1\n", OF_KERBEROS, True),
        (KYUUBI, f"kyuubi.kinit.principal k/_HOST@{REALM}\n", OF_KERBEROS, False),
    ],
    ids=[
        *("Kerberos", "none", "another file", "no key of Spark's", "both at the server", "both in the file"),
        *("both, other order", "no SASL", "unknown login", "Kerberos in another file", "a principal beside it"),
    ],
)
def test_a_server_that_has_the_login_of_the_files_or_whose_files_do_not_tell_yields_nothing(
    tmp_path: Path, file: str, lines: str, said: dict[str, str], kerberos: bool
) -> None:
    assert of_login(ask(tmp_path, file, lines, said, kerberos=kerberos)) == []


def test_the_login_of_hiveserver2_is_not_that_of_another_server(tmp_path: Path) -> None:
    """Given the files of HiveServer2 with Kerberos, and a Spark Thrift Server without it."""
    assert of_login(ask(tmp_path, SPARK, f"{SPARK_LOGIN} NONE\n", OF_PASSWORDS)) == []
