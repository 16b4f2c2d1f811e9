"""Is a case written whole or not at all, over nothing, and the same each time?"""

from __future__ import annotations

import gzip
import os
import stat
import tarfile
import zipfile
from pathlib import Path
from time import perf_counter

import pytest
from click.testing import CliRunner

from diagnose.case import files as case_files
from diagnose.case.tree import MAX_FILES, Tree
from diagnose.cli import main
from diagnose.collect import bundle
from diagnose.collect.bundle import BundleError, write
from diagnose.collect.redaction.redact import redact

FILES = {"a.json": b"{}", "etc/krb5.conf": b"[libdefaults]\n", "z.txt": b"\xff\x00", "名.txt": b"x"}
ENDINGS = ("", ".zip", ".tar.gz", ".tgz")


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_reader_takes_what_was_written(ending: str, tmp_path: Path) -> None:
    write(tmp_path / f"case{ending}", FILES)
    (tree,) = case_files.trees([tmp_path / f"case{ending}"])
    assert dict(tree.files) == FILES
    assert tree.skipped == ()
    assert [path.name for path in tmp_path.iterdir()] == [f"case{ending}"]


@pytest.mark.parametrize("ending", ENDINGS[1:])
def test_an_archive_is_the_same_each_time_and_names_no_user_and_no_time(ending: str) -> None:
    first = bundle.archived(f"a{ending}", FILES)
    assert bundle.archived(f"b{ending}", dict(reversed(FILES.items()))) == first


def test_members_have_no_owner_no_time_and_plain_modes(tmp_path: Path) -> None:
    write(tmp_path / "a.tar.gz", FILES)
    write(tmp_path / "a.zip", FILES)
    with tarfile.open(tmp_path / "a.tar.gz") as tar:
        kept = {(each.uid, each.gid, each.uname, each.gname, each.mtime, each.mode) for each in tar}
    assert kept == {(0, 0, "", "", 0, 0o644)}
    assert (tmp_path / "a.tar.gz").read_bytes()[4:8] == bytes(4)
    assert not gzip.decompress((tmp_path / "a.tar.gz").read_bytes()).startswith(b"\0")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {(each.date_time, each.external_attr, each.extra) for each in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644 << 16, b"")
        }


@pytest.mark.parametrize(("ending", "private", "given_away"), [("", 0o700, 0o755), (".zip", 0o600, 0o644)])
def test_a_case_that_is_not_redacted_is_for_its_owner_alone(
    ending: str, private: int, given_away: int, tmp_path: Path
) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path / f"own{ending}", FILES, is_private=True)
        write(tmp_path / f"sent{ending}", FILES)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / f"{name}{ending}").stat().st_mode) for name in ("own", "sent")]
    assert modes == [private, given_away]


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_written_over_anything(ending: str, tmp_path: Path) -> None:
    target = tmp_path / f"case{ending}"
    write(target, FILES)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for what in ({}, {"other": b"x"}):
        with pytest.raises(BundleError, match="is there already"):
            write(target, what)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_link_is_not_followed(ending: str, tmp_path: Path) -> None:
    target = tmp_path / f"case{ending}"
    target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="is there already"):
        write(target, FILES)
    assert not (tmp_path / "elsewhere").exists()


def test_an_empty_directory_is_filled(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    write(tmp_path / "case", FILES)
    assert (tmp_path / "case" / "a.json").read_bytes() == b"{}"


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "a//b", "a\\b", ".", "", "x\0", "n" * 300])
@pytest.mark.parametrize("ending", ENDINGS)
def test_no_path_leads_out_of_a_case(name: str, ending: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        write(tmp_path / f"case{ending}", {name: b"x", "a.txt": b"y"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_left_of_what_could_not_be_written(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", full)
    with pytest.raises(BundleError, match="No space left"):
        write(tmp_path / f"case{ending}", FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    given = ["redact", str(tmp_path), "-o", str(tmp_path / "no" / "case")]
    result = CliRunner().invoke(main, given)
    assert (result.exit_code, "cannot write" in result.output) == (2, True)


def test_more_files_than_a_case_may_hold_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="more than a case may hold"):
        write(tmp_path / "case", {str(number): b"" for number in range(MAX_FILES + 1)})


@pytest.mark.parametrize("case", ["no-such-case", "broken.zip"])
def test_a_case_that_cannot_be_read_writes_nothing(case: str, tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 password=x")
    result = CliRunner().invoke(main, ["redact", str(tmp_path / case), "-o", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "password=x" not in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.log", "-----BEGIN X KEY-----\n" * 5000),
        ("a.log", "a=" * 50_000),
        ("a.log", ":" * 100_000),
        ("a.log", "authorization:" * 7000),
        ("a.xml", "<property><name>" * 6000),
        ("a.xml", "<!--" * 25_000),
        ("a.json", '"Id":[' * 15_000),
        ("a.json", "[" * 100_000),
        ("a.json", '"\\' * 50_000),
        ("a.properties", "\\" * 100_000),
    ],
)
def test_hostile_text_costs_about_as_much_as_its_size(name: str, text: str) -> None:
    began = perf_counter()
    redact(Tree("case", {name: text.encode()}))
    assert perf_counter() - began < 10
