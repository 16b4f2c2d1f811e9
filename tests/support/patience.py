"""How long does a test wait for a peer on loopback?"""

from __future__ import annotations

from typing import Final

SOON: Final = 1.0
"""Seconds of patience, for an answer as for silence. A busy machine keeps the peer waiting."""
