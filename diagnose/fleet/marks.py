"""Does a directory look like a case by the names of its files alone?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.case.files import ARCHIVES
from diagnose.case.recognise import PROPERTY_FILES, XML_FILES
from diagnose.case.settings import SHELL_FILE
from diagnose.case.sorted_files import KRB5_NAMES

TOML: Final = "case.toml"

NAMED: Final = frozenset({TOML, *KRB5_NAMES, *XML_FILES, *PROPERTY_FILES, SHELL_FILE})
"""Names of files that describe a cluster, whatever they hold. In small letters."""


def is_named_case(names: Iterable[str]) -> bool:
    """Return True if one of these files describes a cluster by its name."""
    return any(name.lower() in NAMED for name in names)


def is_archive(name: str) -> bool:
    """Return True for the name of an archive that `check` reads."""
    return name.lower().endswith(ARCHIVES)


def is_passed_over(name: str) -> bool:
    """Return True for what is no part of an inventory: hidden entries, and what macOS adds."""
    return name.startswith(".") or name == "__MACOSX"


def is_note(name: str) -> bool:
    """Return True for a file that says nothing of a cluster."""
    return name.lower().endswith(".md")
