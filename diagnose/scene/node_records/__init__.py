"""What do the far side's own records say of each flow: did the request arrive, does anything listen, does the host's own firewall stop it?

Records are texts that a node or a KDC wrote: its log, the output of `ss`, its packet filter. They carry no time that can be held against ours (see
`probes.files.kdc_log`), so what they show is taken for true of the time of the check only where something in them ties them to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagnose.scene.node_records.model import NOTHING_KNOWN, READ, FarSide, Line, Records
from probes.addresses import Ranges

if TYPE_CHECKING:
    from diagnose.decisions.model import Model
    from diagnose.scene.outcome import Outcome

__all__ = ["NOTHING_KNOWN", "FarSide", "Line", "Records", "records"]


def records(model: Model, outcomes: Sequence[Outcome], cluster: Ranges) -> Records:
    """cluster: addresses of the nodes and their vSwitches."""
    if not any(text.kind in READ for text in model.case.texts):
        return Records()
    from diagnose.scene.node_records.gather import (
        gather,  # the readers compile many patterns, and most cases have nothing to read
    )

    return gather(model, outcomes, cluster)
