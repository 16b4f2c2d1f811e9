"""Given an archive or a directory that is made to cost time, memory or a look outside, then it is
refused in words, in bounded time and memory."""

from __future__ import annotations

import gzip
import io
import os
import resource
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.case import files
from diagnose.case.errors import CaseError
from diagnose.case.tar_members import TarError, TarMembers
from diagnose.case.zip_directory import count_members
from tests.support.descriptors import held
from tests.support.places import PROJECT

GUARD_S = 90
"""A generous bound: each of these takes well below a second when it is refused early."""
GUARD_BYTES = 900 << 20
"""Address space of the process that reads a hostile archive, the interpreter and its libraries
included."""

READ = """
import sys, pathlib
from diagnose.case import files
from diagnose.case.errors import CaseError
try:
    files.trees([pathlib.Path(sys.argv[1])])
except CaseError as error:
    print(error)
"""


def header(kind: bytes, size: int, name: bytes = b"a") -> bytes:
    number = b"%011o\0" % size if size < 1 << 33 else b"\x80" + size.to_bytes(11, "big")
    raw = bytearray(name.ljust(100, b"\0") + b"0000644\0" * 3 + number + b"0" * 11 + b"\0" + b" " * 8 + kind)
    raw = bytearray(bytes(raw).ljust(257, b"\0") + b"ustar\x0000").ljust(512, b"\0")
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def sparse_header(more: bool) -> bytes:
    raw = bytearray(header(b"S", 0))
    raw[257:265] = b"ustar  \0"
    raw[482] = more
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


def tar_of(stream: bytes, place: Path) -> Path:
    path = place / "case.tar.gz"
    path.write_bytes(gzip.compress(stream, 1))
    return path


