"""Does --via send from the other host, and is it told who sees what? Its shell runs here."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import probes.ssh.session
from diagnose.cli import main
from probes.ssh.errors import SshError
from probes.ssh.target import SshTarget
from tests.support.incident_cases import site
from tests.support.remote import LocalSession


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


@pytest.fixture(autouse=True)
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every login but that of "lost" give a session here. Return who was logged in to."""
    seen: list[str] = []

    def connect(target: SshTarget, settings: object = None) -> LocalSession:
        seen.append(str(target))
        if target.host == "lost":
            raise SshError("lost", "refused", "lost:22 cannot be reached: Connection refused")
        return LocalSession()

    monkeypatch.setattr(probes.ssh.session, "connect", connect)
    return seen


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Path]:
    """Yield a case whose NameNode is a port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        port = listener.getsockname()[1]
        (tmp_path / "core-site.xml").write_text(site({"fs.defaultFS": f"hdfs://127.0.0.1:{port}"}))
        yield tmp_path


def report(*args: str) -> Any:
    done = run(*args, "--from", "127.0.0.0/8", "--only", "network", "--format", "json")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return json.loads(done.stdout)


def test_packets_are_sent_from_the_host_and_the_report_names_it(case: Path, sessions: list[str]) -> None:
    found = report("check", str(case), "--via", "ssh://hadoop@rg-host:2222")

    assert sessions == ["ssh://hadoop@rg-host:2222"]
    (place,) = found["places"]
    assert place["name"] == "ssh://hadoop@rg-host:2222"
    assert "Python" in place["how"]
    (flow,) = (flow for flow in found["flows"] if flow["service"] == "NameNode RPC")
    assert {seen["vantage"] for seen in flow["observations"]} == {"ssh://hadoop@rg-host:2222"}
    assert {seen["state"] for seen in flow["observations"]} >= {"open"}


def test_a_host_that_cannot_be_used_is_told_first_and_decides_nothing(case: Path) -> None:
    found = report("check", str(case), "--via", "ssh://lost")

    assert found["exit_code"] == 3
    assert found["basis"] == "configuration"
    assert [place["error"] for place in found["places"]] == ["lost:22 cannot be reached: Connection refused"]
    shown = run("check", str(case), "--from", "127.0.0.0/8", "--via", "ssh://lost")
    assert "ssh://lost sent nothing: lost:22 cannot be reached: Connection refused" in shown.stdout


def test_one_lost_host_costs_the_other_nothing(case: Path) -> None:
    found = report("check", str(case), "--via", "ssh://lost", "--via", "ssh://rg")

    (flow,) = (flow for flow in found["flows"] if flow["service"] == "NameNode RPC")
    assert {seen["vantage"] for seen in flow["observations"]} == {"ssh://rg"}


def test_several_hosts_ask_each_flow_and_the_first_one_asks_further(case: Path) -> None:
    found = report("check", str(case), "--via", "ssh://one", "--via", "ssh://two")

    (flow,) = (flow for flow in found["flows"] if flow["service"] == "NameNode RPC")
    by_place = {seen["vantage"]: seen["state"] for seen in flow["observations"] if seen["state"] != "not-probed"}
    assert by_place == {"ssh://two": "open", "ssh://one": "open"}
    assert {seen["vantage"] for seen in flow["observations"] if seen["state"] == "not-probed"} <= {"ssh://one"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--via", "rg-host"], "--via"),
        (["--via", "ssh://user:secret@rg-host"], "--via"),
        (["--via", "ssh://rg", "--offline"], "--offline sends nothing"),
        (["--via", "ssh://rg", "--pcap", "x.pcap"], "--pcap"),
        (["--principal", "hive/a"], "--principal needs --keytab"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(case: Path, args: list[str], said: str, sessions: list[str]) -> None:
    done = run("check", str(case), *args)

    assert done.exit_code == 2
    assert said in done.stderr
    assert "secret" not in done.output
    assert sessions == []


def test_probe_asks_from_the_host(sessions: list[str]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        target = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        done = run("probe", target, "--via", "ssh://rg", "--format", "json")
    lost = run("probe", target, "--via", "ssh://lost")
    two = run("probe", target, "--via", "ssh://rg", "--via", "ssh://lost")

    assert done.exit_code == 0
    assert '"vantage":"ssh://rg"' in done.stdout.replace(" ", "")
    assert (lost.exit_code, two.exit_code) == (3, 2)
    assert "ssh://lost sent nothing" in lost.stderr
