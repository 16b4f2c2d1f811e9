"""On which line of a TOML text does a key stand? tomllib tells only the line of a syntax error.

Table headers and bare keys at the beginning of a line are followed. For anything else (inline
tables, keys after a multi-line string that looks like a header) the nearest known enclosing line is
returned.
"""

from __future__ import annotations

from collections.abc import Sequence

from probes.regex import regex

Step = str | int

_HEADER = regex(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = regex(r"\s*(?P<key>[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(\s*\.\s*[A-Za-z0-9_.-]+)?\s*=")


class TomlLines:
    """The lines of one TOML text, found in one pass."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[Step, ...], int] = {}
        table: tuple[Step, ...] = ()
        counts: dict[tuple[Step, ...], int] = {}
        for number, line in enumerate(text.split("\n"), 1):
            if line.lstrip().startswith("[") and (header := _HEADER.fullmatch(line)):
                table = _table(header["name"], counts, many=header["open"] == "[[")
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                self._lines.setdefault((*table, key["key"].strip("\"'")), number)

    def line_of(self, path: Sequence[Step]) -> int | None:
        """Return the 1-based line of the value at `path`, or of the nearest table around it.

        None if nothing of the path is there.
        """
        for length in range(len(path), 0, -1):
            line = self._lines.get(tuple(path[:length]))
            if line is not None:
                return line
        return None


def _table(name: str, counts: dict[tuple[Step, ...], int], *, many: bool) -> tuple[Step, ...]:
    """Return the path of a table header: 'cluster.nodes' is ('cluster', 'nodes', 1) for
    the second."""
    path: tuple[Step, ...] = ()
    parts = [part.strip().strip("\"'") for part in name.split(".")]
    for position, part in enumerate(parts):
        path = (*path, part)
        if many and position == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
