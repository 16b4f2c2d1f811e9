"""Are all configuration files of the cluster that is registered?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from diagnose import data
from diagnose.case.model import Case
from diagnose.findings.values import Params, origin_value
from diagnose.output.sentences import series
from diagnose.registration.files import (
    HADOOP,
    is_uploaded,
    no_upload,
    quoted,
    seven,
    value_of,
)
from diagnose.registration.model import Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import GET_CLUSTER, answer_or_key, file_of
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

_HOST = regex(r"\.(c-[0-9a-f]{12,32}|cluster-\d+)(?![\w-])", re.IGNORECASE)
"""The part of a host name that is the id of the cluster."""

_REALM = regex(r"@EMR\.(?:(C-[0-9A-F]{12,32})|(\d+))\.COM\b", re.IGNORECASE)
"""The realm of a cluster: EMR.C-<id>.COM, or EMR.<number>.COM of the old generation."""


@frozen
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
        return passed(tr("every file that names a cluster names {cluster}: {files}", cluster=right, files=files))
    if is_uploaded(case) is False and not case.file_settings:
        return passed(no_upload(case))
    if marks:
        return not_checkable(
            tr("only {file} names a cluster, {cluster}", file=marks[0].file, cluster=right),
            answer_or_key(GET_CLUSTER, "cluster", "id"),
        )
    return not_checkable(
        tr("no file names a cluster: neither a host name of EMR nor a realm of EMR stands in one"),
        file_of("core-site.xml", "hdfs-site.xml", "yarn-site.xml", "hive-site.xml"),
    )


def _marks(case: Case) -> Iterator[Mark]:
    """Yield the settings of files that name a cluster."""
    identity: Mapping[str, list[str]] = data.table("registration")["identity"]
    for name, patterns in identity.items():
        held = case.file_settings.get(name)
        for setting in held.settings if held is not None else ():
            if not any(fnmatchcase(setting.key, pattern) for pattern in patterns):
                continue
            value = value_of(held, setting)
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
    return {
        "cluster": mark.cluster,
        "key": mark.key,
        "value": quoted(mark.value),
        "origin": origin_value(mark.origin),
    }
