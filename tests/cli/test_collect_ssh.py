"""Does `collect ssh://` write a case, tell what it lacks, and never write over anything?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import probes.ssh.session
from diagnose.cli import main
from probes.ssh.errors import SshError
from probes.ssh.target import SshTarget
from tests.support.fake_host import FakeHost, FakeRoot
from tests.support.incident_cases import site


class Session:
    """A login on a fake host."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.host.end()

    def start(self, _: str) -> FakeRoot:
        return self.host.connect()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    made = FakeHost(tmp_path / "host")

    def connect(target: SshTarget, settings: object = None) -> Session:
        if target.host == "lost":
            raise SshError("lost", "refused", "lost:22 cannot be reached: Connection refused")
        return Session(made)

    monkeypatch.setattr(probes.ssh.session, "connect", connect)
    return made


def run(*args: object) -> Result:
    return CliRunner().invoke(main, ["collect", *map(str, args)])


def test_a_whole_case_is_exit_code_0_and_the_next_command_is_told(host: FakeHost, tmp_path: Path) -> None:
    host.file("/etc/hosts", "10.0.0.1 a\n")

    ran = run("ssh://root@node", "-o", tmp_path / "case")

    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "case" / "hosts").read_text() == "10.0.0.1 a\n"
    assert f"Then: emr-diagnose check {tmp_path}/case --offline" in ran.stderr
    assert ran.stdout == ""


def test_what_is_added_to_a_case_leads_to_a_check_of_that_case(host: FakeHost, tmp_path: Path) -> None:
    host.file("/etc/hosts", "10.0.0.1 a\n")
    case = tmp_path / "case"
    case.mkdir()
    (case / "case.toml").write_text("")

    ran = run("ssh://root@node", "-o", case / "master-1-1")

    assert f"Then: emr-diagnose check {case} --offline" in ran.stderr


def test_something_missing_is_exit_code_3(host: FakeHost, tmp_path: Path) -> None:
    ran = run("ssh://node", "ssh://lost", "-o", tmp_path / "case.zip")

    assert ran.exit_code == 3
    assert "Not collected: lost:22 cannot be reached" in ran.stderr
    assert (tmp_path / "case.zip").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["ssh://lost"], "lost:22 cannot be reached: Connection refused"),
        (["ssh://user:word@node"], "no place for a password"),
        (["ssh://node", "aliyun://c-1"], "several SOURCEs are several hosts"),
        (["aliyun://c-1", "aliyun://c-2"], "several SOURCEs are several hosts"),
        (["scp://node"], "does not begin with ssh://, aliyun://"),
        (["ssh://node", "--log-file", "relative.log"], "relative.log is no absolute path"),
        ([f"ssh://node{number}" for number in range(60)], "more than 50 hosts"),
    ],
)
@pytest.mark.usefixtures("host")
def test_what_cannot_be_meant_or_read_writes_nothing(tmp_path: Path, args: list[str], words: str) -> None:
    ran = run(*args, "-o", tmp_path / "case")

    assert ran.exit_code == 2
    assert words in " ".join(ran.stderr.split())
    assert not (tmp_path / "case").exists()


def test_nothing_is_written_over_and_no_host_is_asked(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "case").write_text("mine")

    ran = run("ssh://node", "-o", tmp_path / "case")

    assert ran.exit_code == 2
    assert (tmp_path / "case").read_text() == "mine"
    assert host.pipes == []


KEPT_SECRET = site({"javax.jdo.option.ConnectionPassword": "canary"})


@pytest.mark.parametrize("redact", [["--redact"], ["--redact", "secrets"]])
def test_a_redacted_case_has_no_secret_and_can_be_read(host: FakeHost, tmp_path: Path, redact: list[str]) -> None:
    host.file("/etc/ecm/hive-conf/hive-site.xml", KEPT_SECRET)
    host.program("ss", "echo 'LISTEN 0 0 192.168.20.11:88'")

    ran = run("ssh://node", *redact, "-o", tmp_path / "case")

    assert ran.exit_code == 0, ran.output
    files = {path.name: path.read_text() for path in (tmp_path / "case").iterdir()}
    assert {"redaction.json", "collected-hosts.json", "hive-site.xml"} <= set(files)
    assert not any("canary" in text for text in files.values())
    assert ("192.168.20.11" in str(files)) == ("secrets" in redact)
    checked = CliRunner().invoke(main, ["check", str(tmp_path / "case"), "--offline", "--format", "json"])
    inputs = {each["kind"] for each in json.loads(checked.stdout)["case"]["inputs"]}
    assert {"collected-hosts.json", "hive-site.xml", "ss.txt"} <= inputs


@pytest.mark.parametrize(("network", "lacks"), [([], True), (["--from", "192.168.20.0/24"], False)])
def test_a_redacted_case_has_its_network_or_says_that_it_lacks_one(
    host: FakeHost, tmp_path: Path, network: list[str], lacks: bool
) -> None:
    host.file("/etc/ecm/hive-conf/hive-site.xml", KEPT_SECRET)
    host.program("ss", "echo 'LISTEN 0 0 192.168.20.11:88'")

    ran = run("ssh://node", "--redact", *network, "-o", tmp_path / "case")

    assert ran.exit_code == 0, ran.output
    assert ("No file names the network of the resource group" in ran.stderr) == lacks
    networks = json.loads((tmp_path / "case" / "redaction.json").read_text())["networks"]
    assert (len(networks), "192.168.20.0/24" in networks) == (0 if lacks else 1, False)
    checked = CliRunner().invoke(main, ["check", str(tmp_path / "case"), "--offline", "--format", "json"])
    assert json.loads(checked.stdout)["case"]["sources"] == networks


@pytest.mark.parametrize(("options", "word"), [([], "--redact"), (["--redact"], "expected the CIDR of a vSwitch")])
def test_a_network_is_refused_without_redact_or_if_it_is_none(
    host: FakeHost, tmp_path: Path, options: list[str], word: str
) -> None:
    ran = run("ssh://node", *options, "--from", "0.0.0.0/0", "-o", tmp_path / "case")

    assert (ran.exit_code, word in ran.stderr, (tmp_path / "case").exists()) == (2, True, False)
    assert host.pipes == []


def test_it_speaks_chinese(host: FakeHost, tmp_path: Path) -> None:
    host.has_plain_user()

    ran = CliRunner().invoke(main, ["--lang", "zh", "collect", "ssh://node", "-o", str(tmp_path / "case")])

    assert ran.exit_code == 3, ran.output
    assert "master-1-1 缺少：" in ran.stderr
