"""`check --pcap` and the question of `probe` about a way: what they send, write, and say where
they cannot."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose import demo
from diagnose.cli import main
from diagnose.live.capture import PacketCapture
from diagnose.live.observe import LiveSettings
from diagnose.live.observe_case import observe_case
from diagnose.probing.answers import TargetReport
from diagnose.probing.run import ask_targets
from diagnose.probing.schemes import parse
from probes.network import raw
from probes.vantage import Vantage
from tests.support.fake_kdc import REALM, FakeKdc


def refused(*_: object) -> Any:
    raise PermissionError(1, "Operation not permitted")


def test_what_a_run_sends_to_is_watched_before_it_sends() -> None:
    told: list[str] = []
    with demo.started(demo.bundled()) as running:
        vantage = Vantage(source_address=running.source_address, patience=1.0)
        observe_case(running.case, LiveSettings(vantage, watch=told.extend))
    assert told
    assert all(address.startswith("127.") for address in told)


def test_evidence_is_what_was_sent() -> None:
    if not raw.available():  # the other half of the contract, on a machine that does not let us read packets
        with PacketCapture() as evidence:
            evidence.watch(["127.0.0.1"])
        assert evidence.pcap() is None
        assert "CAP_NET_RAW" in evidence.skipped()[0].needs
        return
    with PacketCapture() as evidence, socket.create_server(("127.0.0.1", 0)) as server:
        evidence.watch(["127.0.0.1", "127.0.0.1"])
        evidence.watch(["127.0.0.2"])
        socket.create_connection(server.getsockname()).close()
    content = evidence.pcap()
    assert content is not None
    assert server.fileno() == -1
    assert len(content) > 24 + 3 * 16
    assert evidence.skipped() == ()


def test_a_full_capture_says_what_it_lacks() -> None:
    capture = raw.Capture(["127.0.0.1"], lost=7)
    (skip,) = PacketCapture(capture).skipped()
    assert "7 packets" in skip.cause


def test_a_capture_of_too_many_addresses_says_how_many_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw.Capture, "__enter__", lambda capture: capture)
    monkeypatch.setattr(raw.Capture, "__exit__", lambda *_: None)
    with PacketCapture() as evidence:
        evidence.watch([f"192.0.2.{n}" for n in range(raw.MOST_ADDRESSES + 3)] * 2)
    assert ["3 addresses" in skip.cause for skip in evidence.skipped()] == [True]


def test_without_the_privilege_the_check_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw.Capture, "__enter__", refused)
    with PacketCapture() as evidence:
        evidence.watch(["127.0.0.1"])
    assert evidence.pcap() is None
    assert "CAP_NET_RAW" in evidence.skipped()[0].needs


def test_nothing_sent_is_no_file(tmp_path: Path) -> None:
    file = tmp_path / "run.pcap"
    case = tmp_path / "case"
    case.mkdir()
    for path, content in demo.bundled().files.items():
        (case / path).parent.mkdir(parents=True, exist_ok=True)
        (case / path).write_bytes(content)
    done = CliRunner().invoke(main, ["check", str(case), "--offline", "--pcap", str(file), "--format", "json"])
    assert done.exit_code in (1, 3), done.output
    assert "the packets of this run" in done.stdout
    assert not file.exists()


def asked(text: str, patience: float) -> TargetReport:
    """One target of `probe`, as the command asks it."""
    (told,) = ask_targets([parse(text)], Vantage(patience=patience)).reports
    return told


@pytest.mark.parametrize(("realm", "transport"), [(None, "tcp"), (REALM, "udp")])
def test_the_question_about_a_way(realm: str | None, transport: Any) -> None:
    query = "" if realm is None else f"?realm={realm}"
    with FakeKdc() as kdc:
        told = asked(f"path+{transport}://127.0.0.1:{kdc.endpoint(transport).port}{query}", 1.0)
    assert told.works is True
    assert [line.what for line in told.told] == ([] if realm is None else ["largest packet"])


def test_a_way_that_ends_in_silence_names_no_place() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        target = f"path+udp://127.0.0.1:{silent.getsockname()[1]}"
        plain, known = asked(target, 0.4), asked(f"{target}?realm={REALM}", 0.4)
    assert (plain.observation.state, known.observation.state) == ("open|filtered", "filtered")
    assert [(line.what, line.answer) for line in plain.told] == [("last router that answered", "none")]
