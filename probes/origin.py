"""Where a value was read. Every value that reaches the report carries an `Origin`."""

from __future__ import annotations

from probes.frozen import frozen


@frozen
class Origin:
    """One place in an input."""

    file: str
    """Path inside the case, or the option that gave the value."""
    line: int | None = None
    """1-based. None if the source has no lines."""
    key: str | None = None
    """The key, element or option that was read. None if there is none."""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place} ({self.key})" if self.key else place
