"""Which line of krb5.conf makes clients ask the KDC over TCP?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.findings.model import Blame, Finding
from diagnose.remedies.model import RECOMMENDED, FileEdit, FindingRef
from diagnose.scene.scene import Scene
from probes.files.krb5conf.mit import libdefault

UDP_LIMIT = "udp_preference_limit"
TCP_ALWAYS = "1"
"""With this limit every request is too large for UDP."""


def tcp_first(scene: Scene, blames: Sequence[Blame], finding: FindingRef, option: int) -> list[FileEdit]:
    """Return the setting that makes Java use TCP, as an alternative repair of a finding.

    Empty unless the finding breaks nothing but UDP to KDCs, and TCP to each of these KDCs is open.
    """
    profile = scene.case.krb5
    if not blames or profile is None or not profile.trees:
        return []
    if not all(_is_udp_of_kdc(blame) and _is_tcp_open(scene, blame) for blame in blames):
        return []
    present = libdefault(profile, UDP_LIMIT)
    return [
        FileEdit(
            finding=finding,
            option=option,
            fixes=[blame.flow.id for blame in blames],
            object="krb5.conf",
            file=profile.trees[0].file,
            line=None,
            section="libdefaults",
            key=UDP_LIMIT,
            before=None if present is None else present.value,
            after=TCP_ALWAYS,
            reason="tcp-first",
        )
    ]


def zero_limit(finding: Finding, ref: FindingRef) -> Iterator[FileEdit]:
    """Yield the line that says what a limit of 0 was meant to say."""
    for shown in finding.evidence[:1]:
        if shown.origin is not None:
            yield FileEdit(
                finding=ref,
                option=RECOMMENDED,
                fixes=list(finding.flows),
                object="krb5.conf",
                file=shown.origin.file,
                line=shown.origin.line,
                section=None,
                key=UDP_LIMIT,
                before="0",
                after=TCP_ALWAYS,
                reason="tcp-first",
            )


def _is_udp_of_kdc(blame: Blame) -> bool:
    return blame.flow.component.startswith("kdc") and blame.flow.endpoint.transport == "udp"


def _is_tcp_open(scene: Scene, blame: Blame) -> bool:
    other = scene.other_transport(blame.outcome)
    return other is not None and other.verdict in ("reachable", "allowed")
