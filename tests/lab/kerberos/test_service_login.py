"""Do real servers of Hadoop RPC and Thrift accept the login that we make, step by step, and is a
server with another key than the KDC's named?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from probes.endpoint import Endpoint
from probes.kerberos.keytab import parse
from probes.kerberos.login import login
from probes.kerberos.login.context import ServiceTicket
from probes.principal import Principal
from probes.services.login import ServiceLogin, hadoop, thrift, web
from probes.vantage import Vantage
from tests.lab.services.services import PRINCIPAL, Services, running
from tests.support.needs import classpath

from .kdc import REALM
from .mit import MitKdc

AES = (17, 18, 19, 20)
PRINCIPALS = {"alice": "+requires_preauth -randkey", PRINCIPAL: "-randkey"}


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MitKdc]:
    kdc = MitKdc(tmp_path_factory.mktemp("kdc"), principals=PRINCIPALS)
    kdc.start()
    try:
        yield kdc
    finally:
        kdc.stop()


@pytest.fixture(scope="module")
def keytab(kdc: MitKdc) -> Path:
    return kdc.keytab("alice.keytab", "alice")


@pytest.fixture(scope="module")
def healthy(kdc: MitKdc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    place, own = tmp_path_factory.mktemp("healthy"), kdc.keytab("service.keytab", PRINCIPAL)
    with running(place, classpath("hadoop", "services"), realm=REALM, keytab=own) as found:
        yield found


@pytest.fixture(scope="module")
def outdated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Servers whose keytab has a key that the KDC does not have."""
    with running(tmp_path_factory.mktemp("outdated"), classpath("hadoop", "services"), realm=REALM) as found:
        yield found


def logged_in(kdc: MitKdc, keytab: Path, services: Services, name: str, by: ModuleType, etype: int) -> ServiceLogin:
    """Return what a login of alice at one server results in, with a ticket of this enctype."""
    ended: list[ServiceLogin] = []

    async def use(ticket: ServiceTicket) -> None:
        assert ticket.etype == etype
        port = services.ports[name]
        ended.append((await by.log_in(Endpoint("localhost", port, "tcp", "127.0.0.1"), ticket, Vantage(patience=8)))[1])

    endpoint = Endpoint(kdc.host, kdc.port, "tcp", kdc.host)
    table = parse(keytab.read_bytes(), "alice.keytab")
    service = Principal.parse(PRINCIPAL, REALM)
    came = asyncio.run(
        login(
            [endpoint],
            Principal(("alice",), REALM),
            table,
            [service],
            vantage=Vantage(patience=8),
            permitted=(etype,),
            use=use,
        )
    )
    assert came.cause == "ok", came
    return ended[0]


@pytest.mark.parametrize("etype", AES)
@pytest.mark.parametrize(("name", "by"), [("kerberos", hadoop), ("gssapi", thrift)])
def test_a_server_accepts_the_login_to_its_end(
    kdc: MitKdc, keytab: Path, healthy: Services, name: str, by: ModuleType, etype: int
) -> None:
    ended = logged_in(kdc, keytab, healthy, name, by, etype)

    assert (ended.result, ended.is_proven, ended.offered, ended.text) == ("accepted", True, ("auth",), None)


@pytest.mark.parametrize("etype", AES)
def test_a_web_server_accepts_the_login_and_proves_itself(
    kdc: MitKdc, keytab: Path, healthy: Services, etype: int
) -> None:
    ended = logged_in(kdc, keytab, healthy, "web", web, etype)

    assert (ended.result, ended.is_proven, ended.text) == ("accepted", True, None)


def test_a_web_server_with_another_key_names_the_cause(kdc: MitKdc, keytab: Path, outdated: Services) -> None:
    ended = logged_in(kdc, keytab, outdated, "web", web, 18)

    assert (ended.result, ended.is_proven) == ("refused", False)
    assert ended.text is not None
    assert "Checksum failed" in ended.text


@pytest.mark.parametrize(("name", "by"), [("kerberos", hadoop), ("gssapi", thrift)])
def test_a_server_with_another_key_refuses(
    kdc: MitKdc, keytab: Path, outdated: Services, name: str, by: ModuleType
) -> None:
    ended = logged_in(kdc, keytab, outdated, name, by, 18)

    assert (ended.result, ended.is_proven) == ("refused", False)
    assert ended.text is not None
    assert "GSS initiate failed" in ended.text


