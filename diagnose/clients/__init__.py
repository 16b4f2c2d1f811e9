"""What will each family of Kerberos clients experience? `clients_of` answers from a scene."""

from __future__ import annotations

from diagnose.clients.case import clients_of
from diagnose.clients.model import EXCHANGES, FAMILIES, ClientSettings, KdcState, Prediction, State

__all__ = ["EXCHANGES", "FAMILIES", "ClientSettings", "KdcState", "Prediction", "State", "clients_of"]
