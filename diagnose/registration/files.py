"""Are the configuration files there that are uploaded, of one cluster, and as new as it is?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from diagnose import data
from diagnose.case.model import Case
from diagnose.case.settings import CONNECTING
from diagnose.findings.model import Evidence
from diagnose.findings.values import Params, origin_value
from diagnose.output.sentences import series
from diagnose.registration.model import Need, Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_of, answer_or_key, file_of, key_of
from probes.files.hadoopconf import Configuration, Setting
from probes.language import tr
from probes.origin import Origin

CONFIGS: Final = "emr:ListApplicationConfigs"

HADOOP: Final = "HADOOP"
"""The type whose files are uploaded also within one account."""

MOST_QUOTED: Final = 100
"""Most characters of a value that a finding quotes."""

MOST_NAMED: Final = 6
"""Most files that one clause names."""

_HOST = re.compile(r"\.(c-[0-9a-f]{12,32}|cluster-\d+)(?![\w-])", re.IGNORECASE)
"""The part of a host name that is the id of the cluster."""

_REALM = re.compile(r"@EMR\.(?:(C-[0-9A-F]{12,32})|(\d+))\.COM\b", re.IGNORECASE)
"""The realm of a cluster: EMR.C-<id>.COM, or EMR.<number>.COM of the old generation."""

_TEMPLATE = re.compile(r"\$\{|\{\{")
"""A value that a program fills in later."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A setting that names the cluster which a file belongs to."""

    cluster: str
    """Id of the cluster: "c-0a1b2c3d4e5f6071" or "cluster-1234"."""
    file: str
    """Canonical name of the file."""
    key: str
    """Its key."""
    value: str
    """Its value."""
    origin: Origin
    """Where it stands."""


def seven() -> tuple[str, ...]:
    """Return the names of the files that are uploaded, in the order of the page."""
    return tuple(data.table("registration")["file"])


def files_present(preflight: Preflight) -> RuleAnswer:
    """DW-FILES-MISSING: the files must be uploaded, and not all of them are there."""
    case = preflight.case
    there = {each.kind for each in case.inputs}
    missing = [name for name in seven() if name not in there]
    if not missing:
        return passed(tr("all seven files are there"))
    wanted = is_uploaded(case)
    if wanted is None:
        return _open(case, tr("not there: {files}", files=series(missing, MOST_NAMED)))
    if not wanted:
        return passed(_no_upload(case))
    return failed(broken("DW-FILES-MISSING", _missing(case, missing)))


def files_of_one_cluster(preflight: Preflight) -> RuleAnswer:
    """DW-FILES-MIXED: the diagnosis finds it by realms, this rule by ids in names as well."""
    known = [finding for finding in preflight.findings if finding.code == "DW-FILES-MIXED"]
    if known:
        return failed(*known)
    case = preflight.case
    marks = list(_marks(case))
    by_cluster: dict[str, list[Mark]] = {}
    for mark in marks:
        by_cluster.setdefault(mark.cluster, []).append(mark)
    own = _own_id(case, by_cluster)
    right = own if own is not None else _most(by_cluster)
    strange = [mark for name, theirs in by_cluster.items() if name != right for mark in theirs]
    if strange:
        return failed(
            broken("DW-FILES-MIXED", _mixed(right or "", own is not None, marks, strange), cause="cluster-ids")
        )
    if marks and (own is not None or len({mark.file for mark in marks}) > 1):
        files = series([name for name in seven() if any(mark.file == name for mark in marks)])
        return passed(tr("all that name a cluster name {cluster}: {files}", cluster=right, files=files))
    if is_uploaded(case) is False and not case.file_settings:
        return passed(_no_upload(case))
    if marks:
        return not_checkable(
            tr("only {file} names a cluster, {cluster}", file=marks[0].file, cluster=right),
            answer_or_key(GET_CLUSTER, "cluster", "id"),
        )
    return not_checkable(
        tr("no file names a cluster: neither a host name of EMR nor a realm of EMR stands in one"),
        file_of("core-site.xml", "hdfs-site.xml", "yarn-site.xml", "hive-site.xml"),
    )


def files_current(preflight: Preflight) -> RuleAnswer:
    """DW-FILES-STALE: a file says otherwise than the configuration that is in force."""
    case = preflight.case
    wanted = is_uploaded(case)
    if wanted is False:
        return passed(_no_upload(case))
    differences = list(_differences(case))
    known = [finding for finding in preflight.findings if finding.code == "DW-FILES-STALE"]
    if wanted is None and (differences or not case.file_settings):
        return _open(case, _difference_seen(differences))
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
    return passed(tr("{files} say of connections what {call} says", files=series(read), call=CONFIGS))


def is_uploaded(case: Case) -> bool | None:
    """Return whether files are uploaded when this cluster is registered. None if it is not
    known."""
    kind, is_other = case.cluster.type, is_of_another_account(case)
    if kind is not None and kind.upper() == HADOOP:
        return True
    if is_other:
        return True
    return None if kind is None or is_other is None else False


def is_of_another_account(case: Case) -> bool | None:
    """Return whether the cluster is of another account than the resource group. None if one of the
    two is not known."""
    own, theirs = case.resource_group.account, case.cluster.account
    return None if own is None or theirs is None else own != theirs


