"""`probe`: targets, what they answer, exit codes."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from tests.support.fake_kdc import REALM, FakeKdc, SilentKdc, krb_error
from tests.support.patience import SOON


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["probe", *args])


def test_schemes_are_listed() -> None:
    listed = run("--list").stdout
    assert all(scheme in listed for scheme in ("tcp", "krb5+udp", "krb5+tcp", "kadmin", "kpasswd"))


@pytest.mark.parametrize(
    "target",
    ["master-1-1:88", "ftp://h:21", "tcp://h", "tcp://h:99999", "krb5+udp://h", "krb5+udp://h:x?realm=R", "tcp://:1"],
)
def test_targets_that_are_none(target: str) -> None:
    result = run(target)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_open_and_closed_ports() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        opened = run(f"tcp://127.0.0.1:{port}", "--format", "json")
    closed = run(f"tcp://127.0.0.1:{port}", f"kadmin://127.0.0.1:{port}", "--format", "json")
    assert (opened.exit_code, [one["observation"]["state"] for one in json.loads(opened.stdout)]) == (0, ["open"])
    assert (closed.exit_code, [one["observation"]["reason"] for one in json.loads(closed.stdout)]) == (
        1,
        ["rst", "rst"],
    )


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_kdc_and_what_it_tells(transport: str) -> None:
    with FakeKdc() as kdc:
        port = kdc.endpoint("udp").port
        target = f"krb5+{transport}://127.0.0.1:{port}?realm={REALM}&principal=hive/h&service=hdfs/h"
        result = run(target, "--patience", str(SOON), "--format", "json")
    (told,) = json.loads(result.stdout)
    assert (result.exit_code, told["works"], told["observation"]["reason"]) == (0, True, "kerberos-reply")
    lines = {line["what"]: line["answer"] for line in told["told"]}
    assert lines[f"serves {REALM}"] == "yes"
    assert f"service hdfs/h@{REALM}" in lines
    assert ("answers over UDP" in lines) == (transport == "udp")


def test_a_silent_kdc_does_not_work() -> None:
    with SilentKdc() as kdc:
        result = run(f"krb5+udp://127.0.0.1:{kdc.endpoint('udp').port}?realm={REALM}", "--patience", "0.3")
    assert result.exit_code == 1
    assert "filtered (no-response)" in " ".join(result.stdout.split())


def test_a_name_that_does_not_exist() -> None:
    result = run("tcp://no-such-host.invalid:1", "--patience", "5")
    assert result.exit_code == 1
    assert "unresolved" in result.stdout


@pytest.mark.parametrize("year", [1970, 9998, 9999])
@pytest.mark.parametrize("scheme", ["krb5+udp", "krb5+tcp"])
def test_a_kdc_of_any_year_is_told_by_its_clock(year: int, scheme: str) -> None:
    """Given a KDC whose clock shows the last second of a year, when it is asked, then it is skew,
    and no bug of ours."""

    class Late(FakeKdc):
        def answer(self, request: bytes) -> bytes:
            return krb_error(now=datetime(year, 12, 31, 23, 59, 59, 999_999, UTC))

    with Late() as kdc:
        result = run(f"{scheme}://127.0.0.1:{kdc.port}?realm={REALM}", "--patience", str(SOON), "--format", "json")
    (one,) = json.loads(result.stdout)
    assert (result.exit_code in (0, 1, 3), one["observation"]["reason"]) == (True, "kerberos-reply")
    assert "bug" not in result.output.lower()


def test_a_kdc_is_asked_by_the_name_that_reports_print() -> None:
    """udp://host:88 stands in every report: it works if a KDC answers, whatever its realm."""
    with FakeKdc() as kdc, SilentKdc() as silent:
        answered = run(str(kdc.endpoint("udp")), "--patience", str(SOON), "--format", "json")
        unheard = run(str(silent.endpoint("udp")), "--patience", str(SOON), "--format", "json")
    (told,), (nothing,) = json.loads(answered.stdout), json.loads(unheard.stdout)

    assert (answered.exit_code, told["observation"]["reason"]) == (0, "kerberos-reply")
    assert (unheard.exit_code, nothing["observation"]["state"]) == (1, "filtered")
