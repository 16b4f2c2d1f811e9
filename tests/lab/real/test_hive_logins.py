"""What does the tool say of a real HiveServer2 that checks passwords: by LDAP, a class, or PAM?

SASL is the same for NONE, LDAP, CUSTOM and PAM, so nobody can tell them apart without a password.
LDAP is a real OpenLDAP. With PAM the server starts, and every login fails: it needs the native
library JPam, which no registry of Java has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.javac import compiled_java
from tests.lab.kdc import REALM
from tests.lab.real.client import WORKS
from tests.lab.real.cluster import SOURCES, RealCluster, hive_beside
from tests.lab.real.files import FIRST, Settings, client_files, write_case
from tests.lab.support_services.slapd import SUFFIX, Ldap, running
from tests.support.needs import classpath

pytestmark = pytest.mark.needs("slapd", "hive-jars")

NETWORK: Final = "192.168.10.0/24"
SITE: Final = "hive-site.xml"
LOGIN: Final = "hive.server2.authentication"
PORT: Final = "hive.server2.thrift.port"
PRINCIPAL: Final = "hive.server2.authentication.kerberos.principal"
PORTS: Final[Mapping[str, int]] = {"NONE": 10000, "LDAP": 10100, "CUSTOM": 10101, "PAM": 10102}
"""Login -> port of a HiveServer2 in the cluster without Kerberos, whose own one has NONE."""

OF_BOTH: Final = 10103
"""Port of a HiveServer2 with LDAP in a cluster with Kerberos."""

ALICE, SECRET = "alice", "secret-of-alice"
REFUSED: Final = "Peer indicated failure: Error validating the login"
CUSTOM_SECRET: Final = "custom-password"
CLIENT_PATH: Final = classpath("hive", "hadoop")


def server_settings(logins: Mapping[str, int], port: int) -> Settings:
    """Return the settings of servers: login -> port. port: of the directory."""
    common = {
        "hive.server2.authentication.ldap.url": f"ldap://{FIRST}:{port}",
        "hive.server2.authentication.ldap.userDNPattern": f"uid=%s,{SUFFIX}",
        "hive.server2.custom.authentication.class": "LabPasswords",
        "hive.server2.authentication.pam.services": "login",
    }
    own = {f"hiveserver2-{login.lower()}.xml": {LOGIN: login, PORT: str(number)} for login, number in logins.items()}
    return {SITE: common, **own}


@pytest.fixture(scope="module")
def directory(simple: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ExitStack, Ldap]]:
    """Run OpenLDAP on the first master. The stack ends it."""
    login = (f'rootdn "uid={ALICE},{SUFFIX}"', f"rootpw {SECRET}")
    with ExitStack() as undo:
        place = tmp_path_factory.mktemp("slapd")
        yield undo, undo.enter_context(running(place, of_database=login, host=simple.nodes))


@pytest.fixture(scope="module")
def servers(
    simple: RealCluster, directory: tuple[ExitStack, Ldap], classes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealCluster]:
    """Run HiveServer2 with LDAP, CUSTOM and PAM beside the cluster's own."""
    logins = {login: port for login, port in PORTS.items() if login != "NONE"}
    names = ",".join(f"hiveserver2-{login.lower()}" for login in logins)
    settings = server_settings(logins, directory[1].plain)
    with hive_beside(simple, tmp_path_factory.mktemp("logins"), classes, settings, names):
        yield simple


@pytest.fixture(scope="module")
def with_kerberos(
    secure: RealCluster, classes: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealCluster]:
    """Run HiveServer2 with LDAP beside one with KERBEROS. Nobody logs in there."""
    settings = server_settings({"LDAP": OF_BOTH}, 389)
    with hive_beside(secure, tmp_path_factory.mktemp("both"), classes, settings, "hiveserver2-ldap"):
        yield secure


@pytest.fixture(scope="module")
def jdbc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the program that logs in with Hive's own driver."""
    return compiled_java(tmp_path_factory.mktemp("jdbc"), CLIENT_PATH, SOURCES / "JdbcLogin.java")


