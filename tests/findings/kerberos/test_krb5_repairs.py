"""Does each edit that the lint proposes repair the file itself?

Every edit is applied to the text, and the text is read again: by the lint, by the installed
libkrb5, and by the installed JDK. A twentieth of EMR_DIAGNOSE_FUZZ files is repaired (default 150):
each is read again after every repair.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from diagnose.findings.kerberos.krb5_lint import Views, faults_of, lint, read
from diagnose.findings.model import Finding
from diagnose.findings.values import Values
from probes.errors import FormatError
from probes.files.line_edit import EditMismatchError, LineEdit, edited
from tests.support.krb5conf_samples import OWN_SEEDS, OWN_TOKENS, REAL, SEEDS, SLIPS, TOKENS, mutated
from tests.support.krb5conf_shapes import GOOD, SHAPES
from tests.support.oracles.jdk import Jdk, running

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000")) // 20
MOST_STEPS: Final = 60
"""Repairs of one file, one after the other."""


class Disk:
    """Reads what include lines name, in the order of the file system, as the JDK does."""

    def file(self, path: str) -> tuple[str, bytes] | None:
        with suppress(OSError, ValueError):
            return path, b"" if Path(path).is_dir() else Path(path).read_bytes()
        return None

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        with suppress(OSError, ValueError):
            return [(str(Path(path) / one.name), one.read_bytes()) for one in Path(path).iterdir() if one.is_file()]
        return None


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jdk]:
    with running(tmp_path_factory.mktemp("jdk"), ()) as started:
        yield started


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a directory with files to include."""
    (tmp_path / "conf.d").mkdir()
    for name, content in (
        ("one", b"[appdefaults]\nx = y\n"),
        ("two", b"[appdefaults]\nz = y\n"),
        ("conf.d/kcm", b"[appdefaults]\npam = y\n"),
        ("conf.d/crypto.conf", b"[appdefaults]\nforwardable = true\n"),
    ):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def written(place: Path, content: bytes) -> Path:
    path = place / "krb5.conf"
    path.write_bytes(content.replace(b"DIR", bytes(place)))
    return path


def views(path: Path) -> Views:
    return read([(str(path), path.read_bytes())], Disk(), on_site=True)


def repair(edits: Sequence[LineEdit]) -> None:
    """Make the edits in the files themselves."""
    for name in {edit.file for edit in edits}:
        ours = [edit for edit in edits if edit.file == name]
        Path(name).write_bytes(edited(Path(name).read_bytes(), ours))


def is_read_by_libkrb5(path: Path) -> bool:
    from tests.support.oracles import libkrb5

    try:
        with libkrb5.Profile([str(path)]) as profile:
            profile.start()
    except libkrb5.RefusedError:
        return False
    return True


def is_read_by_java(java: Jdk, path: Path) -> bool:
    return java.ask(path)["rejected"] is None


def keys(findings: Sequence[Finding]) -> Counter[tuple[str, str]]:
    return Counter((one.code, Values(one.params).text("kind")) for one in findings)


@pytest.mark.needs("libkrb5", "java", "javac")
@pytest.mark.parametrize("name", SHAPES)
def test_the_edit_of_a_shape_makes_both_families_read_the_file(name: str, place: Path, java: Jdk) -> None:
    shape = SHAPES[name]
    path = written(place, GOOD.replace(shape.old, shape.new.replace(b"/d", b"DIR/conf.d"), 1))
    ref = f"{path}:{shape.line}" if shape.line else str(path)
    finding = next(one for one in lint(views(path)) if (one.code, one.evidence[0].ref) == (shape.code, ref))
    if not shape.heals:
        assert (finding.edits, finding.advice[0][:9]) == ((), "By hand: ")
        return
    repair(finding.edits)
    assert list(lint(views(path))) == []
    assert is_read_by_libkrb5(path)
    answer = java.ask(path)
    assert answer["rejected"] is None
    assert answer["default_realm"] in ("R", "S")


def corpus(count: int) -> Iterator[bytes]:
    """Yield files as people have them, with one to five slips of hand, and broken ones."""
    for number in range(count):
        dice = random.Random(number)
        if number % 3:
            yield mutated(dice, dice.choice((GOOD, *REAL)), SLIPS)
        else:
            yield mutated(dice, dice.choice((*OWN_SEEDS, *SEEDS)), (*OWN_TOKENS, *TOKENS))


@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
@pytest.mark.needs("libkrb5", "java", "javac")
def test_one_edit_after_the_other_ends_in_a_file_that_both_families_read(place: Path, java: Jdk) -> None:
    """Given files with any faults, when each edit is made, then its finding is gone, nothing is
    refused that was read, and nothing new is found."""
    edits = whole = 0
    for content in corpus(COUNT):
        path = written(place, content)
        for _ in range(MOST_STEPS):
            before = views(path)
            if any(isinstance(view, FormatError) and view.is_our_bound for view in (before.mit, before.jdk)):
                break
            findings = list(lint(before))
            finding = next((one for one in findings if one.edits and one.severity != "info"), None)
            if finding is None:
                if all(not Values(one.params).texts("refused_by") for one in findings):
                    whole += is_read_by_libkrb5(path) and is_read_by_java(java, path)
                break
            one_step(path, findings, finding, java)
            edits += 1
        else:
            pytest.fail(f"no end: {content!r}")
        restored(place)
    assert edits > COUNT / 2
    assert whole > COUNT / 2


