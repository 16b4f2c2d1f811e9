"""How does a command end if a file that it was given cannot be used?"""

from __future__ import annotations

import click


class InputError(click.ClickException):
    """A file, or text of one, that cannot be used. Exit code 2.

    The message stands alone: usage lines help only if an option or an argument is wrong.
    """

    exit_code = 2


class OutputError(InputError):
    """A file, or standard output, that cannot be written. Exit code 2."""
