"""Each rule of MIT's profile grammar: what we read, and that libkrb5 reads the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from probes.files.krb5conf import Krb5ConfError, Krb5ValueError, Profile, Relation, load, mit
from probes.files.krb5conf.errors import Rule, excerpt
from probes.files.krb5conf.profile import INCLUDE_DEPTH, TOTAL_BYTES
from probes.files.krb5conf.syntax import NESTING
from probes.files.krb5conf.tree import Block, Include, Krb5Setting, Silent
from probes.origin import Origin
from tests.support.oracles.krb5conf import FromDisk, disagreement

R = b"[realms]\nR = {\n"


def read(directory: Path, *contents: bytes) -> Profile:
    """Return our reading of the files, after libkrb5 agreed with it."""
    paths = on_disk(directory, *contents)
    assert disagreement(paths) is None
    return load([(path.name, path.read_bytes()) for path in paths], FromDisk())


def on_disk(directory: Path, *contents: bytes) -> list[Path]:
    paths = [directory / f"f{number}" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content.replace(b"DIR", bytes(directory)))
    return paths


def values(found: Sequence[Relation]) -> list[str]:
    return [relation.value for relation in found]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(R + b" kdc = a\n#kdc = b\n ;kdc = c\n}\n", ["a"], id="comment-lines"),
        pytest.param(R + b" kdc = a # b\n}\n", ["a # b"], id="no-comment-after-a-value"),
        pytest.param(R + b" kdc = a b\n kdc=c\n}\n", ["a b", "c"], id="one-value-a-line"),
        pytest.param(
            R + b" kdc = a\n}\nR = {\n kdc = b\n}\n[realms]\nR = {\n kdc = c\n}\n", ["a", "b", "c"], id="openings-merge"
        ),
        pytest.param(R + b" kdc = a", ["a"], id="file-ends-first"),
        pytest.param(b"[realms]\r\nR = {\r\n kdc = a \r\n}\r\n", ["a"], id="crlf"),
        pytest.param(b"[realms]\nR =\n {\n kdc = a\n}\n", ["a"], id="brace-on-the-next-line"),
        pytest.param(b"[realms]\nR =\n{ kdc = b\n kdc = a\n}\n", ["a"], id="after-that-brace-nothing-counts"),
        pytest.param(b"[realms]\nR = { kdc = a }\n", [], id="all-on-one-line-is-a-value"),
        pytest.param(R + b" kdc = a\n} # kdc = b\n", ["a"], id="after-a-closing-brace-nothing-counts"),
        pytest.param(
            b"kdc = x\n [realms]\n}\n" + R + b"kdc = a\n", ["a"], id="preamble-skipped-indented-header-and-all"
        ),
        pytest.param(b"\xef\xbb\xbf" + R + b"kdc = a\n}\n", [], id="bom-hides-the-first-section"),
        pytest.param(b"[x]\n  [realms]  \nR = {\n kdc = a\n}\n", ["a"], id="later-header-may-be-indented"),
        pytest.param(b"[ realms ]\nR = {\n kdc = a\n}\n[REALMS]\nR = {\n kdc = b\n}\n", [], id="names-are-exact"),
        pytest.param(
            R + b' kdc = "a b" c\n kdc = "d\\te\\"\\\\\\q"\n kdc = "open\n kdc = ""\n}\n',
            ["a b", 'd\te"\\q', "open", ""],
            id="quotes",
        ),
        pytest.param(R + b" kdc\t  =\t a = b\n}\n", ["a = b"], id="first-equals-sign-splits"),
        pytest.param(R + b" kdc = {}\n kdc = {a\n}\n", ["{}", "{a"], id="brace-with-more-is-a-value"),
        pytest.param(R + b" kdc* = a\n kdc*x = b\n kdc = c\n}\n", ["a", "b", "c"], id="final-relation-is-a-plain-one"),
        pytest.param(
            R + b" kdc = a\0b\n kdc = \xff\xc3\xa9\n}\n", ["a", "\udcffé"], id="nul-ends-a-line-other-bytes-stay"
        ),
        pytest.param(R + b" kdc = " + b"x" * 2040 + b"\n}\n", ["x" * 2040], id="2047-bytes-fit"),
        pytest.param(R + b" kdc = " + b"x" * 2040 + b"kdc=y\n}\n", ["x" * 2040, "y"], id="longer-line-is-split"),
        pytest.param(
            R + b"includes = x\nincludedirs = y\ninclude= z\n kdc = a\n}\n", ["a"], id="include-needs-a-blank-after-it"
        ),
        pytest.param(R + b" include = x\n kdc = a\n}\n", ["a"], id="include-at-column-0-only"),
    ],
)
def test_values(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    assert values(read(tmp_path, content).relations("realms", "R", "kdc")) == expected


@pytest.mark.parametrize(
    ("rule", "line", "content"),
    [
        ("section-not-top", 4, R + b" kdc = a\n[x]\n}\n"),
        ("section-syntax", 2, b"[a]\n[b\n"),
        ("section-syntax", 1, b"[a] # c\n"),
        ("section-syntax", 3, b"[a]\n\n[b\0]\n"),
        ("section-syntax", 1, b"[a] *\n"),
        ("relation-syntax", 2, b"[a]\nb\n"),
        ("relation-syntax", 2, b"[a]\n= b\n"),
        ("relation-syntax", 2, b"[a]\nb c = d\n"),
        ("relation-syntax", 3, R + b" kdc = " + b"x" * 2041),
        ("extra-brace", 2, b"[a]\n}\n"),
        ("extra-brace", 4, b"[a]\nb = {\n}\n}\n"),
        ("missing-brace", 3, b"[a]\nb =\n\n{\n}\n"),
        ("missing-brace", 3, b"[a]\nb =\n# c\n{\n}\n"),
        ("extra-brace", 3, b"[a]\nb = { # c\n}\n"),
        ("module", 2, b"x\nmodule /lib/x.so:y\n"),
        ("include-nothing", 3, b"[a]\n\ninclude \n"),
        ("include-nothing", 1, b"includedir\n"),
        ("include-cycle", 2, b"[a]\ninclude DIR/f0\n"),
    ],
)
def test_refusals(tmp_path: Path, rule: Rule, line: int, content: bytes) -> None:
    paths = on_disk(tmp_path, content)
    assert disagreement(paths) is None
    with pytest.raises(Krb5ConfError) as caught:
        load([(str(path), path.read_bytes()) for path in paths], FromDisk())
    assert (caught.value.rule, caught.value.line, caught.value.file) == (rule, line, str(paths[0]))


FINAL_FILES = (
    pytest.param(b"[realms]*\nR = {\n kdc = a\n}\n", ["a"], id="section"),
    pytest.param(b"[realms]\nR* = {\n kdc = a\n}\n", ["a"], id="subsection"),
    pytest.param(b"[realms]\nR = {\n kdc = a\n}*\n", ["a"], id="closing-brace"),
    pytest.param(b"[realms]*\n", [], id="section-without-the-realm"),
    pytest.param(b"[realms]\nS* = {\n}\nR = {\n kdc* = a\n}\n", ["a", "b"], id="other-subsection-and-relation"),
    pytest.param(b"[realms]*\nR = {\n kdc = a\n}\n[realms]\nR = {\n kdc = c\n}\n", ["a", "c"], id="same-file-goes-on"),
)


@pytest.mark.parametrize(("first", "expected"), FINAL_FILES)
def test_a_final_marker_stops_later_files(tmp_path: Path, first: bytes, expected: list[str]) -> None:
    profile = read(tmp_path, first, R + b" kdc = b\n}\n[x]\n y = z\n")
    assert values(profile.relations("realms", "R", "kdc")) == expected
    assert values(profile.relations("x", "y")) == ["z"]


def test_files_merge_and_a_scalar_is_the_first_one(tmp_path: Path) -> None:
    profile = read(tmp_path, R + b" kdc = a\n}\n[x]\n y = 1\n", R + b" kdc = b\n}\nQ = {\n}\n[x]\n y = 2\n")
    assert values(profile.relations("realms", "R", "kdc")) == ["a", "b"]
    assert profile.first("x", "y") == Relation("1", Origin("f0", 6, "[x] y"))
    assert profile.subsections("realms") == ("R", "Q")
    assert profile.subsections() == ("realms", "x")
    assert profile.section_origin("realms", "Q") == Origin("f1", 5, "[realms] Q")
    assert profile.section_origin("realms") == Origin("f0", 1, "[realms]")
    assert profile.section_origin("nowhere") is None
    assert profile.relations() == () == profile.relations("x")


def test_names_come_in_byte_order_and_values_in_file_order(tmp_path: Path) -> None:
    profile = read(tmp_path, b"[b]\n z = 1\n Z = 2\n z = 3\n a = 4\n[a]\n")
    assert profile.relation_names("b") == ("Z", "a", "z")
    assert values(profile.relations("b", "z")) == ["1", "3"]
    assert profile.subsections() == ("a", "b")


def test_an_include_starts_anew_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "inc").write_bytes(b" kdc = skipped\n[realms]\nR = {\n kdc = b\n")
    profile = read(tmp_path, R + b" kdc = a\nS =\ninclude DIR/inc\n {\n }\n kdc = c\n}\n")
    assert values(profile.relations("realms", "R", "kdc")) == ["a", "b", "c"]
    assert profile.relations("realms", "R", "kdc")[1].origin == Origin(str(tmp_path / "inc"), 4, "[realms] R kdc")


def test_includedir_takes_some_names_in_byte_order(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    (folder / "sub.conf").mkdir(parents=True)
    for name in ("b", "B", "a.conf", "é.conf", "_-9", ".h.conf", "a.rpmsave", "a~", "c.conf.bak", "ç", ".conf"):
        (folder / name).write_bytes(R + b" kdc = " + name.encode() + b"\n")
    profile = read(tmp_path, b"includedir DIR/d\n")
    assert values(profile.relations("realms", "R", "kdc")) == ["B", "_-9", "a.conf", "b", "é.conf"]


def test_a_directory_included_as_a_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    assert read(tmp_path, b"include DIR/d\n" + R).missing == ()


def test_a_missing_include_is_recorded_and_the_rest_is_read(tmp_path: Path) -> None:
    content = b"includedir /no/d/\n[a]\nb = c\ninclude /no/f \n"
    assert disagreement(on_disk(tmp_path, content)) is None
    for includer in (None, FromDisk()):
        profile = load([("k", content)], includer)
        assert profile.missing == (Origin("k", 1, "includedir /no/d/"), Origin("k", 4, "include /no/f "))
        assert values(profile.relations("a", "b")) == ["c"]


class Endless:
    """Supplies files that each include another one, and directories that hold two such files."""

    def file(self, path: str) -> tuple[str, bytes]:
        return path, b"include " + path.encode() + b"x\n"

    def directory(self, path: str) -> list[tuple[str, bytes]]:
        return [(f"{path}/{name}", f"includedir {path}/{name}\n".encode()) for name in "ab"]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"include /a\n", "too-deep"),
        (b"includedir /a\n", "too-deep"),
        (b"include /a\n" * 2000, "too-deep"),
        (b"[a]\n" + b"b = {\n" * (NESTING + 1), "too-deep"),
        (b"#" * (TOTAL_BYTES + 1), "too-big"),
    ],
)
def test_bounds(content: bytes, rule: Rule) -> None:
    with pytest.raises(Krb5ConfError) as caught:
        load([("k", content)], Endless())
    assert caught.value.rule == rule


def test_many_includes_are_refused() -> None:
    class Same(Endless):
        def file(self, path: str) -> tuple[str, bytes]:
            return path, b""

    with pytest.raises(Krb5ConfError, match="1000 included files") as caught:
        load([("k", b"include /a\n" * 1001)], Same())
    assert (caught.value.rule, caught.value.line) == ("too-many-files", 1001)


def test_includes_may_go_as_deep_as_the_bound() -> None:
    class Chain(Endless):
        def file(self, path: str) -> tuple[str, bytes]:
            left = int(path)
            return path, f"include {left - 1}\n".encode() if left else b"[a]\nb = c\n"

    assert load([("k", f"include {INCLUDE_DEPTH - 1}\n".encode())], Chain()).first("a", "b") is not None


def test_the_tree_keeps_every_line_and_marker(tmp_path: Path) -> None:
    (tmp_path / "inc").write_bytes(b"[x]\ny = z\n")
    content = f'# c\r\n[a]*\nb* =\n{{\n c* = "d"\n}}*  x\n\ninclude {tmp_path}/inc\n[a]\n'.encode()
    tree = load([("k", content)], FromDisk()).trees[0]
    assert b"".join(line.raw for line in tree.lines()) == content
    assert [line.number for line in tree.lines()] == list(range(1, 10))
    comment, first, second = tree.nodes
    assert isinstance(comment, Silent)
    assert comment.why == "preamble"
    assert isinstance(first, Block)
    assert isinstance(second, Block)
    assert (first.name, first.final, first.close, second.name, second.final) == ("a", True, None, "a", False)
    inner, blank, include = first.nodes
    assert isinstance(inner, Block)
    assert (inner.final, inner.close_final, inner.close and inner.close.number) == (True, True, 6)
    brace, setting = inner.nodes
    assert isinstance(brace, Silent)
    assert brace.why == "brace"
    assert isinstance(setting, Krb5Setting)
    assert (setting.name, setting.value, setting.final, setting.quoted, setting.line.number) == (
        "c",
        "d",
        True,
        True,
        5,
    )
    assert isinstance(blank, Silent)
    assert isinstance(include, Include)
    assert not include.missing
    assert include.trees[0].file == str(tmp_path / "inc")


def test_an_excerpt_is_short_and_printable() -> None:
    assert excerpt("a\x1b[31m\n\udcff") == r"'a\x1b[31m\n\xff'"
    assert excerpt(b"x" * 100) == f"'{'x' * 60}…'"


WORDS = (
    "y",
    "yes",
    "true",
    "t",
    "1",
    "on",
    "n",
    "no",
    "false",
    "nil",
    "0",
    "off",
    "YES",
    "nIl",
    "f",
    "2",
    "maybe",
    "",
    "ja",
    "tr\xfce",
)
NUMBERS = (
    "0",
    "1465",
    "-1",
    "+5",
    "007",
    "0x10",
    "5m",
    "",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9" * 40,
    "1 2",
    "١",
)


def test_booleans_and_integers_are_those_of_libkrb5(tmp_path: Path) -> None:
    names = {f"v{number}": word for number, word in enumerate(WORDS + NUMBERS)}
    profile = read(
        tmp_path, "".join(["[libdefaults]\n", *(f'{name} = "{word}"\n' for name, word in names.items())]).encode()
    )
    found = {word: _try(mit.boolean, profile, name) for name, word in names.items()}
    assert {word for word, value in found.items() if value is True} == {"y", "yes", "true", "t", "1", "on", "YES"}
    assert {word for word, value in found.items() if value is False} == {"n", "no", "false", "nil", "0", "off", "nIl"}
    numbers = {word: _try(mit.integer, profile, name) for name, word in names.items()}
    assert {word: value for word, value in numbers.items() if value is not None} == {
        word: int(word) for word in ("0", "1", "2", "1465", "-1", "+5", "007", "2147483647", "-2147483648")
    }


def _try(reading: object, profile: Profile, name: str) -> object:
    relation = profile.first("libdefaults", name)
    assert relation is not None
    assert callable(reading)
    try:
        return reading(relation)
    except Krb5ValueError:
        return None