def one_step(path: Path, findings: Sequence[Finding], finding: Finding, java: Jdk) -> None:
    text, before = path.read_bytes(), keys(findings)
    read_before = is_read_by_libkrb5(path), is_read_by_java(java, path)
    repair(finding.edits)
    left = list(lint(views(path)))
    loud = keys([one for one in left if one.severity != "info"])
    now = is_read_by_libkrb5(path), is_read_by_java(java, path)
    shown = (finding.code, finding.title, finding.advice, text)
    assert all(later >= earlier for earlier, later in zip(read_before, now, strict=True)), shown
    if all(read_before):
        key = (finding.code, Values(finding.params).text("kind"))
        assert keys(left)[key] < before[key], shown
        # What was a remark may be more now: another edit of it may hold.
        assert not loud - before, (shown, loud - before)


def restored(place: Path) -> None:
    """Write the included files again: an edit may have changed them."""
    (place / "one").write_bytes(b"[appdefaults]\nx = y\n")
    (place / "two").write_bytes(b"[appdefaults]\nz = y\n")
    (place / "conf.d/kcm").write_bytes(b"[appdefaults]\npam = y\n")
    (place / "conf.d/crypto.conf").write_bytes(b"[appdefaults]\nforwardable = true\n")


def test_edits_keep_the_line_ends_and_the_numbers_of_the_file() -> None:
    content = b"a\r\nb\r\nc\r\nd"
    edits = [LineEdit("f", 2, ("b",), ("B", "x")), LineEdit("f", 3, (), ("new",)), LineEdit("f", 4, ("d",))]
    assert edited(content, edits) == b"a\r\nB\r\nx\r\nnew\r\nc\r"
    assert edited(b"a\n", [LineEdit("f", 2, (), ("b",))]) == b"a\nb\n"
    assert edited(b"a", [LineEdit("f", 2, (), ("b",))]) == b"a\nb"


@pytest.mark.parametrize("edit", [LineEdit("f", 1, ("b",)), LineEdit("f", 9, (), ("x",)), LineEdit("f", 2, ("", "x"))])
def test_an_edit_of_another_file_is_refused(edit: LineEdit) -> None:
    with pytest.raises(EditMismatchError, match="f:"):
        edited(b"a\n", [edit])


TWICE: Final = b"[libdefaults]\ndefault_realm = R\n[realms]\nR = {\nkdc = h1:88\n}\n"


@pytest.mark.needs("libkrb5", "java", "javac")
@pytest.mark.parametrize(
    ("includes", "gone"),
    [
        (b"includedir DIR/conf.d\nincludedir DIR/conf.d\n", 2),
        (b"includedir DIR/conf.d\nincludedir DIR/conf.d/\n", 2),
        (b"include DIR/one\ninclude DIR/two\ninclude DIR/one\n", 3),
        (b"include DIR/conf.d/kcm\nincludedir DIR/conf.d\n", 1),
        (b"includedir DIR/conf.d\ninclude DIR/conf.d/kcm\n", 2),
        (b"include DIR/krb5.conf\n", 1),
    ],
)
def test_of_two_includes_of_one_file_the_needless_one_goes(includes: bytes, gone: int, place: Path, java: Jdk) -> None:
    path = written(place, includes + TWICE)
    (finding,) = (one for one in lint(views(path)) if one.code == "KRB-INCLUDEDIR")
    assert [(edit.line, edit.after) for edit in finding.edits] == [(gone, ())]
    repair(finding.edits)
    assert is_read_by_libkrb5(path)
    assert is_read_by_java(java, path)


@pytest.mark.needs("libkrb5", "java", "javac")
@pytest.mark.parametrize("empty", [b"rdns =\n", b"rdns =  \n", b"a =\nb =\n", b"default_realm =\n"])
def test_a_key_without_a_value_is_named_and_its_line_repaired(empty: bytes, place: Path, java: Jdk) -> None:
    path = written(place, TWICE.replace(b"default_realm = R\n", empty))
    finding = next(iter(lint(views(path))))
    assert finding.evidence[0].origin is not None
    assert finding.evidence[0].origin.line == 2
    assert finding.edits
    repair(finding.edits)
    assert is_read_by_libkrb5(path)
    assert is_read_by_java(java, path)


def test_the_only_kdc_of_a_realm_is_not_deleted_for_having_no_value(place: Path) -> None:
    findings = list(lint(views(written(place, TWICE.replace(b"h1:88", b"")))))
    assert [(one.code, one.evidence[0].ref[-2:], one.edits) for one in findings] == [("KRB-CONF-SYNTAX", ":5", ())]
    assert "give kdc a value" in findings[0].advice[0]


