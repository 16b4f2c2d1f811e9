"""How does each exchange of one family of clients end at a list of KDCs?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.clients import jdk, mit, others
from diagnose.clients.model import EXCHANGES, ClientSettings, Ending, Exchange, Family, KdcState


def endings(family: Family, kdcs: Sequence[KdcState], settings: ClientSettings) -> dict[Exchange, Ending]:
    """Return the ending of each exchange.

    `kdcs` are in the order of the file, () if the family knows none. If the client reaches a KDC
    whose state is unknown, the ending is unknown.
    """
    if family == "jdk":
        return jdk.endings(kdcs, settings)
    predict_exchange = {"mit": mit.ending, "gokrb5": others.gokrb5, "heimdal": others.heimdal}[family]
    return {exchange: predict_exchange(kdcs, settings, exchange) for exchange in EXCHANGES}
