"""What do the far side's own records say of each flow: did the request arrive, does anything listen, does the host's own firewall stop it?

Records are texts that a node or a KDC wrote: its log, the output of `ss`, its packet filter. They carry no time that can be held against ours (see
`probes.kdc_log`), so what they show is taken for true of the time of the check only where something in them ties them to it.
"""

from __future__ import annotations

from diagnose.evidence.gather import records
from diagnose.evidence.model import NOTHING_KNOWN, FarSide, Line, Records

__all__ = ["NOTHING_KNOWN", "FarSide", "Line", "Records", "records"]
