"""Does a log of a user that may not act for others lead to the setting that refuses it?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, case_toml, changed, healthy, report, site

NOBODY = "org.apache.hadoop.ipc.RemoteException: User: {user} is not allowed to impersonate alice\n"
NOT_FROM = "Unauthorized connection for super-user: {user} from IP {address}\n"


def found(folder: Path, log: str, **settings: str) -> Any:
    """Return the report of a case with this log.

    settings: hadoop_hosts for hadoop.proxyuser.hadoop.hosts.
    """
    said = {f"hadoop.proxyuser.{key.replace('_', '.')}": value for key, value in settings.items()}
    files = healthy()
    core = {**dict(files["core-site.xml"]), **said}  # type: ignore[arg-type]
    return report(folder, changed(files, {"task.log": log, "core-site.xml": site(core)}))


def first(result: Any) -> tuple[str, str, str]:
    finding = result["findings"][0]
    return finding["code"], finding["severity"], finding["params"].get("user", "")


@pytest.mark.parametrize("user", ["hadoop", "hive/master-1-1@EMR.X.COM"])
def test_a_user_for_whom_nobody_is_named_may_act_for_nobody(tmp_path: Path, user: str) -> None:
    """Given no answer about the form, the log itself shows that the user acts for others."""
    result = found(tmp_path, NOBODY.format(user=user))

    short = user.partition("/")[0]
    assert first(result) == ("PROXY-USER", "error", short)
    assert result["exit_code"] == 1
    assert [each["kind"] for each in result["findings"][0]["evidence"]] == ["line"]
    assert f"hadoop.proxyuser.{short}.groups" in result["findings"][0]["remedies"][0]["text"]


def test_a_log_about_one_user_is_no_evidence_against_another_one(tmp_path: Path) -> None:
    """Given a form that lets hadoop act for others, and a log about hive, whom the file permits."""
    form = '[registration]\npass_proxy_user = true\ndefault_access_identity = "hadoop"\n'
    core = site({"fs.defaultFS": f"hdfs://{MASTER}:9000", "hadoop.proxyuser.hive.users": "bob"})
    files = changed(healthy(), {"task.log": NOBODY.format(user="hive"), "core-site.xml": core})

    result = report(tmp_path, {**files, "case.toml": case_toml(more=form)})

    by_code = {finding["code"]: finding for finding in result["findings"]}
    assert by_code["PROXY-USER"]["params"]["user"] == "hadoop"
    assert by_code["PROXY-USER"]["evidence"] == []
    assert "hive" in by_code["INPUT-LOG"]["title"]


@pytest.mark.parametrize("address", ["192.168.10.7", "/192.168.10.7"])
def test_the_whole_resource_group_is_added_to_the_hosts(tmp_path: Path, address: str) -> None:
    """Hadoop 3 prints a slash before the address."""
    log = NOT_FROM.format(user="hadoop", address=address)

    result = found(tmp_path, log, hadoop_users="*", hadoop_hosts="192.168.20.0/24")

    assert first(result) == ("PROXY-HOST", "error", "hadoop")
    assert result["findings"][0]["params"]["right"] == "192.168.20.0/24,192.168.10.0/24"
    (edit,) = result["suggested_edits"]
    assert (edit["object"], edit["action"]) == ("hadoop-conf", "set")
    assert edit["id"].endswith("(hadoop.proxyuser.hadoop.hosts)")
    assert (edit["from"], edit["to"]) == ("192.168.20.0/24", "192.168.20.0/24,192.168.10.0/24")


@pytest.mark.parametrize(("people", "to"), [('["alice", "bob"]', ["alice,bob"]), ("[]", [])])
def test_those_who_run_tasks_are_the_users_to_write_and_nobody_is_guessed(
    tmp_path: Path, people: str, to: list[str]
) -> None:
    toml = case_toml(more=f"[registration]\nproxied_users = {people}\n")
    files = changed(healthy(), {"task.log": NOBODY.format(user="hadoop"), "case.toml": toml})

    result = report(tmp_path, files)

    assert first(result) == ("PROXY-USER", "error", "hadoop")
    assert [edit["to"] for edit in result["suggested_edits"]] == to


@pytest.mark.parametrize(
    ("address", "hosts"),
    [("192.168.10.7", "192.168.10.0/29"), ("192.168.10.7", "*"), ("10.9.9.9", "192.168.10.0/24")],
)
def test_an_address_that_is_permitted_or_of_somebody_else_leaves_the_log_open(
    tmp_path: Path, address: str, hosts: str
) -> None:
    log = NOT_FROM.format(user="hadoop", address=address)

    result = found(tmp_path, log, hadoop_users="*", hadoop_hosts=hosts)

    assert {finding["code"] for finding in result["findings"]} == {"INPUT-LOG"}


def test_a_file_that_permits_the_user_leaves_the_log_open(tmp_path: Path) -> None:
    result = found(tmp_path, NOBODY.format(user="hadoop"), hadoop_groups="*", hadoop_hosts="*")

    assert {finding["code"] for finding in result["findings"]} == {"INPUT-LOG"}
