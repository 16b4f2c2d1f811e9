"""Where a value was read: every value that reaches the report carries one of these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """file: path inside the case, or the option it came from; line: 1-based, None where the source has no lines; key: the key, element or option read."""

    file: str
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place} ({self.key})" if self.key else place
