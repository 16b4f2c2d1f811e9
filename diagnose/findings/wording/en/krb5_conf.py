"""What is wrong with a krb5.conf? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words


def unreadable(s: Statement) -> Words:
    """KRB-CONF-SYNTAX: the file cannot be read at all."""
    where = place(s)
    return Words(
        "krb5.conf cannot be read",
        f"{where}: found {s.text('found')}, expected {s.text('expected')}. libkrb5 refuses the whole file, so no KDC is "
        "known to any client.",
        advice=(f"Correct {where}, then upload the file again and initialize the resource group again.",),
    )
