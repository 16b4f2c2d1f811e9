"""Does every path of this project that a page names exist, and every register that it names?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.places import PROJECT

PAGES = (
    *sorted(PROJECT.glob("*.md")),
    *sorted(PROJECT.glob("docs/**/*.md")),
    *sorted(PROJECT.glob("fixtures/**/*.md")),
)

CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?<!\\)\]\((?![a-z]+:)([^)#\s]+)")
PATH = re.compile(r"(?:^|(?<=[\s(\"']))(?:probes|diagnose|tests|docs|fixtures|benchmarks|\.ci)/[\w./*-]*\w[*/]?")
"""A path below one of the project's own directories, at the beginning of a word."""

REGISTER = re.compile(r"`([A-Z]+)` in\s+`([\w./]+)`")


def missing(page: str) -> list[str]:
    """Return the paths in backticks of a page that match no file or directory of the project."""
    paths = [path for code in CODE.findall(page) for path in PATH.findall(code)]
    return [path for path in paths if not any(PROJECT.glob(path.rstrip("/")))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    assert missing(text) == []
    assert [target for target in LINK.findall(text) if not (page.parent / target).exists()] == []


def test_a_path_that_does_not_exist_is_noticed() -> None:
    page = "`probes/network/tcp.py` and `check fixtures/healthy --offline`, but `probes/tcp.py` and `docs/old/`"
    assert missing(page) == ["probes/tcp.py", "docs/old/"]


def test_every_register_that_contributing_names_is_where_it_says() -> None:
    named = REGISTER.findall((PROJECT / "CONTRIBUTING.md").read_text("utf-8"))
    assert {name for name, _ in named} == {"FORMATS", "AREAS", "CHECKS", "COMMANDS", "REGISTER", "OWN", "ALONE"}
    for name, path in named:
        assert re.search(rf"^{name}\b.* = ", (PROJECT / path).read_text("utf-8"), re.MULTILINE), path
