"""The catalogue: every code is complete, points only at codes and sources that exist, and weighs
what the " "contract says.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from diagnose import data
from diagnose.findings import catalogue

CODES = catalogue.codes()
SAFE = re.compile(r"[^\x00-\x1f\x7f]*")


@pytest.mark.parametrize("code", CODES)
def test_an_entry_says_everything_a_reader_needs(code: str) -> None:
    entry = catalogue.entry(code)

    assert entry.code == code
    assert entry.title
    assert not entry.title.endswith(".")
    assert len(entry.title) <= 90, "a title is one line of a report"
    assert entry.meaning.endswith((".", "?"))
    assert "\n" not in entry.meaning
    assert entry.seen
    assert entry.look_alikes
    assert entry.confirm
    assert entry.repair
    assert entry.basis
    assert entry.sources


@pytest.mark.parametrize("code", CODES)
def test_an_entry_points_only_at_what_exists(code: str) -> None:
    entry = catalogue.entry(code)

    assert code not in entry.look_alikes
    assert set(entry.look_alikes) <= set(CODES)
    for reference in entry.sources:
        assert reference.url is None or re.fullmatch(r"https?://[^\s]+", reference.url)
        assert (
            reference.dated is None
            or dt.date(2010, 1, 1) < reference.dated <= data.table(catalogue.SOURCES)["compiled"]
        )


STEP = re.compile(r"((As|For|From|If|In|On) [^,]+, |Or |Otherwise |Meanwhile, )?(\w+)")
CONFIRMING = {
    *("call", "check", "compare", "connect", "count", "evaluate", "fetch", "find", "go", "leave", "list", "look"),
    *("open", "probe", "query", "read", "repeat", "resolve", "run", "search", "send", "set", "sort", "subtract"),
    "take",
}
REPAIRING = {
    *("add", "allow", "ask", "bind", "change", "choose", "connect", "correct", "create", "delete", "do", "export"),
    *("give", "grant", "include", "initialize", "insert", "install", "keep", "let", "log", "lower", "make", "map"),
    *("merge", "migrate", "move", "name", "open", "pass", "put", "register", "remove", "repair", "run", "set"),
    *("start", "switch", "take", "turn", "unset", "upload", "use", "widen", "write"),
}


@pytest.mark.parametrize("code", CODES)
def test_each_step_says_what_to_do(code: str) -> None:
    entry = catalogue.entry(code)

    for steps, verbs in ((entry.confirm, CONFIRMING), (entry.repair, REPAIRING)):
        for step in steps:
            begin = STEP.match(step)
            assert begin is not None
            assert begin[3].lower() in verbs, step


@pytest.mark.parametrize("code", CODES)
def test_texts_hold_no_control_characters(code: str) -> None:
    entry = catalogue.entry(code)

    for text in (entry.title, entry.meaning, *entry.seen, *entry.confirm, *entry.repair, *entry.look_alikes.values()):
        assert SAFE.fullmatch(text)


def test_every_source_is_used() -> None:
    rows = (row for file in catalogue.FILES for row in data.table(file)["finding"].values())
    messages = data.table("messages")["message"]

    used = {key for row in (*rows, *messages) for key in row["sources"]}
    assert used == set(data.table(catalogue.SOURCES)["sources"])


def test_every_file_of_the_catalogue_is_read() -> None:
    files = {f"catalogue/{path.stem}" for path in (Path(data.__file__).parent / "catalogue").iterdir()}

    assert files == {catalogue.SOURCES, *catalogue.FILES}


def test_what_is_decided_is_never_known_from_experience_alone_unless_confirmed_by_the_probe_itself() -> None:
    decided = [catalogue.entry(code) for code in CODES if catalogue.entry(code).decided]

    assert [entry.code for entry in decided if entry.basis == ("experience",)] == ["KDC-PORT"]


@pytest.mark.parametrize(
    ("code", "grade", "required", "optional"),
    [
        ("SG-KDC-UDP", "B", "error", "error"),
        ("SG-SVC", "M", "error", "warning"),
        ("KDC-UDP-LARGE", "L", "warning", "warning"),
        ("SG-UNRESOLVED", "M", "error", "warning"),
    ],
)
def test_severity_follows_the_grade_and_the_need(code: str, grade: str, required: str, optional: str) -> None:
    assert catalogue.entry(code).severity == grade
    assert catalogue.severity(code, touches_required=True) == required
    assert catalogue.severity(code, touches_required=False) == optional


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("SG-KDC-UPD", "SG-KDC-UDP"),
        ("sg_kdc_udp", "SG-KDC-UDP"),
        ("KDC-UDP", "SG-KDC-UDP"),
        ("SHADOWED", "SG-SHADOWED"),
        ("KRB-SYNTAX", "KRB-CONF-SYNTAX"),
    ],
)
def test_a_mistyped_code_finds_the_one_that_was_meant(typed: str, meant: str) -> None:
    assert meant in catalogue.suggest(typed)
    with pytest.raises(catalogue.UnknownCodeError) as caught:
        catalogue.entry(typed)
    assert caught.value.near == catalogue.suggest(typed)
    assert meant in str(caught.value)


@pytest.mark.parametrize("nonsense", ["", "-", "??", "x" * 10_000, "\x1b[31m"])
def test_nonsense_suggests_nothing_and_is_an_ordinary_error(nonsense: str) -> None:
    with pytest.raises(catalogue.UnknownCodeError) as caught:
        catalogue.entry(nonsense)

    assert caught.value.near == ()


def test_a_code_is_found_in_any_case() -> None:
    assert catalogue.entry(" sg-kdc-udp ") == catalogue.entry("SG-KDC-UDP")


def test_what_a_check_concludes_is_in_the_catalogue_as_decided() -> None:
    checks = Path(catalogue.__file__).parent.rglob("*.py")
    texts = [path.read_text("utf-8") for path in checks]
    named = {code for text in texts for code in re.findall(r'"([A-Z0-9]+(?:-[A-Z0-9]+)+)"', text)} - {"UTF-8"}

    assert "SG-KDC-UDP" in named
    assert [code for code in sorted(named) if not catalogue.entry(code).decided] == []


@pytest.mark.parametrize("code", catalogue.codes())
def test_the_grade_read_by_itself_is_that_of_the_whole_table(code: str) -> None:
    by_grade = {"B": "error", "M": "error", "L": "warning", "I": "info"}
    assert catalogue.severity(code, touches_required=True) == by_grade[catalogue.entry(code).severity]
