"""The options --via and --ssh-config of the commands that send packets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from diagnose.cli.standard_input import can_be_asked
from probes.language import tr

if TYPE_CHECKING:
    from probes.ssh.session import SshSettings
    from probes.ssh.target import SshTarget

Command = TypeVar("Command", bound=Callable[..., Any])


def several_via_options(command: Command) -> Command:
    """Add the options --via, for several hosts, and --ssh-config."""
    return _via(
        command,
        "Send from this host over SSH: ssh://[user@]host[:port]. Repeatable: the first host decides, and the report "
        "names what others do not see alike.",
    )


def via_option(command: Command) -> Command:
    """Add the options --via, for one host, and --ssh-config."""
    return _via(command, "Send from this host over SSH: ssh://[user@]host[:port].")


def _via(command: Command, words: str) -> Command:
    return click.option(
        "--via",
        "vias",
        multiple=True,
        metavar="ssh://HOST",
        envvar="EMR_DIAGNOSE_VIA",
        show_envvar=True,
        help=words,
    )(ssh_config_option(command))


def ssh_config_option(command: Command) -> Command:
    """Add the option --ssh-config."""
    return click.option(
        "--ssh-config",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        metavar="FILE",
        envvar="EMR_DIAGNOSE_SSH_CONFIG",
        show_envvar=True,
        help="Read this ssh_config instead of ~/.ssh/config and /etc/ssh/ssh_config.",
    )(command)


def targets(vias: Sequence[str], option: str = "--via") -> tuple[SshTarget, ...]:
    """Return the targets of an option. Usage error for a text that is none."""
    if not vias:
        return ()
    from probes.ssh.errors import SshError
    from probes.ssh.target import parse

    try:
        return tuple(parse(via) for via in dict.fromkeys(vias))
    except SshError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def settings(config: Path | None) -> SshSettings:
    """Return how to log in. config: of SSH, None for the user's and the system's."""
    from probes.ssh.session import SshSettings

    return SshSettings(config_files=None if config is None else (config,), ask=_asker())


def _asker() -> Callable[[str], str] | None:
    """Return what asks the user for a password, without echo. None if there is no terminal."""
    if not can_be_asked():
        return None

    def ask(prompt: str) -> str:
        import getpass  # only if a host wants a password

        try:
            return getpass.getpass(prompt)
        except EOFError:
            raise click.Abort from None

    return ask


def refuse_beside(vias: Sequence[object], *, offline: bool, replayed: bool, pcap: bool) -> None:
    """Usage error if --via cannot be meant beside the other inputs."""
    if vias and offline:
        raise click.UsageError(tr("--offline sends nothing, so --via has nothing to do: leave one of them out"))
    if vias and replayed:
        raise click.UsageError(
            tr("the case has observations.json, so nothing is sent: take it out of the case, or leave --via out")
        )
    if vias and pcap:
        raise click.UsageError(tr("--pcap captures the packets of this host, and --via sends none from it"))
