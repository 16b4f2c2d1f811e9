"""All that is known of one cluster and one resource group, wherever it came from."""

from diagnose.case.model import (
    AclEntry,
    Case,
    Cluster,
    Fault,
    Input,
    Network,
    NetworkAcl,
    Node,
    Recorded,
    Registration,
    ResourceGroup,
    Route,
    Skipped,
    Text,
    VSwitch,
    Workspace,
)

__all__ = [
    "AclEntry",
    "Case",
    "Cluster",
    "Fault",
    "Input",
    "Network",
    "NetworkAcl",
    "Node",
    "Recorded",
    "Registration",
    "ResourceGroup",
    "Route",
    "Skipped",
    "Text",
    "VSwitch",
    "Workspace",
]
