"""Does a NameNode that clients dial say that it is in standby?

Its RPC port accepts and answers in either state, and refuses only the work itself.
"""

from __future__ import annotations

from diagnose.scene.outcome import Outcome

STATE = "namenode_state"
"""Key in the detail of a note: "active", "standby" …, as the web page of a NameNode says."""

PAGE_PORT = "page_port"
"""Key in the detail of the same note: port of that page."""

STANDBY = "standby"


def namenode_state(outcome: Outcome) -> str | None:
    """Return the state that the NameNode of a flow told the resource group. None if it did not."""
    if not outcome.from_inside:
        return None
    return next((word for seen in outcome.observations if (word := seen.word(STATE)) is not None), None)
