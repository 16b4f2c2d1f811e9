"""Which keys of its settings may say where a service is? A later report tells by them what is gone.

A service is no longer in the files on purpose if its key is in none of them. Without the keys of
the later files, a service that nobody looks for could be one that a broken export lacks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from diagnose.case.model import Case
from diagnose.output.sentences import commas
from diagnose.report.flow_model import FlowFacts, OriginFacts
from diagnose.report.model import Report
from probes.language import tr
from probes.regex import regex

MOST: Final = 500
"""Most keys of one file."""
MOST_LETTERS: Final = 200
"""Letters of a key."""
_MAY_NAME: Final = regex(
    r"(?ai)(?=[\w./$-]+\Z).*(?:address|host|ur[il]|quorum|server|ensemble|connect|defaultfs|fs\.default\.name"
    r"|nameservice|registry|provider|port|path|dir|link|bind|master|coordinator|discovery)"
)


class RemovedService(Struct, frozen=True):
    """A service of the earlier report that the files of the later one no longer name."""

    name: str
    """The service."""
    origins: list[OriginFacts]
    """Where the earlier files named it. The later files have none of these keys."""

    @property
    def text(self) -> str:
        """What is gone, for people."""
        places = [f"{each.file} ({each.key})" for each in self.origins]
        return tr("{name}: {text}", name=self.name, text=commas(places))


def may_name_service(key: str) -> bool:
    """Return True if a key may say where a service is."""
    return len(key) <= MOST_LETTERS and _MAY_NAME.match(key) is not None


def service_keys(case: Case) -> Mapping[str, list[str]]:
    """Return file -> its keys that may say where a service is. Without files that have too many,
    and without those whose settings are not known."""
    found: dict[str, set[str]] = defaultdict(set)
    for configuration in (*case.file_settings.values(), *case.listed_settings.values()):
        for setting in (*configuration.settings, *configuration.refused):
            key = setting.origin.key or setting.key
            found[setting.origin.file] |= {key} if may_name_service(key) else set()
    for configuration in case.listed_settings.values():
        for setting in configuration.settings:
            found[setting.origin.file] |= case.disputed_settings
    return {file: sorted(keys) for file, keys in found.items() if len(keys) <= MOST}


def removed_service(before: Report, after: Report, flows: Sequence[FlowFacts]) -> RemovedService | None:
    """Return the service of these flows if the later files surely have none of the keys that named
    them."""
    origins = {(flow.origin.file, flow.origin.key): flow.origin for flow in flows}
    is_gone = all(key is not None and _is_gone(before, after, file, key) for file, key in origins)
    return RemovedService(flows[0].service, list(origins.values())) if is_gone else None


def _is_gone(before: Report, after: Report, file: str, key: str) -> bool:
    """Return True if files of the same kind are there, and none of them has the key."""
    kinds = {entry.kind for entry in before.case.inputs if entry.file == file}
    later = [entry for entry in after.case.inputs if entry.kind in kinds]
    has_none = all(each.keys is not None and key not in each.keys for each in later)
    return may_name_service(key) and bool(later) and has_none
