"""What would `check` send and ask, flow by flow? The command `plan`, which sends nothing."""

from __future__ import annotations

from pathlib import Path

import click

from diagnose.cli.case_options import case_options, read_case, tell_misread
from diagnose.cli.common import common_options
from diagnose.cli.outputs import WithOutputs, colour, width, write


@click.command("plan", cls=WithOutputs)
@case_options
@common_options
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], cidrs: tuple[str, ...], no_color: bool) -> None:
    """Show what check would send, flow by flow, and the worst-case time.

    Nothing is sent, and no name is resolved. The plan is for a check without
    --keytab. With a keytab, check also logs in at a KDC that answers, and asks
    it for a ticket of each service; with --authenticate, it logs in there as
    well. Without CASE, the current directory is taken as by check.

    \b
    Examples:
      emr-diagnose plan ./case
      emr-diagnose plan ./case --format json -o plan.json
    """
    from diagnose.flows.networks import sources
    from diagnose.flows.plan import flows
    from diagnose.live.plan import schedule, sending
    from diagnose.report import plan as report
    from diagnose.report.build import TOOL, case_facts

    case = read_case(paths, cidrs)
    tell_misread(case)
    found, networks = flows(case), sources(case)
    sendings = [sending(flow) for flow in found.flows if not flow.during_jobs]
    value = report.plan(
        TOOL, case_facts(case, networks), sendings, found.skipped, schedule(sendings), replayed=bool(case.recorded)
    )
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda output: report.render(value, networks, case, width(), colour(output, no_color)).encode(),
            "json": lambda _: report.encode(value),
        },
    )
    if case.misread:
        ctx.exit(2)
