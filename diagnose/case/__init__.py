"""What is known of one cluster and one resource group, wherever it came from?"""

from diagnose.case.cloud_state import CloudState
from diagnose.case.faults import Conflict, Fault, Misread
from diagnose.case.model import (
    Case,
    Cluster,
    Input,
    Network,
    Node,
    Recorded,
    Registration,
    ResourceGroup,
    Skipped,
    Text,
    VSwitch,
    Workspace,
)

__all__ = [
    "Case",
    "CloudState",
    "Cluster",
    "Conflict",
    "Fault",
    "Input",
    "Misread",
    "Network",
    "Node",
    "Recorded",
    "Registration",
    "ResourceGroup",
    "Skipped",
    "Text",
    "VSwitch",
    "Workspace",
]
