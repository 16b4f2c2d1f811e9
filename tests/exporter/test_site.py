"""What does the exporter answer, in the manner of the blackbox exporter?"""

from __future__ import annotations

import threading
from base64 import b64encode
from pathlib import Path

import bcrypt
import pytest

from diagnose.exporter import site as site_module
from diagnose.exporter.web_config import WebConfig
from probes.language import use
from tests.support.exporting import LOOPBACK, exporter
from tests.support.fake_kdc import REALM, FakeKdc, SilentKdc

KDC = f'{LOOPBACK}\n[modules.kdc]\nscheme = "krb5+udp"\nrealm = "{REALM}"\n'
SCRAPE = "X-Prometheus-Scrape-Timeout-Seconds"


def test_a_probe_answers_with_metrics_and_the_exporter_counts_it() -> None:
    with FakeKdc() as kdc, exporter(KDC) as served:
        got = served.probe(module="kdc", target=f"127.0.0.1:{kdc.port}")
        own = served.get("/metrics").metrics
    assert got.status == 200
    assert got.headers["content-type"].startswith("text/plain; version=")
    assert got.metrics["probe_success"] == 1
    assert got.metrics["emr_probe_state_info{reason=kerberos-reply,state=open}"] == 1
    assert own["emr_exporter_probes_total{module=kdc,result=success}"] == 1
    assert own["emr_exporter_probes_in_flight"] == 0
    assert "process_cpu_seconds_total" in own


