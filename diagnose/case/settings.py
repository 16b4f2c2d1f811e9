"""What do the cluster's configuration files say, and where a file is not in the case, what does EMR say that it holds?

A value from a file wins over ListApplicationConfigs, because the file is what is uploaded to DataWorks. Among the items of ListApplicationConfigs the
cluster-wide value wins over those of a node group or a node: a client outside of the cluster has no node of its own.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from diagnose.case.api import paging
from diagnose.case.api.cluster_answers import ApplicationConfig, ListApplicationConfigs
from diagnose.case.api.documents import Answers
from diagnose.case.model import Fault, Skipped
from diagnose.case.recognise import PROPERTY_FILES, XML_FILES
from diagnose.case.sorted_files import SortedFiles
from probes.errors import FormatError
from probes.files.hadoopconf import Configuration, Setting, overlay, read_xml
from probes.files.hadoopconf.configuration import Layer
from probes.files.properties import read_properties
from probes.origin import Origin

ENGINE_FILES = ("presto/config.properties", "trino/config.properties")
SHELL_FILE = "spark-env.sh"
KINDS = (*XML_FILES, *PROPERTY_FILES, *ENGINE_FILES, SHELL_FILE)
"""Kinds of files whose content is settings."""

LATIN_1 = (*ENGINE_FILES, "zoo.cfg")
"""Files that their programs read as ISO-8859-1."""

OWNERS: Mapping[str, tuple[str, ...]] = {
    "core-site.xml": ("HADOOP-COMMON", "HADOOP", "HDFS"),
    "hdfs-site.xml": ("HDFS", "HADOOP"),
    "mapred-site.xml": ("YARN", "MAPREDUCE", "HADOOP"),
    "yarn-site.xml": ("YARN", "HADOOP"),
    "hive-site.xml": ("HIVE",),
    "hbase-site.xml": ("HBASE",),
}
"""Services keep copies of each other's files; the copy of the service that the file is about is the one that counts."""


@dataclass(slots=True)
class Settings:
    """settings: by canonical file name; used: paths that were read, with their kind."""

    settings: dict[str, Configuration] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read(files: SortedFiles, answers: Answers) -> Settings:
    """Never raises: a file that cannot be read is a fault of the cluster."""
    result = Settings()
    layers: dict[str, list[Layer]] = {name: [items] for name, items in _from_emr(answers).items()}
    for kind in KINDS:
        path = files.one(kind)
        if path is None:
            continue
        result.skipped += files.passed_over(kind)
        try:
            layers.setdefault(kind, []).append(_from_file(kind, path, files, result))
        except FormatError as error:
            result.faults.append(Fault(kind, error.file, error.line, error.found, error.expected))
        result.used[path] = kind
    result.settings = {name: overlay(*found) for name, found in sorted(layers.items())}
    listed = answers.of(ListApplicationConfigs)
    count = len({item for answer in listed for item in answer.value.application_configs})
    result.skipped += paging.skipped(listed, count, "application configs", hides=True)
    return result


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
            f"settings that {path} includes", f"{origin}: what it includes is not in the case", "that file in the case"
        )
        for origin in layer.missing
    ]
    return layer


def _inside(href: str, files: SortedFiles) -> str | None:
    """A path of the case for what an XInclude names; the case is the root of absolute paths. A URL is never followed."""
    path = href.removeprefix("file://") if href.startswith("file:///") else href
    if "://" in path:
        return None
    inside = posixpath.normpath("/" + path).lstrip("/")
    return inside if inside in files.tree.files else None


def _from_emr(answers: Answers) -> dict[str, tuple[Setting, ...]]:
    """ListApplicationConfigs by canonical file name, what holds last in each: narrow scopes first, cluster-wide values after them."""
    items: dict[str, dict[str, list[tuple[bool, Setting]]]] = {}
    for page in answers.of(ListApplicationConfigs):
        for item, line in zip(page.value.application_configs, page.lines("ApplicationConfigs"), strict=True):
            setting = Setting(item.config_item_key, _text(item), Origin(page.file, line, item.config_item_key))
            wide = not item.node_group_id and not item.node_id
            by_owner = items.setdefault(_file_name(item), {})
            by_owner.setdefault(item.application_name.upper(), []).append((wide, setting))
    return {name: _ordered(OWNERS.get(name, ()), by_owner) for name, by_owner in items.items()}


def _ordered(owners: Iterable[str], by_owner: Mapping[str, list[tuple[bool, Setting]]]) -> tuple[Setting, ...]:
    owner = next((name for name in owners if name in by_owner), None)
    chosen = [by_owner[owner]] if owner else [by_owner[name] for name in sorted(by_owner)]
    found = [item for items in chosen for item in items]
    narrow = [setting for wide, setting in found if not wide]
    # The first node group that is listed holds among those that differ; the last setting is the one that counts.
    return (*reversed(narrow), *(setting for wide, setting in found if wide))


def _file_name(item: ApplicationConfig) -> str:
    """ConfigFileName -> key of `Case.settings`."""
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
