"""How do the suggested rules of a report get into the security groups? The command `apply`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.common import common_options
from diagnose.cli.errors import InputError
from diagnose.cli.given_path import GivenPath
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import colour, to_stdout, width
from diagnose.cli.saved_report import read_report
from diagnose.cli.standard_input import can_be_asked
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

if TYPE_CHECKING:
    from diagnose.apply.selection import Selection
    from diagnose.apply.steps import RuleStep, Steps
    from diagnose.case.tree import Tree
    from diagnose.output.page import Page
    from diagnose.report.model import Report

PRECEDENCE = (4, 1, 3)
"""Of two exit codes the first of these is the one of the command."""

REGION = regex(r"[a-z]{2,12}(-[a-z0-9]{1,24}){1,6}")


@click.command("apply")
@click.argument("report", type=GivenPath(path_type=Path))
@click.option(
    "--case",
    "case_path",
    metavar="CASE",
    type=GivenPath(path_type=Path),
    help="Diagnose this case again with the groups as they were read back. Nothing is written to it.",
)
@click.option("--yes", is_flag=True, help="Do not ask. For pipelines.")
@click.option("--undo", is_flag=True, help="Remove the rules of this report that apply added, and nothing else.")
@click.option(
    "--region",
    metavar="REGION",
    envvar="EMR_DIAGNOSE_REGION",
    show_envvar=True,
    help="Region of the groups. Default: the one of the report.",
)
@click.option(
    "--endpoint",
    "endpoints",
    metavar="HOST",
    multiple=True,
    envvar="EMR_DIAGNOSE_ENDPOINT",
    show_envvar=True,
    help="Ask ECS at this HOST[:PORT] instead of the one of the SDK.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    report: Path,
    case_path: Path | None,
    yes: bool,
    undo: bool,
    region: str | None,
    endpoints: tuple[str, ...],
    no_color: bool,
) -> None:
    """Add the suggested rules of a saved report to the security groups.

    REPORT is a file that `check --format json` wrote. Of option 1 of its
    findings it takes the rules that accept inbound packets from inside the
    networks of the resource group. Nothing else is ever sent: drop rules,
    outbound rules, edits, and rules of waived findings stay words. It shows the
    rules, asks, adds one after the other, and reads each back. A rule that is
    there already is not added again. --undo removes the rules that it added.
    The first failure ends it, and it tells what was done and what was not.

    The official SDK makes the calls (pip install 'emr-diagnose[aliyun]'), with
    the credentials that it finds. The RAM actions are
    ecs:DescribeSecurityGroupAttribute, ecs:AuthorizeSecurityGroup and, for
    --undo, ecs:RevokeSecurityGroup.

    \b
    Examples:
      emr-diagnose apply report.json --case ./case
      emr-diagnose apply report.json --yes
      emr-diagnose apply report.json --undo

    \b
    Exit codes:
      0    done
      1    a rule was refused, you said no, or a part is left to you or remains
      2    wrong usage, no credentials, or an input that cannot be read
      3    a group could not be read back, or something remains unknown
      4    a bug of this tool
      130  interrupted
    """
    if undo and case_path is not None:
        raise click.UsageError(tr("--case is for adding, and --undo removes"))
    saved = read_report(report)
    if saved.twin is not None:
        raise click.UsageError(
            tr("{file} is the report of two environments: save one of each and apply them one by one", file=report)
        )
    _require_networks(saved, report)
    wanted = _Application(saved, _region(saved, region), _day(), endpoints, yes, no_color)
    if not yes and not can_be_asked():
        raise click.UsageError(tr("standard input is no terminal, so nobody can be asked: add --yes"))
    code = _removed(wanted) if undo else _added(wanted, None if case_path is None else _tree(case_path, saved))
    ctx.exit(code)


@frozen
class _Application:
    """What is to be done, and how it is shown."""

    report: Report
    """The saved report."""
    region: str
    """Region of the groups."""
    day: str
    """Today, for descriptions."""
    endpoints: Sequence[str]
    """`--endpoint`, as given."""
    yes: bool
    """Whether nobody is asked."""
    no_color: bool
    """Whether colours are forbidden."""

    def page(self) -> Page:
        """Return an empty page as wide as the terminal."""
        from diagnose.output.page import Page

        return Page(width(), colour(Output("terminal", None), self.no_color))


def _added(wanted: _Application, tree: Tree | None) -> int:
    """Add the rules and return the exit code."""
    from diagnose.apply.pages import before_adding, results
    from diagnose.apply.selection import select
    from diagnose.apply.steps import exit_code

    selection = select(wanted.report)
    steps = _steps(wanted, selection)
    seen = steps.look()
    page = wanted.page()
    before_adding(page, wanted.report, selection, seen, wanted.region, wanted.day)
    _show(page)
    code = exit_code(seen, steps.is_interrupted)
    count = sum(step.result == "missing" for step in seen)
    if code:
        _tell_failure(seen)
        return code
    if count:
        if not wanted.yes and not _says_yes(tr("Add {count} rule{s}?", count=count, s="" if count == 1 else "s")):
            click.echo(tr("Nothing was changed."), err=True)
            return 1
        done = steps.add()
        page = wanted.page()
        results(page, done)
        _show(page)
        code = exit_code(done, steps.is_interrupted)
    else:
        click.echo(tr("There is nothing to add."), err=True)
    if code == 130:
        return code
    remains = _remains(wanted, selection, steps, tree)
    return next((each for each in PRECEDENCE if each in (code, remains)), 0)


def _removed(wanted: _Application) -> int:
    """Remove the rules and return the exit code."""
    from diagnose.apply.pages import before_removing, results
    from diagnose.apply.selection import select
    from diagnose.apply.steps import exit_code

    steps = _steps(wanted, select(wanted.report))
    seen = steps.look_for_removal()
    page = wanted.page()
    before_removing(page, wanted.report, seen, wanted.region)
    _show(page)
    code = exit_code(seen, steps.is_interrupted)
    count = sum(step.result == "present" for step in seen)
    if code:
        _tell_failure(seen)
        return code
    if not count:
        click.echo(tr("There is nothing to remove."), err=True)
        return 0
    if not wanted.yes and not _says_yes(tr("Remove {count} rule{s}?", count=count, s="" if count == 1 else "s")):
        click.echo(tr("Nothing was changed."), err=True)
        return 1
    done = steps.remove()
    page = wanted.page()
    results(page, done)
    _show(page)
    return exit_code(done, steps.is_interrupted)


def _tell_failure(seen: Sequence[RuleStep]) -> None:
    """Tell that nothing was done because of what was seen. Exit code 2 for refused credentials."""
    from diagnose.collect.aliyun.faults import is_about_credentials

    refused = next((step.fault for step in seen if step.fault is not None and is_about_credentials(step.fault)), None)
    if refused is not None:
        raise InputError(tr("the credentials were not accepted ({code}), and nothing was changed", code=refused.code))
    if any(step.result in ("changed", "gone") for step in seen):
        click.echo(tr("Nothing was changed. Check the case again, and apply the new report."), err=True)
    else:
        click.echo(tr("Nothing was changed."), err=True)


def _steps(wanted: _Application, selection: Selection) -> Steps:
    """Return what takes the rules one by one. Exit code 2 without the SDK or credentials."""
    from diagnose.apply.cloud import EcsCloud
    from diagnose.apply.steps import Steps
    from diagnose.collect.aliyun.source import read_endpoints
    from diagnose.collect.collection import CollectError

    try:
        cloud = EcsCloud(wanted.region, read_endpoints(wanted.endpoints), wanted.day)
        if selection.rules:
            cloud.require_credentials()
    except CollectError as error:
        raise InputError(str(error)) from error
    return Steps(selection.rules, cloud, selection.known_drops)


def _remains(wanted: _Application, selection: Selection, steps: Steps, tree: Tree | None) -> int:
    """Tell what remains of the fault, and return the exit code for it."""
    if tree is None:
        if selection.is_partial:
            click.echo(tr("A part of the repair is left to you, so the fault remains until it is done."), err=True)
            return 1
        return 0
    from diagnose.apply.again import diagnosed_again
    from diagnose.apply.pages import remaining
    from diagnose.report.build import Clock, build

    today = datetime.now(UTC)
    diagnosis = diagnosed_again(tree, wanted.report.case.sources, steps.groups.values(), today.date())
    after = build(diagnosis, "apply", Clock(today.isoformat(timespec="milliseconds"), 0))
    page = wanted.page()
    remaining(page, after)
    _show(page)
    return diagnosis.exit_code


def _tree(path: Path, report: Report) -> Tree:
    """Return the files of a case, before anything is changed. Exit code 2 if it is another one."""
    from diagnose.case.directory import of_tree
    from diagnose.case.errors import CaseError
    from diagnose.case.files import trees
    from diagnose.cli.case_options import refused
    from diagnose.flows.nothing import nothing_to_check
    from diagnose.flows.plan import flows

    try:
        (tree,) = trees([path])
        case = of_tree(tree)
    except CaseError as error:
        raise InputError(refused(error)) from error
    if case.misread:
        raise InputError("\n".join(misread.text for misread in case.misread))
    known, told = case.cluster.id, report.case.cluster.id
    if known and told and known != told:
        raise InputError(
            tr("{case} is of cluster {cluster}, and the report of {other}", case=path, cluster=known, other=told)
        )
    if (nothing := nothing_to_check(case, flows(case))) is not None:
        raise InputError(nothing)
    return tree


def _require_networks(report: Report, file: Path) -> None:
    """Refuse a report whose networks are none. Exit code 2."""
    from probes.addresses import parse

    try:
        for network in report.case.sources:
            parse(network)
    except ValueError as error:
        raise InputError(tr("{file}: case.sources: {error}", file=file, error=error)) from error


def _region(report: Report, given: str | None) -> str:
    """Return the region. Wrong usage if nothing says it."""
    region = given or report.case.cluster.region
    if not region:
        raise click.UsageError(tr("the report does not say the region: add --region REGION"))
    if not REGION.fullmatch(region):
        raise click.UsageError(tr("{region} is not a region such as cn-hangzhou", region=repr(region[:100])))
    return region


def _day() -> str:
    return datetime.now(UTC).date().isoformat()


def _says_yes(question: str) -> bool:
    return click.confirm(question, default=False, err=True)


def _show(page: Page) -> None:
    to_stdout(page.text.encode())
