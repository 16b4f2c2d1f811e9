"""What does a finding or a message mean? The command `explain`, without network and without a
case."""

from __future__ import annotations

import click

from diagnose.cli.common import page_options
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import WithOutputs, colour, width, write

LONGEST_SHOWN = 200
"""Characters of a message that are shown again."""


@click.command("explain", cls=WithOutputs)
@click.argument("codes", metavar="[CODE | MESSAGE]…", nargs=-1)
@page_options
@click.pass_context
def command(ctx: click.Context, codes: tuple[str, ...], no_color: bool) -> None:
    """Explain a finding: what it means, how to confirm and how to repair it.

    The text also tells the finding from its look-alikes. A MESSAGE is a line
    of a log or of a client: explain lists the codes that it may come from.
    Without either, list all codes, one a line.

    \b
    Examples:
      emr-diagnose explain SG-KDC-UDP
      emr-diagnose explain SG-KDC-UDP --format json
      emr-diagnose explain "Receive timed out"
    """
    from diagnose.findings import catalogue
    from diagnose.report.explain import explain_json, explain_text

    if codes and not any(code.strip().upper() in catalogue.codes() for code in codes):
        _explain_message(ctx.meta["outputs"], " ".join(codes), no_color)
        return
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


def _explain_message(outputs: list[Output], text: str, no_color: bool) -> None:
    """Write the codes that a message may come from. Exit code 2 if it is none that is known."""
    from diagnose.findings import catalogue
    from diagnose.output.clean import clean
    from diagnose.report.explain_message import message_json, message_text
    from diagnose.symptoms.messages import recognised
    from probes.files.masking import masked

    found = recognised(text)
    if not found:
        near = catalogue.suggest(text)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        shown = clean(masked(text))[:LONGEST_SHOWN]
        raise click.UsageError(f"there is no finding with the code {shown!r}, and no known message is in it{hint}")
    said = clean(masked(text))[:LONGEST_SHOWN]
    write(
        outputs,
        {
            "terminal": lambda output: message_text(said, found, width(), colour(output, no_color)).encode(),
            "json": lambda _: message_json(said, found),
        },
    )
