"""What a probe or a rule speaks of: one port of one host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Transport = Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """host: name or address as configured; address: the numeric address where it is known, IPv6 without brackets; port: 1-65535."""

    host: str
    port: int
    transport: Transport
    address: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"
