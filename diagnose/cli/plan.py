"""`plan`: what `check` would send and ask, flow by flow; sends nothing."""

from __future__ import annotations

from pathlib import Path

import click

from diagnose.cli.case_options import case_options, read_case
from diagnose.cli.outputs import WithOutputs, colour, width, write


@click.command("plan", cls=WithOutputs)
@case_options
@click.option("--no-color", is_flag=True, help="No colour, whatever reads the output.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], cidrs: tuple[str, ...], no_color: bool) -> None:
    """What check would send, flow by flow, and the worst-case time. Sends nothing and resolves nothing.

    \b
    Examples:
      emr-diagnose plan ./case
      emr-diagnose plan ./case --format json -o plan.json
    """
    from diagnose.flows.networks import sources  # noqa: PLC0415
    from diagnose.flows.plan import flows  # noqa: PLC0415
    from diagnose.observe import RESOLVER_PATIENCE  # noqa: PLC0415
    from diagnose.report import plan as report  # noqa: PLC0415
    from diagnose.report.build import TOOL, case_facts  # noqa: PLC0415
    from probes.runner import worst_case  # noqa: PLC0415

    case = read_case(paths, cidrs)
    found, networks = flows(case), sources(case)
    kdcs = any(flow.area == "kerberos" for flow in found.flows)
    seconds = RESOLVER_PATIENCE + worst_case(len(found.flows)) * (report.PATIENCES_OF_KDC_SEARCH if kdcs else 1)
    value = report.plan(TOOL, case_facts(case, networks), found.flows, found.skipped, seconds)
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda output: report.render(value, networks, case, width(), colour(output, no_color)).encode(),
            "json": lambda _: report.encode(value),
        },
    )
