"""In which formats can a report be written? One row a format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from probes.frozen import frozen

if TYPE_CHECKING:
    from diagnose.report.model import Report
    from diagnose.report.repair import Form


@frozen
class Screen:
    """What reads a page."""

    width: int
    """Columns."""
    colour: bool
    """Whether it shows colours."""
    details: bool = False
    """Whether it has room for everything."""
    base: str = ""
    """Path from the working directory to the case, for formats that name places in a repository.
    "" if the case is no directory below it."""
    twin_base: str = ""
    """The same of the case of the other environment."""


@frozen
class Format:
    """One output format of a report."""

    help: str
    """What it contains, in a few words."""
    render: Callable[[Report, Screen], bytes]
    """Pure. Imports what it needs when it is called."""
    aborted: Callable[[str], bytes] | None = None
    """What to write if the run ends before there is a report: the cause as this format tells it.
    None if the format has no place for it."""


def _terminal(report: Report, screen: Screen) -> bytes:
    if screen.details:
        page = _details(report, screen)
    elif report.twin is None:
        from diagnose.report.brief import render as brief

        page = brief(report, screen.width, screen.colour)
    else:
        from diagnose.report.brief_pair import render as brief_pair

        page = brief_pair(report, screen.width, screen.colour)
    return page.encode("utf-8", "replace")


def _details(report: Report, screen: Screen) -> str:
    from diagnose.report.details import render
    from diagnose.report.environments import environment_and_case, parts
    from diagnose.report.verdict import exit_words

    whole = parts(report)
    pages = [render(part, screen.width, screen.colour) for part in whole]
    if len(whole) > 1:
        pages = [f"{environment_and_case(part)}\n{page}\n" for part, page in zip(whole, pages, strict=True)]
        pages.append(f"{exit_words(report)}\n")
    return "".join(pages)


def _json(report: Report, _: Screen) -> bytes:
    from diagnose.report.json import encode

    return encode(report)


def _repair(report: Report, _: Screen, *, form: Form) -> bytes:
    from diagnose.report.repair import emit

    return emit(report, form).encode()


def _markdown(report: Report, _: Screen) -> bytes:
    from diagnose.report.environments import environment_and_case, parts
    from diagnose.report.markdown import both, paragraph, render

    whole = parts(report)
    if len(whole) == 1:
        return render(report)
    return b"\n".join([both(report), *(paragraph(environment_and_case(part)) + render(part) for part in whole)])


def _html(report: Report, _: Screen) -> bytes:
    from diagnose.report.html.page import render

    return render(report)


def _junit(report: Report, _: Screen) -> bytes:
    from diagnose.report.junit import render

    return render(report)


def _junit_aborted(message: str) -> bytes:
    from diagnose.report.junit import aborted

    return aborted(message)


def _sarif(report: Report, screen: Screen) -> bytes:
    from diagnose.report.sarif import render

    return render(report, (screen.base, screen.twin_base))


def _sarif_aborted(message: str) -> bytes:
    from diagnose.report.build import TOOL
    from diagnose.report.sarif import aborted

    return aborted(message, TOOL)


def _github(report: Report, screen: Screen) -> bytes:
    from diagnose.report.environments import parts
    from diagnose.report.github import render

    bases = (screen.base, screen.twin_base)
    return b"".join(render(part, base) for part, base in zip(parts(report), bases, strict=False))


def _github_aborted(message: str) -> bytes:
    from diagnose.report.github import aborted

    return aborted(message)


def _prometheus(report: Report, _: Screen) -> bytes:
    from diagnose.report.prometheus import render

    return render(report)


def _prometheus_aborted(_: str) -> bytes:
    from diagnose.report.prometheus import aborted

    return aborted()


FORMATS: Mapping[str, Format] = {
    "terminal": Format("the answer on one screen (default); all with --details", _terminal),
    "json": Format("the whole report; `emr-diagnose schema` describes it", _json),
    "markdown": Format("the whole report, for a ticket", _markdown),
    "html": Format("the whole report as one file, for a browser or a mail", _html),
    "junit": Format("one test case a required connection, for CI", _junit, _junit_aborted),
    "sarif": Format("findings at their file and line, for code scanning", _sarif, _sarif_aborted),
    "github": Format("annotations of a GitHub workflow", _github, _github_aborted),
    "prometheus": Format("metrics for a text file of the node exporter", _prometheus, _prometheus_aborted),
    "console": Format("the repair alone, as steps in the console", partial(_repair, form="console")),
    "cli": Format("the repair alone, as aliyun CLI commands", partial(_repair, form="cli")),
    "terraform": Format("the repair alone, as Terraform resources", partial(_repair, form="terraform")),
    "ros": Format("the repair alone, as a ROS template", partial(_repair, form="ros")),
}
"""The register of formats: name on the command line -> format."""
