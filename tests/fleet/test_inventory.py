"""Is every case of an inventory found, once, in the same order each time, and none hidden?"""

from __future__ import annotations

import errno
import io
import os
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from diagnose.fleet.inventory import inventory
from diagnose.fleet.source import CaseSource

TOML = b'[cluster]\nid = "c-1"\n'
KRB5 = b"[libdefaults]\n default_realm = A\n"


def tree(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


def tar(path: Path, members: Iterable[tuple[str, bytes]], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def zipped(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def cases(given: Path | str, standard_input: bytes = b"") -> list[CaseSource]:
    found = inventory(str(given), lambda: io.BytesIO(standard_input))
    listed = list(found.cases())
    if given != "-":
        assert found.count() == len(listed)
        assert list(found.cases()) == listed
    return listed


def files_of(case: CaseSource) -> Mapping[str, bytes]:
    return {} if case.tree is None else case.tree.files


def names(given: Path | str, standard_input: bytes = b"") -> list[str]:
    return [case.name for case in cases(given, standard_input)]


def faults(given: Path | str, standard_input: bytes = b"") -> dict[str, str]:
    return {case.name: case.fault for case in cases(given, standard_input) if case.fault is not None}


FLEET = {
    "README.md": b"notes",
    "prod/c-2/case.toml": TOML,
    "prod/c-2/nodes/master-1-1/krb5.conf": KRB5,
    "prod/c-10/krb5.conf": KRB5,
    "test/c-1/deep/core-site.xml": b"<configuration/>",
}
FOUND = ["prod/c-10", "prod/c-2", "test/c-1/deep"]


def test_directories_that_look_like_a_case_are_found_in_order_of_names(tmp_path: Path) -> None:
    assert names(tree(tmp_path, FLEET)) == FOUND


def test_what_is_below_a_case_belongs_to_it(tmp_path: Path) -> None:
    tree(tmp_path / "all", {"case.toml": TOML, "nodes/m/krb5.conf": KRB5})
    assert names(tmp_path / "all") == ["all"]


def test_a_krb5_conf_beside_whole_cases_makes_their_directory_no_case(tmp_path: Path) -> None:
    assert names(tree(tmp_path, {"krb5.conf": KRB5, "a/case.toml": TOML, "b/case.toml": TOML})) == ["a", "b"]


def test_a_directory_with_files_that_tell_nothing_is_listed(tmp_path: Path) -> None:
    # Given a case whose only answer is cut short
    assert names(tree(tmp_path, {"a/case.toml": TOML, "b/ListNodes.json": b'{"Nodes'})) == ["a", "b"]


def test_answers_of_an_api_make_a_directory_a_case(tmp_path: Path) -> None:
    answer = b'{"Cluster": {"ClusterId": "c-1", "ClusterType": "DataLake"}}'
    assert names(tree(tmp_path, {"a/x.json": answer, "a/nodes/krb5.conf": KRB5})) == ["a"]


def test_an_archive_in_a_tree_is_a_case(tmp_path: Path) -> None:
    tree(tmp_path, {"a/case.toml": TOML})
    tar(tmp_path / "b.tar.gz", [("case.toml", TOML)])
    assert names(tmp_path) == ["a", "b.tar.gz"]


def test_hidden_entries_and_empty_directories_are_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, {".git/config": b"", "a/case.toml": TOML, "__MACOSX/case.toml": TOML})
    (tmp_path / "empty").mkdir()
    assert names(tmp_path) == ["a"]


def test_a_link_is_not_followed_and_not_hidden(tmp_path: Path) -> None:
    tree(tmp_path, {"cases/a/case.toml": TOML, "else/b/case.toml": TOML})
    (tmp_path / "cases/b").symlink_to(tmp_path / "else/b")
    (tmp_path / "cases/loop").symlink_to(tmp_path / "cases")
    assert names(tmp_path / "cases") == ["a", "b", "loop"]
    assert faults(tmp_path / "cases").keys() == {"b", "loop"}


def test_a_directory_that_cannot_be_listed_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may list everything, so the system call refuses here."""
    tree(tmp_path, {"a/case.toml": TOML, "b/case.toml": TOML})
    listing = os.scandir

    def refusing(path: Path) -> object:
        if path == tmp_path / "a":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listing(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert faults(tmp_path) == {"a": "the directory a cannot be read: Permission denied"}


def test_a_tree_that_is_too_deep_is_a_fault(tmp_path: Path) -> None:
    tree(tmp_path, {"a/" * 40 + "case.toml": TOML})
    (said,) = faults(tmp_path).values()
    assert "directories below INVENTORY" in said


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_gives_the_cases_of_its_tree_with_their_files(tmp_path: Path, mode: str) -> None:
    found = cases(tar(tmp_path / "fleet.tar", FLEET.items(), mode))
    assert sorted(case.name for case in found) == FOUND
    assert [set(files_of(case)) for case in found if case.name == "prod/c-2"] == [
        {"case.toml", "nodes/master-1-1/krb5.conf"}
    ]


def test_a_zip_gives_the_cases_of_its_tree(tmp_path: Path) -> None:
    assert sorted(names(zipped(tmp_path / "fleet.zip", FLEET.items()))) == FOUND


def test_an_archive_of_one_case_is_that_case(tmp_path: Path) -> None:
    (case,) = cases(tar(tmp_path / "c-7.tar.gz", [("./case.toml", TOML), ("./krb5.conf", KRB5)]))
    assert (case.name, sorted(files_of(case))) == ("c-7", ["case.toml", "krb5.conf"])


def test_a_case_whose_files_stand_apart_in_the_archive_is_whole(tmp_path: Path) -> None:
    members = [("a/case.toml", TOML), ("b/case.toml", TOML), ("a/krb5.conf", KRB5), ("b/krb5.conf", KRB5)]
    found = cases(tar(tmp_path / "f.tgz", members))
    assert {case.name: len(files_of(case)) for case in found} == {"a": 2, "b": 2}


def test_a_damaged_archive_gives_no_case_that_may_lack_files(tmp_path: Path) -> None:
    padding = os.urandom(200_000)  # so that the cut is within a file
    path = tar(tmp_path / "f.tar", [("a/case.toml", TOML), ("b/case.toml", TOML), ("b/z.txt", padding)], "w")
    content = path.read_bytes()
    path.write_bytes(content[:100_000])

    found = cases(path)
    assert [case.name for case in found if case.fault is None] == ["a"]
    assert faults(path).keys() == {"b", "f.tar"}


def test_no_case_of_a_damaged_archive_is_trusted_if_its_files_stand_apart(tmp_path: Path) -> None:
    members = [("a/case.toml", TOML), ("b/case.toml", TOML), ("a/krb5.conf", KRB5), ("b/x", os.urandom(200_000))]
    path = tar(tmp_path / "f.tar", members, "w")
    path.write_bytes(path.read_bytes()[:100_000])
    assert [case.name for case in cases(path) if case.fault is None] == []


@pytest.mark.parametrize("name", ["../out/case.toml", "/etc/case.toml"])
def test_a_path_that_leads_out_of_an_archive_is_told(tmp_path: Path, name: str) -> None:
    path = tar(tmp_path / "f.tar", [("a/case.toml", TOML), (name, TOML)])
    assert names(path) == ["a", "f.tar"]
    assert "outside of the archive" in faults(path)["f.tar"]


def test_an_archive_within_an_archive_is_told(tmp_path: Path) -> None:
    inner = tar(tmp_path / "b.tar.gz", [("case.toml", TOML)]).read_bytes()
    path = tar(tmp_path / "f.tar", [("a/case.toml", TOML), ("b.tar.gz", inner)])
    assert faults(path).keys() == {"b.tar.gz"}


def test_hidden_files_of_an_archive_belong_to_a_case_and_make_none(tmp_path: Path) -> None:
    members = [
        ("a/case.toml", TOML),
        ("a/.d/krb5.conf", KRB5),
        (".git/case.toml", TOML),
        ("b/x", b""),
        ("b/.git/y", b""),
    ]
    found = cases(tar(tmp_path / "f.tar", members))
    assert {case.name: sorted(files_of(case)) for case in found} == {
        "a": [".d/krb5.conf", "case.toml"],
        "b": [".git/y", "x"],
    }


def test_a_link_within_an_archive_is_skipped_and_said(tmp_path: Path) -> None:
    path = tmp_path / "f.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("a/case.toml")
        info.size = len(TOML)
        archive.addfile(info, io.BytesIO(TOML))
        link = tarfile.TarInfo("a/krb5.conf")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/krb5.conf"
        archive.addfile(link)
    (case,) = cases(path)
    assert case.tree is not None
    assert list(case.tree.files) == ["case.toml"]
    assert [skip.check for skip in case.tree.skipped] == ["krb5.conf"]


def test_a_case_beyond_its_bounds_is_a_fault_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diagnose.case.tree.MAX_FILES", 3)
    many = [(f"b/{number}.txt", b"") for number in range(5)]
    path = tar(tmp_path / "f.tar", [("a/case.toml", TOML), ("b/case.toml", TOML), *many, ("c/case.toml", TOML)])
    assert [case.name for case in cases(path) if case.fault is None] == ["a", "c"]


def test_a_list_names_cases_from_its_own_directory(tmp_path: Path) -> None:
    path = tree(tmp_path, {"lists/all.ndjson": b'{"case": "../a", "name": "A"}\n\n{"case":"b"}'}) / "lists/all.ndjson"
    found = cases(path)
    assert [(case.name, case.path) for case in found] == [("A", path.parent / "../a"), ("b", path.parent / "b")]


def test_a_list_comes_from_standard_input() -> None:
    assert [case.path for case in cases("-", b'{"case": "a"}\n')] == [Path("a")]


@pytest.mark.parametrize(
    "line", [b"no json", b'{"name": "x"}', b'{"case": 3}', b'{"case": ""}', b"\xff\xfe", b'"' + b"x" * 70_000 + b'"']
)
def test_a_line_that_is_no_case_is_told_and_the_next_one_is_read(line: bytes) -> None:
    found = cases("-", b'{"case": "a"}\n' + line + b'\n{"case": "b"}\n')
    assert [case.name for case in found] == ["a", "line 2", "b"]
    assert found[1].fault is not None
