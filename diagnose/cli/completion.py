"""How does a shell complete the words of a command line? The command `completion`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import click
from click.shell_completion import CompletionItem

from diagnose.cli.outputs import to_stdout

SHELLS = ("bash", "zsh", "fish")

_OPEN_ENDED: Mapping[str, tuple[str, str]] = {
    "bash": (
        "    return 0\n",
        "    [[ ${COMPREPLY[0]} == *:// ]] && compopt -o nospace 2>/dev/null\n    return 0\n",
    ),
    "zsh": (
        "compadd -U -V unsorted -a completions",
        "local -a end; [[ $completions[1] == *:// ]] && end=(-S ''); compadd $end -U -V unsorted -a completions",
    ),
}
"""Shell -> what of click's script is replaced by what, so that no space follows "hadoop://". fish
adds none."""


def codes(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the codes of the catalogue that begin like this, each with its title."""
    from diagnose.findings import catalogue

    fitting = [code for code in catalogue.codes() if code.startswith(incomplete.upper())]
    return [CompletionItem(code, help=catalogue.entry(code).title) for code in fitting]


def schemes(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the beginnings of targets that begin like this."""
    from diagnose.probing.schemes import SCHEMES

    beginnings = (f"{name}://" for name in SCHEMES)
    return [CompletionItem(text) for text in beginnings if text.startswith(incomplete)]


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: Literal["bash", "zsh", "fish"]) -> None:
    """Print the script that completes commands, options and values in a shell.

    It asks emr-diagnose itself for the words, so it need not be written anew
    after an update.

    \b
    Examples:
      emr-diagnose completion bash >> ~/.bash_completion
      eval "$(emr-diagnose completion bash)"
      eval "$(emr-diagnose completion zsh)"
      emr-diagnose completion fish > ~/.config/fish/completions/emr-diagnose.fish
    """
    from click.shell_completion import get_completion_class

    from diagnose.cli import COMPLETION_VARIABLE

    known = get_completion_class(shell)
    if known is None:
        raise RuntimeError(f"click has no completion for {shell}")
    script = known(ctx.find_root().command, {}, "emr-diagnose", COMPLETION_VARIABLE).source()
    plain, open_ended = _OPEN_ENDED.get(shell, ("", ""))
    to_stdout(f"{script.strip().replace(plain, open_ended, 1)}\n".encode())
