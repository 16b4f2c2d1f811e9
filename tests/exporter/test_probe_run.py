"""What does one probe see, within its time, and whom does it never ask?"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from diagnose.exporter import probe_run
from diagnose.exporter.config import ServeConfig
from diagnose.exporter.metrics import samples
from diagnose.exporter.probe_run import ProbeOutcome, TargetRefusedError, run_probe
from probes.names.resolve import Resolution
from tests.support.certificates import a_file
from tests.support.closed_port import closed_port
from tests.support.exporting import LOOPBACK, config
from tests.support.fake_kdc import REALM, FakeKdc, ForeignService, SilentKdc
from tests.support.fake_service import FakeService, TlsService
from tests.support.service_replies import STANDBY_REDIRECT, a_namenode, a_resourcemanager

MODULES = f"""{LOOPBACK}
[modules.udp]
scheme = "krb5+udp"
realm = "{REALM}"
[modules.tcp]
scheme = "krb5+tcp"
realm = "{REALM}"
[modules.all]
scheme = "krb5+tcp"
realm = "{REALM}"
principal = "alice"
service = "hdfs/h"
[modules.port]
scheme = "tcp"
[modules.https]
scheme = "https"
[modules.secure]
scheme = "https"
secure = true
[modules.plain]
scheme = "http"
secure = true
[modules.metastore]
scheme = "metastore"
"""
TRANSPORTS = ["udp", "tcp"]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def probe(module: str, target: str, seconds: float = 10, file: ServeConfig | None = None) -> ProbeOutcome:
    read = file or config(MODULES)
    asked = read.modules[module]
    return asyncio.run(run_probe(asked, asked.target(target), read.allowed, seconds))


def metrics(outcome: ProbeOutcome) -> dict[str, float]:
    return {sample.name: sample.value for sample in samples(outcome)}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_kdc_that_answers_as_a_kdc_is_a_success_after_one_question(transport: str) -> None:
    with FakeKdc() as kdc:
        outcome = probe(transport, f"127.0.0.1:{kdc.port}")
        assert len(kdc.requests) == 1
    assert outcome.success
    told = metrics(outcome)
    assert (told["probe_success"], told["emr_probe_conclusive"], told["emr_probe_kerberos_error_code"]) == (1, 1, 18)
    assert -60 < told["emr_probe_kerberos_clock_offset_min_seconds"] < 60
    assert told["emr_probe_questions"] == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_another_service_on_the_port_is_no_success(transport: str) -> None:
    with ForeignService(b"SSH-2.0-OpenSSH_9.2\r\n") as other:
        outcome = probe(transport, f"127.0.0.1:{other.port}", seconds=3)
    assert not outcome.success
    assert metrics(outcome)["emr_probe_conclusive"] == 1
    assert outcome.observation.state == "open"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_silence_is_a_failure_within_the_time(transport: str) -> None:
    with SilentKdc() as kdc:
        outcome = probe(transport, f"127.0.0.1:{kdc.port}", seconds=1)
    told = metrics(outcome)
    assert (told["probe_success"], told["emr_probe_conclusive"]) == (0, 1)
    assert "emr_probe_rtt_seconds" not in told or transport == "tcp"
    assert outcome.duration_s < 5


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_closed_port_is_a_failure(transport: str) -> None:
    with closed_port() as port:
        outcome = probe(transport, f"127.0.0.1:{port}")
    assert (outcome.success, outcome.observation.state) == (False, "closed")


def test_a_module_that_names_a_principal_asks_everything() -> None:
    with FakeKdc() as kdc:
        outcome = probe("all", f"127.0.0.1:{kdc.port}", seconds=20)
    kinds = [step.question.kind for step in outcome.steps]
    assert kinds[0] == "kerberos"
    assert {"kdc-realm", "kdc-clock", "kdc-principal", "kdc-service"} <= set(kinds)
    told = metrics(outcome)
    assert told["emr_probe_kerberos_realm_served"] == 1
    assert told["emr_probe_kerberos_principal_info"] == 1
    assert outcome.success


def test_what_the_time_cuts_off_is_not_known_and_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a metastore that hangs: two connections, each with its silence, do not fit.
    monkeypatch.setattr(probe_run, "SILENCE_SHARE", 0.9)
    with FakeService(None) as hanging:
        outcome = probe("metastore", f"127.0.0.1:{hanging.port}", seconds=0.6)
    told = metrics(outcome)
    assert (told["probe_success"], told["emr_probe_conclusive"]) == (0, 0)
    assert outcome.observation.reason == "cancelled"
    assert outcome.duration_s < 5


def test_a_target_that_is_not_allowed_is_neither_looked_up_nor_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> Resolution:
        raise AssertionError("it was looked up")

    monkeypatch.setattr(probe_run, "resolve", never)
    for text in ("", '[[targets]]\nnetworks = ["127.0.0.1"]\nports = [88]\n'):
        with pytest.raises(TargetRefusedError):
            probe("p", "127.0.0.1:89", file=config(f'{text}[modules.p]\nscheme = "tcp"\n'))


def answers(monkeypatch: pytest.MonkeyPatch, *lookups: Sequence[str]) -> list[str]:
    """Let the resolver give one list of addresses after another. Return the names it is asked."""
    asked: list[str] = []
    left = list(lookups)

    async def resolve(host: str, **_: object) -> Resolution:
        asked.append(host)
        return Resolution(host, tuple(left.pop(0)))

    monkeypatch.setattr(probe_run, "resolve", resolve)
    return asked


def test_a_name_with_one_address_outside_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeService(b"") as service:
        answers(monkeypatch, ["127.0.0.1", "169.254.169.254"])
        with pytest.raises(TargetRefusedError, match=r"169\.254\.169\.254"):
            probe("port", f"kdc.example:{service.port}")
        assert service.requests == []


def test_the_address_that_was_checked_is_asked_and_the_name_is_not_looked_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a name whose second look-up leads elsewhere: DNS rebinding.
    names = answers(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])

    def no_more(*_: object, **__: object) -> None:
        raise AssertionError("a name was looked up after the check")

    monkeypatch.setattr(socket, "getaddrinfo", no_more)
    with FakeKdc() as kdc:
        outcome = probe("udp", f"kdc.example:{kdc.port}")
    assert names == ["kdc.example"]
    assert (outcome.success, outcome.observation.address) == (True, "127.0.0.1")


def test_a_name_without_an_address_is_a_failure_and_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(host: str, **_: object) -> Resolution:
        return Resolution(host, reason="name-not-found", error="unknown")

    monkeypatch.setattr(probe_run, "resolve", resolve)
    outcome = probe("port", "absent.example:1")
    assert (outcome.success, outcome.observation.state) == (False, "unresolved")
    assert "probe_ip_protocol" not in metrics(outcome)


@pytest.mark.parametrize(("made_for", "faults"), [("127.0.0.1", 0), ("other.example", 1)])
def test_the_end_of_a_certificate_is_told_and_a_secure_module_wants_it_without_faults(
    tmp_path: Path, made_for: str, faults: int
) -> None:
    with TlsService(OK, a_file(tmp_path / "c.pem", made_for)) as service:
        target = f"127.0.0.1:{service.port}"
        any_certificate, good_one = probe("https", target), probe("secure", target)
    told = metrics(any_certificate)
    assert told["probe_ssl_earliest_cert_expiry"] > 1_700_000_000
    assert (told["probe_http_status_code"], told["emr_probe_certificate_faults"]) == (200, faults)
    assert (any_certificate.success, good_one.success) == (True, faults == 0)


def test_a_secure_module_takes_no_answer_outside_tls() -> None:
    with FakeService(OK) as service:
        outcome = probe("plain", f"127.0.0.1:{service.port}")
    assert (outcome.report.works, outcome.success) == (True, False)


@pytest.mark.parametrize(
    ("module", "said", "state", "success", "serves"),
    [
        ("namenode", a_namenode(), "active", True, 1),
        ("namenode", a_namenode("standby"), "standby", True, 0),
        ("namenode", a_namenode(fs="safeMode"), "active", False, 0),
        ("resourcemanager", a_resourcemanager(), "active", True, 1),
        ("resourcemanager", STANDBY_REDIRECT, "standby", True, 0),
    ],
)
def test_the_state_that_a_service_says_of_itself_is_told(
    module: str, said: bytes, state: str, success: bool, serves: float
) -> None:
    file = config(f'{LOOPBACK}[modules.{module}]\nscheme = "{module}"\n')
    with FakeService(said) as service:
        outcome = probe(module, f"127.0.0.1:{service.port}", file=file)
    labels = {sample.name: sample.labels for sample in samples(outcome)}
    assert labels["emr_probe_service_state_info"] == {"state": state}
    assert (outcome.success, metrics(outcome)["emr_probe_service_serves"]) == (success, serves)
