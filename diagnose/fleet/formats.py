"""In which formats can a fleet summary be written? One row a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from probes.frozen import frozen

if TYPE_CHECKING:
    from diagnose.fleet.summary import FleetSummary
    from diagnose.report.formats import Screen

LINES = "ndjson"
"""The format of the lines. It is no page of the summary, and the default."""


@frozen
class SummaryFormat:
    """One output format of a summary."""

    help: str
    """What it contains, in a few words."""
    render: Callable[[FleetSummary, Screen], bytes]
    """Pure. Imports what it needs when it is called."""


def _terminal(summary: FleetSummary, screen: Screen) -> bytes:
    from diagnose.fleet.pages.brief import render

    return render(summary, screen.width, screen.colour).encode("utf-8", "replace")


def _json(summary: FleetSummary, _: Screen) -> bytes:
    from diagnose.fleet.summary import encode

    return encode(summary)


def _markdown(summary: FleetSummary, _: Screen) -> bytes:
    from diagnose.fleet.pages.markdown import render

    return render(summary)


def _html(summary: FleetSummary, _: Screen) -> bytes:
    from diagnose.fleet.pages.html import render

    return render(summary)


def _prometheus(summary: FleetSummary, _: Screen) -> bytes:
    from diagnose.fleet.pages.prometheus import render

    return render(summary)


def prometheus_aborted(_: str) -> bytes:
    """Return the metric of a run that ended before there was a summary."""
    from diagnose.fleet.pages.prometheus import aborted

    return aborted()


SUMMARY_FORMATS: Mapping[str, SummaryFormat] = {
    "terminal": SummaryFormat("the summary on one screen", _terminal),
    "json": SummaryFormat("the whole summary; `emr-diagnose schema fleet-summary` describes it", _json),
    "markdown": SummaryFormat("the summary, for a ticket", _markdown),
    "html": SummaryFormat("the summary as one file, for a browser or a mail", _html),
    "prometheus": SummaryFormat("metrics of the whole fleet for the node exporter", _prometheus),
}
"""Name on the command line -> format."""
