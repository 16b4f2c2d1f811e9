"""Is a function found by the text that names it, and is its module loaded only then?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from probes.by_name import by_name


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a package with one module that has one function."""
    place = tmp_path / "made_up_package"
    place.mkdir()
    (place / "__init__.py").touch()
    (place / "one.py").write_text("def answer():\n    return 42\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("made_up_package", "made_up_package.one"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_the_module_is_loaded_when_the_function_is_wanted() -> None:
    assert "made_up_package.one" not in sys.modules
    assert by_name("made_up_package", "one:answer")() == 42
    assert "made_up_package.one" in sys.modules


@pytest.mark.parametrize(("place", "error"), [("one:nothing", AttributeError), ("nowhere:answer", ImportError)])
def test_what_does_not_exist_is_an_error(place: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        by_name("made_up_package", place)
