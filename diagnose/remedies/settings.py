"""Which line of a Hadoop file repairs a setting through which no client gets to a service?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.hadoop.bad_settings import broken
from diagnose.remedies.model import RECOMMENDED, FileEdit
from diagnose.scene.scene import Scene


def setting_edits(scene: Scene) -> Iterator[FileEdit]:
    """Yield one edit for each broken setting whose right value is known."""
    for bad in broken(scene):
        if bad.right is not None:
            file = bad.origin.file.replace("-default.xml", "-site.xml")
            present = None if bad.origin.line is None else bad.value
            flows = [o.flow.id for o in scene.outcomes if o.flow.component == bad.component]
            yield FileEdit(
                RECOMMENDED,
                flows,
                "hadoop-conf",
                file,
                bad.origin.line,
                None,
                bad.origin.key,
                present,
                bad.right,
                "leads-nowhere",
            )
