"""Are the pages of the findings those that the catalogue makes?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from diagnose.data.zh import sentences
from diagnose.findings import catalogue
from diagnose.report.catalogue_pages import INDEX, pages, write
from probes.language import use
from tests.support.places import PROJECT

PAGES = PROJECT / "docs/findings"


def texts(directory: Path) -> dict[str, str]:
    return {str(page.relative_to(directory)): page.read_text("utf-8") for page in directory.rglob("*.md")}


def test_the_pages_are_those_that_the_catalogue_makes(tmp_path: Path) -> None:
    write(tmp_path)

    written, made = texts(PAGES), texts(tmp_path)
    assert [name for name in {*written, *made} if written.get(name) != made.get(name)] == [], "run: make pages"


def test_the_page_of_a_code_that_is_gone_is_removed(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "SG-GONE.md").write_text("old", "utf-8")

    write(tmp_path)

    assert not (tmp_path / "en" / "SG-GONE.md").exists()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_code_has_a_page_that_the_index_links(language: str) -> None:
    use("zh" if language == "zh" else "en", sentences() if language == "zh" else {})

    made = dict(pages())

    assert set(made) == {INDEX, *(f"{code}.md" for code in catalogue.codes())}
    linked = re.findall(r"\]\(([^)/]+)\)", made[INDEX])
    assert sorted(linked) == sorted(f"{code}.md" for code in catalogue.codes())


def test_a_placeholder_is_no_markup() -> None:
    page = dict(pages())["SG-KDC-UDP.md"]

    assert "UDP \\<port\\> from \\<vSwitch CIDR\\>" in page
    assert re.search(r"(?<!\\)<", page) is None
    assert "`kdc =`" in dict(pages())["SG-KDC-PORT.md"]
