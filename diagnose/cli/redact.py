"""How does a case become one that may be given away? The command `redact`."""

from __future__ import annotations

from pathlib import Path

import click

from diagnose.cli.case_options import refused
from diagnose.cli.common import language_option
from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.given_path import GivenPath
from diagnose.cli.redaction import lines, networks_option, redacted_case


@click.command("redact")
@click.argument("path", metavar="CASE", type=GivenPath(path_type=Path))
@click.option(
    "-o",
    "--output",
    "target",
    metavar="CASE",
    required=True,
    type=GivenPath(path_type=Path),
    help="Directory, .zip or .tar.gz that is written. It must not be there yet.",
)
@click.option(
    "--redact",
    "what",
    type=click.Choice(["addresses", "secrets"]),
    default="addresses",
    show_default=True,
    envvar="EMR_DIAGNOSE_REDACT",
    show_envvar=True,
    help="Replace names and addresses too, or take out secrets alone.",
)
@networks_option
@language_option
def command(path: Path, target: Path, what: str, cidrs: tuple[str, ...]) -> None:
    """Write a case without secrets, names and addresses, to give it away.

    Masked in every text: passwords and keys under any setting that Hadoop or
    Spark treats as secret, user and password in a URL, tokens, access keys,
    private keys, headers, dumps of bytes, which may be keys. A keytab becomes
    the list of its principals. The words of comments go. Binary files are left
    out.

    Replaced, the same by the same in all files: host names, realms, IP and MAC
    addresses, ids of resources and accounts. Networks stay networks: what was in
    one block of addresses is in one block afterwards. Users, file paths and
    display names of several words stay. The diagnosis is that of the case, with
    these names. It needs the network of the resource group: --from CIDR gives it
    if no file does.

    redaction.json in the result, and standard error, tell what was replaced,
    without the values. Which name stands for which is written nowhere.

    \b
    Examples:
      emr-diagnose redact ./case -o ./case-to-send
      emr-diagnose redact ./case --from 192.168.10.0/24 -o to-send.zip
      emr-diagnose redact case.zip -o case-to-send.tar.gz --redact secrets
    """
    from diagnose.case.errors import CaseError
    from diagnose.case.files import trees
    from diagnose.collect.bundle import BundleError, write

    try:
        (tree,) = trees([path])
    except CaseError as error:
        raise InputError(refused(error)) from error
    result = redacted_case(tree, what, cidrs)
    try:
        write(target, result.files)
    except BundleError as error:
        raise OutputError(str(error)) from error
    for line in lines(result, target):
        click.echo(line, err=True)
