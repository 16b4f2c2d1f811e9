"""Does `check` give the cause that people found, if real servers are put into what was reported?

Each incident is first asked of a real client: it fails with the words of the report. Then `check`
names the cause, what it repairs, and nothing else with certainty. After the repair both work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.client import WORKS, compiled_client, said
from tests.lab.real.cluster import HADOOP_PATH, RealCluster
from tests.lab.real.files import (
    CLIENT_ADDRESS,
    FIRST,
    KMS,
    NAMESERVICE,
    SECOND,
    Settings,
    client_files,
    write_case,
    xml,
)
from tests.lab.real.kms import compiled_kms, kms

NETWORK = "192.168.10.0/24"
NAMENODES = ["namenode-rpc/master-1-1:8020", "namenode-rpc/master-1-2:8020"]
CORE, HDFS = "core-site.xml", "hdfs-site.xml"
PROVIDER = f"dfs.client.failover.proxy.provider.{NAMESERVICE}"


@pytest.fixture(scope="module")
def client_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled_client(tmp_path_factory.mktemp("client"))


def looked(cluster: RealCluster, case: Path, *arguments: str) -> Diagnosis:
    """Run `check` on a host of the resource group."""
    done = cluster.run("check", str(case), "--from", NETWORK, "--format", "json", *arguments)
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


def errors(found: Diagnosis) -> list[str]:
    return [finding["code"] for finding in found.report["findings"] if finding["severity"] != "info"]


def primary(found: Diagnosis) -> dict[str, Any]:
    return found.report["findings"][0]  # type: ignore[no-any-return]


def changed(file: str, values: Mapping[str, str | None]) -> Settings:
    """Return the files of clients of the cluster without Kerberos, with other values in one file.

    None removes a key.
    """
    files = client_files(kerberos=False)
    merged = {**files[file], **values}
    return {**files, file: {key: value for key, value in merged.items() if value is not None}}


@pytest.fixture(scope="module")
def repaired(simple: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Diagnosis, Path]:
    """Check the cluster without Kerberos with its own files, and return the case as well."""
    case = write_case(client_files(kerberos=False), tmp_path_factory.mktemp("repaired") / "case", kerberos=False)
    return looked(simple, case), case


def test_the_files_of_the_cluster_itself_work_for_the_client_and_for_check(
    simple: RealCluster, client_classes: Path, repaired: tuple[Diagnosis, Path]
) -> None:
    """This is the state after the repair of each wrong file."""
    found, case = repaired

    assert said(simple, client_classes, case, "list") == WORKS
    assert (found.exit_code, errors(found)) == (0, []), found


# --- hdfs-site.xml is missing


def test_without_hdfs_site_the_nameservice_that_nothing_defines_is_the_only_cause(
    simple: RealCluster, client_classes: Path, tmp_path: Path
) -> None:
    """Given the incident "UnknownHostException: nameservice1".

    Clients may have the file that the case lacks, so nothing is certain.
    """
    files = client_files(kerberos=False)
    del files[HDFS]
    case = write_case(files, tmp_path / "case", kerberos=False)
    assert f"UnknownHostException: {NAMESERVICE}" in said(simple, client_classes, case, "list")

    found = looked(simple, case)

    assert (found.exit_code, errors(found)) == (3, ["HA-NAMESERVICE"]), found
    assert primary(found)["confidence"] == "inferred"
    assert primary(found)["undone"]["repairs"] == NAMENODES
    assert "hdfs-site.xml" in primary(found)["remedies"][0]["text"]
    assert found.report["suggested_edits"] == found.report["suggested_rules"] == []


def test_a_nameservice_without_a_failover_provider_is_the_only_cause(
    simple: RealCluster, client_classes: Path, tmp_path: Path
) -> None:
    case = write_case(changed(HDFS, {PROVIDER: None}), tmp_path / "case", kerberos=False)
    assert f"UnknownHostException: {NAMESERVICE}" in said(simple, client_classes, case, "list")

    found = looked(simple, case)

    assert (found.exit_code, errors(found)) == (1, ["HA-NAMESERVICE"]), found
    assert primary(found)["confidence"] == "proven"
    assert primary(found)["undone"]["repairs"] == NAMENODES
    assert PROVIDER in primary(found)["remedies"][0]["text"]


# --- the proxy user is not allowed

FOR_NOBODY = "User: hadoop is not allowed to impersonate alice"
NOT_FROM_HERE = f"Unauthorized connection for super-user: hadoop from IP /{CLIENT_ADDRESS}"
USERS, HOSTS = "hadoop.proxyuser.hadoop.users", "hadoop.proxyuser.hadoop.hosts"
AS_ALICE = ("list", "as", "alice")


@contextmanager
def permitting(cluster: RealCluster, values: Mapping[str, str]) -> Iterator[Settings]:
    """Let both NameNodes read these values of core-site.xml, as an administrator does it.

    Yield the files of clients, which have them as well.
    """
    before = client_files(kerberos=False)
    after = {**before, CORE: {**before[CORE], **values}}
    _refresh(cluster, after)
    try:
        yield after
    finally:
        _refresh(cluster, before)


def _refresh(cluster: RealCluster, files: Settings) -> None:
    for jvm in (cluster.first, cluster.second):
        (jvm.files / CORE).write_text(xml(files[CORE]))
    tool = ("org.apache.hadoop.hdfs.tools.DFSAdmin", "-refreshSuperUserGroupsConfiguration")
    done = cluster.client.run("java", "-Xmx128m", "-cp", f"{cluster.first.files}:{HADOOP_PATH}", *tool, seconds=60.0)
    assert done.returncode == 0, done.stderr


def with_log(cluster: RealCluster, directory: Path, files: Settings, log: str) -> Diagnosis:
    """Run `check` with the log of the task that failed."""
    case = write_case(files, directory / "case", kerberos=False)
    (directory / "task.log").write_text(f"{log}\n")
    return looked(cluster, case, "--log", str(directory / "task.log"))


def test_a_user_who_may_act_for_nobody_is_the_cause_until_the_namenodes_permit_him(
    simple: RealCluster, client_classes: Path, repaired: tuple[Diagnosis, Path], tmp_path: Path
) -> None:
    refusal = said(simple, client_classes, repaired[1], *AS_ALICE)
    assert FOR_NOBODY in refusal

    found = with_log(simple, tmp_path, client_files(kerberos=False), refusal)

    assert (found.exit_code, errors(found)) == (1, ["PROXY-USER"]), found
    assert primary(found)["confidence"] == "strong"
    assert primary(found)["flows"] == []  # every connection works, so none is repaired
    assert USERS in primary(found)["remedies"][0]["text"]
    assert found.report["suggested_rules"] == []

    with permitting(simple, {USERS: "alice", HOSTS: NETWORK}) as files:
        case = write_case(files, tmp_path / "after", kerberos=False)
        after = looked(simple, case)
        assert said(simple, client_classes, case, *AS_ALICE) == WORKS
        assert (after.exit_code, errors(after)) == (0, []), after


def test_a_user_who_may_not_act_from_the_vswitch_is_the_cause_and_its_block_the_repair(
    simple: RealCluster, client_classes: Path, repaired: tuple[Diagnosis, Path], tmp_path: Path
) -> None:
    nodes = "192.168.20.0/24"
    with permitting(simple, {USERS: "alice", HOSTS: nodes}) as files:
        refusal = said(simple, client_classes, repaired[1], *AS_ALICE)
        found = with_log(simple, tmp_path, files, refusal)
    assert NOT_FROM_HERE in refusal

    assert (found.exit_code, errors(found)) == (1, ["PROXY-HOST"]), found
    right = primary(found)["params"]["right"]
    assert right == f"{nodes},{NETWORK}"

    with permitting(simple, {USERS: "alice", HOSTS: right}):
        assert said(simple, client_classes, repaired[1], *AS_ALICE) == WORKS


# --- the client knows only the standby

REFUSED = "Operation category READ is not supported in state standby"
MEMBERS = f"dfs.ha.namenodes.{NAMESERVICE}"


def test_a_client_that_is_pinned_to_the_standby_is_told_the_nameservice(
    simple: RealCluster, client_classes: Path, tmp_path: Path
) -> None:
    case = write_case(changed(CORE, {"fs.defaultFS": f"hdfs://{SECOND}:8020"}), tmp_path / "case", kerberos=False)
    assert REFUSED in said(simple, client_classes, case, "list")

    found = looked(simple, case)

    assert (found.exit_code, errors(found)) == (1, ["SVC-STANDBY"]), found
    undone = primary(found)["undone"]
    assert sorted([*undone["repairs"], *undone["unclear"]]) == NAMENODES
    (edit,) = found.report["suggested_edits"]
    assert edit["to"] == f"hdfs://{NAMESERVICE}"


def test_a_client_that_is_pinned_to_the_active_one_works_and_is_warned(
    simple: RealCluster, client_classes: Path, tmp_path: Path
) -> None:
    case = write_case(changed(CORE, {"fs.defaultFS": f"hdfs://{FIRST}:8020"}), tmp_path / "case", kerberos=False)
    assert said(simple, client_classes, case, "list") == WORKS

    found = looked(simple, case)

    assert (found.exit_code, errors(found)) == (0, ["SVC-STANDBY"]), found
    assert primary(found)["severity"] == "warning"


def test_a_client_whose_files_have_no_other_namenode_than_the_standby_is_told_so(
    simple: RealCluster, client_classes: Path, tmp_path: Path
) -> None:
    case = write_case(changed(HDFS, {MEMBERS: "nn2"}), tmp_path / "case", kerberos=False)
    assert REFUSED in said(simple, client_classes, case, "list")

    found = looked(simple, case)

    assert (found.exit_code, errors(found)) == (1, ["SVC-STANDBY"]), found
    assert primary(found)["undone"]["repairs"] == [NAMENODES[1]]
    assert primary(found)["params"]["others"] == [FIRST]
    assert found.report["suggested_edits"] == found.report["suggested_rules"] == []


def test_a_standby_that_is_only_first_in_the_list_is_no_fault(
    simple: RealCluster, client_classes: Path, tmp_path: Path
) -> None:
    """A client goes on to the next NameNode."""
    case = write_case(changed(HDFS, {MEMBERS: "nn2,nn1"}), tmp_path / "case", kerberos=False)
    assert said(simple, client_classes, case, "list") == WORKS

    found = looked(simple, case)

    assert (found.exit_code, errors(found)) == (0, []), found


# --- the KMS cannot be reached

CAROL = "carol"
KEYS_AT = "kms/master-1-1:9600"


@pytest.fixture(scope="module")
def carol(secure: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the keytab of a user of the cluster with Kerberos."""
    secure.kdc.admin(f"addprinc -randkey +requires_preauth {CAROL}")
    file = tmp_path_factory.mktemp("carol") / "carol.keytab"
    secure.kdc.keytab(file, CAROL)
    return file


