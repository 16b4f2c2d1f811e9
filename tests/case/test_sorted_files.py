"""Is each file of a case used for what it is?"""

from __future__ import annotations

import pytest

from diagnose.case.sorted_files import SortedFiles, sort
from diagnose.case.tree import Tree

CORE = b"<configuration><property><name>fs.defaultFS</name><value>hdfs://nn</value></property></configuration>"
KRB5 = b"[libdefaults]\n default_realm = A.COM\n"


def sorted_of(*paths: str) -> SortedFiles:
    return sort(Tree("case", {path: KRB5 if "krb5" in path else CORE for path in paths}))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("krb5 (1).conf", "krb5.conf"),
        ("ticket/core-site(12).xml", "core-site.xml"),
        ("hdfs-site - Copy.xml", "hdfs-site.xml"),
        ("hive-site - 副本.xml", "hive-site.xml"),
        ("yarn-site.xml.txt", "yarn-site.xml"),
    ],
)
def test_a_second_download_is_read_if_it_is_the_only_file_of_its_kind(path: str, kind: str) -> None:
    found = sorted_of(path)
    assert (found.all(kind), found.skipped) == ((path,), ())


@pytest.mark.parametrize(
    "paths",
    [
        ("core-site.xml", "core-site (1).xml"),
        ("core-site.xml", "core-site.xml.txt"),
        ("core-site (1).xml", "core-site (2).xml"),
    ],
    ids=" ".join,
)
def test_which_of_two_copies_holds_is_not_guessed(paths: tuple[str, ...]) -> None:
    found = sorted_of(*paths)
    assert found.all("core-site.xml") == tuple(path for path in paths if path == "core-site.xml")
    assert [entry.check for entry in found.skipped] == [path for path in paths if path != "core-site.xml"]


@pytest.mark.parametrize("path", ["core-site.xml.bak", "core-site.xml.old", "kms-site (1).xml"])
def test_an_older_file_is_not_taken_for_the_one_in_use(path: str) -> None:
    found = sorted_of(path)
    assert (found.by_kind, [entry.check for entry in found.skipped]) == ({}, [path])
