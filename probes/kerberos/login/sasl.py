"""How does a client log in with SASL GSSAPI (RFC 4752)? The messages of one login, without a wire.

After the context is made, the service offers the protections that it has, and the client chooses
one. The client here always chooses the weakest one that is offered, because no message follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from probes.frozen import mutable
from probes.kerberos.login.context import Context, ContextError

Protection = Literal["auth", "auth-int", "auth-conf"]

PROTECTIONS: Mapping[Protection, int] = {"auth": 1, "auth-int": 2, "auth-conf": 4}
"""Name in sasl.qop -> bit of RFC 4752 3.3, the weakest first."""

_OFFER = 4
_MOST = (64 * 1024).to_bytes(3, "big")
"""Largest message that we take, bytes, if messages are protected."""


@mutable
class SaslLogin:
    """One login while it is made: give each challenge of the service, send what is returned."""

    context: Context
    """The context that it makes."""
    offered: tuple[Protection, ...] = ()
    """Protections that the service offers, the weakest first. Empty before it did."""
    _stage: Literal["context", "empty", "done"] = field(init=False, default="context")

    @property
    def is_proven(self) -> bool:
        """Return True if the service has proved that it has its own key."""
        return self._stage != "context"

    @property
    def is_done(self) -> bool:
        """Return True if nothing is left to send."""
        return self._stage == "done"

    def first(self) -> bytes:
        """Return the first token."""
        return self.context.first()

    def answer(self, challenge: bytes) -> bytes:
        """Return what answers a challenge of the service. ContextError if it is none."""
        if self._stage == "context":
            self.context.accept(challenge)
            self._stage = "empty"
            return b""
        if self._stage == "done":
            raise ContextError("a challenge after the last one")
        offer = self.context.unwrap(challenge)
        if len(offer) != _OFFER:
            raise ContextError("an offer of protections that has no four bytes")
        self.offered = tuple(name for name, bit in PROTECTIONS.items() if offer[0] & bit)
        if not self.offered:
            raise ContextError("an offer of no protection")
        chosen = PROTECTIONS[self.offered[0]]
        self._stage = "done"
        return self.context.wrap(bytes((chosen,)) + (bytes(3) if chosen == 1 else _MOST))
