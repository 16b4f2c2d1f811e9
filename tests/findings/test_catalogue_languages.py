"""Does the catalogue say the same in both languages: each text, and each name within it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from diagnose import data
from diagnose.findings import catalogue
from probes.language import use

CODES = catalogue.codes()

WORD = re.compile(r"[A-Za-z0-9_./:<>{}@=*+%$&?-]+")
NAMED = re.compile(r"[0-9_/<>@=*$]|[a-z][A-Z]|[A-Z]{2}|\w\.\w|\w-\w*-?\.|^-")
"""What makes a word a name: a digit, a sign, or a capital that is not the first letter."""
COMMON = {
    "vSwitch",
    "vSwitche",
    "VPC",
    "KDC",
    "DataNode",
    "NameNode",
    "DataWorks",
    "EMR",
    "ECS",
    "DNS",
    "CIDR",
    "IP",
    "ID",
}
"""Nouns that one language repeats and the other replaces or translates."""


ISSUE = re.compile(r"(\S+/\S+|SSSD) (issue|pull request) \d+|HIVE-\d+ \(.*\)")
"""The title of a source that is a name, and stays as it is."""


def names_in(text: str) -> set[str]:
    """Return the ports, settings, commands and other names of a text."""
    words = (word.strip(".:?").removesuffix("'s") for word in WORD.findall(text.replace("'s ", " ")))
    return {re.sub(r"(?<=[a-zA-Z])s$", "", word) for word in words if NAMED.search(word)} - COMMON


def texts_of(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where each text of an entry stands, and the text."""
    for name in catalogue.TEXTS:
        value = row.get(name, ())
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{key}", text) for key, text in value.items())
        else:
            yield from ((f"{name}[{number}]", text) for number, text in enumerate(value))


def row_of(code: str, folder: str) -> Mapping[str, Any]:
    rows = (data.table(f"{folder}{file}")["finding"] for file in catalogue.FILES)
    row: Mapping[str, Any] = next(table[code] for table in rows if code in table)
    return row


@pytest.mark.parametrize("file", catalogue.FILES)
def test_a_file_has_the_same_codes_in_both_languages(file: str) -> None:
    assert list(data.table(f"zh/{file}")["finding"]) == list(data.table(file)["finding"])


@pytest.mark.parametrize("code", CODES)
def test_each_text_of_a_code_is_there_in_both_languages(code: str) -> None:
    english, chinese = row_of(code, ""), row_of(code, "zh/")

    assert [place for place, _ in texts_of(chinese)] == [place for place, _ in texts_of(english)]
    assert set(chinese) <= set(catalogue.TEXTS), "facts stand in the English table alone"
    assert all(text.strip() for _, text in texts_of(chinese))


@pytest.mark.parametrize("code", CODES)
def test_both_languages_name_the_same_commands_ports_and_settings(code: str) -> None:
    english, chinese = dict(texts_of(row_of(code, ""))), dict(texts_of(row_of(code, "zh/")))

    differing = {
        place: (names_in(text) - names_in(chinese[place]), names_in(chinese[place]) - names_in(text))
        for place, text in english.items()
        if names_in(text) != names_in(chinese[place])
    }
    assert differing == {}


@pytest.mark.parametrize("code", CODES)
def test_a_chinese_text_is_chinese(code: str) -> None:
    for place, text in texts_of(row_of(code, "zh/")):
        is_quoted = place.startswith("seen")
        assert is_quoted or re.search("[\u4e00-\u9fff]", text), (place, text)
        assert not re.search("[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff] [\u4e00-\u9fff]", text), (place, text)
        assert not re.search("[\u4e00-\u9fff][A-Za-z0-9<]|[A-Za-z0-9>][\u4e00-\u9fff]", text), (place, text)


def test_each_source_has_a_chinese_title_unless_it_is_an_issue() -> None:
    sources = data.table(catalogue.SOURCES)["sources"]
    titles = data.table(f"zh/{catalogue.SOURCES}")["titles"]
    unnamed = {key for key, source in sources.items() if not ISSUE.fullmatch(source["title"])}

    assert set(titles) == unnamed


def test_the_entry_is_that_of_the_language_that_is_asked_for() -> None:
    english, chinese = catalogue.entry("SG-KDC-UDP", "en"), catalogue.entry("SG-KDC-UDP", "zh")

    assert catalogue.entry("SG-KDC-UDP") == english
    use("zh")
    assert catalogue.entry("sg-kdc-udp") == chinese
    assert chinese.title == "安全组没有放行到 KDC 的 UDP"
    assert chinese.sources[0].title == "DataWorks 文档：注册 EMR 集群（旧版数据开发）"
    assert (chinese.code, chinese.severity, chinese.basis) == (english.code, english.severity, english.basis)
