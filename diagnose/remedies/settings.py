"""Which line of a Hadoop file repairs a setting?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diagnose.findings.model import Blame, Finding
from diagnose.findings.network.unusual_port import port_in_a_value, written_value
from diagnose.flows.model import BadSetting, Flow
from diagnose.remedies.model import RECOMMENDED, FileEdit, FindingRef, Reason
from diagnose.scene.scene import Scene
from probes.origin import Origin

REASONS: Mapping[str, Reason] = {
    "KRB-A2L": "name-rules",
    "KRB-RENEWER": "renewer",
    "RUN-PROXY-KEYTAB": "proxy-user",
    "PROXY-USER": "acting-users",
    "PROXY-HOST": "acting-hosts",
    "SVC-QOP": "same-protection",
    "HADOOP-CONF-VALUE": "refused-value",
    "KRB-CLIENT-SIMPLE": "refused-value",
    "KRB-SERVER-SIMPLE": "same-login",
    "SVC-HMS": "same-login",
    "SVC-HS2-MECH": "same-login",
    "HA-NAMESERVICE": "leads-nowhere",
}
"""Code of a finding with right values -> why they are right."""


def setting_edit(scene: Scene, bad: BadSetting, finding: FindingRef) -> FileEdit | None:
    """Return the line that repairs a setting. None if its right value is not known."""
    if bad.right is None:
        return None
    is_set = bad.origin.line is not None
    return FileEdit(
        finding=finding,
        option=RECOMMENDED,
        fixes=[outcome.flow.id for outcome in scene.outcomes if outcome.flow.component == bad.component],
        object="hadoop-conf",
        file=bad.origin.file.replace("-default.xml", "-site.xml"),
        line=bad.origin.line,
        section=None,
        key=bad.origin.key,
        before=bad.value if is_set else None,
        after=bad.right,
        reason="leads-nowhere" if is_set else "leads-nowhere-unset",
    )


def value_edits(finding: Finding, ref: FindingRef) -> Iterator[FileEdit]:
    """Yield the lines that repair a finding, the last line first: so the numbers stay right."""
    for right in sorted(finding.values, key=lambda right: -(right.line or 0)):
        yield FileEdit(
            finding=ref,
            option=RECOMMENDED,
            fixes=list(finding.flows),
            object="hadoop-conf",
            file=right.file,
            line=right.line,
            section=None,
            key=right.key,
            before=right.before,
            after=right.after,
            reason=REASONS[finding.code],
        )


def usual_ports(scene: Scene, blames: Sequence[Blame], ref: FindingRef) -> Iterator[FileEdit]:
    """Yield the lines with the usual port of a service in place of another one.

    Of several addresses on a line only the ports are named. Nothing if a line does not hold the
    port as it was read, or if it holds a password.
    """
    flows: dict[Origin, list[Flow]] = {}
    for blame in blames:
        if blame.cause == "unusual-port":
            flows.setdefault(blame.flow.origin, []).append(blame.flow)
    usual = {blame.flow.origin: blame.usual_port for blame in blames}
    for origin, named in flows.items():
        value = written_value(scene, origin)
        port = port_in_a_value(named[0].endpoint.port)
        places = 0 if value is None else len(port.findall(value))
        if value is None or "@" in value or not places:
            continue
        before, after = value, port.sub(str(usual[origin]), value)
        if places > 1:
            before, after = f":{named[0].endpoint.port}", f":{usual[origin]}"
        yield FileEdit(
            finding=ref,
            option=RECOMMENDED,
            fixes=[flow.id for flow in named],
            object="hadoop-conf",
            file=origin.file,
            line=origin.line,
            section=None,
            key=origin.key,
            before=before,
            after=after,
            reason="usual-port",
        )
