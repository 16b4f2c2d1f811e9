"""What does each family of clients experience at the same list of KDCs?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.clients.model import EXCHANGES, FAMILIES, ClientSettings, KdcState, Prediction, prediction
from diagnose.clients.predict import endings


def predict(kdcs: Sequence[KdcState], settings: ClientSettings) -> tuple[Prediction, ...]:
    """Return the prediction of each family, AS before TGS."""
    by_family = {family: endings(family, kdcs, settings) for family in FAMILIES}
    return tuple(
        prediction(family, exchange, by_family[family][exchange]) for family in FAMILIES for exchange in EXCHANGES
    )
