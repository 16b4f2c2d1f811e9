"""Is EMR-HOOK on, so that metadata, audit and lineage reach DataWorks?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from diagnose import data
from diagnose.case.model import Case
from diagnose.findings.model import Evidence
from diagnose.findings.values import Params, origin_value
from diagnose.output.sentences import series
from diagnose.registration.known import is_contradicted, is_known, why_unknown
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_of, answer_or_key
from diagnose.registration.releases import first_releases, is_at_least, read_release
from probes.files.hadoopconf import Setting
from probes.frozen import frozen
from probes.language import tr

CONCERNED: Final = frozenset({"DATALAKE", "CUSTOM"})
"""Types of clusters that have EMR-HOOK."""

CONFIGS: Final = "emr:ListApplicationConfigs"

State = Literal["on", "off", "unknown"]


@frozen
class HookSetting:
    """A setting that holds a class of EMR-HOOK where it is on."""

    service: str
    """"Hive" or "Spark SQL"."""
    engine: str
    """The engine in `engines` of case.toml."""
    file: str
    """Canonical name of its file."""
    key: str
    """Its key."""
    name: str
    """The class."""


def hook_settings() -> tuple[HookSetting, ...]:
    """Return all settings of EMR-HOOK."""
    rows: list[Mapping[str, str]] = data.table("registration")["hook"]
    return tuple(HookSetting(row["service"], row["engine"], row["file"], row["key"], row["class"]) for row in rows)


def hook_hive(preflight: Preflight) -> RuleAnswer:
    """DW-HOOK: EMR-HOOK of Hive is off."""
    return _hook(preflight.case, "Hive")


def hook_spark(preflight: Preflight) -> RuleAnswer:
    """DW-HOOK: EMR-HOOK of Spark SQL is off."""
    return _hook(preflight.case, "Spark SQL")


def _hook(case: Case, service: str) -> RuleAnswer:
    rows = [row for row in hook_settings() if row.service == service]
    kind, engines = case.cluster.type, case.registration.engines
    if kind is None:
        return not_checkable(
            tr("no file states the type of the cluster"), answer_or_key(GET_CLUSTER, "cluster", "type")
        )
    if kind.upper() not in CONCERNED:
        return passed(tr("EMR-HOOK is of DataLake and Custom clusters, and this one is of type {kind}", kind=kind))
    if engines is not None and rows[0].engine not in engines:
        return passed(tr("{engine} is none of the engines in case.toml", engine=rows[0].engine))
    states = [(row, _state(case, row)) for row in rows]
    off = [row for row, state in states if state == "off"]
    is_default = _is_off_by_default(case)
    if off:
        return failed(
            broken(
                "DW-HOOK",
                {
                    "service": service,
                    "release": None if is_default is None else case.cluster.release,
                    "since": first_releases("hook-off"),
                    "is_default": is_default,
                    "rows": [
                        {"file": row.file, "key": row.key, "class": row.name, **_present_value(case, row)}
                        for row in off
                    ],
                },
                evidence=tuple(_evidence(case, off)),
            )
        )
    unknown = [row for row, state in states if state == "unknown"]
    if unknown:
        return not_checkable(_not_known(case, unknown), answer_of(CONFIGS))
    return passed(tr("{keys} have the classes of EMR-HOOK", keys=series([row.key for row in rows])))


def _state(case: Case, row: HookSetting) -> State:
    """Return whether the class is in the list of the setting."""
    if not is_known(case, row.file, row.key):
        return "unknown"
    return "on" if row.name in case.settings[row.file].get_list(row.key) else "off"


def _is_off_by_default(case: Case) -> bool | None:
    """Return whether it is off until somebody turns it on. None if the release is not known."""
    release = read_release(case.cluster.release)
    return None if release is None else is_at_least(release, "hook-off")


def _not_known(case: Case, rows: Sequence[HookSetting]) -> str:
    first = rows[0]
    if first.key in case.disputed_settings or is_contradicted(case, first.file, first.key):
        return why_unknown(case, first.file, (first.key,))
    files = series(tuple(dict.fromkeys(row.file for row in rows)))
    is_off = _is_off_by_default(case)
    if is_off is None:
        return tr("no file shows {keys} of {files}", keys=series([row.key for row in rows]), files=files)
    if is_off:
        return tr(
            "in {release} EMR-HOOK is off by default, and no file shows whether {files} turns it on",
            release=case.cluster.release,
            files=files,
        )
    return tr(
        "in {release} EMR-HOOK is on by default, and no file shows whether {files} turns it off",
        release=case.cluster.release,
        files=files,
    )


def _setting(case: Case, row: HookSetting) -> Setting | None:
    held = case.settings.get(row.file)
    return None if held is None else held.setting(row.key)


def _present_value(case: Case, row: HookSetting) -> Params:
    setting = _setting(case, row)
    return {} if setting is None else {"value": setting.value.strip(), "origin": origin_value(setting.origin)}


def _evidence(case: Case, rows: Sequence[HookSetting]) -> Iterator[Evidence]:
    for row in rows:
        setting = _setting(case, row)
        if setting is not None:
            place = f"{setting.origin.file}:{setting.origin.line}"
            value = setting.value.strip() or tr("nothing")
            text = tr("{place} sets {key} to {value}", place=place, key=row.key, value=value)
            yield Evidence("line", place, text, setting.origin)
