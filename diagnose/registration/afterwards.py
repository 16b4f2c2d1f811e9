"""After which repair must the resource group be initialized again?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose import data
from diagnose.findings.model import Finding


def initialized_after(findings: Sequence[Finding]) -> int | None:
    """Return the rank of the first finding whose repair changes an uploaded file, the configuration
    of a service or a component. None if no finding is repaired so.
    """
    codes: list[str] = data.table("registration")["initialization"]["after"]
    ranked = (rank for rank, finding in enumerate(findings, 1) if finding.severity != "info" and finding.code in codes)
    return next(ranked, None)
