"""Does `check --authenticate` prove the keytab of each real server, and name one that is outdated?

A key that it changes is in the keytab of the servers afterwards: other tests share the cluster.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.cluster import RealCluster
from tests.lab.real.files import FIRST, client_files, write_case

NETWORK = "192.168.10.0/24"
CLIENT = "alice"
HIVE = f"hive/{FIRST}"
EVERY = {"NameNode RPC", "ResourceManager", "JobHistory RPC", "Hive metastore", "HiveServer2"}
"""Services of the case that take a login."""


def logged_in(cluster: RealCluster, keytab: Path, directory: Path) -> Diagnosis:
    """Run `check --authenticate` on a host of the resource group."""
    case = write_case(client_files(kerberos=True), directory, kerberos=True)
    login = ("--keytab", str(keytab), "--principal", CLIENT, "--authenticate")
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json", *login)
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


def results(found: Diagnosis) -> dict[tuple[str, str], str]:
    """Return what came of each login: service and host -> result."""
    return {
        (flow["service"], flow["host"]): seen["detail"]["service_login"]["result"]
        for flow in found.report["flows"]
        for seen in flow["observations"]
        if "service_login" in seen["detail"]
    }


@pytest.fixture(scope="module")
def keytab(secure: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    secure.kdc.admin(f"addprinc -randkey +requires_preauth {CLIENT}")
    file = tmp_path_factory.mktemp("user") / "alice.keytab"
    secure.kdc.keytab(file, CLIENT)
    return file


@pytest.fixture(scope="module")
def proven(secure: RealCluster, keytab: Path, tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    return logged_in(secure, keytab, tmp_path_factory.mktemp("proven") / "case")


@pytest.fixture(scope="module")
def outdated(
    secure: RealCluster, keytab: Path, proven: Diagnosis, tmp_path_factory: pytest.TempPathFactory
) -> Diagnosis:
    """Give Hive's principal another key, as an export without -norandkey does."""
    secure.kdc.admin(f"cpw -randkey {HIVE}")
    try:
        return logged_in(secure, keytab, tmp_path_factory.mktemp("outdated") / "case")
    finally:
        secure.kdc.keytab(secure.servers_keytab, HIVE)


def test_every_server_of_a_healthy_cluster_proves_its_keytab(proven: Diagnosis) -> None:
    errors = [finding["code"] for finding in proven.report["findings"] if finding["severity"] != "info"]

    assert (proven.exit_code, errors) == (0, []), proven
    assert set(results(proven).values()) == {"accepted"}
    assert {service for service, _ in results(proven)} == EVERY


def test_hive_with_an_outdated_keytab_is_named_and_nothing_else(outdated: Diagnosis) -> None:
    """Given the incident "Peer indicated failure: GSS initiate failed"."""
    errors = [finding for finding in outdated.report["findings"] if finding["severity"] == "error"]

    assert outdated.exit_code == 1, outdated
    assert {finding["code"] for finding in errors} == {"KRB-SVC-KEY"}
    assert {finding["params"]["target"].partition("@")[0] for finding in errors} == {HIVE}
    refused = {service for (service, _), result in results(outdated).items() if result == "refused"}
    assert refused == {service for service in EVERY if service.startswith("Hive")}


def test_hive_with_the_new_key_in_its_keytab_proves_it(
    secure: RealCluster, keytab: Path, outdated: object, tmp_path: Path
) -> None:
    """Given this, tests that come afterwards find the cluster as it was."""
    found = logged_in(secure, keytab, tmp_path / "case")

    assert set(results(found).values()) == {"accepted"}
    assert {service for service, _ in results(found)} == EVERY
