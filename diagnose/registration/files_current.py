"""Do the configuration files say what is in force in the cluster?"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from diagnose import data
from diagnose.case.model import Case
from diagnose.case.settings import is_connecting
from diagnose.findings.model import Evidence
from diagnose.findings.values import Params, origin_value
from diagnose.output.sentences import clauses, series
from diagnose.registration.files import (
    CONFIGS,
    MOST_NAMED,
    is_uploaded,
    no_upload,
    quoted,
    seven,
    undecided,
    value_of,
)
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import answer_of, file_of
from probes.files.hadoopconf import Setting
from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex

_TEMPLATE = regex(r"\$\{|\{\{")
"""A value that a program fills in later."""


def files_current(preflight: Preflight) -> RuleAnswer:
    """DW-FILES-STALE: a file says otherwise than the configuration that is in force."""
    case = preflight.case
    wanted = is_uploaded(case)
    if wanted is False:
        return passed(no_upload(case))
    differences = list(_differences(case))
    known = [finding for finding in preflight.findings if finding.code == "DW-FILES-STALE"]
    if wanted is None and (differences or not case.file_settings):
        return undecided(case, _difference_seen(differences))
    if differences:
        evidence = [each for row in differences for each in row.evidence]
        finding = broken(
            "DW-FILES-STALE",
            {"differences": [row.params for row in differences]},
            cause="files-differ",
            evidence=evidence,
        )
        return failed(finding, *known)
    if known:
        return failed(*known)
    read = [name for name in seven() if name in case.file_settings]
    if not read:
        return not_checkable(tr("none of the seven files is there"), file_of(*seven()))
    uncompared = [name for name in read if name in _compared() and name not in case.listed_settings]
    if uncompared:
        return not_checkable(
            tr("no answer gives the settings of {files}", files=series(uncompared, MOST_NAMED)), answer_of(CONFIGS)
        )
    absent = [name for name in _compared() if name not in read]
    if absent:
        return not_checkable(tr("not there: {files}", files=series(absent, MOST_NAMED)), file_of(*absent))
    return passed(_agreeing(read, case))


def _agreeing(read: list[str], case: Case) -> str:
    """Return which files agree with the answer. One that it does not list was not compared."""
    compared = [name for name in read if name in case.listed_settings]
    said = tr("{files} say of connections what {call} says", files=series(compared), call=CONFIGS)
    if compared == read:
        return said
    unlisted = tr(
        "not compared, because {call} does not list it: {files}", call=CONFIGS, files=series(_without(read, compared))
    )
    return clauses([said, unlisted])


def _without(names: list[str], some: list[str]) -> list[str]:
    return [name for name in names if name not in some]


@frozen
class _Difference:
    """A setting of a file that is not the one in force."""

    own: Setting | None
    """What the file says. None if it does not set it."""
    file: str
    """Path of the file inside the case."""
    value: str
    """Its value. "" without one."""
    listed: Setting
    """What the answer says."""
    now: str
    """Its value."""

    @property
    def params(self) -> Params:
        return {
            "key": self.listed.key,
            "file": self.file,
            "line": None if self.own is None else self.own.origin.line,
            "is_set": self.own is not None,
            "from": quoted(self.value),
            "to": quoted(self.now),
            "listed": origin_value(self.listed.origin),
        }

    @property
    def evidence(self) -> Iterator[Evidence]:
        for setting, value in ((self.own, self.value), (self.listed, self.now)):
            if setting is not None:
                place = f"{setting.origin.file}:{setting.origin.line}"
                text = tr("{place} sets {key} to {value}", place=place, key=setting.key, value=quoted(value))
                yield Evidence("line", place, text, setting.origin)


def _differences(case: Case) -> Iterator[_Difference]:
    """Yield every setting that matters to a client, and that a file has otherwise than the answer.

    A setting that only the file has is none: an answer need not list what the service derives.
    """
    paths = {each.kind: each.file for each in reversed(case.inputs)}
    for name in seven():
        held, listed = case.file_settings.get(name), case.listed_settings.get(name)
        if held is None or listed is None:
            continue
        for setting in listed.settings:
            own, now = held.setting(setting.key), value_of(listed, setting)
            value = "" if own is None else value_of(held, own)
            is_told = bool(now) and not _TEMPLATE.search(now) and not _TEMPLATE.search(value)
            if is_told and _parts(value) != _parts(now) and _matters(setting.key):
                yield _Difference(own, paths.get(name, name), value, setting, now)


def _matters(key: str) -> bool:
    patterns: list[str] = data.table("registration")["client-keys"]["keys"]
    return is_connecting(key) or any(fnmatchcase(key, pattern) for pattern in patterns)


def _compared() -> tuple[str, ...]:
    """Return the files whose settings an answer gives one by one: all but the shell script."""
    return tuple(name for name in seven() if not name.endswith(".sh"))


def _difference_seen(differences: list[_Difference]) -> str:
    if not differences:
        return ""
    first = differences[0]
    place = first.file if first.own is None else f"{first.file}:{first.own.origin.line}"
    return tr("{place}: {key} differs from {call}", place=place, key=first.listed.key, call=CONFIGS)


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]
