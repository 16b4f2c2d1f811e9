"""Does text keep its words, and the page its width?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from diagnose.output.clean import clean
from diagnose.output.page import Page, unbroken, wrapped
from diagnose.output.styled import Styled
from tests.support.pages import STEERING, is_one_word

WIDTHS = (60, 80, 100, 200)
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=63)
HOSTS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)
ENDPOINTS = st.tuples(HOSTS, st.integers(1, 65535)).map(lambda end: f"{end[0]}:{end[1]}")
URLS = st.tuples(st.sampled_from(["https", "krb5+udp", "hadoop"]), ENDPOINTS).map(
    lambda url: f"{url[0]}://{url[1]}/a?b=c"
)
PROSE = st.text("abcdefghij,.()", min_size=1, max_size=14)
SENTENCES = st.lists(st.one_of(PROSE, PROSE, PROSE, HOSTS, ENDPOINTS, URLS), min_size=1, max_size=30).map(" ".join)
HOST = "master-1-1.c-6d1f0b27a94ce385.cn-hangzhou.emr.aliyuncs.com"


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("width", WIDTHS)
@given(SENTENCES)
@settings(max_examples=50, deadline=None)
def test_a_paragraph_keeps_every_host_port_and_url_whole(width: int, sentence: str) -> None:
    page = Page(width, colour=False)
    page.line(sentence, indent=4)

    assert words(page.text) == words(sentence)
    assert all(cell_len(line) <= width or is_one_word(line) for line in page.text.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
@given(st.lists(st.tuples(PROSE, SENTENCES, SENTENCES), min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_a_table_keeps_every_host_port_and_url_whole(width: int, rows: list[tuple[str, str, str]]) -> None:
    page = Page(width, colour=False)
    page.rows(rows, gap=2)

    assert sorted(words(page.text)) == sorted(words(" ".join(map(" ".join, rows))))
    assert all(cell_len(line) <= width or is_one_word(line) for line in page.text.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
@given(st.lists(SENTENCES, min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_a_list_keeps_every_host_port_and_url_whole(width: int, items: list[str]) -> None:
    page = Page(width, colour=False)
    page.listed(items)

    assert [word for word in words(page.text) if word != "-"] == [
        word for word in words(" ".join(items)) if word != "-"
    ]
    assert all(cell_len(line) <= width or is_one_word(line) for line in page.text.splitlines())


def test_a_word_that_fits_the_page_but_not_its_indent_moves_left() -> None:
    page = Page(60, colour=False)
    page.line(f"names KDC at {HOST}:88", indent=4)

    assert page.text == f"    names KDC at\n{HOST}:88\n"


def test_a_row_with_a_word_wider_than_its_column_is_written_below_each_other() -> None:
    page = Page(60, colour=False)
    page.rows([("Evidence", f"names KDC at {HOST}"), ("How sure", "very likely")], gap=2)

    assert page.text == f"  Evidence\n    names KDC at\n  {HOST}\n  How sure  very likely\n"


def test_a_row_below_each_other_tells_which_column_a_cell_belongs_to() -> None:
    page = Page(60, colour=False)
    page.rows([("Realm", HOST, "h2")], ("", "MIT", "Java"), gap=2)

    assert page.text == f"  Realm\n    MIT:\n {HOST};\n    Java: h2\n"


def test_equal_cells_of_a_row_below_each_other_are_written_once() -> None:
    page = Page(60, colour=False)
    page.rows([("Realm", HOST, HOST)], ("", "MIT", "Java"), gap=2)

    assert page.text.count(HOST) == 1
    assert page.text.splitlines()[1] == "    MIT, Java:"


def test_titles_stand_above_the_rows_that_have_columns() -> None:
    page = Page(60, colour=False)
    page.rows([("Realm", HOST, "h2"), ("Other", "h1", "h2")], ("", "MIT", "Java"), gap=2)

    assert page.text.splitlines()[0].split() == ["MIT", "Java"]


def test_a_column_gives_way_to_others_but_not_below_its_widest_word() -> None:
    page = Page(60, colour=False)
    page.rows(
        [("allowed", "core-1-1.example.com, core-1-2.example.com", "NodeManager web UI 8042/tcp, DataNode 9866/tcp")]
    )

    assert page.text.splitlines()[0] == "  allowed core-1-1.example.com,    NodeManager web UI"


@given(st.text(alphabet=st.sampled_from("ab-.“”’‘ \u00a0\n—\u2e7f"), max_size=30))
def test_a_text_has_the_same_words_with_and_without_chinese_behind_it(text: str) -> None:
    # Given an ideograph, the words are found by another expression
    assert unbroken(f"{text} 字") == [*unbroken(text), "字"]


def test_chinese_wraps_between_its_characters_and_never_before_a_stop() -> None:
    page = Page(40, colour=False)
    page.line("集" * 19 + "群。" + "集" * 3)

    assert page.text == "集" * 19 + "\n群。" + "集" * 3 + "\n"


def test_colours_add_nothing_to_the_words() -> None:
    shown, plain = Page(60, colour=True), Page(60, colour=False)
    for page in (shown, plain):
        page.rows([(Styled("blocked", "bad"), f"names {HOST}:8020 and more words after it")])

    assert "\x1b[1;31mblocked\x1b[0m" in shown.text
    assert "\x1b" not in plain.text


@given(st.text(max_size=60), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_any_text_fits_any_page(text: str, width: int) -> None:
    page = Page(width, colour=False)
    page.line(text, indent=2)
    page.listed([text, "plain"], "1.")
    page.rows([(text, "a", text), ("b", text, "c")], ("one", "two", "three"), gap=2)

    for line in page.text.splitlines():
        assert cell_len(line) <= page.width or is_one_word(line)
        assert not STEERING.search(line)


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_no_line_of_chinese_begins_with_a_closing_sign_or_ends_with_an_opening_one() -> None:
    text = (
        "旧版页面在需要来源的地方写的是“目的地址”；新版（国际站）写的是“访问来源”或“授权对象”，见 KDC（主节点）日志。"
    )

    for width in range(40, 80):
        page = Page(width, colour=False)
        page.line(text)
        lines = page.text.splitlines()
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert not [line for line in lines if line[0] in "”；，。）" or line[-1] in "“（"]


@pytest.mark.parametrize("words", ["Write “{}”.", "把它写成 “{}”."])
def test_a_mark_after_a_long_quotation_begins_no_line(words: str) -> None:
    for length in range(30, 80):
        lines = wrapped(words.format("x" * length), 60)

        assert [line for line in lines if line.strip(" ”") in (".", "")] == []
