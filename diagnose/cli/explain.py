"""What does a finding mean? The command `explain`, without network and without a case."""

from __future__ import annotations

import click

from diagnose.cli.common import no_color_option
from diagnose.cli.outputs import WithOutputs, colour, width, write


@click.command("explain", cls=WithOutputs)
@click.argument("codes", metavar="[CODE]…", nargs=-1)
@no_color_option
@click.pass_context
def command(ctx: click.Context, codes: tuple[str, ...], no_color: bool) -> None:
    """Explain a finding: what it means, how to confirm and how to repair it.

    The text also tells the finding from its look-alikes. Without a CODE, list
    all codes, one a line.

    \b
    Examples:
      emr-diagnose explain SG-KDC-UDP
      emr-diagnose explain SG-KDC-UDP --format json
    """
    from diagnose.findings import catalogue
    from diagnose.report.explain import explain_json, explain_text

    try:
        entries = [catalogue.entry(code) for code in codes or catalogue.codes()]
    except catalogue.UnknownCodeError as error:
        raise click.UsageError(str(error)) from error
    if codes:
        write(
            ctx.meta["outputs"],
            {
                "terminal": lambda output: "\n".join(
                    explain_text(e, width(), colour(output, no_color)) for e in entries
                ).encode(),
                "json": lambda _: (
                    explain_json(entries[0])
                    if len(entries) == 1
                    else b"[" + b",".join(map(explain_json, entries)) + b"]\n"
                ),
            },
        )
        return
    longest = max(len(entry.code) for entry in entries)
    listing = "".join(f"{entry.code:<{longest}}  {'  ' if entry.decided else '- '}{entry.title}\n" for entry in entries)
    legend = "\nA title with - before it: this version explains the code, but does not look for it yet.\n"
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda _: (listing + legend).encode(),
            "json": lambda _: b"[" + b",".join(map(explain_json, entries)) + b"]\n",
        },
    )
