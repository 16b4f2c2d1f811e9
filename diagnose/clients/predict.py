"""What does each family of clients experience at one and the same list of KDCs?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.clients import jdk, mit, others
from diagnose.clients.model import (
    EXCHANGES,
    FAMILIES,
    Ending,
    Exchange,
    Family,
    KdcState,
    Prediction,
    Settings,
    prediction,
)


def predict(kdcs: Sequence[KdcState], settings: Settings) -> tuple[Prediction, ...]:
    """All families, AS before TGS; kdcs in the order of the file, () where a client knows none. A state that is unknown and that a client
    comes across makes its prediction unknown."""
    found = {family: endings(family, kdcs, settings) for family in FAMILIES}
    return tuple(prediction(family, exchange, found[family][exchange]) for family in FAMILIES for exchange in EXCHANGES)


def endings(family: Family, kdcs: Sequence[KdcState], settings: Settings) -> dict[Exchange, Ending]:
    """One family. For `predict`, and for lists that differ by family."""
    if family == "jdk":
        return jdk.endings(kdcs, settings)
    ask = {"mit": mit.ending, "gokrb5": others.gokrb5, "heimdal": others.heimdal}[family]
    return {exchange: ask(kdcs, settings, exchange) for exchange in EXCHANGES}
