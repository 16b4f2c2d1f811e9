"""Which value does a Hadoop client see for a key?

A client lays several files over each other, each pair of default and site file in turn, and the
last setting wins unless an earlier one is final. So a key of yarn-default.xml beats the same key in
core-site.xml: a client reads yarn-default.xml later.

Sources: Configuration.addDefaultResource in HdfsConfiguration, YarnConfiguration and
mapreduce.util.ConfigUtil, Hadoop 3.3.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from diagnose.flows.model import Read
from probes.files.hadoopconf import Configuration, Setting, overlay
from probes.origin import Origin

CORE, HDFS, MAPRED, YARN = "core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml"

HDFS_CLIENT = (CORE, HDFS)
JOB_CLIENT = (CORE, HDFS, MAPRED, YARN)
"""Site files of each client, in the order in which it reads them."""

SPARK_PREFIX = "spark.hadoop."
"""A key of spark-defaults.conf with this prefix sets the rest of the key, above all files."""


@cache
def defaults(file: str) -> tuple[Setting, ...]:
    """Return what Hadoop's own default file sets for the keys that decide what a client dials."""
    from diagnose import data

    name = file.replace("-site.xml", "-default.xml")
    values = data.table("hadoop_defaults").get(file, {})
    return tuple(Setting(key, value, Origin(name, None, key)) for key, value in values.items())


def effective(settings: Mapping[str, Configuration], files: tuple[str, ...], *, spark: bool = False) -> Configuration:
    """Return the configuration of a client that reads these site files.

    With `spark`, the `spark.hadoop.*` keys of spark-defaults.conf are laid over them.
    """
    layers: list[tuple[Setting, ...]] = []
    for file in files:
        site = settings.get(file)
        layers += [defaults(file), site.settings if site is not None else ()]
    if spark and (own := settings.get("spark-defaults.conf")) is not None:
        layers.append(
            tuple(
                Setting(setting.key.removeprefix(SPARK_PREFIX), setting.value, setting.origin)
                for setting in own.matching(SPARK_PREFIX)
            )
        )
    return overlay(*layers)


def read(configuration: Configuration, key: str) -> Read | None:
    """Return the trimmed value with variables replaced, or None if the key is unset or empty."""
    setting = configuration.setting(key)
    value = (configuration.get(key) or "").strip() if setting is not None else ""
    return Read(value, _origin(configuration, setting)) if setting is not None and value else None


def _origin(configuration: Configuration, setting: Setting) -> Origin:
    """Return the line that a user can change.

    For a default value with a variable it is the line that sets the variable, if a file does.
    """
    if setting.origin.line is not None or "${" not in setting.value:
        return setting.origin
    name = setting.value.partition("${")[2].partition("}")[0]
    behind = configuration.setting(name)
    return behind.origin if behind is not None and behind.origin.line is not None else setting.origin


def is_default(found: Read) -> bool:
    """Return True if no file of the case states the value."""
    return found.origin.line is None and found.origin.file.endswith("-default.xml")
