"""How does a case begin? The command `case init`: a case.toml to fill in, and what to export."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.errors import InputError
from diagnose.cli.given_path import GivenPath
from diagnose.cli.help_text import SpokenContext
from diagnose.output.clean import clean
from probes.language import language, marked, tr
from probes.os_words import os_words

if TYPE_CHECKING:
    from diagnose.case import Case

_TOML = "case.toml"

_HELD_BY: Mapping[str, Collection[str]] = {
    "[cluster]": ("emr:GetCluster",),
    "[[cluster.nodes]]": ("emr:ListNodes",),
    "[resource_group]": ("dataworks-public:GetResourceGroup", "dataworks-public:ListResourceGroups"),
    "[[resource_group.networks]]": ("dataworks-public:ListNetworks",),
    "[[vswitches]]": ("vpc:DescribeVSwitches", "vpc:DescribeVSwitchAttributes"),
}
"""Table of case.toml -> answers that hold the same."""

INIT = marked("Write a case.toml to fill in, and list the commands that export each file.")


class CaseCommands(click.Group):
    """The commands that begin a case, with their help in the language of this process."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            found.context_class = SpokenContext
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([("init", INIT)])


@click.group("case", cls=CaseCommands)
def command() -> None:
    """Begin a case.

    \b
    Example:
      emr-diagnose case init ./case
    """


@command.command("init")
@click.argument("directory", metavar="[DIR]", type=GivenPath(path_type=Path, file_okay=False), default=".")
def init(directory: Path) -> None:
    """Write a case.toml to fill in, and list the commands that export each file.

    What is in the directory already is read and left alone: each such file is
    listed, neither case.toml nor a command asks for it again, and the commands
    name its region, cluster and groups. Nothing is overwritten, nothing is
    sent and no other file is written.

    \b
    Example:
      emr-diagnose case init ./case
    """
    file = directory / _TOML
    if file.exists() or file.is_symlink():
        raise InputError(tr("{file} is there already, and nothing was written", file=file))
    known = _known(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(skeleton(known))
    except OSError as error:
        raise InputError(tr("cannot write {file}: {error}", file=file, error=os_words(error))) from error
    for line in _lines(file, directory, known):
        click.echo(clean(line))


def skeleton(case: Case | None = None) -> str:
    """Return a case.toml in which every key is commented out, without the tables that the files of
    the case hold."""
    from diagnose import data

    folder = Path(data.__file__).parent / ("zh" if language() == "zh" else "")
    text = (folder / "case_skeleton.txt").read_text(encoding="utf-8")
    if case is None:
        return text
    return "\n\n".join(_paragraph(paragraph, case) for paragraph in text.split("\n\n"))


def _paragraph(paragraph: str, case: Case) -> str:
    """Return a paragraph of the skeleton. If a file holds its table, a line that says so."""
    for table, kinds in _HELD_BY.items():
        held = [entry.file for entry in case.inputs if entry.kind in kinds]
        if held and f"# {table}\n" in paragraph:
            return tr("# {table}: {file} has it. What is set here overrides it.", table=table, file=held[0])
    return paragraph


def _known(directory: Path) -> Case | None:
    """Return what the files of the directory already say. None if that cannot be read."""
    from diagnose.case.directory import read
    from diagnose.case.errors import CaseError

    try:
        return read([directory]) if directory.is_dir() else None
    except (CaseError, OSError):
        return None


def _lines(file: Path, directory: Path, case: Case | None) -> Iterator[str]:
    import shlex

    yield tr("Wrote {file}. Every key in it is optional.", file=file)
    inputs = case.inputs if case is not None else ()
    if inputs:
        yield tr("Found in {directory}, and left alone:", directory=directory)
        yield from (
            f"# {entry.file}" if entry.file == entry.kind else f"# {entry.file}: {entry.kind}" for entry in inputs
        )
    yield tr("Save these into {directory}. Leave out what you cannot get.", directory=directory)
    kinds = {entry.kind for entry in inputs}
    if not any(":" in kind and not kind.startswith("log:") for kind in kinds):
        names = _names(case)
        source = f"'aliyun://{names['CLUSTER'][0]}?region={names['REGION'][0]}'"
        command = f"emr-diagnose collect {source} -o {shlex.quote(str(directory / 'cloud'))}"
        yield tr("# Every answer of the aliyun commands at once: {command}", command=command)
    if not kinds & {"krb5.conf", "core-site.xml"}:
        command = f"emr-diagnose collect ssh://NODE -o {shlex.quote(str(directory / 'node'))}"
        yield tr("# Every file of a node at once: {command}", command=command)
    for kind, name, line in exports(case):
        if kind in kinds:
            continue
        target = directory / name
        if target.exists():
            yield tr("# {file} is there and is not read as {kind}: move it away first.", file=target, kind=kind)
        yield f"{line} > {shlex.quote(str(target))}"
    yield tr("Then: emr-diagnose check {directory} --offline", directory=shlex.quote(str(directory)))


def exports(case: Case | None) -> Iterator[tuple[str, str, str]]:
    """Yield kind, file and command of each export, with the names that the case has."""
    from diagnose.data import table

    names = _names(case)
    for row in table("exports")["export"]:
        groups = names["GROUP"] if "GROUP" in row["command"].split() else [""]
        for group in groups:
            replaced = {**{word: found[0] for word, found in names.items()}, "GROUP": group}
            words = [replaced.get(word, word) for word in row["command"].split(" ")]
            file = row["file"].replace("GROUP", group).replace("WORKSPACE", replaced["WORKSPACE"])
            yield row["kind"], file, " ".join(words)


def _names(case: Case | None) -> dict[str, list[str]]:
    """Return word of a command -> what stands for it. A word that nothing is known for stays."""
    import shlex

    words = ("REGION", "CLUSTER", "VPC", "RESOURCE_GROUP", "WORKSPACE", "RESOURCE", "GROUP")
    found: dict[str, list[str | None]] = {word: [] for word in words}
    if case is not None:
        found["REGION"].append(case.cluster.region)
        found["CLUSTER"].append(case.cluster.id)
        found["VPC"].append(case.cluster.vpc)
        found["RESOURCE_GROUP"].append(case.resource_group.id)
        found["WORKSPACE"].append(case.workspace.id)
        own = (each for each in case.registered.resources if each.is_of(case.cluster.id))
        found["RESOURCE"] += [place.id for each in own for place in each.environments if place.cluster]
        found["GROUP"] += [case.cluster.security_group, *(n for node in case.nodes for n in node.security_groups or ())]
        found["GROUP"] += [network.security_group for network in case.resource_group.networks]
    return {
        word: [shlex.quote(text) for text in dict.fromkeys(texts) if text] or [word] for word, texts in found.items()
    }
