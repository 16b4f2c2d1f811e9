"""Given the command `collect`, when something is missing, wrong or secret, then it says what, ends
with the right code, and keeps secrets to itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from tests.support import whole_cloud as whole
from tests.support.cloud_account import KEY, SECRET, TOKEN, VARIABLES
from tests.support.fake_cloud import CANARY, CloudReply, FakeCloud, Served, Special, always, error, served
from tests.support.places import PROJECT

SOURCE = f"aliyun://{whole.CLUSTER}?region=cn-hangzhou&resource_group={whole.RESOURCE_GROUP}"
needs_sdk = pytest.mark.needs("alibaba-sdk")


@contextmanager
def cloud(folder: Path, *specials: Special) -> Iterator[Served]:
    with served(FakeCloud(whole.FILES, *specials, *whole.rest()), folder) as place:
        yield place


def environment(place: Served | None = None, **more: str) -> dict[str, str]:
    """Return the variables of a process that reaches this cloud and nothing else."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    ours = (
        {} if place is None else {"REQUESTS_CA_BUNDLE": str(place.authority), "EMR_DIAGNOSE_ENDPOINT": place.endpoint}
    )
    return {**kept, **VARIABLES, **ours, "NO_COLOR": "1", "EMR_DIAGNOSE_LANG": "en", **more}


def run(*args: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "diagnose", *args],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=PROJECT,
        timeout=90,
    )


def here(*args: str) -> Result:
    return CliRunner().invoke(main, list(args), env={"EMR_DIAGNOSE_LANG": "en", "ALIBABA_CLOUD_REGION_ID": ""})


@needs_sdk
def test_a_whole_collection_is_checked_like_the_exported_case(tmp_path: Path) -> None:
    target = tmp_path / "my case.zip"
    with cloud(tmp_path) as place:
        ran = run("collect", SOURCE, "-o", str(target), env=environment(place))
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.splitlines()[-1] == f"Then: emr-diagnose check '{target}' --offline"

    report = json.loads(here("check", str(target), "--offline", "--format", "json").stdout)
    assert [entry for entry in report["skipped"] if "collected" in entry["check"]] == []
    assert "collected.json" in {entry["kind"] for entry in report["case"]["inputs"]}


@needs_sdk
def test_what_is_missing_is_told_by_collect_and_by_check(tmp_path: Path) -> None:
    target = tmp_path / "case"
    with cloud(tmp_path, always("DescribeSecurityGroupAttribute", error("Forbidden.RAM"))) as place:
        ran = run("collect", SOURCE, "-o", str(target), env=environment(place))

    assert ran.returncode == 3
    groups = f"{whole.GROUP}, sg-bp1zfg8zvz4vc9t66"
    why = "the caller may not make this call (Forbidden.RAM)"
    assert f"Missing: ecs:DescribeSecurityGroupAttribute {groups}: {why}.\n" in ran.stderr
    assert "Actions of RAM to allow: ecs:DescribeSecurityGroupAttribute." in ran.stderr

    report = json.loads(here("check", str(target), "--offline", "--format", "json").stdout)
    entry = next(each for each in report["skipped"] if each["check"].startswith("answer of ecs:"))
    assert entry == {
        "check": f"answer of ecs:DescribeSecurityGroupAttribute {whole.GROUP}",
        "cause": why,
        "needs": "the RAM action ecs:DescribeSecurityGroupAttribute, which collect --show-policy lists",
        "error_code": "Forbidden.RAM",
        "ram_action": "ecs:DescribeSecurityGroupAttribute",
    }


@needs_sdk
@pytest.mark.parametrize(
    "specials",
    [
        pytest.param((), id="whole"),
        pytest.param((always("ListNodes", error("Forbidden.RAM")),), id="forbidden"),
        pytest.param((always("ListNodes", error("InternalError", 500)),), id="failing"),
        pytest.param((always("GetCluster", error("SignatureDoesNotMatch", 400)),), id="refused"),
        pytest.param((always("GetCluster", CloudReply(CANARY.encode())),), id="no-json"),
    ],
)
def test_no_secret_reaches_a_file_a_log_or_a_message(specials: tuple[Special, ...], tmp_path: Path) -> None:
    target = tmp_path / "case"
    with cloud(tmp_path, *specials) as place:
        ran = run("collect", SOURCE, "-o", str(target), "--verbose", env=environment(place, DEBUG="sdk"))

    written = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file()) if target.exists() else b""
    text = ran.stdout + ran.stderr + written.decode()
    assert "diagnose.collect.aliyun.listing: emr:GetCluster page 1" in ran.stderr
    assert [secret for secret in (KEY, SECRET, TOKEN, CANARY, "Authorization", "ACS3-HMAC") if secret in text] == []


@needs_sdk
def test_without_credentials_it_says_where_they_are_looked_for(tmp_path: Path) -> None:
    bare = {name: value for name, value in environment().items() if not name.startswith("ALIBABA_CLOUD_")}
    env = {**bare, "HOME": str(tmp_path), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}

    ran = run("collect", SOURCE, "-o", str(tmp_path / "case"), env=env)

    assert ran.returncode == 2
    assert ran.stderr.startswith("Error: no credentials of Alibaba Cloud were found: set ALIBABA_CLOUD_ACCESS_KEY_ID")
    assert not (tmp_path / "case").exists()


