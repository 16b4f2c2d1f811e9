"""Is it known how a setting of the cluster stands, or that it is not set?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from diagnose.case.model import Case
from diagnose.output.sentences import series
from probes.files.hadoopconf import Configuration
from probes.language import tr

CONFIGS: Final = "emr:ListApplicationConfigs"


def is_known(case: Case, file: str, key: str) -> bool:
    """Return whether the inputs agree on a setting of a file, or on its absence.

    A part of an answer, and a file with an include that is not there, show no absence.
    """
    held = case.settings.get(file)
    if held is None or key in case.disputed_settings or is_contradicted(case, file, key):
        return False
    return key in held or not _is_cut(case, file)


def is_contradicted(case: Case, file: str, key: str) -> bool:
    """Return True if the file and the answer of ListApplicationConfigs give a setting
    differently. Which of them is the older one is not known."""
    own, listed = (_words(held.get(file), key) for held in (case.file_settings, case.listed_settings))
    return own is not None and listed is not None and own != listed


def why_unknown(case: Case, file: str, keys: Sequence[str]) -> str:
    """Return why settings of a file are not known, as one clause."""
    apart = [key for key in keys if is_contradicted(case, file, key)]
    if apart:
        return tr("{file} and {call} differ on {keys}", file=file, call=CONFIGS, keys=series(apart))
    disputed = [key for key in keys if key in case.disputed_settings]
    if disputed:
        return tr("the answers of {call} do not tell which {keys} are in force", call=CONFIGS, keys=series(disputed))
    return tr("no file shows {keys} of {files}", keys=series(keys), files=file)


def _is_cut(case: Case, file: str) -> bool:
    """Return True if settings of a file may be missing."""
    cuts = [skip for skip in case.skipped if skip.about == "settings"]
    return any(skip.kind == file if skip.kind else file not in case.file_settings for skip in cuts)


def _words(held: Configuration | None, key: str) -> list[str] | None:
    value = None if held is None else held.get(key)
    return None if value is None else sorted(part.strip() for part in value.split(","))
