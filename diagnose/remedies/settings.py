"""Which line of a Hadoop file repairs a setting?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.model import Finding
from diagnose.flows.model import BadSetting
from diagnose.remedies.model import RECOMMENDED, FileEdit, FindingRef, Reason
from diagnose.scene.scene import Scene

REASONS: Mapping[str, Reason] = {
    "KRB-A2L": "name-rules",
    "KRB-RENEWER": "renewer",
    "RUN-PROXY-KEYTAB": "proxy-user",
    "SVC-QOP": "same-protection",
    "KRB-SERVER-SIMPLE": "same-login",
    "SVC-HMS": "same-login",
    "SVC-HS2-MECH": "same-login",
}
"""Code of a finding with right values -> why they are right."""


def setting_edit(scene: Scene, bad: BadSetting, finding: FindingRef) -> FileEdit | None:
    """Return the line that repairs a setting. None if its right value is not known."""
    if bad.right is None:
        return None
    return FileEdit(
        finding,
        RECOMMENDED,
        [o.flow.id for o in scene.outcomes if o.flow.component == bad.component],
        "hadoop-conf",
        bad.origin.file.replace("-default.xml", "-site.xml"),
        bad.origin.line,
        None,
        bad.origin.key,
        None if bad.origin.line is None else bad.value,
        bad.right,
        "leads-nowhere",
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
