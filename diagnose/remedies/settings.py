"""Which line of a Hadoop file repairs a setting through which no client gets to a service?"""

from __future__ import annotations

from diagnose.flows.model import BadSetting
from diagnose.remedies.model import RECOMMENDED, FileEdit, FindingRef
from diagnose.scene.scene import Scene


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
