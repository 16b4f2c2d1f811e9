"""What does each family of clients experience at the same list of KDCs?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.clients import jdk, mit, others
from diagnose.clients.model import (
    EXCHANGES,
    FAMILIES,
    ClientSettings,
    Ending,
    Exchange,
    Family,
    KdcState,
    Prediction,
    prediction,
)


def predict(kdcs: Sequence[KdcState], settings: ClientSettings) -> tuple[Prediction, ...]:
    """Return the prediction of each family, AS before TGS.

    `kdcs` are in the order of the file, () if a client knows none. If a client reaches a KDC whose
    state is unknown, its prediction is unknown.
    """
    by_family = {family: endings(family, kdcs, settings) for family in FAMILIES}
    return tuple(
        prediction(family, exchange, by_family[family][exchange]) for family in FAMILIES for exchange in EXCHANGES
    )


def endings(family: Family, kdcs: Sequence[KdcState], settings: ClientSettings) -> dict[Exchange, Ending]:
    """Return the ending of each exchange for one family."""
    if family == "jdk":
        return jdk.endings(kdcs, settings)
    predict_exchange = {"mit": mit.ending, "gokrb5": others.gokrb5, "heimdal": others.heimdal}[family]
    return {exchange: predict_exchange(kdcs, settings, exchange) for exchange in EXCHANGES}
