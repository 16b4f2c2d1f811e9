"""Must the resource group be initialized again, and is the planned time a quiet one?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from diagnose import data
from diagnose.case.model import SettingChange
from diagnose.case.times import NEVER, busy_span, has_zone, local_time, moment
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.values import Params, origin_value
from diagnose.registration.hook import hook_settings
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import key_of
from probes.language import tr

UNKNOWN_ZONE: Final = timedelta(hours=24)
"""By how much two times must differ to be in order, if one of them names no zone."""

MOST_EVIDENCE: Final = 12
"""Changed settings that a finding shows as evidence."""

ONE_DAY: Final = timedelta(days=1)
"""By how much the day of a time may differ from ours in another zone."""

DAY: Final = 1440
"""Minutes of a day."""


def initialized_since_change(preflight: Preflight) -> RuleAnswer:
    """DW-REINIT: never initialized, or the cluster was changed after the last initialization."""
    case = preflight.case
    said = case.registration.initialized_at
    if said is None:
        return not_checkable(
            tr("no file states when the resource group was initialized"), key_of("registration", "initialized_at")
        )
    if said == NEVER:
        return failed(broken("DW-REINIT", {}, cause="never-initialized"))
    at = _moment(said)
    if at.date() - preflight.today > ONE_DAY:
        return not_checkable(tr("{time} is still to come", time=said), key_of("registration", "initialized_at"))
    later = [change for change in case.setting_changes if change.at > at]
    excepted = [change for change in later if _is_excepted(change)]
    counted = [change for change in later if change not in excepted]
    margin = timedelta() if has_zone(said) else UNKNOWN_ZONE
    sure = [change for change in counted if change.at - at > margin]
    told = case.cluster.changed_at
    order = None if told is None else _order(said, told)
    if sure or order == "later":
        return failed(_finding(said, sure, told if order == "later" else None))
    if any(abs(change.at - at) <= margin for change in case.setting_changes) or order == "unclear":
        return not_checkable(
            tr("{time} names no zone, and the cluster was changed within a day of it", time=said),
            key_of("registration", "initialized_at"),
        )
    if order == "earlier":
        return passed(
            tr("initialized at {time}, after the last change of the cluster", time=said), is_disputed=bool(excepted)
        )
    if case.setting_changes:
        why = tr("no setting was changed after {time}, and no file states when a component was upgraded", time=said)
    else:
        why = tr("no file states when the cluster was changed last")
    return not_checkable(why, key_of("cluster", "changed_at"), is_disputed=bool(excepted))


def initialized_off_peak(preflight: Preflight) -> RuleAnswer:
    """DW-INIT-PEAK: the next initialization is planned for busy hours."""
    planned, busy = preflight.case.registration.initialize_at, preflight.case.workspace.busy_hours
    at = None if planned is None else local_time(planned)
    if at is None:
        return not_checkable(
            tr("no file states when the resource group is to be initialized"), key_of("registration", "initialize_at")
        )
    if at.date() < preflight.today:
        return not_checkable(tr("{time} has passed", time=planned), key_of("registration", "initialize_at"))
    if busy is None:
        return not_checkable(tr("no file states the busy hours"), key_of("workspace", "busy_hours"))
    minutes: int = data.table("registration")["initialization"]["most_minutes"]
    for text in busy:
        if _overlaps(at, minutes, text):
            return failed(broken("DW-INIT-PEAK", {"at": planned, "busy": text, "minutes": minutes}))
    return passed(tr("{time} is outside the busy hours", time=planned))


def _moment(text: str) -> datetime:
    """Return a time of case.toml, which was checked when it was read."""
    at = moment(text)
    if at is None:
        raise ValueError(text)
    return at


def _order(initialized: str, changed: str) -> str:
    """Return whether a change is "later" or "earlier" than an initialization, or "unclear"."""
    difference = _moment(changed) - _moment(initialized)
    is_clear = has_zone(initialized) == has_zone(changed) or abs(difference) > UNKNOWN_ZONE
    return ("later" if difference > timedelta() else "earlier") if is_clear else "unclear"


def _is_excepted(change: SettingChange) -> bool:
    """Return True for a setting of EMR-HOOK of Hive, after which nothing is initialized."""
    return any(row.service == "Hive" and (row.file, row.key) == (change.file, change.key) for row in hook_settings())


def _finding(said: str, changes: list[SettingChange], told: str | None) -> Finding:
    rows: list[Params] = [
        {"file": change.file, "key": change.key, "at": _time(change), "origin": origin_value(change.origin)}
        for change in changes
    ]
    params: Params = {"initialized_at": said, "changed_at": told, "changes": rows}
    return broken("DW-REINIT", params, cause="changed-since", evidence=tuple(_evidence(changes)))


def _evidence(changes: list[SettingChange]) -> Iterator[Evidence]:
    for change in changes[:MOST_EVIDENCE]:
        place = f"{change.origin.file}:{change.origin.line}"
        text = tr(
            "{place}: {key} of {file} was changed at {time}",
            place=place,
            key=change.key,
            file=change.file,
            time=_time(change),
        )
        yield Evidence("line", place, text, change.origin)


def _time(change: SettingChange) -> str:
    return change.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _overlaps(at: datetime, minutes: int, busy: str) -> bool:
    """Return whether an initialization that takes so long touches busy hours."""
    span = busy_span(busy)
    if span is None:
        return False
    begin, end = span
    first = at.hour * 60 + at.minute
    asked = {(first + passed_by) % DAY for passed_by in range(minutes + 1)}
    hours = range(begin, end) if begin < end else (*range(begin, DAY), *range(end))
    return bool(asked & set(hours))
