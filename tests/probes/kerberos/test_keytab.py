"""Is a keytab read as libkrb5 reads it, and are its keys in no text?"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import pickle
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.kerberos.keytab import LARGEST, KeytabError, parse
from probes.principal import Principal
from probes.secret import Secret
from tests.support import libkrb5_keytab
from tests.support.fake_kdc import REALM
from tests.support.keytab_files import Order, file, hole, keytab, record

KEY = bytes(range(32))
HIVE = Principal(("hive", "master-1-1"), REALM)

needs_libkrb5 = pytest.mark.needs("libkrb5")


def test_an_entry_is_read_whole() -> None:
    read = keytab(record("hive/master-1-1", 18, KEY, kvno=3))

    (entry,) = read.entries
    assert (entry.principal, entry.kvno, entry.enctype, entry.name_type) == (HIVE, 3, 18, 1)
    assert entry.key == Secret(KEY)
    assert entry.written == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (read.version, read.holes, read.damage) == (2, 0, None)


def test_a_deleted_slot_is_skipped_wherever_it_is() -> None:
    entry = record("hive/master-1-1", 18, KEY)

    read = keytab(hole(20), entry, hole(1), entry, hole(300))

    assert (len(read.entries), read.holes) == (2, 3)


@pytest.mark.parametrize(("short", "long", "kvno"), [(44, 300, 300), (7, 0, 7), (7, None, 7), (0, 1 << 31, 1 << 31)])
def test_the_long_kvno_wins_unless_it_is_zero_or_not_there(short: int, long: int | None, kvno: int) -> None:
    (entry,) = keytab(record("hive/master-1-1", 18, KEY, kvno=short, kvno32=long)).entries

    assert entry.kvno == kvno


def test_what_a_later_version_adds_to_a_record_is_passed_over() -> None:
    read = keytab(record("a", 18, KEY, kvno32=9, behind=b"more"), record("b", 18, KEY))

    assert [str(principal) for principal in read.principals] == [f"a@{REALM}", f"b@{REALM}"]


def test_a_length_of_zero_ends_the_file() -> None:
    assert len(keytab(record("a", 18, KEY), bytes(4), record("b", 18, KEY)).entries) == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_version_1_is_read_in_either_byte_order(order: Order) -> None:
    content = file([record("hive/master-1-1", 18, KEY, version=1, order=order, kvno32=260), hole(9, order)], 1)

    read = parse(content, "old.keytab")

    assert [(e.principal, e.kvno, e.enctype, e.name_type) for e in read.entries] == [(HIVE, 260, 18, 0)]
    assert (read.version, read.holes) == (1, 1)


def test_the_newest_keys_are_those_of_the_highest_kvno() -> None:
    read = keytab(*(record("a", etype, KEY, kvno=kvno) for kvno, etype in ((2, 18), (4, 18), (4, 17), (3, 23))))
    name = Principal(("a",), REALM)

    assert [entry.kvno for entry in read.entries_of(name)] == [4, 4, 3, 2]
    assert [(entry.kvno, entry.enctype) for entry in read.newest_of(name)] == [(4, 18), (4, 17)]
    assert read.newest_of(Principal(("b",), REALM)) == ()


def test_a_cut_record_leaves_what_came_before_and_says_where() -> None:
    whole = file([record("a", 18, KEY), record("b", 18, KEY)])

    read = parse(whole[:-1], "cut.keytab")

    assert [entry.principal.parts for entry in read.entries] == [("a",)]
    assert read.damage is not None
    assert (read.damage.file, read.damage.offset) == ("cut.keytab", whole.index(record("b", 18, KEY)) + 4)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "no keytab version at byte 0"),
        (b"\x05\x03", "no keytab version"),
        (b"-----BEGIN", "no keytab version"),
        (b"\x05\x02\x00\x00\x00\x09", "a record of 9 bytes"),
        (b"\x05\x02\x00", "1 bytes at byte 2"),
        (file([record("a", 18, b"")]), "a length of 0"),
        (file([record("a", 18, KEY, realm="")]), "a length of 0"),
        (file([record("a" * 40_000, 18, KEY)]), "a length of -25536"),
        (bytes(LARGEST + 1), "more bytes"),
    ],
)
def test_what_is_no_keytab_is_refused_with_its_place(content: bytes, found: str) -> None:
    with pytest.raises(KeytabError, match=found):
        parse(content, "x.keytab")


def test_an_empty_keytab_is_one_without_entries() -> None:
    assert parse(b"\x05\x02", "empty.keytab").entries == ()


def test_no_key_is_shown_copied_or_compared_in_text() -> None:
    read = keytab(record("hive/master-1-1", 18, b"CANARY" * 5 + b"KY"))

    shown = f"{read!r} {read} {read.entries[0].key} {read.entries[0]!r}"
    assert "CANARY" not in shown
    assert b"CANARY".hex() not in shown
    assert "<secret of 32 bytes>" in shown
    for attempt in (pickle.dumps, copy.deepcopy, dataclasses.asdict):
        with pytest.raises(TypeError, match="a secret is not copied"):
            attempt(read)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_keytab_or_our_own_error(content: bytes) -> None:
    for start in (b"", b"\x05\x01", b"\x05\x02"):
        with contextlib.suppress(KeytabError):
            parse(start + content, "fuzz")


@needs_libkrb5
def test_libkrb5_reads_the_same_entries(tmp_path: Path) -> None:
    """2,000 mutated files: libkrb5 reads the same entries if there is no damage, and the same ones
    before the damage."""
    parts = [record("a/b", 18, KEY, kvno=3, kvno32=3), hole(20), record("c", 23, KEY[:16], kvno=44, kvno32=300)]
    whole = file([*parts, record("d", 17, KEY[:16], kvno=7)])
    draw = random.Random(5)
    path = tmp_path / "mutated.keytab"
    alike = 0
    for _ in range(2000):
        content = mutated(whole, draw)
        path.write_bytes(content)
        theirs, code = libkrb5_keytab.rows(path)
        try:
            read = parse(content, "mutated")
        except KeytabError:
            continue
        ours = [(e.kvno, e.enctype, int(e.written.timestamp()), e.key.reveal()) for e in read.entries]
        assert ours == [row[1:] for row in theirs[: len(ours)]], content.hex()
        if read.damage is None:
            assert (ours, code) == ([row[1:] for row in theirs], 0), content.hex()
            alike += 1
    assert alike > 500


def mutated(content: bytes, draw: random.Random) -> bytes:
    """Return the file with one to three changes behind its version."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(2, len(changed))
        kind = draw.random()
        if kind < 0.6:
            changed[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
        elif kind < 0.8:
            del changed[at : at + draw.randint(1, 5)]
        else:
            changed[at:at] = draw.randbytes(draw.randint(1, 4))
        if len(changed) <= 3:
            break
    return bytes(changed)


@pytest.mark.parametrize(
    ("text", "parts", "realm"),
    [
        ("alice", ("alice",), "R"),
        ("hive/master-1-1@EMR.X", ("hive", "master-1-1"), "EMR.X"),
        (r"a\/b\@c@R2", ("a/b@c",), "R2"),
        ("a@R/S", ("a",), "R/S"),
        ("a@", ("a",), ""),
    ],
)
def test_a_principal_is_read(text: str, parts: tuple[str, ...], realm: str) -> None:
    assert Principal.parse(text, "R") == Principal(parts, realm)


@pytest.mark.parametrize("text", ["", "@R", "a@b@c", "a\\", "/"])
def test_text_that_is_no_principal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"name|realms|backslash"):
        Principal.parse(text)


@needs_libkrb5
@given(st.text(alphabet="aB/@\\n\t ", min_size=1, max_size=12))
@settings(max_examples=500, deadline=None)
def test_libkrb5_writes_a_principal_as_we_do(text: str) -> None:
    try:
        ours = Principal.parse(text, "R")
    except ValueError:
        return
    # libkrb5 would add a default realm of its own if there were none.
    named = text if re.search(r"(?<!\\)(?:\\\\)*@", text) else f"{text}@R"
    theirs = libkrb5_keytab.written(named)
    assert theirs is None or theirs == str(ours) or ours.realm == ""
