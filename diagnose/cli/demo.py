"""What does the `demo` command show? The whole diagnosis of a bundled cluster.

It needs no privilege and no network beyond loopback.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from textwrap import fill
from typing import TYPE_CHECKING

import click

from diagnose.cli.common import common_options
from diagnose.cli.errors import InputError
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import colour, width
from probes.language import marked, tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from diagnose.case import Case
    from diagnose.remedies.model import SuggestedRule
    from diagnose.report.model import Report
    from diagnose.scene.observed import CaseObservations

PATIENCE = 1.0
"""Seconds. On loopback an answer takes well under a millisecond."""


@click.command("demo")
@common_options
def command(no_color: bool) -> None:
    """Diagnose a bundled Kerberos cluster: from its files, with packets, repaired.

    The packets go to a copy of the cluster on the loopback addresses of this
    machine.

    \b
    Example:
      emr-diagnose demo
    """
    from diagnose import demo
    from diagnose.case.directory import of_tree
    from diagnose.scene.observed import CaseObservations

    tree = demo.bundled()
    _step(1, tr("From the files alone: check fixtures/{fixture} --offline", fixture=demo.FIXTURE))
    configured = _report(of_tree(tree), CaseObservations())
    _show(configured, no_color)

    try:
        with demo.started(tree) as running:
            cluster, case, source = running.cluster, running.case, running.source_address
            cluster.silent = demo.stopped(case)
            _step(2, tr("With packets: a copy on loopback. What the rules drop stays silent"))
            broken = _report(case, _see(case, source))
            _summarise(broken)

            _step(3, tr("Repaired: the suggested rules are added, and all is asked again"))
            rules = [rule for rule in broken.suggested_rules if rule.option == 1]
            case = of_tree(demo.with_suggestions(running.tree, rules))
            cluster.silent = demo.stopped(case)
            repaired = _report(case, _see(case, source))
            _summarise(repaired)
    except BrokenPipeError:
        raise  # nobody reads the output any more
    except OSError as error:
        text = tr("the cluster on loopback could not be started: {error}", error=os_words(error))
        raise InputError(text) from error
    if (broken.exit_code, repaired.exit_code) != (1, 0):
        raise RuntimeError("the demo did not end as it should")
    _step(4, tr("The answer"))
    _answer(configured, broken, repaired)


def _see(case: Case, source: str) -> CaseObservations:
    from diagnose.live.observe import LiveSettings
    from diagnose.live.observe_case import observe_case
    from probes.vantage import Vantage

    seen = observe_case(case, LiveSettings(Vantage(source_address=source, patience=PATIENCE)))
    if seen.interrupted:
        raise KeyboardInterrupt  # a demo that is not finished shows nothing
    return seen


def _report(case: Case, seen: CaseObservations) -> Report:
    from diagnose.engine import diagnose
    from diagnose.report.build import Clock, build

    started, clock = datetime.now(UTC), time.monotonic()
    diagnosis = diagnose(case, seen)
    return build(
        diagnosis, "demo", Clock(started.isoformat(timespec="milliseconds"), round((time.monotonic() - clock) * 1000))
    )


def _step(number: int, text: str) -> None:
    click.echo(f"\n--- {number}. {text} ---\n")


def _show(report: Report, no_color: bool) -> None:
    from diagnose.report.brief import render

    click.echo(render(report, width(), colour(Output("terminal", None), no_color)), nl=False)


def _summarise(report: Report) -> None:
    """Print the verdict in a few lines. The whole report has been shown once already."""
    answered, count = _answered(report), len(report.flows)
    summary = marked("{answered} of {count} connections answered. Exit code {code}.")
    click.echo(tr(summary, answered=answered, count=count, code=report.exit_code))
    for finding in report.findings[:1]:
        click.echo(fill(f"{finding.code}, {finding.confidence}: {finding.title}.", width()))
        for flow in report.flows:
            if flow.id in finding.flows:
                seen = flow.observations[-1] if flow.observations else None
                click.echo(
                    f"  {flow.host}:{flow.port}/{flow.transport} {flow.verdict}"
                    + (f": {seen.state}, {seen.reason}" if seen else "")
                )
    for rule in report.suggested_rules:
        if rule.option == 1:
            click.echo(fill(tr("Add to {group}: {rule}.", group=rule.security_group_id, rule=_rule(rule)), width()))


def _answer(configured: Report, broken: Report, repaired: Report) -> None:
    """Print on one small screen what was wrong, what repairs it, and what the packets showed."""
    finding = configured.findings[0]
    rows = [(tr("What was wrong"), f"{finding.code}: {finding.title}.")]
    rows += [
        (
            tr("What repairs it"),
            tr("In {group}, an inbound rule: {rule}.", group=rule.security_group_id, rule=_rule(rule)),
        )
        for rule in configured.suggested_rules
        if rule.option == 1
    ]
    before, after = _answered(broken), _answered(repaired)
    shown = tr(
        "{before} of {count} connections answered, after the repair {after}.",
        before=before,
        count=len(broken.flows),
        after=after,
    )
    rows.append((tr("What packets showed"), shown))
    command = tr("put its exported files in a directory, then: emr-diagnose check DIRECTORY --offline")
    rows.append((tr("With your cluster"), command))
    for label, text in rows:
        click.echo(fill(text, width(), initial_indent=f"{label:21}", subsequent_indent=" " * 21))
    click.echo(f"\n{tr('Everything that the resource group needs works.')}")


def _answered(report: Report) -> int:
    return sum(flow.verdict in ("reachable", "accepts") for flow in report.flows)


def _rule(rule: SuggestedRule) -> str:
    ports = rule.port_range.partition("/")
    port = ports[0] if ports[0] == ports[2] else rule.port_range
    return tr(
        "{protocol} {port} from {source}, priority {priority}",
        protocol=rule.ip_protocol,
        port=port,
        source=rule.source_cidr_ip,
        priority=rule.priority,
    )
