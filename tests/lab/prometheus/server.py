"""How does a test run a real Prometheus server on loopback, and ask what it knows?"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlencode

from tests.support.free_port import free_port

WAIT_SECONDS = 60.0
"""A guard against a hang: what is waited for comes within a few scrapes."""


class PrometheusError(Exception):
    """The server did not start, or what was waited for did not come."""


@dataclass(slots=True)
class PrometheusServer:
    """A server with one configuration. `with` runs it."""

    folder: Path
    """Where its files are."""
    config: Mapping[str, Any]
    """Its configuration. JSON is YAML."""
    port: int = 0
    running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.port = free_port()
        (self.folder / "prometheus.yml").write_text(json.dumps(self.config))
        with (self.folder / "prometheus.log").open("wb") as log:
            self.running = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "KILL", "--", "prometheus"),
                    f"--config.file={self.folder}/prometheus.yml",
                    f"--storage.tsdb.path={self.folder}/data",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdout=log,
                stderr=log,
            )
        try:
            self.wait("the server is ready", self._is_ready)
        except PrometheusError as error:
            self.__exit__()
            raise PrometheusError((self.folder / "prometheus.log").read_text(errors="replace")[-2000:]) from error
        return self

    def __exit__(self, *_: object) -> None:
        if self.running is not None:
            self.running.terminate()
            try:
                self.running.wait(15)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait(5)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def api(self, path: str, **parameters: str) -> Any:
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def targets(self) -> list[dict[str, Any]]:
        """Return what the server knows of each target."""
        found: list[dict[str, Any]] = self.api("targets")["activeTargets"]
        return found

    def of(self, instance: str) -> list[dict[str, Any]]:
        """Return what the server knows of the targets at one address and port."""
        return [one for one in self.targets() if one["labels"]["instance"] == instance]

    def values(self, query: str) -> dict[str, float]:
        """Return the value of each series now, by its label `module`."""
        found = self.api("query", query=query)["result"]
        return {series["metric"].get("module", ""): float(series["value"][1]) for series in found}

    def firing(self) -> set[tuple[str, str]]:
        """Return name and module of each alert that fires."""
        labels = [alert["labels"] for alert in self.api("alerts")["alerts"] if alert["state"] == "firing"]
        return {(one["alertname"], one.get("module", "")) for one in labels}

    def wait(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until it holds. PrometheusError if it never does."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise PrometheusError(f"not in {WAIT_SECONDS:g} s: {what}")
            time.sleep(0.2)
