"""What will each family of Kerberos clients experience? `predict` from states of KDCs, `clients_of` from a scene."""

from __future__ import annotations

from diagnose.clients.case import clients_of
from diagnose.clients.model import EXCHANGES, FAMILIES, KdcState, Prediction, Settings, State
from diagnose.clients.predict import predict

__all__ = ["EXCHANGES", "FAMILIES", "KdcState", "Prediction", "Settings", "State", "clients_of", "predict"]
