"""Given a directory, an archive or plain files, then the same tree comes out, and nothing from
outside of it ever does."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.case import archive, files, tree
from diagnose.case.errors import CaseError

CONTENT = {"case.toml": b"", "etc/krb5.conf": b"[libdefaults]\n", "conf/core-site.xml": b"<configuration/>"}


def as_directory(here: Path, top: str) -> Path:
    for name, content in CONTENT.items():
        path = here / top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return here / top


def zipped(here: Path, members: dict[str, bytes], name: str = "case.zip") -> Path:
    with zipfile.ZipFile(here / name, "w", zipfile.ZIP_DEFLATED) as made:
        for member, content in members.items():
            made.writestr(member, content)
    return here / name


def tarred(here: Path, members: dict[str, bytes], name: str = "case.tar.gz") -> Path:
    with tarfile.open(here / name, "w:gz") as made:
        for member, content in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return here / name


Pack = Callable[[Path, dict[str, bytes]], Path]
PACKS = pytest.mark.parametrize("pack", [zipped, tarred])


def only(path: Path) -> tree.Tree:
    (found,) = files.trees([path])
    return found


def test_a_directory_is_read_at_any_depth(tmp_path: Path) -> None:
    found = only(as_directory(tmp_path, "case"))
    assert (found.name, dict(found.files), found.skipped) == ("case", CONTENT, ())


@PACKS
@pytest.mark.parametrize("top", ["", "case/", "./", "./case/"])
def test_an_archive_of_a_directory_is_that_directory(pack: Pack, top: str, tmp_path: Path) -> None:
    found = only(pack(tmp_path, {top + name: content for name, content in CONTENT.items()}))
    assert (found.name, dict(found.files)) == ("case", CONTENT)


@PACKS
def test_an_archive_of_a_root_file_system_keeps_its_paths(pack: Pack, tmp_path: Path) -> None:
    assert list(only(pack(tmp_path, {"etc/krb5.conf": b"", "etc/hosts": b""})).files) == ["etc/hosts", "etc/krb5.conf"]


@PACKS
@pytest.mark.parametrize("name", ["../escape", "a/../../escape", "/etc/passwd", "C:/x", "..\\escape"])
def test_a_member_that_leads_out_is_refused(pack: Pack, name: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"found a member called .*, expected paths inside the archive"):
        only(pack(tmp_path, {name: b"x"}))


def test_links_and_special_files_in_a_tar_are_skipped(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "case.tgz", "w:gz") as made:
        for name, kind in (
            ("link", tarfile.SYMTYPE),
            ("hard", tarfile.LNKTYPE),
            ("pipe", tarfile.FIFOTYPE),
            ("disk", tarfile.BLKTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            made.addfile(info)
    found = only(tmp_path / "case.tgz")
    assert not found.files
    assert {entry.check for entry in found.skipped} == {"link", "hard", "pipe", "disk"}


def test_a_link_in_a_zip_is_skipped(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as made:
        made.writestr(info, "/etc/passwd")
    found = only(tmp_path / "case.zip")
    assert [entry.cause for entry in found.skipped] == ["not a plain file"]


def test_links_inside_a_directory_are_followed_and_others_are_not(tmp_path: Path) -> None:
    case = as_directory(tmp_path, "case")
    (tmp_path / "secret").write_text("x")
    (case / "hosts").symlink_to("case.toml")
    (case / "out").symlink_to(tmp_path / "secret")
    (case / "loop").symlink_to("loop")
    (case / "up").symlink_to(tmp_path)
    (case / "self").symlink_to(case)
    os.mkfifo(case / "pipe")
    found = only(case)
    assert found.files.keys() == {*CONTENT, "hosts"}
    assert {entry.check: entry.cause for entry in found.skipped} == {
        "out": "a link that leads out of the case",
        "up": "a link that leads out of the case",
        "loop": "a link that leads nowhere",
        "self": "not a plain file",
        "pipe": "not a plain file",
    }


def test_a_large_file_is_skipped_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_FILE", 100)
    case = as_directory(tmp_path, "case")
    (case / "big.log").write_bytes(b"x" * 101)
    found = only(case)
    assert found.files.keys() == CONTENT.keys()
    assert [entry.check for entry in found.skipped] == ["big.log"]


@PACKS
@pytest.mark.parametrize(
    ("limit", "value", "found"),
    [
        ("MAX_FILES", 2, "more than 2 files"),
        ("MAX_TOTAL", 20, "more than 0 MiB"),
        ("MAX_ENTRIES", 2, "more than 2 entries"),
    ],
)
def test_a_case_has_bounds(
    pack: Pack, limit: str, value: int, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, limit, value)
    with pytest.raises(CaseError, match=found):
        only(pack(tmp_path, CONTENT))
    with pytest.raises(CaseError, match=found):
        only(as_directory(tmp_path, "case"))


def test_a_tar_bomb_of_skipped_members_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_FILE", 1000)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 100_000)
    with pytest.raises(CaseError, match="an archive that unpacks to more than"):
        only(tarred(tmp_path, {f"{n}.log": bytes(60_000) for n in range(3)}))


def test_a_zip_that_announces_less_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a.json": b"x" * 1000})
    raw = path.read_bytes().replace((1000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(raw)
    with pytest.raises(CaseError, match=r"case\.zip: found a damaged archive \(Bad CRC-32"):
        only(path)


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as made:
        made.writestr("a.json", "1")
        made.writestr("./a.json", "2")
    with pytest.raises(CaseError, match=r"found two files called a\.json, expected one"):
        only(tmp_path / "case.zip")


@pytest.mark.parametrize("name", ["case.zip", "case.tar.gz", "case.tgz"])
def test_what_is_no_archive_is_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(
        CaseError, match=rf"{name}: found a damaged archive \(.*\), expected a \.zip or \.tar\.gz of a case$"
    ):
        only(tmp_path / name)


@given(place=st.integers(0, 600), put=st.binary(min_size=1, max_size=8), pack=st.sampled_from([zipped, tarred]))
def test_a_damaged_archive_gives_a_tree_or_a_case_error(
    place: int, put: bytes, pack: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = pack(tmp_path_factory.mktemp("damaged"), CONTENT)
    raw = bytearray(path.read_bytes())
    start = place % len(raw)
    raw[start : start + len(put)] = put
    path.write_bytes(bytes(raw))
    try:
        only(path)
    except CaseError as error:
        assert str(path) == error.file  # noqa: PT017 - either outcome is right


def test_plain_files_make_one_case_and_directories_one_each(tmp_path: Path) -> None:
    case = as_directory(tmp_path, "case")
    (tmp_path / "sg.json").write_text("{}")
    found = files.trees([tmp_path / "sg.json", case, case / "etc" / "krb5.conf", tmp_path / "sg.json"])
    assert [(each.name, set(each.files)) for each in found] == [
        ("case", set(CONTENT)),
        ("sg", {"sg.json", "krb5.conf"}),
    ]


def test_plain_files_of_one_name_are_told_apart_by_their_directory(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sg.json").write_text(name)
    (found,) = files.trees([tmp_path / "a" / "sg.json", tmp_path / "b" / "sg.json"])
    assert dict(found.files) == {"a/sg.json": b"a", "b/sg.json": b"b"}


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"nowhere\.json: found no such file, expected a case$"):
        files.trees([tmp_path / "nowhere.json"])
    with pytest.raises(CaseError, match=r"nowhere\.zip: found no such file, expected a case$"):
        files.trees([tmp_path / "nowhere.zip"])


@pytest.mark.parametrize("name", ["case.tar", "CASE.TAR.XZ", "case.7z"])
def test_an_archive_that_is_not_read_is_called_one(name: str, tmp_path: Path) -> None:
    """Given a whole case in it, then nobody is told that no file in it names a service."""
    path = tmp_path / name
    path.write_bytes(b"x")
    with pytest.raises(CaseError, match=r"found an archive of another kind, expected a \.zip or \.tar\.gz of a case"):
        files.trees([path])


def test_a_special_file_is_no_case(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CaseError, match="found a special file, expected a case"):
        files.trees([tmp_path / "pipe"])


def test_names_that_no_output_can_hold_are_spelled_out(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff\x1b\n.json")).write_text("{}")
    assert list(only(tmp_path).files) == ["a\\xff\\x1b\\x0a.json"]


def test_what_finder_adds_to_a_directory_is_passed_over_in_silence(tmp_path: Path) -> None:
    """`._GetCluster.json` once ended the run: it was taken for an answer that is no JSON."""
    top = as_directory(tmp_path, "case")
    for name in ("__MACOSX/etc/krb5.conf", "etc/__MACOSX/hosts", "._GetCluster.json", "etc/._krb5.conf", ".DS_Store"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"\0\5\x16\7")
    (found,) = files.trees([top])
    assert found.files == CONTENT
    assert found.skipped == ()
