"""What is open although case.toml says that it must stay denied? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import listed, place
from diagnose.findings.wording.words import Words


def still_open(s: Statement) -> Words:
    """DENY-OPEN."""
    sources = listed(s.texts("sources"))
    named = [f"{row.text('id')} in {row.text('group')} ({row.text('why')})" for row in s.rows("rules")]
    by = f"by {listed(named)}" if named else "; ".join(s.texts("why"))
    needed = s.texts("needed_by")
    detail = (
        f"Required connections need it: {listed(needed)}. They and the expectation cannot both hold." if needed else ""
    )
    remove = [f"Remove or narrow {row.text('id')} in {row.text('group')}." for row in s.rows("rules")]
    return Words(
        f"{s.text('target')} is open and must stay denied",
        f"{place(s)} says that {s.text('expectation')} must stay denied, but {sources} "
        f"gets through to {s.text('target')}, {by}.",
        detail,
        (*remove, f"If this connection may be open, take the line out of deny ({place(s)})."),
    )
