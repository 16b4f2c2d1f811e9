"""One KDC fault gone through: what `check` says of it, and what kinit and a JVM do with the same
krb5.conf at the same KDC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

from tests.lab.clients.kdc import CLIENT
from tests.lab.clients.real import Experience, Jvm, jvm, kinit

from . import scene
from .diagnosis import Diagnosis, check
from .kdc import REALM
from .kdc_faults import Fault
from .kdc_making import KDC, Place, krb5
from .netns import RG, LabError
from .scene import Lab

Family = Literal["mit", "jdk"]
FAMILIES: Final[tuple[Family, ...]] = ("mit", "jdk")
SHARE: Final = 0.2
LEAST: Final = 0.5
"""A prediction may be off by a fifth, or by this many seconds."""

_ROUND = count(1)


INSTALLED = 17
"""Release of the JVM that the lab asks."""


@dataclass(frozen=True, slots=True)
class Told:
    """One row of clients[] for a login."""

    works: str
    seconds: float | None
    message: str | None

    @classmethod
    def of(cls, report: Mapping[str, Any], family: Family) -> Told:
        """Return the row that holds for the installed Java, if releases differ."""
        rows = [
            row
            for row in report["clients"]
            if (row["family"], row["exchange"]) == (family, "as")
            and (row["releases"] is None or _has_installed(row["releases"]))
        ]
        return cls(rows[0]["works"], rows[0]["seconds"], rows[0]["message"]) if rows else cls("nothing", None, None)

    def differs_from(self, real: Experience) -> str | None:
        """Return the part of the prediction that did not come true, or None if all did.

        "unknown" never comes true.
        """
        if self.works != ("yes" if real.works else "no"):
            return "outcome"
        if self.message is not None and not _begins(real.message or "", self.message):
            return "message"
        if self.seconds is not None and abs(self.seconds - real.seconds) > max(LEAST, SHARE * real.seconds):
            return "seconds"
        return None


def _has_installed(releases: str) -> bool:
    """Return True for "Java 17", for "Java 11 and later", and for "Java 11 to 17"."""
    for first, last, later in re.findall(r"Java (\d+)(?: to (\d+))?( and later)?", releases):
        if int(first) <= INSTALLED <= (INSTALLED if later else int(last or first)):
            return True
    return False


def _begins(said: str, foretold: str) -> bool:
    """Regardless of case; "…" in what was foretold stands for a name that nobody could know."""
    pattern = ".*".join(re.escape(part) for part in foretold.split("…"))
    return re.match(pattern, said, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Gone:
    """A fault and everything that was made of it. real: with the time of a faultless login taken
    off.
    """

    fault: Fault
    found: Diagnosis
    real: Mapping[Family, Experience]

    def told(self, family: Family) -> Told:
        return Told.of(self.found.report, family)


class Bench:
    """A lab with a warm JVM."""

    def __init__(self, lab: Lab, java: Jvm, directory: Path) -> None:
        self.lab, self._java, self._directory = lab, java, directory
        self._usual = dict.fromkeys(FAMILIES, 0.0)

    def warm_up(self) -> None:
        """How long a login takes where nothing is wrong; the first of each is not counted."""
        self.lab.kdc.start()
        file = self._file(krb5(KDC))
        rounds = [self._login(file) for _ in range(3)]
        failed = [one.message for each in rounds for one in each.values() if not one.works]
        if failed:
            raise LabError(f"a login without a fault: {failed}")
        self._usual = {family: min(each[family].seconds for each in rounds[1:]) for family in FAMILIES}
        self.lab.reset()

    def go_through(self, fault: Fault, directory: Path) -> Gone:
        with ExitStack() as undo:
            undo.callback(self.lab.reset)
            case = fault.arrange(Place(self.lab, undo, directory))
            found = check(self.lab, case, directory)
            return Gone(fault, found, self._login(self._file(fault.conf), fault.realm))

    def _login(self, file: Path, realm: str = REALM) -> dict[Family, Experience]:
        """Both at the same time."""
        client = f"{CLIENT}@{realm}"
        mit = kinit(self.lab.host(RG), file, file.with_name("cache"), client)
        java = self._java.ask("login", file, client)
        real: dict[Family, Experience] = {"mit": mit.wait(), "jdk": java}
        return {
            family: Experience(max(0.0, one.seconds - self._usual[family]), one.message) for family, one in real.items()
        }

    def _file(self, text: str) -> Path:
        file = self._directory / f"login-{next(_ROUND)}" / "krb5.conf"
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        return file


@contextmanager
def bench(directory: Path) -> Iterator[Bench]:
    """Yield a lab and a JVM of its own. `directory` is empty."""
    for name in ("lab", "classes", "logins"):
        (directory / name).mkdir()
    with scene.lab(directory / "lab") as lab, jvm(lab.host(RG), directory / "classes") as java:
        built = Bench(lab, java, directory / "logins")
        built.warm_up()
        yield built