@pytest.mark.parametrize(
    ("name", "by", "result"),
    [
        ("simple", hadoop, "not-kerberos"),
        ("gssapi", hadoop, "not-kerberos"),
        ("zookeeper", hadoop, "ended"),
        ("digest", thrift, "refused"),
        ("kerberos", thrift, "not-kerberos"),
    ],
)
def test_a_server_without_kerberos_is_no_proof(
    kdc: MitKdc, keytab: Path, healthy: Services, name: str, by: ModuleType, result: str
) -> None:
    ended = logged_in(kdc, keytab, healthy, name, by, 18)

    assert (ended.result, ended.is_proven) == (result, False)


def site(**settings: object) -> str:
    rows = "".join(
        f"<property><name>{name}</name><value>{value}</value></property>" for name, value in settings.items()
    )
    return f"<configuration>{rows}</configuration>"


def case(directory: Path, kdc: MitKdc, services: Services) -> Path:
    """Write the files of a cluster whose NameNode and metastore are these servers."""
    kdc.write_client_file()
    (directory / "krb5.conf").write_bytes(kdc.krb5_conf.read_bytes())
    host, principal = "localhost", f"{PRINCIPAL.split('/')[0]}/_HOST@{REALM}"
    files = {
        "core-site.xml": {
            "fs.defaultFS": f"hdfs://{host}:{services.ports['kerberos']}",
            "hadoop.security.authentication": "kerberos",
        },
        "hdfs-site.xml": {"dfs.namenode.kerberos.principal": principal},
        "hive-site.xml": {
            "hive.metastore.uris": f"thrift://{host}:{services.ports['gssapi']}",
            "hive.metastore.sasl.enabled": "true",
            "hive.metastore.kerberos.principal": principal,
        },
    }
    for name, settings in files.items():
        (directory / name).write_text(site(**settings))
    return directory


def check(place: Path, *args: str) -> tuple[dict[str, Any], str]:
    command = ["check", str(place), "--from", "127.0.0.0/8", "--format", "json", *args]
    result = CliRunner().invoke(main, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout), result.output


def results(report: dict[str, Any]) -> dict[str, str]:
    """Return what came of each login, by component."""
    return {
        flow["service"]: observation["detail"]["service_login"]["result"]
        for flow in report["flows"]
        for observation in flow["observations"]
        if "service_login" in observation["detail"]
    }


def test_check_logs_in_where_it_is_told_to_and_finds_nothing(
    kdc: MitKdc, keytab: Path, healthy: Services, tmp_path: Path
) -> None:
    place = case(tmp_path, kdc, healthy)

    quiet, _ = check(place, "--keytab", str(keytab))
    asked, _ = check(place, "--keytab", str(keytab), "--authenticate")

    assert results(quiet) == {}
    assert set(results(asked).values()) == {"accepted"}
    assert len(results(asked)) == 2
    assert not [finding for finding in asked["findings"] if finding["cause"] == "service-login"]


def test_check_names_the_outdated_keytab_of_each_service(
    kdc: MitKdc, keytab: Path, outdated: Services, tmp_path: Path
) -> None:
    report, output = check(case(tmp_path, kdc, outdated), "--keytab", str(keytab), "--authenticate")
    found = [finding for finding in report["findings"] if finding["code"] == "KRB-SVC-KEY"]

    assert set(results(report).values()) == {"refused"}
    assert {flow for finding in found for flow in finding["flows"]} == {
        flow["id"] for flow in report["flows"] if flow["service"] in results(report)
    }
    assert {(finding["severity"], finding["confidence"]) for finding in found} == {("error", "strong")}
    assert report["exit_code"] == 1
    # And no token and no key is in the report.
    assert "YII" not in output


def test_a_login_that_proves_nothing_is_never_exit_0(
    kdc: MitKdc, keytab: Path, healthy: Services, tmp_path: Path
) -> None:
    """Given files that want Kerberos and a server that does not, then that is said."""
    other = Services({**healthy.ports, "kerberos": healthy.ports["simple"]})
    report, _ = check(case(tmp_path, kdc, other), "--keytab", str(keytab), "--authenticate")

    assert report["exit_code"] in (1, 3)
    assert [skip["cause"] for skip in report["skipped"] if skip["check"] == f"login at {PRINCIPAL}@{REALM}"] == [
        "it ended without a proof: the server offers no Kerberos"
    ]


def test_without_a_service_to_log_in_to_it_is_said(kdc: MitKdc, keytab: Path, tmp_path: Path) -> None:
    kdc.write_client_file()
    (tmp_path / "krb5.conf").write_bytes(kdc.krb5_conf.read_bytes())

    report, _ = check(tmp_path, "--keytab", str(keytab), "--authenticate")

    assert "logins at the services" in [skip["check"] for skip in report["skipped"]]
