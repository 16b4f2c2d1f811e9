"""What do the readers of files do with mutated ones?"""

from __future__ import annotations

from typing import Any

from tests.fuzz import kerberos
from tests.fuzz.hunt import Subject, from_corpus


def files() -> tuple[Subject[Any], ...]:
    """Return one subject for each way in which files come in."""
    return (Subject("keytabs", from_corpus(kerberos.keytabs()), kerberos.read_keytab),)
