"""Which of two exports that differ has to be taken out of the case?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.findings.values import Values
from diagnose.findings.wording.en.phrases import listed


def which_export(exports: Values, subject: str, files: Sequence[str]) -> str:
    """Return what to do. subject: what was exported twice. files: where it stands."""
    holder, other, rule = (exports.text(name) for name in ("holder", "other", "rule"))
    if exports.text("older"):
        return (
            f"Take {holder} out of the case and check again: it is older than {other}. Its rule {rule} was made before "
            f"a rule of {other} and is gone there."
        )
    if rule:
        return (
            f"Look in the console whether {rule} exists. If it does, {other} is old, else {holder} is. Take the old "
            "one out of the case and check again."
        )
    return f"Export {subject} again, put it in place of what {listed(files)} say, and check again."