def _open(case: Case, why: str) -> RuleAnswer:
    """Return the answer where it is not known whether files are uploaded."""
    if case.cluster.type is None:
        cause = tr("it is not known whether files are uploaded: no file states the type of the cluster")
        need = answer_or_key(GET_CLUSTER, "cluster", "type")
    else:
        cause = tr("it is not known whether files are uploaded: no file states the accounts of cluster and workspace")
        tables = [
            (table, given)
            for table, given in (("cluster", case.cluster.account), ("resource_group", case.resource_group.account))
            if given is None
        ]
        need = key_of(tables[0][0], "account")
        if len(tables) > 1:
            other = key_of(tables[1][0], "account")
            text = tr("{one}, and {other}", one=need.text, other=other.text)
            need = Need(text, (*need.inputs, *other.inputs))
    return not_checkable(tr("{why}; {cause}", why=why, cause=cause) if why else cause, need)


def _no_upload(case: Case) -> str:
    return tr(
        "no file is uploaded: the cluster is of type {kind}, and of the account of the workspace",
        kind=case.cluster.type,
    )


def _missing(case: Case, missing: list[str]) -> Params:
    places: Mapping[str, Mapping[str, str]] = data.table("registration")["file"]
    return {
        "files": missing,
        "type": case.cluster.type,
        "is_other_account": is_of_another_account(case) is True,
        "account": case.cluster.account,
        "listed": [name for name in missing if name in case.listed_settings],
        "paths": [f"{places[name]['page']}/{name}" for name in missing],
        "newer": [f"{places[name]['newer']}/{name}" for name in missing],
    }


def _marks(case: Case) -> Iterator[Mark]:
    """Yield the settings of files that name a cluster."""
    identity: Mapping[str, list[str]] = data.table("registration")["identity"]
    for name, patterns in identity.items():
        held = case.file_settings.get(name)
        for setting in held.settings if held is not None else ():
            if not any(fnmatchcase(setting.key, pattern) for pattern in patterns):
                continue
            value = _value(held, setting)
            for cluster in dict.fromkeys(_clusters(value)):
                yield Mark(cluster, name, setting.key, value, setting.origin)


def _clusters(value: str) -> Iterator[str]:
    """Yield the ids of clusters in host names and realms of a value."""
    for host in _HOST.finditer(value):
        yield host[1].lower()
    for realm in _REALM.finditer(value):
        yield realm[1].lower() if realm[1] else f"cluster-{realm[2]}"


def _own_id(case: Case, named: Iterable[str]) -> str | None:
    """Return the id of the cluster in the spelling of host names. None if files do not use it.

    Clusters of the old generation have another id in the console than in their host names.
    """
    own, is_old = case.cluster.id, (case.cluster.type or "").upper() == HADOOP
    if own is None or is_old or not any(cluster.startswith("c-") for cluster in named):
        return None
    return own.lower() if _HOST.fullmatch(f".{own}") is not None else None


def _most(by_cluster: Mapping[str, list[Mark]]) -> str | None:
    """Return the cluster that most files name. None if none names one."""
    return max(by_cluster, key=lambda name: len({mark.file for mark in by_cluster[name]}), default=None)


def _mixed(right: str, is_known: bool, marks: list[Mark], strange: list[Mark]) -> Params:
    first = {mark.file: mark for mark in reversed(strange)}
    names = [name for name in seven() if name in first]
    return {
        "right": right,
        "is_known": is_known,
        "others": list(dict.fromkeys(mark.cluster for mark in strange)),
        "agreeing": [name for name in seven() if any(m.file == name and m.cluster == right for m in marks)],
        "files": names,
        "rows": [_mark_row(first[name]) for name in names],
    }


def _mark_row(mark: Mark) -> Params:
    return {"cluster": mark.cluster, "key": mark.key, "value": _quoted(mark.value), "origin": origin_value(mark.origin)}


@dataclass(frozen=True, slots=True)
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
            "from": _quoted(self.value),
            "to": _quoted(self.now),
            "listed": origin_value(self.listed.origin),
        }

    @property
    def evidence(self) -> Iterator[Evidence]:
        for setting, value in ((self.own, self.value), (self.listed, self.now)):
            if setting is not None:
                place = f"{setting.origin.file}:{setting.origin.line}"
                text = tr("{place} sets {key} to {value}", place=place, key=setting.key, value=_quoted(value))
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
            own, now = held.setting(setting.key), _value(listed, setting)
            value = "" if own is None else _value(held, own)
            is_told = bool(now) and not _TEMPLATE.search(now) and not _TEMPLATE.search(value)
            if is_told and _parts(value) != _parts(now) and _matters(setting.key):
                yield _Difference(own, paths.get(name, name), value, setting, now)


def _matters(key: str) -> bool:
    patterns: list[str] = data.table("registration")["client-keys"]["keys"]
    return CONNECTING.search(key) is not None or any(fnmatchcase(key, pattern) for pattern in patterns)


def _compared() -> tuple[str, ...]:
    """Return the files whose settings an answer gives one by one: all but the shell script."""
    return tuple(name for name in seven() if not name.endswith(".sh"))


def _difference_seen(differences: list[_Difference]) -> str:
    if not differences:
        return ""
    first = differences[0]
    place = first.file if first.own is None else f"{first.file}:{first.own.origin.line}"
    return tr("{place}: {key} differs from {call}", place=place, key=first.listed.key, call=CONFIGS)


def _value(held: Configuration | None, setting: Setting) -> str:
    value = None if held is None else held.get(setting.key)
    return (setting.value if value is None else value).strip()


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]


def _quoted(value: str) -> str:
    return value if len(value) <= MOST_QUOTED else f"{value[:MOST_QUOTED]}…"
