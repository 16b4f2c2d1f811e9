"""`check --keytab` against a real MIT KDC: which step of a login fails, for which cause, and that
no key is shown.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from probes.kerberos.keytab import parse
from tests.lab.kerberos.kdc import REALM
from tests.lab.kerberos.mit import MitKdc

from .conftest import PASSWORD


@pytest.fixture
def case(mit: MitKdc, tmp_path: Path) -> Path:
    """Write a krb5.conf that leads to the KDC, and a hive-site.xml that names a service of it."""
    mit.write_client_file()
    directory = tmp_path / "case"
    directory.mkdir()
    (directory / "krb5.conf").write_bytes(mit.krb5_conf.read_bytes())
    return directory


def check(case: Path, *args: str) -> tuple[int, dict[str, Any], str]:
    result = CliRunner().invoke(main, ["check", str(case), "--from", "127.0.0.0/8", "--format", "json", *args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout), result.output


def codes(found: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in found["findings"] if finding["severity"] == "error"]


def test_without_a_keytab_nobody_logs_in(mit: MitKdc, case: Path) -> None:
    code, found, _ = check(case)
    assert (code, codes(found)) == (0, [])
    assert {flow["verdict"] for flow in found["flows"]} == {"reachable"}


def test_a_good_keytab_is_no_finding(mit: MitKdc, case: Path) -> None:
    code, found, _ = check(case, "--keytab", str(mit.keytab("good.keytab", "alice")), "--principal", "alice")
    assert (code, codes(found)) == (0, [])


def test_a_stale_keytab(mit: MitKdc, case: Path) -> None:
    keytab = mit.keytab("stale.keytab", "stale")
    mit.admin("cpw -randkey stale")
    code, found, output = check(case, "--keytab", str(keytab), "--principal", "stale")
    assert (code, codes(found)) == (1, ["KRB-KEYTAB-STALE"])
    # And the KDC says which keys it has now
    assert "aes256-cts-hmac-sha1-96" in found["findings"][0]["detail"]
    # And libkrb5's own tool is heard, by its name
    assert "kinit" in found["findings"][0]["detail"]
    assert PASSWORD not in output


@pytest.mark.parametrize(
    ("principal", "code"),
    [("nobody", "KRB-KEYTAB-PRINC"), (f"alice@{REALM.lower()}", "KRB-REALM-CASE")],
)
def test_the_keytab_alone_tells_even_offline(mit: MitKdc, case: Path, principal: str, code: str) -> None:
    keytab = str(mit.keytab("good.keytab", "alice"))
    for options in ((), ("--offline",)):
        exit_code, found, _ = check(case, "--keytab", keytab, "--principal", principal, *options)
        assert (exit_code, codes(found)) == (1, [code])


@pytest.mark.parametrize(("name", "code"), [("expired", "KRB-PRINC-STATE"), ("locked", "KRB-PRINC-STATE")])
def test_the_state_of_the_principal(mit: MitKdc, case: Path, name: str, code: str) -> None:
    exit_code, found, _ = check(case, "--keytab", str(mit.keytab(f"{name}.keytab", name)), "--principal", name)
    assert (exit_code, codes(found)) == (1, [code])


def test_a_service_that_the_hadoop_files_name_and_the_kdc_does_not_know(mit: MitKdc, case: Path) -> None:
    (case / "hive-site.xml").write_text(
        "<configuration><property><name>hive.server2.authentication.kerberos.principal</name>"
        f"<value>hive/no-such-host@{REALM}</value></property></configuration>"
    )
    code, found, _ = check(case, "--keytab", str(mit.keytab("good.keytab", "alice")), "--principal", "alice")
    assert code == 1
    assert "KRB-SVC-MISSING" in codes(found)
    # And no client is promised that ticket, and libkrb5's own tool was asked for it too
    assert {client["works"] for client in found["clients"] if client["exchange"] == "tgs"} == {"no"}
    assert {client["works"] for client in found["clients"] if client["exchange"] == "as"} == {"yes"}
    assert message(found, "mit", "tgs") == f"Server hive/no-such-host@{REALM} not found in Kerberos database"
    assert message(found, "jdk", "tgs") == (
        "GSSException: No valid credentials provided (Mechanism level: Server not found in Kerberos database (7) - "
        "LOOKING_UP_SERVER)"
    )
    assert "Second opinion of kvno" in next(f for f in found["findings"] if f["code"] == "KRB-SVC-MISSING")["detail"]


def message(found: dict[str, Any], family: str, exchange: str) -> str:
    """Return what a client is foretold to say."""
    return str(next(c["message"] for c in found["clients"] if (c["family"], c["exchange"]) == (family, exchange)))


def kinit(case: Path, keytab: Path, principal: str) -> str:
    """Return what the real kinit says."""
    environment = {**os.environ, "KRB5_CONFIG": str(case / "krb5.conf"), "KRB5CCNAME": "MEMORY:", "LC_ALL": "C"}
    command = ["kinit", "-k", "-t", str(keytab), principal]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr.strip()


def with_line(case: Path, line: str) -> None:
    text = (case / "krb5.conf").read_text().replace(" allow_weak_crypto = true\n", "")
    (case / "krb5.conf").write_text(text.replace("[libdefaults]\n", f"[libdefaults]\n{line}\n", 1))


def test_a_keytab_without_a_type_that_krb5_conf_permits(mit: MitKdc, case: Path) -> None:
    mit.admin("addprinc +requires_preauth -randkey -e aes128-cts:normal only128")
    keytab = mit.keytab("only128.keytab", "only128")
    with_line(case, "default_tkt_enctypes = aes256-cts")
    code, found, _ = check(case, "--keytab", str(keytab), "--principal", "only128")
    assert (code, codes(found)) == (1, ["KRB-ETYPE-SELECT"])
    assert kinit(case, keytab, "only128") == f"kinit: {message(found, 'mit', 'as')}"
    assert "Do not have keys of types listed in default_tkt_enctypes" in message(found, "jdk", "as")


def test_a_keytab_with_weak_keys_only_works_for_kinit_and_not_for_java(mit: MitKdc, case: Path) -> None:
    keytab = mit.keytab("rc4.keytab", "rc4only")
    with_line(case, "forwardable = true")
    code, found, _ = check(case, "--keytab", str(keytab), "--principal", "rc4only")
    # Given a case that does not show which Java reads the file
    assert (code, codes(found)) == (1, ["KRB-ETYPE-KEYTAB"])
    assert found["findings"][0]["confidence"] == "strong"
    assert "Java 11 from 11.0.17" in json.dumps(found["findings"][0])
    assert kinit(case, keytab, "rc4only") == ""
    works = {client["works"] for client in found["clients"] if (client["family"], client["exchange"]) == ("jdk", "as")}
    assert works == {"yes", "no"}


def test_weak_keys_that_krb5_conf_lists_are_no_finding(mit: MitKdc, case: Path) -> None:
    # Given a krb5.conf with allow_weak_crypto
    keytab = mit.keytab("rc4.keytab", "rc4only")
    text = (case / "krb5.conf").read_text()
    (case / "krb5.conf").write_text(
        text.replace("[libdefaults]\n", "[libdefaults]\ndefault_tkt_enctypes = rc4-hmac\n", 1)
    )
    _, found, _ = check(case, "--keytab", str(keytab), "--principal", "rc4only")
    assert "KRB-ETYPE-KEYTAB" not in codes(found)


@pytest.mark.parametrize("name", ["expired", "locked", "stale"])
def test_a_login_that_was_refused_is_refused_to_every_client(mit: MitKdc, case: Path, name: str) -> None:
    keytab = mit.keytab(f"{name}.keytab", name)
    if name == "stale":
        mit.admin("cpw -randkey stale")
    _, found, _ = check(case, "--keytab", str(keytab), "--principal", name)
    assert {client["works"] for client in found["clients"] if client["exchange"] == "as"} == {"no"}
    assert kinit(case, keytab, name) == f"kinit: {message(found, 'mit', 'as')}"


def test_a_list_of_single_des_is_refused_as_kinit_refuses_it(mit: MitKdc, case: Path) -> None:
    keytab = mit.keytab("good.keytab", "alice")
    with_line(case, "default_tkt_enctypes = des-cbc-crc")
    code, found, _ = check(case, "--keytab", str(keytab), "--principal", "alice")
    assert (code, codes(found)) == (1, ["KRB-ETYPE-CONF"])
    assert kinit(case, keytab, "alice") == f"kinit: {message(found, 'mit', 'as')}"


def test_a_keytab_that_is_none_is_a_usage_error(case: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(case), "--keytab", str(case / "krb5.conf")])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("form", ["terminal", "json", "console", "cli", "terraform", "ros"])
def test_no_key_and_no_password_in_any_format_or_log(
    mit: MitKdc, case: Path, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a keytab whose keys we know, and a login that fails, so that there is something to tell
    mit.admin(f"addprinc +requires_preauth -pw {PASSWORD} canary-{form}")
    file = mit.keytab("canary.keytab", f"canary-{form}")
    keys = [entry.key.reveal() for entry in parse(file.read_bytes(), "canary").entries]
    mit.admin(f"cpw -randkey canary-{form}")
    # When every logger says all it has to say
    with caplog.at_level(logging.DEBUG):
        args = ["check", str(case), "--from", "127.0.0.0/8", "--keytab", str(file), "--principal", f"canary-{form}"]
        result = CliRunner().invoke(main, [*args, "--format", form])
    said = result.output.encode() + caplog.text.encode()
    # Then nothing of the keys is in it, however it may be written
    assert result.exit_code == 1
    assert keys
    for secret in (*keys, file.read_bytes(), PASSWORD.encode()):
        for written in (secret, secret.hex().encode(), base64.b64encode(secret), repr(secret).encode()):
            assert written not in said
            assert written.upper() not in said.upper()
