"""How does a test ask an exporter on loopback?"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from prometheus_client.parser import text_string_to_metric_families

from diagnose.exporter.config import ServeConfig, parse_config
from diagnose.exporter.site import ExporterSite
from diagnose.exporter.web_config import WebConfig
from diagnose.exporter.web_server import Site, WebServer, listening_socket

LOOPBACK = '[[targets]]\nnetworks = ["127.0.0.1"]\n'
"""Allows this host alone."""


def config(text: str = LOOPBACK) -> ServeConfig:
    return parse_config("serve.toml", text.encode())


@dataclass(frozen=True, slots=True)
class Got:
    """One answer of the exporter."""

    status: int
    body: str
    headers: Mapping[str, str]

    @property
    def metrics(self) -> dict[str, float]:
        """Values by name, and by name{label=word} for those with labels."""
        values = {}
        for family in text_string_to_metric_families(self.body):
            for sample in family.samples:
                labels = ",".join(f"{name}={word}" for name, word in sorted(sample.labels.items()))
                values[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return values


@dataclass(frozen=True, slots=True)
class Served:
    """An exporter that listens on loopback."""

    port: int

    def get(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return Got(
                answer.status, answer.read().decode(), {name.lower(): text for name, text in answer.getheaders()}
            )
        finally:
            connection.close()

    def probe(self, headers: Mapping[str, str] | None = None, /, **parameters: str) -> Got:
        return self.get(f"/probe?{urlencode(parameters)}", headers)


@contextmanager
def serving(site: Site) -> Iterator[Served]:
    """Serve in a thread until the block ends."""
    listener = listening_socket("127.0.0.1", 0)
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    def work() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(WebServer(listener, site).serve_until(stop))
        loop.run_until_complete(loop.shutdown_default_executor())

    thread = threading.Thread(target=work, daemon=True)
    port = listener.getsockname()[1]
    thread.start()
    try:
        yield Served(port)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


@contextmanager
def exporter(text: str = LOOPBACK, web: WebConfig | None = None) -> Iterator[Served]:
    """Serve the exporter with this file in a thread."""
    with serving(ExporterSite(config(text), web or WebConfig())) as served:
        yield served


@contextmanager
def process(
    *options: str, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], Served]]:
    """Run `emr-diagnose serve` on a free port until the block ends."""
    command = [sys.executable, "-m", "diagnose", "serve", "--listen", "127.0.0.1:0", *options]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    try:
        yield running, Served(_port(running))
    finally:
        if running.poll() is None:
            running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)


def _port(running: subprocess.Popen[str]) -> int:
    """Wait until the exporter says where it listens."""
    if running.stderr is None:
        raise RuntimeError("no standard error")
    line = running.stderr.readline()
    found = re.search(r"https?://127\.0\.0\.1:(\d+)$", line.strip())
    if found is None:
        raise RuntimeError(f"the exporter did not start: {line}{running.stderr.read()}")
    return int(found[1])
