"""Is a real server of Hive that the files put in TLS or in HTTP mode asked, and told if it hangs?

A process that is stopped with SIGSTOP never answers a ClientHello or a request, and the kernel goes
on to accept for it.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.jvm import Jvm
from tests.lab.netns import LabError
from tests.lab.real.cluster import RealCluster, hive_beside
from tests.lab.real.files import FIRST, Settings, client_files, write_case
from tests.lab.real.situations import SHORT

NETWORK: Final = "192.168.10.0/24"
SITE: Final = "hive-site.xml"
PASSWORD: Final = "changeit"
BINARY, HTTP, METASTORE = 10300, 10301, 9183
"""Ports of the servers with TLS."""

WITH_TLS: Final[dict[str, str]] = {
    "hive.server2.use.SSL": "true",
    "hive.metastore.use.SSL": "true",
    "hive.server2.thrift.port": str(BINARY),
    "hive.metastore.uris": f"thrift://{FIRST}:{METASTORE}",
}
WITH_TLS_OVER_HTTP: Final[dict[str, str]] = {
    "hive.server2.use.SSL": "true",
    "hive.server2.transport.mode": "http",
    "hive.server2.thrift.http.port": str(HTTP),
}
OVER_HTTP: Final[dict[str, str]] = {"hive.server2.transport.mode": "http"}


def keystore(directory: Path) -> Path:
    """Make a key and a certificate of the first master, and return the keystore."""
    path = directory / "keystore.jks"
    command = ["keytool", "-genkeypair", "-keyalg", "RSA", "-alias", "hive", "-dname", f"CN={FIRST}"]
    options = ["-keystore", str(path), "-storepass", PASSWORD, "-keypass", PASSWORD, "-validity", "2"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise LabError(done.stdout)
    return path


@pytest.fixture(scope="module")
def secured(simple: RealCluster, classes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jvm]:
    """Run a metastore and HiveServer2 in both modes with TLS, beside those of the cluster."""
    place = tmp_path_factory.mktemp("tls")
    path = str(keystore(place))
    of_server2 = {
        "hive.server2.use.SSL": "true",
        "hive.server2.keystore.path": path,
        "hive.server2.keystore.password": PASSWORD,
    }
    settings: Settings = {
        "metastore-tls.xml": {
            "hive.metastore.use.SSL": "true",
            "hive.metastore.keystore.path": path,
            "hive.metastore.keystore.password": PASSWORD,
            "hive.metastore.uris": f"thrift://{FIRST}:{METASTORE}",
        },
        "hiveserver2-tls.xml": {**of_server2, "hive.server2.thrift.port": str(BINARY)},
        "hiveserver2-tls-http.xml": {**of_server2, "hive.server2.thrift.http.port": str(HTTP)},
    }
    servers = ("metastore-tls", "hiveserver2-tls,hiveserver2-tls-http")
    with hive_beside(simple, place, classes, settings, *servers) as jvm:
        yield jvm


def looked(cluster: RealCluster, values: dict[str, str], directory: Path) -> Diagnosis:
    """Run `check` on a host of the resource group, with these values in hive-site.xml."""
    files = client_files(kerberos=False)
    case = write_case({**files, SITE: {**files[SITE], **values}}, directory, kerberos=False)
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json")
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


def errors(found: Diagnosis) -> list[tuple[str, str]]:
    return [(each["code"], each["confidence"]) for each in found.report["findings"] if each["severity"] != "info"]


def verdicts(found: Diagnosis) -> dict[str, str]:
    """Return the verdict of each server of Hive on the first master."""
    rows = {row["id"]: str(row["verdict"]) for row in found.report["flows"]}
    return {key: verdict for key, verdict in rows.items() if key.startswith("hive")}


@pytest.mark.parametrize(
    ("values", "flows"),
    [
        (WITH_TLS, (f"hive-metastore/{SHORT}:{METASTORE}", f"hiveserver2/{SHORT}:{BINARY}")),
        (WITH_TLS_OVER_HTTP, (f"hiveserver2-http/{SHORT}:{HTTP}",)),
        (OVER_HTTP, (f"hiveserver2-http/{SHORT}:10001",)),
    ],
    ids=["TLS", "TLS and HTTP", "HTTP"],
)
def test_a_server_in_tls_or_http_works_and_is_told_when_its_process_is_frozen(
    simple: RealCluster, secured: Jvm, tmp_path: Path, values: dict[str, str], flows: tuple[str, ...]
) -> None:
    before = looked(simple, values, tmp_path / "before")
    with (simple.hive if values is OVER_HTTP else secured).frozen():
        found = looked(simple, values, tmp_path / "frozen")
    after = looked(simple, values, tmp_path / "after")

    for healthy in (before, after):
        assert (healthy.exit_code, errors(healthy)) == (0, []), healthy
        assert {verdicts(healthy)[flow] for flow in flows} == {"reachable"}, healthy
    assert {verdicts(found)[flow] for flow in flows} == {"blocked"}, found
    assert ("SVC-HANG", "strong") in errors(found), found
    assert set(errors(found)) <= {("SVC-HANG", "strong"), ("SVC-HMS", "strong")}, found
    repaired = {flow for each in found.report["findings"] for flow in each["undone"]["repairs"]}
    assert set(flows) <= repaired, found


@pytest.mark.parametrize(
    "values",
    [{"hive.server2.use.SSL": "true", "hive.metastore.use.SSL": "true"}, {"hive.server2.use.SSL": "true", **OVER_HTTP}],
    ids=["TLS", "TLS and HTTP"],
)
def test_a_server_without_the_tls_of_the_files_is_not_called_hanging_and_does_not_work(
    simple: RealCluster, tmp_path: Path, values: dict[str, str]
) -> None:
    found = looked(simple, values, tmp_path)

    assert found.exit_code == 3, found
    assert {"SVC-HANG", "SVC-HMS"}.isdisjoint(code for code, _ in errors(found)), found


def test_a_server_with_tls_that_the_files_do_not_name_is_not_called_hanging(
    simple: RealCluster, secured: Jvm, tmp_path: Path
) -> None:
    found = looked(simple, {key: value for key, value in WITH_TLS.items() if "SSL" not in key}, tmp_path)

    assert found.exit_code == 3, found
    assert {"SVC-HANG", "SVC-HMS"}.isdisjoint(code for code, _ in errors(found)), found
    assert verdicts(found)[f"hiveserver2/{SHORT}:{BINARY}"] == "unknown", found
    assert not {"reachable", "accepts"} & set(verdicts(found).values()), found


def test_a_server_inside_tls_without_the_login_of_the_files_is_told(
    simple: RealCluster, secured: Jvm, tmp_path: Path
) -> None:
    """Given files with Kerberos, beside a server with a password."""
    login = {
        "hive.server2.authentication": "KERBEROS",
        "hive.server2.authentication.kerberos.principal": "hive/_HOST@R",
    }
    found = looked(simple, {**WITH_TLS, **login}, tmp_path)

    assert ("SVC-HS2-MECH", "strong") in errors(found), found
    finding = next(each for each in found.report["findings"] if each["code"] == "SVC-HS2-MECH")
    assert finding["flows"] == [f"hiveserver2/{SHORT}:{BINARY}"]
    assert [each["text"] for each in finding["evidence"] if each["kind"] == "observation"] == [
        f"{FIRST} answers: PLAIN: failed, GSSAPI: unsupported"
    ]


def test_a_server_over_http_without_the_login_of_the_files_is_told(simple: RealCluster, tmp_path: Path) -> None:
    """Given files with Kerberos, beside a server in HTTP mode with a password."""
    login = {
        "hive.server2.authentication": "KERBEROS",
        "hive.server2.authentication.kerberos.principal": "hive/_HOST@R",
    }
    found = looked(simple, {**OVER_HTTP, **login}, tmp_path)

    finding = next(each for each in found.report["findings"] if each["code"] == "SVC-HS2-MECH")
    assert (finding["confidence"], finding["flows"]) == ("strong", [f"hiveserver2-http/{SHORT}:10001"])
    assert [each["text"] for each in finding["evidence"] if each["kind"] == "observation"] == [
        f"{FIRST} answers: password"
    ]
