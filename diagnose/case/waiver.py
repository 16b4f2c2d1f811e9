"""Which finding does its reader accept for a time? One [[waive]] table of case.toml."""

from __future__ import annotations

from datetime import date

from probes.frozen import frozen
from probes.origin import Origin

ANYWHERE = "*"
"""`where` of a waiver that holds wherever its code is found."""


@frozen
class Waiver:
    """A finding that is accepted until a day."""

    code: str
    """Code of the catalogue."""
    where: str
    """Host, address, target as `probe` takes it, id of a flow, object or file. Or `ANYWHERE`."""
    reason: str
    """Why it is accepted."""
    until: date
    """Last day on which it is."""
    origin: Origin
    """Where it stands."""
