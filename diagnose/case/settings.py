"""What do the configuration files of the cluster say, and what does EMR say about missing ones?

A file wins over ListApplicationConfigs, because the file is what is uploaded to DataWorks. In
ListApplicationConfigs the cluster-wide value wins over that of a node group or a node, because a
client outside of the cluster has no node.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from diagnose import data
from diagnose.case.api import paging
from diagnose.case.api.cluster_answers import ApplicationConfig, ListApplicationConfigs
from diagnose.case.api.documents import ApiAnswers
from diagnose.case.faults import Conflict, Fault
from diagnose.case.model import SettingChange, Skipped
from diagnose.case.recognise import PROPERTY_FILES, XML_FILES
from diagnose.case.secret_keys import is_secret_key
from diagnose.case.sorted_files import SortedFiles
from diagnose.case.times import moment
from diagnose.case.tree import bound_skipped
from probes.errors import FormatError
from probes.files.hadoopconf import Configuration, Setting, current, overlay, read_xml
from probes.files.hadoopconf.configuration import Layer
from probes.files.hadoopconf.setting import XmlLayer
from probes.files.masking import masked
from probes.files.properties import read_properties
from probes.frozen import mutable, replace
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

ENGINE_FILES = ("presto/config.properties", "trino/config.properties")
SHELL_FILE = "spark-env.sh"
KINDS = (*XML_FILES, *PROPERTY_FILES, *ENGINE_FILES, SHELL_FILE)
"""Kinds of files whose content is settings."""

LATIN_1 = (*ENGINE_FILES, "zoo.cfg")
"""Files that their programs read as ISO-8859-1."""

MOST_QUOTED = 100
"""Most characters of a value that a conflict quotes."""

OWNERS: Mapping[str, tuple[str, ...]] = {
    "core-site.xml": ("HADOOP-COMMON", "HADOOP", "HDFS"),
    "hdfs-site.xml": ("HDFS", "HADOOP"),
    "mapred-site.xml": ("YARN", "MAPREDUCE", "HADOOP"),
    "yarn-site.xml": ("YARN", "HADOOP"),
    "hive-site.xml": ("HIVE",),
    "hbase-site.xml": ("HBASE",),
    "tez-site.xml": ("TEZ",),
}
"""File -> services that own it. Services keep copies of each other's files; the copy of the owner
counts."""


Disputed = dict[tuple[str, str], tuple[Setting, Setting]]
"""File and key -> what two answers give differently."""


@mutable
class Settings:
    """The settings of a case, with their faults and conflicts."""

    settings: dict[str, Configuration] = field(default_factory=dict)
    """Settings by canonical file name."""
    used: dict[str, str] = field(default_factory=dict)
    """Paths that were read -> their kind."""
    faults: list[Fault] = field(default_factory=list)
    """Files that Hadoop refuses."""
    skipped: list[Skipped] = field(default_factory=list)
    """Included files that are not in the case, pages that are missing, and what two answers say
    differently."""
    disputed: frozenset[str] = frozenset()
    """Keys that two answers give differently and no file gives."""
    conflicts: list[Conflict] = field(default_factory=list)
    """Settings that two inputs give differently, at most one for each file."""
    own: dict[str, Configuration] = field(default_factory=dict)
    """Settings of each file alone, by canonical file name."""
    listed: dict[str, Configuration] = field(default_factory=dict)
    """Settings of ListApplicationConfigs alone, without those that two answers give differently."""
    changes: tuple[SettingChange, ...] = ()
    """When settings were changed last, the newest first."""


def read(files: SortedFiles, answers: ApiAnswers) -> Settings:
    """Return the settings of the case. Never raise: an unreadable file is a fault of
    the cluster."""
    result = Settings()
    listed_settings = _from_emr(answers)
    layers: dict[str, list[Layer]] = {name: [items] for name, items in listed_settings.items()}
    in_dispute = _disputed(answers)
    result.listed = {
        kind: overlay(_masked([each for each in items if (kind, each.key) not in in_dispute]))
        for kind, items in listed_settings.items()
    }
    result.changes = tuple(sorted(_changes(answers), key=lambda change: change.at, reverse=True))
    for kind in KINDS:
        path = files.one(kind)
        if path is None:
            continue
        result.skipped += files.passed_over(kind)
        try:
            layer = _from_file(kind, path, files, result)
            layers.setdefault(kind, []).append(layer)
            result.own[kind] = overlay(_masked(layer))
            result.conflicts += _overridden(kind, _settings_of(layer), listed_settings.get(kind, ()), in_dispute)
        except FormatError as error:
            if error.is_our_bound:
                result.skipped.append(bound_skipped(kind, error))
            else:
                result.faults.append(Fault(kind, error.file, error.line, error.found, error.expected))
        result.used[path] = kind
    for kind in {kind for kind, _ in in_dispute}:
        held = [setting for setting in listed_settings[kind] if (kind, setting.key) not in in_dispute]
        layers[kind] = [held, *layers[kind][1:]]
    _say_saved(answers, layers, result)
    _say(in_dispute, result)
    result.settings = {name: overlay(*map(_masked, found)) for name, found in sorted(layers.items())}
    listed = answers.of(ListApplicationConfigs)
    count = len({item for answer in listed for item in answer.value.application_configs})
    result.skipped += paging.skipped(listed, count, "application configs", hides=True, about="settings")
    return result


IN_FORCE = frozenset({"EFFECT", "EFFECTIVE"})
"""Words of ConfigEffectState for a value that services have. EFFECT is that of the reference."""

CONNECTING = regex(
    r"address|hostname|(?<![a-z])(?:host|port|hosts|ports|uri|uris|url|quorum|principal|realm|sasl|ssl)(?![a-z])"
    r"|defaultfs|nameservices|namenodes|rm-ids|ha\.enabled|authentication|transport\.mode|http\.policy|clientport",
    re.IGNORECASE,
)
"""Keys, by a word in them, that decide where and how a client connects."""

PROXY_USER = "hadoop.proxyuser."
"""How keys begin that say for whom a user may act."""


def is_connecting(key: str) -> bool:
    """Return True for a key that decides where and how a client connects.

    A file and an answer are compared on these alone, and what differs is quoted: no password.
    """
    return CONNECTING.search(key) is not None and not is_secret_key(key)


def _overridden(kind: str, own: Iterable[Setting], listed: Iterable[Setting], in_dispute: Disputed) -> list[Conflict]:
    """Return the conflict of a file with an answer that it overrides, by the first such setting.

    What the file gives is no longer in dispute.
    """
    answered = {current(setting.key): (setting,) for setting in listed}
    found: list[Conflict] = []
    for setting in {current(each.key): each for each in own}.values():
        against = (*in_dispute.pop((kind, setting.key), ()), *answered.get(current(setting.key), ()))
        other = next((each for each in against if each.value.strip() != setting.value.strip()), None)
        if other is not None and is_connecting(setting.key):
            subject = tr("{field} of {name}", field=setting.key, name=kind)
            found.append(_conflict(subject, setting, other, first_holds=True))
    return found[:1]


def _say(in_dispute: Disputed, result: Settings) -> None:
    """Add what two answers give differently, and no file gives."""
    result.disputed |= frozenset(key for _, key in in_dispute)
    for (kind, key), (one, other) in in_dispute.items():
        subject = tr("{field} of {name}", field=key, name=kind)
        result.conflicts.append(_conflict(subject, one, other, first_holds=False))
        cause = tr(
            "two answers of ListApplicationConfigs differ ({first} and {second})", first=one.origin, second=other.origin
        )
        needs = tr("one new answer of {call}", call="emr:ListApplicationConfigs")
        check = tr("setting {setting} of {file}", setting=key, file=kind)
        result.skipped.append(Skipped(check, cause, needs, hides=is_connecting(key)))


def _conflict(subject: str, one: Setting, other: Setting, *, first_holds: bool) -> Conflict:
    accounts = tuple(
        tr("{key} is {value}", key=each.key, value=masked(each.value.strip())[:MOST_QUOTED] or tr("empty"))
        for each in (one, other)
    )
    return Conflict(subject, (one.origin, other.origin), accounts, first_holds)


def _masked(layer: Layer) -> Layer:
    """Return the layer with the passwords of addresses and URLs masked.

    This happens before anything can quote them.
    """
    if isinstance(layer, XmlLayer):
        return replace(layer, settings=tuple(map(_without_password, layer.settings)))
    return tuple(map(_without_password, layer))


def _without_password(setting: Setting) -> Setting:
    text = masked(setting.value)
    return setting if text == setting.value else replace(setting, value=text)


def _from_file(kind: str, path: str, files: SortedFiles, result: Settings) -> Layer:
    content = files.content(path)
    if kind == SHELL_FILE:
        from probes.files.shellenv import read_env

        return read_env(path, content)
    if kind not in XML_FILES:
        return read_properties(path, content, "iso-8859-1" if kind in LATIN_1 else "utf-8")

    def include(href: str) -> tuple[str, bytes] | None:
        found = _inside(href, files)
        if found is not None:
            result.used[found] = kind
            return found, files.content(found)
        return None

    layer = read_xml(path, content, include)
    result.skipped += [
        Skipped(
            tr("settings that {file} includes", file=path),
            tr("{origin}: what it includes is not in the case", origin=origin),
            tr("that file in the case"),
            kind=kind,
            about="settings",
        )
        for origin in layer.missing
    ]
    return layer


def _inside(href: str, files: SortedFiles) -> str | None:
    """Return the path inside the case that an XInclude names, or None.

    The case is the root of absolute paths. A URL is never followed.
    """
    path = href.removeprefix("file://") if href.startswith("file:///") else href
    if "://" in path:
        return None
    inside = posixpath.normpath("/" + path).lstrip("/")
    return inside if inside in files.tree.files else None


def _from_emr(answers: ApiAnswers) -> dict[str, tuple[Setting, ...]]:
    """Return the items of ListApplicationConfigs by canonical file name.

    Narrow scopes stand first and cluster-wide values last, so that the latter win.
    """
    items: dict[str, dict[str, list[tuple[bool, Setting]]]] = {}
    for page in answers.of(ListApplicationConfigs):
        for item, line in zip(page.value.application_configs, page.lines("ApplicationConfigs"), strict=True):
            if _is_saved_only(item):
                continue
            setting = Setting(item.config_item_key, _text(item), Origin(page.file, line, item.config_item_key))
            wide = not item.node_group_id and not item.node_id
            by_owner = items.setdefault(_file_name(item), {})
            by_owner.setdefault(item.application_name.upper(), []).append((wide, setting))
    return {name: _ordered(OWNERS.get(name, ()), by_owner) for name, by_owner in items.items()}


def _disputed(answers: ApiAnswers) -> Disputed:
    """Return file and key of what two answers give differently for one service and one scope."""
    given: dict[tuple[str, ...], tuple[int, Setting]] = {}
    found: Disputed = {}
    for number, page in enumerate(answers.of(ListApplicationConfigs)):
        for item, line in zip(page.value.application_configs, page.lines("ApplicationConfigs"), strict=True):
            if _is_saved_only(item):
                continue
            name, key = _file_name(item), item.config_item_key
            setting = Setting(key, _text(item), Origin(page.file, line, key))
            scope = (name, item.application_name.upper(), item.node_group_id, item.node_id, key)
            first, known = given.setdefault(scope, (number, setting))
            if first != number and known.value.strip() != setting.value.strip() and _decides(key):
                found.setdefault((name, key), (known, setting))
    return found


def _changes(answers: ApiAnswers) -> Iterator[SettingChange]:
    """Yield when each setting was changed last. One that was never changed has the time of its
    creation."""
    for page in answers.of(ListApplicationConfigs):
        for item, line in zip(page.value.application_configs, page.lines("ApplicationConfigs"), strict=True):
            at = moment(item.update_time) or moment(item.create_time)
            if at is not None:
                key = item.config_item_key
                yield SettingChange(_file_name(item), key, at, Origin(page.file, line, key))


def _is_saved_only(item: ApplicationConfig) -> bool:
    """Return True if a setting that decides something is saved, and not known to be in force.

    An answer without a state says nothing of it.
    """
    state = item.config_effect_state.strip().upper()
    return bool(state) and state not in IN_FORCE and _decides(item.config_item_key)


def _decides(key: str) -> bool:
    """Return True if a setting decides how a client connects, or a rule of registration."""
    return is_connecting(key) or key.startswith(PROXY_USER) or key in _registration_keys()


def _registration_keys() -> set[str]:
    table = data.table("registration")
    places: Mapping[str, object] = table["metadata"]
    return {row["key"] for row in table["hook"]} | {key for key in places.values() if isinstance(key, str)}


def _say_saved(answers: ApiAnswers, layers: Mapping[str, list[Layer]], result: Settings) -> None:
    """Add what is saved only, and what no file gives. A file holds: it is what clients read."""
    for page in answers.of(ListApplicationConfigs):
        for item, line in zip(page.value.application_configs, page.lines("ApplicationConfigs"), strict=True):
            kind, key, state = _file_name(item), item.config_item_key, item.config_effect_state.strip()
            known = any(each.key == key for layer in layers.get(kind, ()) for each in _settings_of(layer))
            if not _is_saved_only(item) or known:
                continue
            result.disputed |= {key}
            cause = tr(
                "{place} is saved, and not known to be in force (ConfigEffectState {state})",
                place=f"{page.file}:{line}",
                state=state[:MOST_QUOTED],
            )
            needs = tr("{file} of a node, or a new answer after the configuration was deployed", file=kind)
            result.skipped.append(
                Skipped(
                    tr("setting {setting} of {file}", setting=key, file=kind),
                    cause,
                    needs,
                    hides=is_connecting(key),
                )
            )


def _settings_of(layer: Layer) -> Iterable[Setting]:
    return layer.settings if isinstance(layer, XmlLayer) else layer


def _ordered(owners: Iterable[str], by_owner: Mapping[str, list[tuple[bool, Setting]]]) -> tuple[Setting, ...]:
    owner = next((name for name in owners if name in by_owner), None)
    chosen = [by_owner[owner]] if owner else [by_owner[name] for name in sorted(by_owner)]
    found = [item for items in chosen for item in items]
    narrow = [setting for wide, setting in found if not wide]
    # If node groups differ, the one that is listed first wins. The last setting is in force.
    return (*reversed(narrow), *(setting for wide, setting in found if wide))


def _file_name(item: ApplicationConfig) -> str:
    """Return the key of `Case.settings` for a ConfigFileName."""
    name = item.config_file_name.strip().rpartition("/")[2].lower()
    engine = item.application_name.lower()
    if name in ("config.properties", "config") and engine.startswith(("presto", "trino")):
        return f"{'trino' if engine.startswith('trino') else 'presto'}/config.properties"
    if f"{name}.xml" in XML_FILES:
        return f"{name}.xml"
    if f"{name}.conf" in (*PROPERTY_FILES, "krb5.conf"):
        return f"{name}.conf"
    return SHELL_FILE if name == "spark-env" else name


def _text(item: ApplicationConfig) -> str:
    value = item.config_item_value
    return str(value).lower() if isinstance(value, bool) else str(value)
