"""What was replaced in one file? Counts by kind, never a value."""

from __future__ import annotations

from collections import Counter
from typing import Literal

Replaced = Literal["setting", "text", "key", "comment", "keytab", "address", "name", "id", "account"]
"""What is counted.

- setting: the value of a key that holds a secret
- text: a password, token or header within a text
- key: a block that holds a key: of PEM, PuTTY or SSH2, an entry of a KDC, a dump of bytes
- comment: words of a comment
- keytab: a key of a keytab
- address, name, id, account: what `addresses` replaces
"""


class Tally:
    """Counts what was replaced in one file."""

    def __init__(self) -> None:
        self.counts: Counter[Replaced] = Counter()

    def add(self, kind: Replaced, count: int = 1) -> None:
        """Note that something was replaced."""
        if count:
            self.counts[kind] += count

    def taken(self) -> dict[str, int]:
        """Return kind -> count, sorted by kind."""
        return dict(sorted(self.counts.items()))
