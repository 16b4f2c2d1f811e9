"""Which further situations can no file hold: the same kinds as in `live_rows`, with other faults?

Half of them look ill and are healthy.
"""

from __future__ import annotations

from typing import Final

from . import paths
from .cases import MASTER_PORTS
from .kdc_making import HERE, Place
from .live_rows import Row
from .paths import Block


def _odd(role: str, mode: str, port: int, *arguments: str) -> Block:
    """Return a block that starts a server of another kind."""
    return lambda place: place.program(role, HERE / "odd_server.py", mode, str(port), *arguments)


def _instead(name: str, mode: str, *arguments: str) -> Block:
    """Return a block that puts a server of another kind in place of one of the master's."""

    def make(place: Place) -> None:
        place.lab.serve("master", tcp=[port for port in MASTER_PORTS.values() if port != MASTER_PORTS[name]])
        _odd("master", mode, MASTER_PORTS[name], *arguments)(place)

    return make


def _kdc_resets_tcp(place: Place) -> None:
    place.lab.kdc.start(88, None)
    _odd("kdc", "reset", 88)(place)


ROWS: Final = (
    Row(
        "a KDC behind a proxy that resets every connection",
        1,
        "KDC-RESET",
        "proven",
        make=_kdc_resets_tcp,
        never=("KDC-TCP-OFF",),
    ),
    Row(
        "a metastore behind a proxy that resets every connection",
        3,
        None,
        make=_instead("metastore", "reset"),
        never=("SVC-DOWN",),
        not_working=(9083,),
    ),
    Row("every fifth packet lost", 0, None, make=paths.every_nth_lost(5)),
)
