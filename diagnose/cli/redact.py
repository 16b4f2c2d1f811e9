"""How does a case become one that may be given away? The command `redact`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.case_options import refused
from diagnose.cli.common import language_option
from diagnose.cli.errors import InputError, OutputError
from diagnose.cli.given_path import GivenPath
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.case.tree import Tree


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
@language_option
def command(path: Path, target: Path, what: str) -> None:
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
    these names.

    redaction.json in the result, and standard error, tell what was replaced,
    without the values. Which name stands for which is written nowhere.

    \b
    Examples:
      emr-diagnose redact ./case -o ./case-to-send
      emr-diagnose redact case.zip -o case-to-send.tar.gz --redact secrets
    """
    from diagnose.case.errors import CaseError
    from diagnose.case.files import trees
    from diagnose.collect.bundle import BundleError, write
    from diagnose.collect.redaction.redact import redact
    from diagnose.collect.redaction.report import lines

    try:
        (tree,) = trees([path])
    except CaseError as error:
        raise InputError(refused(error)) from error
    result = redact(tree, keeps_names=what == "secrets")
    try:
        write(target, result.files)
    except BundleError as error:
        raise OutputError(str(error)) from error
    for line in lines(result.report, len(result.files), target):
        click.echo(line, err=True)
    if what == "addresses" and _lacks_networks(tree):
        text = tr(
            "No file names the network of the resource group, and a later --from does not fit the replaced addresses. "
            "Add [[resource_group.networks]] with its cidr to case.toml, and redact the case again."
        )
        click.echo(text, err=True)


def _lacks_networks(tree: Tree) -> bool:
    """Return True if a check of the case needs --from. What cannot be read leaves it open."""
    from diagnose.case.directory import of_tree
    from diagnose.case.errors import CaseError

    try:
        networks = of_tree(tree).resource_group.networks
    except CaseError:
        return False
    return not any(each.cidr or each.ipv6_cidr for each in networks)
