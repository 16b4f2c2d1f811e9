"""How does `serve` begin and end, as a process?"""

from __future__ import annotations

import http.client
import importlib.util
import signal
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from importlib.machinery import ModuleSpec
from pathlib import Path

import bcrypt
import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.cli.serve import greet
from diagnose.exporter.web_config import WebConfig
from tests.support.certificates import a_file
from tests.support.exporting import LOOPBACK, config, process
from tests.support.fake_kdc import REALM, FakeKdc, SilentKdc

KDC = f'{LOOPBACK}\n[modules.kdc]\nscheme = "krb5+tcp"\nrealm = "{REALM}"\n'


def written(folder: Path, text: str, name: str = "serve.toml") -> str:
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0(tmp_path: Path, number: signal.Signals) -> None:
    with process("--config", written(tmp_path, KDC)) as (running, served):
        assert served.get("/-/healthy").status == 200
        running.send_signal(number)
        assert running.wait(30) == 0


def test_sigterm_ends_it_in_bounded_time_while_a_probe_waits_and_a_client_says_nothing(tmp_path: Path) -> None:
    with SilentKdc() as kdc, process("--config", written(tmp_path, KDC)) as (running, served):
        probing, idle = (socket.create_connection(("127.0.0.1", served.port)) for _ in range(2))
        with probing, idle:
            path = f"/probe?module=kdc&target=127.0.0.1:{kdc.port}"
            probing.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
            while served.get("/metrics").metrics["emr_exporter_probes_in_flight"] < 1:
                pass
            running.send_signal(signal.SIGTERM)
            assert running.wait(30) == 0


def test_a_port_in_use_is_said_and_ends_with_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = subprocess.run(
            [sys.executable, "-m", "diagnose", "serve", "--listen", place],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == f"Error: cannot listen on {place}: Address already in use\n"


@pytest.mark.parametrize(
    "place", ["127.0.0.1", "x:1", "127.0.0.1:65536", ":19115", "127.0.0.1:", "[::1:5", "localhost:1"]
)
def test_a_place_to_listen_needs_an_address_and_a_port(place: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--listen", place])
    assert result.exit_code == 2
    assert "127.0.0.1:19115" in result.stderr


@pytest.mark.parametrize("option", ["--config", "--config.file", "--web-config", "--web.config.file"])
def test_a_file_that_cannot_be_used_ends_with_2_and_its_name(tmp_path: Path, option: str) -> None:
    result = CliRunner().invoke(main, ["serve", option, written(tmp_path, "[mistake]\n", "a.file")])
    assert result.exit_code == 2
    assert "a.file" in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "prometheus_client" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    result = CliRunner().invoke(main, ["serve"])
    assert result.exit_code == 2
    assert "prometheus_client: pip install 'emr-diagnose[exporter]'" in result.stderr


def test_it_says_that_nothing_is_allowed_without_a_configuration() -> None:
    with process() as (running, _):
        assert running.stderr is not None
        assert "no target is allowed" in running.stderr.readline()


def a_context(mode: ssl.VerifyMode) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = mode
    return context


@pytest.mark.parametrize(
    ("place", "web", "warns"),
    [
        ("192.168.10.5:19115", WebConfig(), True),
        ("[::]:19115", WebConfig(context=a_context(ssl.CERT_NONE)), True),
        ("0.0.0.0:19115", WebConfig(context=a_context(ssl.CERT_OPTIONAL)), True),
        ("0.0.0.0:19115", WebConfig(context=a_context(ssl.CERT_REQUIRED)), False),
        ("0.0.0.0:19115", WebConfig(users={"alice": b""}), False),
        ("[::1]:19115", WebConfig(), False),
        ("127.0.0.1:19115", WebConfig(), False),
    ],
)
def test_a_port_that_others_reach_without_a_login_is_warned_about(
    place: str, web: WebConfig, warns: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    greet(place, config(KDC), web)
    told = capsys.readouterr().err
    assert told.startswith(f"listening on {'http' if web.context is None else 'https'}://{place}\n")
    assert ("anyone who reaches this port" in told) is warns


def test_sighup_reads_the_files_again_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    file = Path(written(tmp_path, LOOPBACK))
    with FakeKdc() as kdc, process("--config", str(file)) as (running, served):
        target = f"127.0.0.1:{kdc.port}"
        assert served.probe(module="kdc", target=target).status == 400
        file.write_text(KDC)
        running.send_signal(signal.SIGHUP)
        while served.probe(module="kdc", target=target).status == 400:
            pass
        assert served.probe(module="kdc", target=target).metrics["probe_success"] == 1
        file.write_text("mistake = 1")
        running.send_signal(signal.SIGHUP)
        while served.get("/metrics").metrics["emr_exporter_config_last_reload_successful"] == 1:
            pass
        assert served.probe(module="kdc", target=target).metrics["probe_success"] == 1
        assert running.stderr is not None
        assert "serve.toml:1: " in running.stderr.readline()


def over_tls(port: int, context: ssl.SSLContext, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
    try:
        connection.request("GET", "/-/healthy", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_tls_client_certificates_and_users_of_the_web_configuration_are_obeyed(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    good, other = (a_file(tmp_path / f"{name}.pem", "127.0.0.1", name) for name in ("good.example", "other.example"))
    (tmp_path / "issuers.pem").write_bytes(good.read_bytes() + other.read_bytes())
    web = written(
        tmp_path,
        "tls_server_config:\n  cert_file: good.example.pem\n  key_file: good.example.pem\n"
        "  client_ca_file: issuers.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
        f"  client_allowed_sans: [good.example]\nbasic_auth_users:\n  alice: {hashed}\n",
        "web.yml",
    )
    login = {"Authorization": "Basic " + b64encode(b"alice:secret").decode()}

    def context(certificate: Path | None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=str(good))
        if certificate is not None:
            made.load_cert_chain(certificate)
        return made

    with process("--web-config", web) as (_, served):
        assert over_tls(served.port, context(good), login) == (200, "serve is running\n")
        assert over_tls(served.port, context(good), {})[0] == 401
        for certificate in (None, other):
            with pytest.raises((OSError, http.client.HTTPException)):
                over_tls(served.port, context(certificate), login)
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as plain:
            plain.sendall(b"GET /-/healthy HTTP/1.1\r\n\r\n")
            assert b"200 OK" not in plain.recv(65536)
