"""What do people read: the first page, and the steps of one probe (`debug=true`)?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape

from diagnose.exporter.probe_run import ProbeOutcome, ProbeStep
from diagnose.output.clean import clean
from diagnose.probing.answers import render
from probes.language import language, tr
from probes.network.runner import logged

WIDTH = 100
"""Columns of the page of steps."""

LONGEST_DETAIL = 2000
"""Characters of a decoded reply that are shown."""


def front_page(modules: Iterable[str]) -> bytes:
    """Return the page of `/`, which names what may be asked."""
    links = "".join(f"<li><code>{escape(module)}</code></li>" for module in modules)
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}"><head><meta charset="utf-8"><title>emr-diagnose serve</title>'
        f"</head><body><h1>emr-diagnose serve</h1><p>{escape(tr('Asks endpoints for Prometheus.'))}</p>"
        f"<ul><li><code>/probe?module=MODULE&amp;target=HOST:PORT</code>: {escape(tr('ask one endpoint'))}; "
        f"<code>&amp;debug=true</code>: {escape(tr('and show the steps'))}</li>"
        f'<li><a href="/metrics">/metrics</a>: {escape(tr("metrics of the exporter itself"))}</li>'
        f'<li><a href="/-/healthy">/-/healthy</a></li></ul>'
        f"<h2>{escape(tr('Modules'))}</h2><ul>{links}</ul></body></html>\n"
    ).encode("utf-8", "replace")


def debug_page(module: str, outcome: ProbeOutcome, metrics: str) -> bytes:
    """Return what a probe asked, what came, what that means, and the metrics that it gives."""
    return "\n".join(_lines(module, outcome, metrics)).encode("utf-8", "replace")


def _lines(module: str, outcome: ProbeOutcome, metrics: str) -> Iterator[str]:
    yield tr("Module: {module}", module=clean(module))
    yield tr("Looking up the host: {ms:.1f} ms", ms=outcome.lookup_s * 1000)
    yield tr("Address: {address}", address=outcome.observation.address or tr("none"))
    yield tr("Time: {ms:.1f} ms", ms=outcome.duration_s * 1000)
    yield ""
    yield tr("Questions and answers:")
    yield from map(_step, outcome.steps)
    yield ""
    yield tr("Result:")
    yield render([outcome.report], WIDTH, False).rstrip("\n")
    yield ""
    yield tr("Metrics:")
    yield metrics


def _step(step: ProbeStep) -> str:
    detail = json.dumps(dict(step.answer.detail), ensure_ascii=False, default=str)
    return clean(f"- {step.question.kind}: {logged(step.answer)} {detail[:LONGEST_DETAIL]}")