@pytest.mark.parametrize(("first", "severity"), [(b"# x\n", "info"), (b"\n", "info"), (b"", "error")])
def test_a_byte_order_mark_is_a_fault_only_if_it_hides_something(first: bytes, severity: str, place: Path) -> None:
    findings = list(lint(views(written(place, b"\xef\xbb\xbf" + first + TWICE))))
    assert [one.severity for one in findings if "byte order mark" in one.title] == [severity]


def test_a_large_file_is_not_read_again_and_again(place: Path) -> None:
    content = TWICE + b"#\n" * 200_000 + b"[capaths]*\n" * 3
    assert len(list(faults_of(views(written(place, content))))) >= 3
    assert [one.edits for one in lint(views(written(place, content)))][-1] == ()


WHOLE: Final = """[libdefaults]
  default_realm = R.COM
  dns_lookup_kdc = false
[realms]
  R.COM = {
    kdc = h1:88
    kdc = h2:88
  }
[domain_realm]
  .r.com = R.COM
"""


@pytest.mark.needs("libkrb5", "java", "javac")
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("  R.COM = {\n", "  R.COM = {\n  R.COM = {\n"),
        ("  R.COM = {\n", ""),
        ("  R.COM = {\n", "  R.COM {\n"),
        ("  R.COM = {\n", "  R.COM: {\n"),
        ("  R.COM = {\n", "  R.COM = {{\n"),
        ("  R.COM = {\n", "  R.COM =\n"),
        ("  }\n", "  }\n  }\n"),
        ("  }\n", ""),
        ("[realms]\n", ""),
        ("[realms]\n", "realms]\n"),
        ("[realms]\n", "[realms\n"),
        ("[realms]\n", "[[realms]\n"),
        ("[realms]\n  R.COM = {\n", "[realms] R.COM = {\n"),
        ("[libdefaults]\n  default_realm = R.COM\n", "[libdefaults] default_realm = R.COM\n"),
        ("    kdc = h1:88\n    kdc = h2:88\n", "    KDC = h1:88\n    KDC = h2:88\n"),
    ],
)
def test_one_slip_of_the_hand_is_taken_back(right: str, wrong: str, place: Path, java: Jdk) -> None:
    path = written(place, WHOLE.replace(right, wrong, 1).encode())
    findings = list(lint(views(path)))
    assert [finding.severity for finding in findings if finding.severity == "error"] == ["error"]
    repair(next(finding for finding in findings if finding.severity == "error").edits)
    assert is_read_by_libkrb5(path)
    assert is_read_by_java(java, path)
    assert [line.split() for line in path.read_text().splitlines()] == [line.split() for line in WHOLE.splitlines()]
    assert not [finding for finding in lint(views(path)) if finding.severity == "error"]


def test_a_header_is_put_before_a_stanza_only_if_nothing_else_follows_it(place: Path) -> None:
    text = WHOLE.replace("[realms]\n", "").replace("  }\n", "  }\n  rdns = false\n")
    (finding,) = (one for one in lint(views(written(place, text.encode()))) if one.severity == "error")
    assert (finding.code, finding.edits) == ("KRB-NO-STANZA", ())


@pytest.mark.parametrize("key", ["kdc", "admin_server"])
def test_a_brace_that_closes_nothing_makes_no_stanza_of_a_key(place: Path, key: str) -> None:
    text = WHOLE.replace("    kdc = h2:88\n", f"    {key} =\n").replace("  }\n", "  }\n  }\n")
    edits = [edit for one in lint(views(written(place, text.encode()))) for edit in one.edits]
    assert edits
    assert not [row for edit in edits for row in edit.after if "{" in row]


def test_a_key_without_a_value_in_another_section_is_not_opened_by_a_brace(place: Path) -> None:
    text = WHOLE.replace("[realms]\n  R.COM = {\n", "  mine =\n[realms]\n")
    edits = [edit for one in lint(views(written(place, text.encode()))) for edit in one.edits]
    assert edits
    assert "  mine = {" not in [row for edit in edits for row in edit.after]


def test_a_stanza_out_of_place_is_repaired_also_where_dns_is_asked(place: Path) -> None:
    text = WHOLE.replace("[realms]\n", "").replace("  dns_lookup_kdc = false\n", "")
    (finding,) = lint(views(written(place, text.encode())))
    assert (finding.code, finding.severity) == ("DNS-SRV", "warning")
    assert [(edit.line, edit.before, edit.after) for edit in finding.edits] == [(3, (), ("[realms]",))]


def test_a_primary_kdc_beside_dns_needs_no_line_more(place: Path) -> None:
    text = WHOLE.replace("  dns_lookup_kdc = false\n", "").replace(
        "    kdc = h1:88\n    kdc = h2:88\n", "    primary_kdc = h1\n"
    )
    (finding,) = (one for one in lint(views(written(place, text.encode()))) if one.code == "DNS-SRV")
    assert finding.edits == ()