def test_prometheus_gets_openmetrics_if_it_asks_for_it() -> None:
    with exporter() as served:
        got = served.get("/metrics", {"Accept": "application/openmetrics-text;version=1.0.0"})
    assert got.headers["content-type"].startswith("application/openmetrics-text")
    assert got.body.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({}, 400, "target"),
        ({"module": "kdc"}, 400, "target"),
        ({"module": "kdc", "target": ""}, 400, "target"),
        ({"target": "127.0.0.1:88"}, 400, "module"),
        ({"module": "absent", "target": "127.0.0.1:88"}, 400, "unknown module absent"),
        ({"module": "tcp", "target": "127.0.0.1"}, 400, "tcp://"),
        ({"module": "krb5+udp", "target": "127.0.0.1"}, 400, "realm"),
        ({"module": "kdc", "target": "192.168.20.1"}, 403, "192.168.20.1"),
        ({"module": "kdc", "target": "[fe80::1]"}, 403, "fe80::1"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(parameters: dict[str, str], status: int, words: str) -> None:
    with exporter(KDC) as served:
        got = served.probe(**parameters)
    assert got.status == status
    assert words in got.body


def test_without_a_configuration_every_target_is_refused_with_what_to_do() -> None:
    with exporter("") as served:
        got = served.probe(module="tcp", target="127.0.0.1:1")
        own = served.get("/metrics").metrics
    assert (got.status, "[[targets]]" in got.body) == (403, True)
    assert own["emr_exporter_refused_total{reason=not-allowed}"] == 1


def test_a_target_with_its_scheme_needs_no_module() -> None:
    with FakeKdc() as kdc, exporter() as served:
        got = served.probe(target=f"krb5+tcp://127.0.0.1:{kdc.port}?realm={REALM}")
    assert got.metrics["probe_success"] == 1


@pytest.mark.parametrize("header", ["1", "1.2", "0.4"])
def test_the_limit_of_prometheus_ends_a_probe(header: str) -> None:
    with SilentKdc() as kdc, exporter(KDC) as served:
        got = served.probe({SCRAPE: header}, module="kdc", target=f"127.0.0.1:{kdc.port}")
    assert got.metrics["probe_success"] == 0
    assert got.metrics["probe_duration_seconds"] < float(header)


@pytest.mark.parametrize("header", ["x", "0", "-1", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(header: str) -> None:
    with exporter(KDC) as served:
        assert served.probe({SCRAPE: header}, module="kdc", target="127.0.0.1").status == 400


def test_debug_shows_the_steps_the_verdict_and_the_metrics() -> None:
    with FakeKdc() as kdc, exporter(KDC) as served:
        got = served.probe(module="kdc", target=f"127.0.0.1:{kdc.port}", debug="true")
    assert got.headers["content-type"].startswith("text/plain; charset")
    for words in ("Module: kdc", "- kerberos: open, kerberos-reply", "127.0.0.1", "probe_success 1.0"):
        assert words in got.body


def test_debug_speaks_chinese_too() -> None:
    from diagnose.data.zh import sentences

    use("zh", sentences())
    try:
        with FakeKdc() as kdc, exporter(KDC) as served:
            got = served.probe(module="kdc", target=f"127.0.0.1:{kdc.port}", debug="true")
            front = served.get("/")
    finally:
        use("en")
    assert "模块：kdc" in got.body
    assert 'lang="zh"' in front.body


def test_probes_above_the_limit_are_told_to_come_back() -> None:
    limits = "[limits]\nprobes = 2\n"
    with SilentKdc() as kdc, exporter(KDC + limits) as served:
        target = f"127.0.0.1:{kdc.port}"
        threads = [
            threading.Thread(target=served.probe, kwargs={"module": "kdc", "target": target}, daemon=True)
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        while served.get("/metrics").metrics["emr_exporter_probes_in_flight"] < 2:
            pass
        got = served.probe(module="kdc", target=target)
        for thread in threads:
            thread.join(30)
        own = served.get("/metrics").metrics
    assert (got.status, got.headers["retry-after"]) == (503, "1")
    assert own["emr_exporter_refused_total{reason=busy}"] == 1
    assert own["emr_exporter_probes_in_flight"] == 0


def test_the_other_pages() -> None:
    with exporter(KDC) as served:
        front, healthy, absent = served.get("/"), served.get("/-/healthy"), served.get("/absent")
    assert "<code>kdc</code>" in front.body
    assert (front.status, healthy.status, absent.status) == (200, 200, 404)


def test_every_path_wants_the_login_if_there_is_one() -> None:
    users = {"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(4))}
    token = b64encode(b"alice:secret").decode()
    with exporter(KDC, WebConfig(users=users)) as served:
        for path in ("/", "/metrics", "/probe", "/-/healthy", "/absent"):
            got = served.get(path)
            assert (got.status, got.headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")
        assert served.get("/metrics", {"Authorization": f"Basic {token}"}).status == 200
        assert served.get("/metrics", {"Authorization": "Basic eDp5"}).status == 401


def test_no_secret_of_a_target_is_in_an_answer_or_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with exporter(KDC) as served:
        bodies = [
            served.probe(module="http", target="http://u:CANARY@127.0.0.1:1/").body,
            served.probe(module="http", target="127.0.0.1:1/?password=CANARY").body,
            served.probe(module="http", target="127.0.0.1:1/?password=CANARY", debug="true").body,
            served.probe(module="http", target="10.0.0.1:1/?password=CANARY").body,
        ]
    assert not any("CANARY" in body for body in bodies)
    assert "CANARY" not in caplog.text


def test_a_bug_is_an_answer_of_500_and_the_exporter_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    with exporter(KDC) as served:
        monkeypatch.setattr(site_module, "front_page", broken)
        assert served.get("/").status == 500
        assert served.get("/-/healthy").status == 200
        assert served.get("/metrics").metrics["emr_exporter_refused_total{reason=bug}"] == 1
    assert "RuntimeError: broken" in caplog.text


def test_a_module_that_is_not_in_the_file_is_unknown_if_only_those_count(tmp_path: Path) -> None:
    with exporter(f"only_modules = true\n{KDC}") as served:
        assert served.probe(module="tcp", target="127.0.0.1:1").status == 400
        assert "<code>tcp</code>" not in served.get("/").body
