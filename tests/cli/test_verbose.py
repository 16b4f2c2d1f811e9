"""Does --verbose write what is read, asked, answered and decided, and nothing that is secret?"""

from __future__ import annotations

import json
import logging
import re
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.output.log import shown_log
from tests.support.places import PROJECT

FLAGSHIP = str(PROJECT / "fixtures" / "datalake-ha-kerberos")
VERBOSE_COMMANDS = ("check", "plan", "probe", "kerberos", "demo")


def run(*args: str, **env: str) -> Result:
    return CliRunner().invoke(main, list(args), env=env)


@pytest.mark.parametrize("command", VERBOSE_COMMANDS)
def test_every_command_that_reads_or_asks_has_it(command: str) -> None:
    assert "--verbose" in run(command, "--help").stdout


def test_it_is_off_by_default() -> None:
    assert run("check", FLAGSHIP, "--offline").stderr == ""


def test_a_check_logs_each_file_and_the_row_that_decided_each_flow() -> None:
    log = run("check", FLAGSHIP, "--offline", "--verbose").stderr
    assert re.search(r"^\d+\.\d{3} s diagnose\.case\.directory: read krb5\.conf: krb5\.conf$", log, re.MULTILINE)
    assert re.search(r"diagnose\.engine: decided \S+:88: row \d+ of the inference table, ", log)


def test_standard_output_is_the_same_with_it() -> None:
    plain = json.loads(run("check", FLAGSHIP, "--offline", "--format", "json").stdout)
    logged = json.loads(run("check", FLAGSHIP, "--offline", "--format", "json", "--verbose").stdout)
    for changing in ("started_at", "duration_ms"):
        plain.pop(changing)
        logged.pop(changing)
    assert plain == logged


def test_a_probe_logs_the_name_the_question_and_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = run("probe", f"tcp://localhost:{port}", "--verbose", "--format", "json")
    assert re.search(r"probes\.names\.resolve: resolved localhost: .*127\.0\.0\.1.*, \d+\.\d ms", result.stderr)
    assert re.search(rf"asked \S*localhost:{port}.*: open, syn-ack, \d+\.\d ms, attempts: 1", result.stderr)


def test_kerberos_logs_the_file(tmp_path: Path) -> None:
    file = tmp_path / "krb5.conf"
    file.write_text("[realms]\nR = {\n kdc = h\n}\n")
    assert f"read {file}: {file.stat().st_size} bytes" in run("kerberos", str(file), "--verbose").stderr


def test_the_variable_switches_it_on() -> None:
    assert "read krb5.conf" in run("plan", FLAGSHIP, EMR_DIAGNOSE_VERBOSE="1").stderr


def test_text_of_a_peer_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_log():
        logging.getLogger("probes.names.resolve").info("resolved %s", "h\x1b[2J\x07\nfake line")
    assert re.fullmatch(
        r"\d+\.\d{3} s probes\.names\.resolve: resolved h\ufffd\[2J\ufffd fake line\n", capsys.readouterr().err
    )


def test_nothing_is_left_switched_on_after_a_command() -> None:
    before = [(logging.getLogger(tree).level, logging.getLogger(tree).handlers) for tree in ("probes", "diagnose")]
    run("plan", FLAGSHIP, "--verbose")
    assert before == [
        (logging.getLogger(tree).level, logging.getLogger(tree).handlers) for tree in ("probes", "diagnose")
    ]
