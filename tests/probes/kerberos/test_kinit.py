"""Is the second opinion bounded and labelled, and does it hide what helps to guess a password?"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from pathlib import Path

import pytest

from probes.kerberos.kinit import harmless_lines, second_opinion
from probes.principal import Principal

ALICE = Principal(("alice",), "A.REALM")
HDFS = Principal(("hdfs", "m"), "A.REALM")

TRACE = """\
[77] 1795470350.419382: Getting initial credentials for alice@A.REALM
[77] 1795470350.419386: Sending request (213 bytes) to A.REALM
[77] 1795470350.419388: Sending initial UDP request to dgram 127.0.0.1:88
[77] 1795470350.419389: Received answer (295 bytes) from dgram 127.0.0.1:88
[77] 1795470350.419391: Received error from KDC: -1765328359/Additional pre-authentication required
[77] 1795470350.419396: Selected etype info: etype aes256-cts, salt "A.REALMalice", params ""
[77] 1795470350.419399: AS key obtained for encrypted timestamp: aes256-cts/688F
[77] 1795470350.419401: Encrypted timestamp (for 1795470350.277956): plain 301AA0, encrypted D0CBB92B
[77] 1795470350.419413: Decrypted AS reply; session key is: aes256-cts/DE30
[77] 1795470350.431774: Getting credentials alice@A.REALM -> hdfs/m@A.REALM using ccache FILE:/tmp/x/ccache
[77] 1795470350.431780: Generated subkey for TGS request: aes256-cts/FA20
[77] 1795470350.431791: TGS reply is for alice@A.REALM -> hdfs/m@A.REALM with session key aes256-cts/51C4
[77] 1795470350.431792: TGS request result: 0/Success
[77] 1795470350.431799: Something that no version wrote yet: 0123456789
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that is searched before all others, on a PATH without krb5's own tools."""
    directory = tmp_path / "tools"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}")
    return directory


def program(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_lines_that_help_to_guess_are_dropped_and_unknown_ones_too() -> None:
    assert harmless_lines(TRACE) == (
        "Getting initial credentials for alice@A.REALM",
        "Sending request (213 bytes) to A.REALM",
        "Sending initial UDP request to dgram 127.0.0.1:88",
        "Received answer (295 bytes) from dgram 127.0.0.1:88",
        "Received error from KDC: -1765328359/Additional pre-authentication required",
        "Getting credentials alice@A.REALM -> hdfs/m@A.REALM",
        "TGS request result: 0/Success",
    )


def test_a_trace_is_bounded() -> None:
    assert len(harmless_lines("Sending unauthenticated request\n" * 5000)) == 200


def test_without_the_tools_there_is_no_opinion(tools: Path) -> None:
    opinion = asyncio.run(second_opinion(Path("/k"), ALICE))

    assert (opinion.runs, opinion.why) == ((), "no kinit and no kvno on this machine")


def test_the_tools_run_with_their_own_cache_and_without_our_environment(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5CCNAME", "FILE:/the/users/own")
    monkeypatch.setenv("SOME_TOKEN", "secret")
    program(tools, "klist", "echo Kerberos 5 version 1.99")
    program(tools, "kinit", 'echo "kinit $*"; echo "$KRB5CCNAME $KRB5_CONFIG $LC_ALL $SOME_TOKEN|"')
    program(tools, "kvno", 'echo "kvno $*"; echo "[1] 2.3: Sending unauthenticated request" >"$KRB5_TRACE"; exit 1')

    opinion = asyncio.run(second_opinion(Path("/k"), ALICE, [HDFS], krb5_conf=Path("/c/krb5.conf")))

    login, service = opinion.runs
    assert opinion.by == "Kerberos 5 version 1.99"
    assert login.text.startswith("kinit -k -t FILE:/k -- alice@A.REALM\nFILE:/")
    assert login.text.endswith("/ccache /c/krb5.conf C |")
    assert (service.arguments, service.exit_code) == (("--", "hdfs/m@A.REALM"), 1)
    assert service.trace == ("Sending unauthenticated request",)


def test_a_failed_login_asks_for_no_service(tools: Path) -> None:
    program(tools, "kinit", "echo 'kinit: Preauthentication failed' >&2; exit 1")
    program(tools, "kvno", "exit 0")

    opinion = asyncio.run(second_opinion(Path("/k"), ALICE, [HDFS]))

    assert [(run.tool, run.exit_code, run.text) for run in opinion.runs] == [
        ("kinit", 1, "kinit: Preauthentication failed")
    ]


def test_a_tool_that_waits_for_ever_is_stopped_with_its_children(tools: Path, tmp_path: Path) -> None:
    program(tools, "kinit", f"/bin/sleep 600 & echo $! >{tmp_path}/child; wait")
    program(tools, "kvno", "exit 0")
    began = time.monotonic()

    opinion = asyncio.run(second_opinion(Path("/k"), ALICE, seconds=3))

    assert time.monotonic() - began < 60
    assert opinion.runs[0].exit_code is None
    child = int((tmp_path / "child").read_text())
    assert not is_running(child)


def is_running(process: int) -> bool:
    """Return True if the process runs. A zombie does not."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


def test_what_a_tool_writes_is_bounded_and_cannot_move_a_terminal(tools: Path) -> None:
    program(tools, "kinit", r"printf '\033[31mred'; while :; do echo 0123456789; done | /usr/bin/head -c 100000")
    program(tools, "kvno", "exit 0")

    run = asyncio.run(second_opinion(Path("/k"), ALICE)).runs[0]

    assert run.text.startswith("?[31mred")
    assert len(run.text) <= 8 * 1024


def test_more_services_than_the_limit_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="more than 64"):
        asyncio.run(second_opinion(Path("/k"), ALICE, [HDFS] * 65))


def test_nothing_is_left_behind(tools: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", os.fspath(scratch))
    program(tools, "kinit", 'echo ticket >"${KRB5CCNAME#FILE:}"')
    program(tools, "kvno", "exit 0")

    asyncio.run(second_opinion(Path("/k"), ALICE))

    assert list(scratch.iterdir()) == []
