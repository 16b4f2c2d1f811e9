"""Which inputs contradict each other, and which Hadoop files does no client read?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.case.faults import Conflict, Fault
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.two_exports import exports
from diagnose.findings.values import Params, origin_value
from diagnose.scene.scene import Scene
from probes.language import tr

OWN_CHECK = frozenset({"krb5.conf", "hosts"})
"""Kinds of files whose faults another check reports."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield INPUT-CONFLICT for each contradiction, HADOOP-CONF-SYNTAX for each refused file."""
    for conflict in scene.case.conflicts:
        yield _conflict(conflict)
    for fault in scene.case.faults:
        if fault.kind not in OWN_CHECK:
            yield _refused(fault)


def _conflict(conflict: Conflict) -> Finding:
    accounts: list[Params] = [
        {"origin": origin_value(origin), "says": account}
        for origin, account in zip(conflict.places, conflict.accounts, strict=True)
    ]
    evidence = tuple(
        Evidence(
            "line",
            _place(origin.file, origin.line),
            tr("{place}: {account}", place=_place(origin.file, origin.line), account=account),
            origin,
        )
        for origin, account in zip(conflict.places, conflict.accounts, strict=True)
    )
    return Finding(
        code="INPUT-CONFLICT",
        severity="warning",
        confidence="strong",
        params={
            "subject": conflict.subject,
            "accounts": accounts,
            "first_holds": conflict.first_holds,
            "exports": exports(conflict),
        },
        evidence=evidence,
        settle_by=tr("which of the two is right about {subject}", subject=conflict.subject)
        if conflict.first_holds
        else tr("a new export of {subject}, alone in the case", subject=conflict.subject),
    )


def _refused(fault: Fault) -> Finding:
    place = _place(fault.file, fault.line)
    return Finding(
        code="HADOOP-CONF-SYNTAX",
        severity="error",
        confidence="proven",
        params={
            "kind": fault.kind,
            "found": fault.found,
            "expected": fault.expected,
            "origin": {"file": fault.file, "line": fault.line, "key": None},
        },
        evidence=(
            Evidence(
                "line",
                place,
                tr(
                    "{place}: found {found}, expected {expected}",
                    place=place,
                    found=fault.found,
                    expected=fault.expected,
                ),
            ),
        ),
    )


def _place(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"
