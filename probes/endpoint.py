"""One port of one host: the object that a probe asks and a rule decides on."""

from __future__ import annotations

from typing import Literal

from probes.frozen import frozen

Transport = Literal["tcp", "udp"]


@frozen
class Endpoint:
    """One port of one host, with its transport."""

    host: str
    """Name or address, as configured."""
    port: int
    """1-65535."""
    transport: Transport
    """Protocol that carries the flow."""
    address: str | None = None
    """Numeric address, IPv6 without brackets. None if it is not known."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"
