"""What in these krb5.conf files is read in two ways, or wrongly by both families, and how should the line read?

`lint(read(files, includer, on_site=…))`. A check is a generator of findings over one `Views`; what none of them explains and still comes out different
is the last one's.
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
"""Of one lint: nobody repairs more by hand, and the file was not written by one."""


def lint(views: Views) -> Iterator[Finding]:
    """Findings in the order of the checks, at most `MOST_FINDINGS`; one line is told once for one cause."""
    return islice(_all(views), MOST_FINDINGS)


def _all(views: Views) -> Iterator[Finding]:
    found = list(refused.findings(views))
    yield from found
    refusing = {(finding.code, finding.evidence[0].ref) for finding in found}
    told: set[tuple[str, str, str]] = set()
    for check in CHECKS:
        for finding in check(views):
            ref = finding.evidence[0].ref
            if (finding.code, ref) in refusing or (finding.code, finding.title, ref) in told:
                continue
            told.add((finding.code, finding.title, ref))
            found.append(finding)
            yield finding
    yield from differences.findings(views, found)
