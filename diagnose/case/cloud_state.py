"""In which states does nothing answer, and what state does the cloud give for an object?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from probes.frozen import frozen

if TYPE_CHECKING:
    from probes.origin import Origin


NOT_RUNNING = frozenset(
    {
        *("terminated", "terminating", "terminated_with_errors", "terminate_failed", "released", "deleted", "deleting"),
        *("stopped", "stopping", "stop", "start_failed", "starting", "failed", "freezed", "frozen", "expired"),
        *("creating", "create_failed", "createfailed", "bootstrapping", "installing", "install_failed"),
        *("pending", "provisioning"),
    }
)
"""States, in lower case, in which nothing answers. A word that is not here is not judged."""


PERHAPS_RUNNING = frozenset({("vSwitch", "pending"), ("cluster", "terminate_failed")})
"""Kinds and states in which something may answer all the same: a vSwitch is Pending as well while
its network ACL or its route table changes, and a cluster that could not be released may run on.
"""


NOT_ATTACHED = frozenset({"available", "attaching", "detaching"})
"""Further states of a network interface, in lower case, in which it is on no machine."""


@frozen
class CloudState:
    """The state that the cloud gives for one object."""

    kind: Literal[
        "cluster", "node", "instance", "component", "resource group", "network interface", "vSwitch", "network"
    ]
    """What the object is."""
    name: str
    """Its name: "NameNode", "master-1-1" …"""
    field: str
    """Field of the answer: "ClusterState", "BizState" …"""
    value: str
    """The state as the answer spells it: "STOPPED"."""
    origin: Origin
    """Where it stands."""
    node: str | None = None
    """Name of the node of a component, or its id if no answer has the name."""
    addresses: tuple[str, ...] = ()
    """Private addresses of an instance or a network interface."""

    @property
    def is_down(self) -> bool:
        """Return True if nothing answers in this state."""
        word = self._word
        return word in NOT_RUNNING or (self.kind == "network interface" and word in NOT_ATTACHED)

    @property
    def is_certain(self) -> bool:
        """Return False if something may answer in this state although it `is_down`."""
        return (self.kind, self._word) not in PERHAPS_RUNNING

    @property
    def _word(self) -> str:
        return self.value.strip().lower()
