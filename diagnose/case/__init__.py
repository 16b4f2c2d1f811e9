"""All that is known of one cluster and one resource group, wherever it came from."""

from diagnose.case.model import (
    Case,
    Cluster,
    Input,
    Network,
    Node,
    Registration,
    ResourceGroup,
    Skipped,
    VSwitch,
    Workspace,
)

__all__ = [
    "Case",
    "Cluster",
    "Input",
    "Network",
    "Node",
    "Registration",
    "ResourceGroup",
    "Skipped",
    "VSwitch",
    "Workspace",
]
