"""How does a key stay inside the process? As bytes that no text, log, report diff or copy can
show.
"""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Bytes that only `reveal` returns. Everything else sees their length."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    def reveal(self) -> bytes:
        """Return the bytes. The caller must put them into no text and no exception."""
        return self._content

    def __len__(self) -> int:
        return len(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._content == self._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __repr__(self) -> str:
        return f"<secret of {len(self._content)} bytes>"

    def __reduce__(self) -> NoReturn:
        """Refuse pickle and deepcopy, and so dataclasses.asdict, which copies values into
        reports.
        """
        raise TypeError("a secret is not copied")
