"""What does the exporter count of itself?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from diagnose import __version__

Refusal = Literal["busy", "not-allowed", "bad-request", "unauthorized", "bug"]
"""Why a request got no probe."""

Result = Literal["success", "failure", "unknown"]
"""What a probe found. "unknown": it did not decide whether the endpoint works."""

OWN_METRICS: Mapping[str, str] = {
    "emr_exporter_build_info": "Version of emr-diagnose.",
    "emr_exporter_probes_total": "Probes that were made, by module and by what they found.",
    "emr_exporter_probe_duration_seconds": "Time that probes took, by module.",
    "emr_exporter_probes_in_flight": "Probes that run now.",
    "emr_exporter_refused_total": "Requests that got no probe, by reason.",
    "emr_exporter_config_last_reload_successful": "1 if the files were read at the last reload.",
}
"""Name -> help. docs/monitoring.md and the examples are compared with it."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class OwnMetrics:
    """Counters of one exporter."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._gauge("emr_exporter_build_info", "version").labels(__version__).set(1)
        self._probes = self._counter("emr_exporter_probes_total", "module", "result")
        self._refused = self._counter("emr_exporter_refused_total", "reason")
        name = "emr_exporter_probe_duration_seconds"
        self._seconds = Histogram(name, OWN_METRICS[name], ["module"], registry=self.registry, buckets=BUCKETS)
        self._in_flight = self._gauge("emr_exporter_probes_in_flight")
        self._reloaded = self._gauge("emr_exporter_config_last_reload_successful")
        self.reloaded(True)

    def began(self) -> None:
        """Count a probe that begins."""
        self._in_flight.inc()

    def ended(self) -> None:
        """Count a probe that ended, however it ended."""
        self._in_flight.dec()

    def probed(self, module: str, result: Result, seconds: float) -> None:
        """Count the outcome of a probe. module: a name that the exporter knows."""
        self._probes.labels(module, result).inc()
        self._seconds.labels(module).observe(seconds)

    def refused(self, reason: Refusal) -> None:
        """Count a request that got no probe."""
        self._refused.labels(reason).inc()

    def reloaded(self, done: bool) -> None:
        """Note whether the files could be read."""
        self._reloaded.set(float(done))

    def _counter(self, name: str, *labels: str) -> Counter:
        return Counter(name, OWN_METRICS[name], labels, registry=self.registry)

    def _gauge(self, name: str, *labels: str) -> Gauge:
        return Gauge(name, OWN_METRICS[name], labels, registry=self.registry)
