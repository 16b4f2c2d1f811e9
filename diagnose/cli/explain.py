"""What does a finding or a message mean? The command `explain`, without network and without a
case."""

from __future__ import annotations

from collections.abc import Sequence

import click

from diagnose.cli import completion
from diagnose.cli.common import page_options
from diagnose.cli.output_options import Output
from diagnose.cli.outputs import WithOutputs, colour, width, write
from probes.language import tr

LONGEST_SHOWN = 200
"""Characters of a message that are shown again."""


@click.command("explain", cls=WithOutputs)
@click.argument("codes", metavar="[CODE | MESSAGE]…", nargs=-1, shell_complete=completion.codes)
@page_options
@click.pass_context
def command(ctx: click.Context, codes: tuple[str, ...], no_color: bool) -> None:
    """Explain a finding: what it means, how to confirm and how to repair it.

    The text also tells the finding from its look-alikes. A MESSAGE is a line
    of a log or of a client: explain lists the codes that it may come from.
    A rule of preflight stands for its codes. Without any of these, list all
    codes, one a line.

    \b
    Examples:
      emr-diagnose explain SG-KDC-UDP
      emr-diagnose explain SG-KDC-UDP --format json
      emr-diagnose explain "Receive timed out"
    """
    from diagnose.findings import catalogue
    from diagnose.report.explain import explain_json, explain_text, listing

    codes = tuple(dict.fromkeys(each for code in codes for each in _codes_of(code)))
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
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda _: listing(entries).encode(),
            "json": lambda _: b"[" + b",".join(map(explain_json, entries)) + b"]\n",
        },
    )


def _codes_of(text: str) -> tuple[str, ...]:
    """Return the codes of a rule of `preflight`. Any other text stays as it is."""
    from diagnose.registration.rules import rules

    found = (rule.codes for rule in rules() if rule.id == text.strip().lower())
    return next(found, (text,))


def _explain_message(outputs: list[Output], text: str, no_color: bool) -> None:
    """Write the codes that a message may come from. Exit code 2 if it is none that is known."""
    from diagnose.findings import catalogue
    from diagnose.output.clean import clean
    from diagnose.report.explain_message import message_json, message_text
    from diagnose.symptoms.messages import recognised
    from probes.files.masking import masked

    found = recognised(text)
    if not found:
        raise click.UsageError(_unknown(clean(masked(text))[:LONGEST_SHOWN], catalogue.suggest(text)))
    said = clean(masked(text))[:LONGEST_SHOWN]
    write(
        outputs,
        {
            "terminal": lambda output: message_text(said, found, width(), colour(output, no_color)).encode(),
            "json": lambda _: message_json(said, found),
        },
    )


def _unknown(shown: str, near: Sequence[str]) -> str:
    if not near:
        return tr(
            "there is no finding with the code {shown!r}, and no known message is in it. "
            "emr-diagnose explain lists all codes.",
            shown=shown,
        )
    return tr(
        "there is no finding with the code {shown!r}, and no known message is in it; did you mean {near}?",
        shown=shown,
        near=tr(" or ").join(near),
    )