@pytest.mark.needs("kms-jars")
def test_a_kms_that_does_not_run_stops_every_job_until_it_is_started(
    secure: RealCluster, client_classes: Path, carol: Path, tmp_path: Path
) -> None:
    """Given Kerberos, a job asks the KMS for a token before it starts."""
    files = client_files(kerberos=True)
    files[CORE] |= {"hadoop.security.key.provider.path": KMS}
    case = write_case(files, tmp_path / "case", kerberos=True)
    assert "Connection refused" in said(secure, client_classes, case, "tokens", user=CAROL, keytab=carol)
    assert said(secure, client_classes, case, "list", user=CAROL, keytab=carol) == WORKS

    found = looked(secure, case)

    assert (found.exit_code, errors(found)) == (1, ["SVC-DOWN"]), found
    assert primary(found)["flows"] == primary(found)["undone"]["repairs"] == [KEYS_AT]
    assert primary(found)["undone"]["remains"] == []
    assert found.report["suggested_rules"] == []

    place, classes = tmp_path / "kms", tmp_path / "classes"
    place.mkdir()
    classes.mkdir()
    with kms(secure, compiled_kms(classes), place):
        assert said(secure, client_classes, case, "tokens", user=CAROL, keytab=carol) == WORKS
        after = looked(secure, case)
    assert (after.exit_code, errors(after)) == (0, []), after