def said(cluster: RealCluster, jdbc: Path, login: str, password: str) -> str:
    """Return "works", or the exceptions of Hive's driver on a host of the resource group."""
    url = f"jdbc:hive2://{FIRST}:{PORTS[login]}/"
    flags = ("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    command = ("java", *flags, "-cp", f"{jdbc}:{CLIENT_PATH}", "JdbcLogin", url, ALICE, password)
    return cluster.client.run(*command, seconds=60.0).stdout.strip()


def files(login: str, port: int, *, kerberos: bool = False) -> Settings:
    """Return the files of clients that name this login and this HiveServer2."""
    settings = client_files(kerberos=kerberos)
    own = {LOGIN: login, PORT: str(port)}
    principal = {PRINCIPAL: f"hive/_HOST@{REALM}"} if login == "KERBEROS" and not kerberos else {}
    return {**settings, SITE: {**settings[SITE], **own, **principal}}


def looked(cluster: RealCluster, settings: Settings, directory: Path, *arguments: str) -> Diagnosis:
    """Run `check` on a host of the resource group."""
    case = write_case(settings, directory / "case", kerberos=cluster.kerberos)
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json", *arguments)
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


def errors(found: Diagnosis) -> list[str]:
    return [finding["code"] for finding in found.report["findings"] if finding["severity"] != "info"]


def answers(cluster: RealCluster, port: int) -> dict[str, str]:
    """Return what `probe` says of the HiveServer2 on this port."""
    done = cluster.run("probe", f"hive://{FIRST}:{port}", "--format", "json", "--patience", "10")
    (answer,) = json.loads(done.stdout)
    assert answer["works"], answer
    return {line["what"]: line["answer"] for line in answer["told"]}


def test_probe_says_the_same_of_every_server_that_takes_a_password(servers: RealCluster) -> None:
    seen = {login: answers(servers, port) for login, port in PORTS.items()}

    assert seen["NONE"]["GSSAPI"] == "no"
    assert seen["NONE"]["PLAIN"] == "yes: user name and password (LDAP, CUSTOM, PAM), or none checked (NONE)"
    assert [login for login in PORTS if seen[login] != seen["NONE"]] == []


@pytest.mark.parametrize(
    ("named", "real"),
    [("LDAP", "LDAP"), ("CUSTOM", "CUSTOM"), ("PAM", "PAM"), ("NONE", "LDAP"), ("LDAP", "NONE"), ("CUSTOM", "PAM")],
)
def test_files_with_any_login_by_password_agree_with_any_server_that_has_one(
    servers: RealCluster, tmp_path: Path, named: str, real: str
) -> None:
    """Given that SASL is the same, a difference is not told, and nothing wrong is said."""
    found = looked(servers, files(named, PORTS[real]), tmp_path)

    assert (found.exit_code, errors(found)) == (0, []), found


@pytest.mark.parametrize("real", ["LDAP", "CUSTOM", "PAM"])
def test_files_with_kerberos_beside_a_server_with_passwords_are_told_and_no_login_is_guessed(
    servers: RealCluster, tmp_path: Path, real: str
) -> None:
    found = looked(servers, files("KERBEROS", PORTS[real]), tmp_path)

    assert (found.exit_code, errors(found)) == (1, ["SVC-HS2-MECH"]), found
    finding: dict[str, Any] = found.report["findings"][0]
    assert (finding["confidence"], finding["params"]["right"]) == ("strong", None)
    assert "It is NONE, LDAP, PAM or CUSTOM: all of them use PLAIN" in finding["remedies"][0]["text"]
    assert found.report["suggested_edits"] == []


@pytest.mark.parametrize("named", ["LDAP", "CUSTOM"])
def test_files_with_a_password_beside_a_server_with_kerberos_are_told_the_login(
    secure: RealCluster, tmp_path: Path, named: str
) -> None:
    found = looked(secure, files(named, 10000, kerberos=True), tmp_path)

    assert (found.exit_code, errors(found)) == (1, ["SVC-HS2-MECH"]), found
    assert found.report["findings"][0]["params"]["right"] == "KERBEROS"


@pytest.mark.parametrize("named", ["LDAP", "NONE", "KERBEROS"])
def test_a_server_with_ldap_in_a_cluster_with_kerberos_has_gssapi_and_nothing_wrong_is_said(
    with_kerberos: RealCluster, tmp_path: Path, named: str
) -> None:
    """Given Hive 3.1.3, it has PLAIN on its list, and ends each connection that starts it.

    Nobody has registered the class behind PLAIN there. That is no answer, so nothing is told.
    """
    found = looked(with_kerberos, files(named, OF_BOTH, kerberos=True), tmp_path)

    seen = answers(with_kerberos, OF_BOTH)
    assert (seen["GSSAPI"].partition(" (")[0], seen["PLAIN"]) == ("yes: Kerberos", "not told")
    assert (found.exit_code, errors(found)) == (0, []), found


def test_no_question_makes_hiveserver2_ask_its_directory(
    servers: RealCluster, directory: tuple[ExitStack, Ldap], jdbc: Path, tmp_path: Path
) -> None:
    """Given a login with a password, which does."""
    log = directory[1].log
    before = log.read_text().count("BIND dn=")
    answers(servers, PORTS["LDAP"])
    looked(servers, files("LDAP", PORTS["LDAP"]), tmp_path)
    assert log.read_text().count("BIND dn=") == before

    assert said(servers, jdbc, "LDAP", SECRET) == WORKS
    assert f'BIND dn="uid={ALICE},{SUFFIX}"' in log.read_text()


def test_a_wrong_password_and_a_directory_that_does_not_run_are_the_same_to_a_client(
    servers: RealCluster, directory: tuple[ExitStack, Ldap], jdbc: Path, tmp_path: Path
) -> None:
    """Given only that, the tool names both, and calls nothing blocked."""
    assert said(servers, jdbc, "CUSTOM", CUSTOM_SECRET) == WORKS
    assert REFUSED in said(servers, jdbc, "CUSTOM", "wrong")
    wrong = said(servers, jdbc, "LDAP", "wrong")
    assert REFUSED in wrong
    directory[0].close()
    stopped = said(servers, jdbc, "LDAP", SECRET)
    assert stopped == wrong
    (tmp_path / "task.log").write_text(f"{stopped}\n")

    before = looked(servers, files("LDAP", PORTS["LDAP"]), tmp_path / "before")
    found = looked(servers, files("LDAP", PORTS["LDAP"]), tmp_path / "after", "--log", str(tmp_path / "task.log"))

    assert (before.exit_code, errors(before)) == (0, []), before
    (finding,) = [each for each in found.report["findings"] if each["severity"] != "info"]
    assert (finding["code"], finding["severity"]) == ("SVC-HS2-LDAP", "warning")
    assert "does not reach its directory" in finding["cause"], finding
    assert found.report["suggested_rules"] == found.report["suggested_edits"] == []
