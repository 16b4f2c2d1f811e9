"""What do records of the target's own host show of each flow?

- Did the request arrive?
- Does anything listen?
- Does the host's own firewall stop it?

Records are texts that a node or a KDC wrote: its log, the output of `ss`, its packet filter. Their
times cannot be compared with ours (see `probes.files.kdc_log`). So a record counts for the time of
the check only if something in it links it to the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagnose.scene.node_records.model import NOTHING_KNOWN, READ, FarSide, RecordLine, Records
from probes.addresses import Ranges

if TYPE_CHECKING:
    from diagnose.decisions.model import Model
    from diagnose.scene.outcome import Outcome

__all__ = ["NOTHING_KNOWN", "FarSide", "RecordLine", "Records", "records"]


def records(model: Model, outcomes: Sequence[Outcome], cluster: Ranges) -> Records:
    """Return what the texts of the case show of each flow.

    `cluster`: addresses of nodes and vSwitches.
    """
    if not any(text.kind in READ for text in model.case.texts):
        return Records()
    # The readers compile many patterns, and most cases have nothing to read.
    from diagnose.scene.node_records.gather import gather

    return gather(model, outcomes, cluster)
