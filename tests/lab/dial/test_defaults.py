"""Does data/hadoop_defaults.toml say what Hadoop's own default files say?"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from diagnose import data
from probes.files.hadoopconf import overlay, read_xml
from tests.support.needs import JARS

DIRECTORIES: Final = {"3.3.6": ("hadoop", "hadoop-defaults/3"), "2.10.2": ("hadoop-defaults/2",)}
"""Release -> directories below .ci with its jars."""

FILES: Final = ("core-site.xml", "hdfs-site.xml", "mapred-site.xml", "yarn-site.xml")

pytestmark = pytest.mark.needs("hadoop-jars", "hadoop-defaults")


@cache
def defaults(release: str, file: str) -> dict[str, str]:
    """Return the raw values of one default file of a release."""
    name = file.replace("-site.xml", "-default.xml")
    [content] = _members(release, name)
    return {setting.key: setting.value for setting in overlay(read_xml(name, content)).settings}


def _members(release: str, name: str) -> Iterator[bytes]:
    for directory in DIRECTORIES[release]:
        for jar in sorted((JARS / directory).glob("*.jar")):
            with zipfile.ZipFile(jar) as archive:
                if name in archive.namelist():
                    yield archive.read(name)


@pytest.mark.parametrize("release", DIRECTORIES)
@pytest.mark.parametrize("file", FILES)
def test_every_default_is_that_of_hadoop(release: str, file: str) -> None:
    table = data.table("hadoop_defaults")[file]
    theirs = defaults(release, file)

    assert table
    assert {key: theirs.get(key) for key in table} == table
