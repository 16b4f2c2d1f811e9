"""Which lines of these krb5.conf files do the families read differently, or both wrongly?

Use `lint(read(files, includer, on_site=…))`. A check is a generator of faults over one `Views`.
The last check reports every difference that the other checks did not explain. A finding comes with
the edit that repairs it, if one was tried and does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from diagnose.findings.kerberos.krb5_lint import (
    differences,
    java_includes,
    lifetimes,
    limits,
    realms,
    refused,
    servers,
    shapes,
    templates,
    tickets,
)
from diagnose.findings.kerberos.krb5_lint.finding import LineFault, line_finding, place
from diagnose.findings.kerberos.krb5_lint.readings import Views, after_edits, from_sources, read
from diagnose.findings.kerberos.krb5_lint.trial import Trials, tried_finding
from diagnose.findings.model import Finding
from probes.frozen import replace
from probes.language import tr

__all__ = ["LineFault", "Views", "after_edits", "faults_of", "from_sources", "lint", "read"]

CHECKS = (
    templates.faults,
    shapes.faults,
    realms.faults,
    java_includes.faults,
    servers.faults,
    limits.faults,
    tickets.faults,
    lifetimes.faults,
)


MOST_FINDINGS = 300
"""Most findings of one lint. Nobody repairs more by hand."""


def lint(views: Views) -> Iterator[Finding]:
    """Yield findings in the order of the checks, at most `MOST_FINDINGS`, one a line and cause.

    If one edit helps both families over the lines that they refuse, these are one finding.
    """
    faults = list(faults_of(views))
    trials = Trials(views, faults, faults_of)
    tried = [(fault, trials.repair(fault)) for fault in faults]
    if len(tried) > 1:
        (mit, repair), (java, other) = tried[:2]
        if refused.is_pair(mit, java) and repair is not None and other is not None and repair.repair == other.repair:
            tried[:2] = [(refused.joined(mit, java), repair)]
    for fault, found in tried:
        yield line_finding(views, fault) if found is None else tried_finding(views, fault, found)


def faults_of(views: Views) -> Iterator[LineFault]:
    """Yield the same without trying an edit."""
    return islice(_all(views), MOST_FINDINGS)


def _all(views: Views) -> Iterator[LineFault]:
    faults = _by_template(views, _by_odd_blanks(views, list(refused.faults(views))))
    yield from faults
    refusing = {(fault.code, fault.ref) for fault in faults}
    unfilled = {place(at) for at in templates.unfilled(views)}
    empty = {fault.ref for fault in faults if fault.is_empty}
    reported: set[tuple[str, str, str]] = set()
    for check in CHECKS:
        for fault in check(views):
            if (fault.code, fault.ref) in refusing or fault.ref in empty or (*fault.key, fault.ref) in reported:
                continue
            if fault.ref in unfilled and fault.kind != "template":
                continue  # what is filled in there decides it
            reported.add((*fault.key, fault.ref))
            faults.append(fault)
            yield fault
    yield from differences.faults(views, faults)


def _by_odd_blanks(views: Views, faults: list[LineFault]) -> list[LineFault]:
    """Return the refusals, those of lines with the blanks of a web page as one fault."""
    odd = next(shapes.odd_blanks(views), None)
    hit = [fault for fault in faults if odd is not None and fault.at[0] in odd.at]
    if odd is None or not hit:
        return faults
    odd = _refusing(odd, hit, tr("takes them for letters, and refuses the whole file"))
    return [odd, *(fault for fault in faults if fault not in hit)]


def _by_template(views: Views, faults: list[LineFault]) -> list[LineFault]:
    """Return the template in place of all refusals. Its lines are not those that clients get."""
    template = next(templates.faults(views), None)
    if template is None or not faults:
        return faults
    return [_refusing(template, faults, tr("refuses the whole file because of it"))]


def _refusing(fault: LineFault, refusals: list[LineFault], refuses: str) -> LineFault:
    families = tuple(dict.fromkeys(family for refusal in refusals for family in refusal.refused_by))
    return replace(
        fault,
        mit=refuses if "mit" in families else fault.mit,
        jdk=refuses if "jdk" in families else fault.jdk,
        refused_by=families,
        severity=None,
    )
