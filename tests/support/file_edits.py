"""Does the edits of Hadoop files that a report suggests to the text of these files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, unescape


def edited(files: Mapping[str, bytes], edits: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the files with all edits done, in their order."""
    result = dict(files)
    for edit in edits:
        text = result[edit["file"]].decode()
        change = _row_gone if edit["after"] is None else _added if edit["line"] is None else _set
        result[edit["file"]] = change(text, edit).encode()
    return result


def _row_gone(text: str, edit: Mapping[str, Any]) -> str:
    rows = text.split("\n")
    row = rows.pop(edit["line"] - 1)
    assert row.split() == [edit["key"], edit["before"]]
    return "\n".join(rows)


def _added(text: str, edit: Mapping[str, Any]) -> str:
    assert edit["before"] is None
    assert f"<name>{edit['key']}</name>" not in text
    row = f"<property><name>{edit['key']}</name><value>{escape(edit['after'])}</value></property>"
    return text.replace("</configuration>", f"{row}</configuration>")


def _set(text: str, edit: Mapping[str, Any]) -> str:
    """Return the text with another value in the element that begins on the line of the edit."""
    rows = text.splitlines(keepends=True)
    before, rest = "".join(rows[: edit["line"] - 1]), "".join(rows[edit["line"] - 1 :])
    found = re.search(r"<value>(.*?)</value>", rest, re.DOTALL)
    assert found is not None
    assert (rest[: found.start()].strip(), unescape(found[1]).strip()) == ("", edit["before"])
    return f"{before}{rest[: found.start(1)]}{escape(edit['after'])}{rest[found.end(1) :]}"