def refusal(path: Path) -> str:
    """Return what a process says that reads the archive within the guards."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (GUARD_BYTES, GUARD_BYTES))

    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        preexec_fn=bound,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=PROJECT,
        check=False,
    )
    assert time.monotonic() - started < GUARD_S
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (header(b"0", 1 << 62), r"a member of 4611686018427387904 bytes"),
        (header(b"1", 1 << 62) + header(b"x", 1 << 62), "a name or records of"),
        (header(b"L", 300 << 20), "a name or records of 314572800 bytes"),
        (header(b"x", 1 << 16) + padded(b"9" * (1 << 16)), "PAX records of a wrong length"),
        (header(b"x", 31) + padded(b"31 size=9999999999999999999999\n") + header(b"0", 1), "a size that is no number"),
        (
            header(b"x", 22) + padded(b"22 size=" + b"4" * 13 + b"\n") + header(b"0", 1),
            "a member of 4444444444444 bytes",
        ),
        (header(b"0", 100) + b"short", "it ends within a member"),
        (b"\xff" * 512, "a header with a wrong number"),
    ],
)
def test_a_header_is_refused_before_it_is_skipped(stream: bytes, said: str, tmp_path: Path) -> None:
    assert said in refusal(tar_of(stream, tmp_path))


@pytest.mark.parametrize(
    "flood",
    [
        lambda: header(b"5", 0) * 40_000,
        lambda: (header(b"x", 12) + padded(b"12 a=bbbbbb\n")) * 40_000,
        lambda: (header(b"L", 1 << 16) + bytes(1 << 16)) * 5200,
        lambda: sparse_header(True) + (bytes(504) + b"\1" + bytes(7)) * 40_000,
    ],
    ids=["directories", "PAX records", "long names", "map of a sparse file"],
)
def test_a_flood_of_headers_is_refused(flood: Callable[[], bytes], tmp_path: Path) -> None:
    assert "entries" in (said := refusal(tar_of(flood(), tmp_path))) or "unpacks to more than" in said


def test_a_zip_with_two_million_entries_is_refused_before_they_are_listed(tmp_path: Path) -> None:
    one = b"PK\x01\x02" + bytes(24) + struct.pack("<3H", 1, 0, 0) + bytes(12) + b"a"
    listed = one * 2_000_000
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 65535, 65535, len(listed), 0, 0)
    (tmp_path / "case.zip").write_bytes(listed + end)
    assert "found more than 20000 entries, expected one case" in refusal(tmp_path / "case.zip")


@pytest.mark.parametrize("comment", [b"", b"a comment PK\x05\x06"[:9]])
@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n"])
def test_the_members_of_a_zip_are_counted_as_zipfile_lists_them(comment: bytes, before: bytes) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.comment = comment
        for number in range(70):
            made.writestr(f"{number}.json", "{}")
    content = before + packed.getvalue()
    assert (count_members(content, 1000), count_members(content, 50), count_members(b"no zip", 5)) == (70, 51, 0)


def test_a_zip_with_a_password_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("krb5.conf", "[libdefaults]")
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(
        CaseError, match=r"case\.zip: found a zip with a password, expected a \.zip or \.tar\.gz without"
    ):
        files.trees([path])


@pytest.mark.parametrize("name", ["case.zip", "case.tar.gz", "case.tgz"])
def test_an_archive_is_told_by_its_first_bytes_and_not_by_its_name(name: str, tmp_path: Path) -> None:
    """Given archives that somebody renamed."""
    text = b"[libdefaults]\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("krb5.conf", text)
    (tmp_path / name).write_bytes(packed.getvalue())
    assert files.trees([tmp_path / name])[0].files == {"krb5.conf": text}
    tar = header(b"0", len(text), b"krb5.conf") + padded(text) + bytes(1024)
    (tmp_path / name).write_bytes(gzip.compress(tar))
    assert files.trees([tmp_path / name])[0].files == {"krb5.conf": text}


def test_what_finder_adds_to_an_archive_is_passed_over_in_silence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as made:
        for name in ("case/krb5.conf", "__MACOSX/case/._krb5.conf", "case/._hosts", "case/.DS_Store"):
            made.writestr(name, "x")
    (found,) = files.trees([tmp_path / "case.zip"])
    assert (set(found.files), found.skipped) == ({"krb5.conf"}, ())


NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=130)


@settings(deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.binary(max_size=2000)), max_size=5),
    st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_members_are_those_that_tarfile_reads(contents: list[tuple[str, bytes]], form: int) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as made:
        for name, content in contents:
            info = tarfile.TarInfo(f"d/{name}")
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
            link = tarfile.TarInfo(f"l/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "x" * 150
            made.addfile(link)
    stream = TarMembers(io.BytesIO(packed.getvalue()).read, 1 << 20, lambda: None)
    read = [(each.name, each.kind, stream.content(each.size)) for each in stream.members()]
    with tarfile.open(fileobj=io.BytesIO(packed.getvalue())) as reference:
        expected = [
            (each.name, "file", file.read())
            if (file := reference.extractfile(each) if each.isreg() else None)
            else (each.name, "other", b"")
            for each in reference
        ]
    assert read == expected


@settings(deadline=None, max_examples=400)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=20))
def test_a_mutated_tar_ends_in_members_or_in_an_error_of_ours(place: int, put: bytes) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name in ("a", "ä" * 80):
            info = tarfile.TarInfo(name)
            info.size = 700
            made.addfile(info, io.BytesIO(b"x" * 700))
    raw = bytearray(packed.getvalue())
    raw[place : place + len(put)] = put
    stream = TarMembers(io.BytesIO(bytes(raw)).read, 1 << 20, lambda: None)
    try:
        for member in stream.members():
            stream.content(member.size)
    except TarError:
        return


def test_a_directory_that_is_swapped_for_a_link_while_it_is_read_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "krb5.conf").write_text("secret")
    inside = tmp_path / "case" / "etc"
    inside.mkdir(parents=True)
    (inside / "krb5.conf").write_text("ours")
    original = os.open

    def opening(path: str | Path, flags: int, *, dir_fd: int | None = None) -> int:
        if path == "etc" and dir_fd is not None:
            inside.rename(tmp_path / "moved")
            inside.symlink_to(tmp_path / "outside")
        return original(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", opening)
    (found,) = files.trees([tmp_path / "case"])
    assert not found.files
    assert [(each.check, each.cause) for each in found.skipped] == [("etc", "cannot be listed: Not a directory")]


def test_a_file_below_a_link_is_not_reached_through_a_swapped_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "real").write_text("secret")
    inside = tmp_path / "case" / "d"
    inside.mkdir(parents=True)
    (inside / "real").write_text("ours")
    (tmp_path / "case" / "hosts").symlink_to("d/real")
    original = os.open
    monkeypatch.setattr(files, "_listed", lambda _: ["hosts"])

    def opening(path: str | Path, flags: int, *, dir_fd: int | None = None) -> int:
        if path == "d":
            inside.rename(tmp_path / "moved")
            inside.symlink_to(tmp_path / "outside")
        return original(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", opening)
    (found,) = files.trees([tmp_path / "case"])
    assert (dict(found.files), [each.check for each in found.skipped]) == ({}, ["hosts"])


def test_a_directory_of_many_files_needs_few_descriptors(tmp_path: Path) -> None:
    place = tmp_path
    for number in range(10):
        place = place / str(number)
        place.mkdir()
        (place / "krb5.conf").write_text("x")
    before = held()
    (found,) = files.trees([tmp_path])
    assert len(found.files) == 10
    assert held() <= before
