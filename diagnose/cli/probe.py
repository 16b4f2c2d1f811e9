"""`probe`: one endpoint now, without a case."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import click

from diagnose.cli.outputs import WithOutputs, colour, width, write

if TYPE_CHECKING:
    from diagnose.report.probe import Asked

SCHEMES = {
    "tcp": "a handshake: tcp://host:8020",
    "krb5+udp": "a KDC over UDP: krb5+udp://host[:88]?realm=R, and all that its answers tell without a credential",
    "krb5+tcp": "the same over TCP: krb5+tcp://host[:88]?realm=R",
    "kadmin": "the port of kadmind: kadmin://host[:749]",
    "kpasswd": "the port of kpasswd, and the realm it tells: kpasswd://host[:464]",
}
PORTS = {"krb5+udp": 88, "krb5+tcp": 88, "kadmin": 749, "kpasswd": 464}


@click.command("probe", cls=WithOutputs)
@click.argument("targets", metavar="[TARGET]…", nargs=-1)
@click.option("--list", "listing", is_flag=True, help="List the schemes of targets.")
@click.option(
    "--patience",
    type=click.FloatRange(min=0.1, max=60),
    default=3.5,
    show_default=True,
    help="Seconds a peer may be silent.",
)
@click.option("--source", metavar="ADDRESS", help="Address of this host to send from.")
@click.option("--no-color", is_flag=True, help="No colour, whatever reads the output.")
@click.pass_context
def command(
    ctx: click.Context, targets: tuple[str, ...], listing: bool, patience: float, source: str | None, no_color: bool
) -> None:
    """Ask one endpoint, or several, now. For a KDC: alive, clock, realm, implementation, which sizes of answers arrive, answers from elsewhere;
    with &principal=NAME its state, with &service=NAME whether the KDC knows it. Nothing that makes a KDC issue a ticket.

    \b
    Examples:
      emr-diagnose probe tcp://master-1-1:8020
      emr-diagnose probe 'krb5+udp://master-1-1?realm=EMR.C-0A1B.COM' 'krb5+tcp://master-1-1?realm=EMR.C-0A1B.COM'
      emr-diagnose probe 'krb5+udp://kdc?realm=R.COM&principal=hive/master-1-1&service=hdfs/master-1-1'
      emr-diagnose probe --list

    \b
    Exit code: 0 all answered as they should, 1 one did not, 3 one could not be asked.
    """
    if listing:
        click.echo("".join(f"{name:<9} {text}\n" for name, text in SCHEMES.items()), nl=False)
        return
    if not targets:
        raise click.UsageError("no TARGET; --list shows what there is")
    if not math.isfinite(patience):
        raise click.UsageError("--patience needs a number of seconds")
    import asyncio  # noqa: PLC0415

    from diagnose.report import probe as report  # noqa: PLC0415

    asked = [_parsed(target) for target in targets]
    answers = [asyncio.run(ask(patience, source)) for ask in asked]
    write(
        ctx.meta["outputs"],
        {
            "terminal": lambda output: report.render(answers, width(), colour(output, no_color)).encode(),
            "json": lambda _: report.encode(answers),
        },
    )
    ctx.exit(report.exit_code(answers))


def _parsed(target: str) -> Callable[[float, str | None], Coroutine[None, None, Asked]]:
    """The question that a target stands for. Exit code 2 for one that is none."""
    from diagnose import questions  # noqa: PLC0415
    from probes.endpoint import Endpoint  # noqa: PLC0415

    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError as error:
        raise click.UsageError(f"{target}: {error}") from error
    if parts.scheme not in SCHEMES:
        raise click.UsageError(f"{target}: not one of {', '.join(f'{name}://' for name in SCHEMES)}")
    if not host or not port:
        raise click.UsageError(f"{target}: expected {parts.scheme}://host:port")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    endpoint = Endpoint(host, port, "udp" if parts.scheme == "krb5+udp" else "tcp")
    if parts.scheme.startswith("krb5+"):
        if not options.get("realm"):
            raise click.UsageError(f"{target}: expected ?realm=NAME, in the case that the KDC uses")
        return lambda patience, source: questions.kdc(target, endpoint, options, patience, source)
    ask = {"tcp": questions.tcp, "kadmin": questions.kadmin, "kpasswd": questions.kpasswd}[parts.scheme]
    return lambda patience, source: ask(target, endpoint, patience, source)
