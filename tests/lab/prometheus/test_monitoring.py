"""Given a real Prometheus server that scrapes `serve`, then a real KDC is seen and its end alerts.

The server runs the examples with shorter times. Only addresses and ports are others.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from ruamel.yaml import YAML

from tests.lab.kerberos.mit import MitKdc
from tests.lab.stopped import stopped
from tests.support.certificates import a_file
from tests.support.exporting import Served, process
from tests.support.fake_kdc import FakeKdc
from tests.support.places import PROJECT

from .server import PrometheusServer

EXAMPLES = PROJECT / "examples" / "prometheus"
BOTH = {"kdc-udp", "kdc-tcp"}


def example(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((EXAMPLES / name).read_text("utf-8"))


def shortened(folder: Path, kdc: int, exporter: int) -> dict[str, Any]:
    """Return the configuration of the examples, and write its alerts, with times of seconds."""
    rules = example("alerts.yml")
    for rule in rules["groups"][0]["rules"]:
        rule["for"] = "2s"
    (folder / "alerts.yml").write_text(json.dumps(rules))
    config: dict[str, Any] = copy.deepcopy(example("prometheus.yml"))
    config["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "1s"}
    del config["alerting"]
    own, probes = config["scrape_configs"]
    own["static_configs"] = [{"targets": [f"127.0.0.1:{exporter}"]}]
    probes["static_configs"] = [
        {**one, "targets": [f"127.0.0.1:{kdc}"]} for one in probes["static_configs"] if one["labels"]["module"] in BOTH
    ]
    probes["static_configs"].append({"targets": ["192.168.77.1:88"], "labels": {"module": "kdc-udp", "cluster": "x"}})
    probes["relabel_configs"][-1]["replacement"] = f"127.0.0.1:{exporter}"
    return config


@pytest.fixture
def kdc(tmp_path: Path) -> Iterator[MitKdc]:
    made = MitKdc(tmp_path / "kdc")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def loopback_config(folder: Path) -> str:
    """Write the serve.toml of the examples, which allows this host alone."""
    text = (EXAMPLES / "serve.toml").read_text("utf-8").replace('"192.168.20.0/24"', '"127.0.0.1"')
    file = folder / "serve.toml"
    file.write_text("\n".join(line for line in text.splitlines() if not line.startswith("ports")))
    return str(file)


@pytest.fixture
def exporter(tmp_path: Path) -> Iterator[Served]:
    with process("--config", loopback_config(tmp_path)) as (_, served):
        yield served


def test_a_kdc_that_is_frozen_or_stopped_alerts_and_one_that_answers_again_does_not(
    tmp_path: Path, kdc: MitKdc, exporter: Served
) -> None:
    assert kdc.running is not None
    with PrometheusServer(tmp_path, shortened(tmp_path, kdc.port, exporter.port)) as server:
        down = {("EmrEndpointDown", module) for module in BOTH}

        def all_are(value: float) -> bool:
            return server.values('probe_success{cluster!="x"}') == dict.fromkeys(BOTH, value)

        # The KDC answers: targets are up, metrics are stored, nothing fires.
        server.wait("both transports answer", lambda: all_are(1))

        def is_up(port: int) -> bool:
            return {one["health"] for one in server.of(f"127.0.0.1:{port}")} == {"up"}

        # A scrape that a busy machine ends is followed by another one.
        server.wait("both are up", lambda: is_up(kdc.port) and is_up(exporter.port))
        codes, clocks = "emr_probe_kerberos_error_code", "abs(emr_probe_kerberos_clock_offset_max_seconds) < 5"
        server.wait("the KDC's code is stored", lambda: server.values(codes) == dict.fromkeys(BOTH, 18))
        server.wait("the KDC's clock is stored", lambda: server.values(clocks).keys() == BOTH)
        server.wait("nothing fires", lambda: not server.firing() & down)

        # A target outside the allowed networks is refused, which Prometheus shows.
        def refused() -> bool:
            (one,) = server.of("192.168.77.1:88")
            return one["health"] == "down" and "403" in one["lastError"]

        server.wait("the stranger is refused", refused)

        # It hangs: its ports take everything, and no answer comes.
        with stopped(kdc.running.pid):
            server.wait("both alerts fire", lambda: down <= server.firing())
            silent = 'emr_probe_state_info{reason="no-response"}'
            server.wait("silence over UDP is stored", lambda: server.values(silent) == {"kdc-udp": 1})
        server.wait("both alerts end", lambda: all_are(1) and not server.firing() & down)

        # It stops: both ports refuse.
        kdc.stop()
        server.wait("both alerts fire again", lambda: down <= server.firing())
        closed = 'emr_probe_state_info{state="closed"}'
        server.wait("both ports refuse", lambda: server.values(closed).keys() == BOTH)
        # The refused target alerts by its own name, and is not called down.
        server.wait("the refused one alerts", lambda: ("EmrProbeRefused", "kdc-udp") in server.firing())


class _TcpKdc(FakeKdc):
    """A KDC behind a security group that lets TCP in alone."""

    def on_datagram(self, request: bytes, sender: Any) -> None:
        return


def test_prometheus_comes_in_by_tls_a_certificate_and_a_password(tmp_path: Path, kdc: MitKdc) -> None:
    pair = a_file(tmp_path / "pair.pem", "127.0.0.1")
    web = tmp_path / "web.yml"
    hashed = bcrypt.hashpw(b"CANARYpassword", bcrypt.gensalt(4)).decode()
    web.write_text(
        "tls_server_config:\n  cert_file: pair.pem\n  key_file: pair.pem\n  client_ca_file: pair.pem\n"
        f"  client_auth_type: RequireAndVerifyClientCert\nbasic_auth_users:\n  prometheus: {hashed}\n"
    )
    with process("--config", loopback_config(tmp_path), "--web-config", str(web)) as (_, served):
        config = shortened(tmp_path, kdc.port, served.port)
        own, probes = config["scrape_configs"]
        files = {"ca_file": str(pair), "cert_file": str(pair), "key_file": str(pair)}
        login = {"username": "prometheus", "password": "CANARYpassword"}
        for job in (own, probes):
            job |= {"scheme": "https", "tls_config": files, "basic_auth": login}
        stranger = copy.deepcopy(own)
        stranger |= {"job_name": "stranger", "basic_auth": {"username": "prometheus", "password": "wrong"}}
        config["scrape_configs"].append(stranger)
        with PrometheusServer(tmp_path, config) as server:
            server.wait(
                "both transports answer",
                lambda: server.values('probe_success{cluster!="x"}') == dict.fromkeys(BOTH, 1),
            )

            def refused() -> str:
                return next(str(one["lastError"]) for one in server.targets() if one["labels"]["job"] == "stranger")

            server.wait("the stranger is refused", lambda: "401" in refused())


def test_a_kdc_that_answers_over_tcp_alone_has_an_alert_of_its_own(tmp_path: Path, exporter: Served) -> None:
    with _TcpKdc() as kdc, PrometheusServer(tmp_path, shortened(tmp_path, kdc.port, exporter.port)) as server:
        blocked, down = ("EmrKdcUdpBlocked", "kdc-udp"), ("EmrEndpointDown", "kdc-tcp")
        server.wait("the alert about UDP fires alone", lambda: {blocked, down} & server.firing() == {blocked})
