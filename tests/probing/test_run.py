"""How targets are asked: without an event loop if they are handshakes of this host alone."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from diagnose.probing import run as asking
from diagnose.probing.run import ask_targets
from diagnose.probing.schemes import SCHEMES, parse
from probes.network import handshakes
from probes.vantage import Vantage
from tests.support.descriptors import held
from tests.support.places import PROJECT

PROGRAM = """
import json, sys
from contextlib import suppress
from diagnose.cli import main
with suppress(SystemExit):
    main()
print(json.dumps([name for name in ("asyncio", "ssl", "diagnose.probing.services") if name in sys.modules]))
"""


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def imported(*arguments: str) -> list[str]:
    """Return which of the costly modules `probe` imports."""
    command = (sys.executable, "-c", PROGRAM, "probe", "--format", "json", *arguments)
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True)
    answer: list[str] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_handshakes_alone_import_no_event_loop_and_no_other_scheme(port: int) -> None:
    assert imported(f"tcp://127.0.0.1:{port}") == []


def test_a_name_or_another_scheme_does(port: int) -> None:
    assert "asyncio" in imported(f"tcp://localhost:{port}")
    assert "diagnose.probing.services" in imported(f"tcp://127.0.0.1:{port}", f"zookeeper://127.0.0.1:{port}")


def test_a_name_and_its_address_get_the_same_answer(port: int) -> None:
    before = held()
    targets = [parse(f"tcp://{host}:{port}") for host in ("127.0.0.1", "localhost")]
    alone, together = (ask_targets(asked, Vantage(patience=1.0)) for asked in (targets[:1], targets))
    seen = [report.observation for report in (*alone.reports, *together.reports)]
    assert {(each.state, each.reason, each.attempts, each.detail["address"]) for each in seen} == {
        ("open", "syn-ack", 1, "127.0.0.1")
    }
    assert held() <= before


def test_a_bug_in_the_handshakes_is_the_answer_of_those_that_lack_one(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise KeyError("x")

    monkeypatch.setattr(handshakes, "shake", broken)
    answers = ask_targets([parse(f"tcp://127.0.0.1:{port}")], Vantage(patience=1.0))
    assert answers.reports[0].observation.reason == "bug"
    assert not answers.interrupted


def test_each_handshake_is_logged(caplog: pytest.LogCaptureFixture, port: int) -> None:
    with caplog.at_level("INFO", logger=asking.__name__):
        ask_targets([parse(f"tcp://127.0.0.1:{port}")], Vantage(patience=1.0))
    assert [record.getMessage().partition(", ")[0] for record in caplog.records] == [
        f"asked tcp://127.0.0.1:{port}: open"
    ]


@pytest.mark.parametrize("name", [name for name, scheme in SCHEMES.items() if scheme.script is not None])
def test_the_questions_of_each_scheme_exist(name: str) -> None:
    """They are imported when they are asked."""

    async def silent(_: object) -> None:
        raise AssertionError("not asked")

    script = SCHEMES[name].script
    assert script is not None
    options = "?realm=R&name=n" if name.startswith(("krb5", "dns")) else ""
    questions = script(parse(f"{name}://127.0.0.1:1{options}"), silent)  # type: ignore[arg-type]
    assert hasattr(questions, "__anext__")
