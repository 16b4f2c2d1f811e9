"""Which lines of these krb5.conf files do the families read differently, or both wrongly?

Use `lint(read(files, includer, on_site=…))`. A check is a generator of findings over one `Views`.
The last check reports every difference that the other checks did not explain.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from diagnose.findings.kerberos.krb5_lint import differences, limits, realms, refused, servers, shapes, tickets
from diagnose.findings.kerberos.krb5_lint.readings import Views, from_profile, read
from diagnose.findings.model import Finding

__all__ = ["Views", "from_profile", "lint", "read"]

CHECKS = (
    shapes.findings,
    realms.findings,
    servers.findings,
    limits.findings,
    tickets.findings,
)


MOST_FINDINGS = 300
"""Most findings of one lint. Nobody repairs more by hand."""


def lint(views: Views) -> Iterator[Finding]:
    """Yield findings in the order of the checks, at most `MOST_FINDINGS`, one a line and cause."""
    return islice(_all(views), MOST_FINDINGS)


def _all(views: Views) -> Iterator[Finding]:
    findings = list(refused.findings(views))
    yield from findings
    refusing = {(finding.code, finding.evidence[0].ref) for finding in findings}
    reported: set[tuple[str, str, str]] = set()
    for check in CHECKS:
        for finding in check(views):
            ref = finding.evidence[0].ref
            if (finding.code, ref) in refusing or (finding.code, finding.title, ref) in reported:
                continue
            reported.add((finding.code, finding.title, ref))
            findings.append(finding)
            yield finding
    yield from differences.findings(views, findings)
