"""Which lines of krb5.conf repair a finding?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diagnose.findings.model import Blame, Finding
from diagnose.flows.model import Flow
from diagnose.remedies.model import RECOMMENDED, FileEdit, FindingRef, LinesEdit
from diagnose.scene.scene import Scene
from probes.files.krb5conf.mit import KDC_PORT, libdefault

UDP_LIMIT = "udp_preference_limit"
TCP_ALWAYS = "1"
"""With this limit every request is too large for UDP."""


def tcp_first(scene: Scene, blames: Sequence[Blame], finding: FindingRef) -> list[FileEdit]:
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
            option=RECOMMENDED,
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


def usual_port(blames: Sequence[Blame], finding: FindingRef) -> list[FileEdit]:
    """Return the lines with the usual port in place of another one, which the rules do not open.

    Empty unless the rules open the usual port to the KDC.
    """
    flows: dict[tuple[str, int | None], list[Flow]] = {}
    for blame in blames:
        if blame.code == "SG-KDC-PORT" and blame.flow.endpoint.port != KDC_PORT:
            flows.setdefault((blame.flow.origin.file, blame.flow.origin.line), []).append(blame.flow)
    return [
        FileEdit(
            finding=finding,
            option=RECOMMENDED,
            fixes=[flow.id for flow in named],
            object="krb5.conf",
            file=file,
            line=line,
            section=None,
            key=named[0].origin.key,
            before=f"{named[0].endpoint.host}:{named[0].endpoint.port}",
            after=f"{named[0].endpoint.host}:{KDC_PORT}",
            reason="usual-kdc-port",
        )
        for (file, line), named in flows.items()
    ]


def line_edits(finding: Finding, ref: FindingRef) -> Iterator[LinesEdit]:
    """Yield the lines of krb5.conf that repair a finding, the last lines first.

    So the numbers of the others stay right. Nothing if they help only under a condition.
    """
    if finding.params.get("only_if"):
        return
    for edit in sorted(finding.edits, key=lambda edit: (edit.file, -edit.line)):
        yield LinesEdit(
            finding=ref,
            option=RECOMMENDED,
            fixes=list(finding.flows),
            file=edit.file,
            line=edit.line,
            before=list(map(_as_text, edit.before)),
            after=list(map(_as_text, edit.after)),
        )


def _as_text(line: str) -> str:
    """Return a line with a mark in place of each byte that is not UTF-8."""
    return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _is_udp_of_kdc(blame: Blame) -> bool:
    return blame.flow.component.startswith("kdc") and blame.flow.endpoint.transport == "udp"


def _is_tcp_open(scene: Scene, blame: Blame) -> bool:
    other = scene.other_transport(blame.outcome)
    return other is not None and other.verdict in ("reachable", "allowed")
