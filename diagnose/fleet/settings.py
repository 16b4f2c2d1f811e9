"""How is each case of a fleet judged? Values that a process of another machine can be given."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

from diagnose import __version__
from diagnose.scene.areas import AREAS
from probes.frozen import frozen
from probes.language import Language, language, use

DIGITS = 16
"""Hexadecimal digits of the digest of a run."""


@frozen
class FleetSettings:
    """The options that decide what a line says."""

    day: date
    """Day for which waivers and certificates are judged."""
    language: Language = "en"
    """Language of the texts."""
    cidrs: tuple[str, ...] = ()
    """Networks of --from, in place of those of each case."""
    areas: tuple[str, ...] = tuple(AREAS)
    """Areas of checks."""
    fail_on: Literal["error", "warning"] = "error"
    """Least severity that gives exit code 1."""
    with_report: bool = False
    """Whether a line has the whole report."""

    @property
    def run(self) -> str:
        """Return the digest of the version and of all options but the day."""
        told = (__version__, self.language, self.cidrs, self.areas, self.fail_on, self.with_report)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:DIGITS]


def speak(wanted: Language) -> None:
    """Write in this language from now on, in a process that may have begun in another."""
    if wanted == language():
        return
    if wanted == "en":
        use("en")
        return
    from diagnose.data.zh import sentences

    use(wanted, sentences())
