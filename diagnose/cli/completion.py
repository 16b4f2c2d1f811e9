"""How does a shell complete the words of a command line? The command `completion`."""

from __future__ import annotations

from typing import Literal

import click

from diagnose.cli.outputs import to_stdout

SHELLS = ("bash", "zsh", "fish")


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
    to_stdout(f"{script.strip()}\n".encode())
