"""In which formats can a report be written? One row a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.report.model import Report
    from diagnose.report.repair import Form


@dataclass(frozen=True, slots=True)
class Screen:
    """What reads a page."""

    width: int
    """Columns."""
    colour: bool
    """Whether it shows colours."""
    details: bool = False
    """Whether it has room for everything."""


@dataclass(frozen=True, slots=True)
class Format:
    """One output format of a report."""

    help: str
    """What it contains, in a few words."""
    render: Callable[[Report, Screen], bytes]
    """Pure. Imports what it needs when it is called."""


def _terminal(report: Report, screen: Screen) -> bytes:
    if screen.details:
        from diagnose.report.details import render
    else:
        from diagnose.report.brief import render
    return render(report, screen.width, screen.colour).encode("utf-8", "replace")


def _json(report: Report, _: Screen) -> bytes:
    from diagnose.report.json import encode

    return encode(report)


def _repair(report: Report, _: Screen, *, form: Form) -> bytes:
    from diagnose.report.repair import emit

    return emit(report, form).encode()


FORMATS: Mapping[str, Format] = {
    "terminal": Format("the answer on one screen (default); all with --details", _terminal),
    "json": Format("the whole report; `emr-diagnose schema` describes it", _json),
    "console": Format("the repair alone, as steps in the console", partial(_repair, form="console")),
    "cli": Format("the repair alone, as aliyun CLI commands", partial(_repair, form="cli")),
    "terraform": Format("the repair alone, as Terraform resources", partial(_repair, form="terraform")),
    "ros": Format("the repair alone, as a ROS template", partial(_repair, form="ros")),
}
"""The register of formats: name on the command line -> format."""
