"""What will each family of Kerberos clients experience?

`predict` answers from states of KDCs, `clients_of` from a scene.
"""

from __future__ import annotations

from diagnose.clients.case import clients_of
from diagnose.clients.model import EXCHANGES, FAMILIES, ClientSettings, KdcState, Prediction, State
from diagnose.clients.predict import predict

__all__ = ["EXCHANGES", "FAMILIES", "ClientSettings", "KdcState", "Prediction", "State", "clients_of", "predict"]
