"""`explain`: what a finding means, without network and without a case."""

from __future__ import annotations

import click

from diagnose.cli.outputs import WithOutputs, colour, width, write


@click.command("explain", cls=WithOutputs)
@click.argument("codes", metavar="[CODE]…", nargs=-1)
@click.option("--no-color", is_flag=True, help="No colour, whatever reads the output.")
@click.pass_context
def command(ctx: click.Context, codes: tuple[str, ...], no_color: bool) -> None:
    """What a finding means, how to tell it from its look-alikes, how to confirm and how to repair it. Without a CODE: all codes, one a line.

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
    legend = "\n- in front of a title: this version explains the code but does not decide it yet.\n"
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda _: (listing + legend).encode(),
            "json": lambda _: b"[" + b",".join(map(explain_json, entries)) + b"]\n",
        },
    )