@needs_sdk
def test_ctrl_c_ends_it_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "case"
    with cloud(tmp_path, always("ListNodes", CloudReply(b"{}", hang=30))) as place:
        process = subprocess.Popen(
            [sys.executable, "-m", "diagnose", "collect", SOURCE, "-o", str(target), "--verbose"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(place),
            cwd=PROJECT,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "ListNodeGroups" in line:
                break
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=25)

    assert process.returncode == 130
    assert rest.splitlines()[-1:] == ["Interrupted before there was anything to report."]
    assert not target.exists()


def test_without_the_sdk_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("alibabacloud_tea_openapi", "alibabacloud_tea_openapi.utils_models"):
        monkeypatch.setitem(sys.modules, name, None)

    ran = here("collect", SOURCE, "-o", str(tmp_path / "case"))

    assert ran.exit_code == 2
    assert "pip install 'emr-diagnose[aliyun]'" in ran.output
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "SOURCE and -o CASE are needed, or --show-policy"),
        ([SOURCE], "SOURCE and -o CASE are needed, or --show-policy"),
        (["ftp://x", "-o", "case"], "'ftp://x' does not begin with ssh://, aliyun://"),
        ([SOURCE, "-o", "case", "--deadline", "nan"], "--deadline needs a number of seconds"),
        (["aliyun://c-1", "-o", "case"], "no region. Add ?region=REGION"),
        ([SOURCE, "-o", "case", "--sudo"], "--sudo is an option of ssh:// alone"),
        ([SOURCE, "-o", "case", "--log-file", "/a"], "--log-file is an option of ssh:// alone"),
        (["ssh://h", "-o", "case", "--endpoint", "h"], "--endpoint is an option of aliyun:// alone"),
        ([SOURCE, "-o", "case", "--endpoint", "http://x"], "'http://x' is not [PRODUCT=]HOST[:PORT]"),
        ([SOURCE, "-o", "no-such-directory/case"], "cannot write no-such-directory/case: No such file or directory"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_asked(
    args: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = here("collect", *args)

    assert ran.exit_code == 2
    assert words in ran.output
    assert list(tmp_path.iterdir()) == []


def test_a_case_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "krb5.conf").write_text("mine")

    ran = here("collect", SOURCE, "-o", str(tmp_path))

    assert (ran.exit_code, "is there already, and nothing was written" in ran.output) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["krb5.conf"]


def test_the_policy_is_json_on_standard_output() -> None:
    ran = here("collect", "--show-policy")

    assert ran.exit_code == 0
    assert "ecs:DescribeSecurityGroupAttribute" in json.loads(ran.stdout)["Statement"][0]["Action"]


@needs_sdk
@pytest.mark.parametrize("kept_from", ["secrets", "addresses"])
def test_a_collection_can_be_redacted_at_once(kept_from: str, tmp_path: Path) -> None:
    target = tmp_path / "case"
    setting = {"ConfigFileName": "hive-site.xml", "ConfigItemKey": "javax.jdo.option.ConnectionPassword"}
    configs = {"ApplicationConfigs": [{**setting, "ConfigItemValue": CANARY}], "NextToken": "", "TotalCount": 1}
    passwords = always("ListApplicationConfigs", CloudReply(json.dumps(configs).encode()))
    denied = always("DescribeVSwitches", error("Forbidden.RAM"))
    with cloud(tmp_path, passwords, denied) as place:
        ran = run("collect", SOURCE, "-o", str(target), "--redact", kept_from, env=environment(place))

    assert ran.returncode == 3
    files = {path.name: path.read_text() for path in target.iterdir()}
    text = "\n".join([*files, *files.values()])
    ids = [whole.CLUSTER, whole.VPC, whole.GROUP, whole.TABLE, whole.RESOURCE_GROUP, "192.168.20.11"]
    assert CANARY not in text
    assert [each for each in ids if each in text] == (ids if kept_from == "secrets" else [])
    report = json.loads(here("check", str(target), "--offline", "--format", "json").stdout)
    entry = "answer of vpc:DescribeVSwitches vpc-"
    assert [each["cause"] for each in report["skipped"] if each["check"].startswith(entry)] == [
        "the caller may not make this call (Forbidden.RAM)"
    ]


@needs_sdk
def test_in_chinese_too(tmp_path: Path) -> None:
    with cloud(tmp_path, always("DescribeVSwitches", error("Forbidden.RAM"))) as place:
        ran = run("collect", SOURCE, "-o", str(tmp_path / "case"), env=environment(place, EMR_DIAGNOSE_LANG="zh"))

    first, second, third, fourth, last = ran.stderr.splitlines()
    assert first.startswith("已从 aliyun://")
    assert second == f"缺少：vpc:DescribeVSwitches {whole.VPC}：调用者没有这个调用的权限（Forbidden.RAM）。"
    assert third.startswith("需要授权的 RAM 操作：vpc:DescribeVSwitches。")
    assert (fourth[:3], last[:3]) == ("API", "下一步")
