"""What has a scheme of `collect` brought home?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from probes.frozen import frozen


class CollectError(Exception):
    """Nothing can be collected. The text says why, and what to do."""


@frozen
class Collection:
    """A case that is not written yet."""

    files: Mapping[str, bytes] = field(repr=False)
    """Path inside the case -> content."""
    summary: tuple[str, ...]
    """Lines for a person: what was got, and what was not."""
    is_whole: bool
    """False if something that was asked for is missing."""
