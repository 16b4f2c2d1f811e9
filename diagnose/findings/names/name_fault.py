"""What is wrong with one name?

Sentences and repairs are made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.findings.cause import NameCause


@dataclass(frozen=True, slots=True)
class NameFault:
    """One host whose name, or the name of whose address, is wrong."""

    cause: NameCause
    """What is wrong."""
    host: str
    """The host as it is configured."""
    address: str | None = None
    """The address that the host has, or seems to have. None if it has none."""
    given: str | None = None
    """What the resolver gives for the host or for its address. None if it gives nothing."""
    right: str | None = None
    """The name or address that the resolver should give. None if it is not known."""
    line: str | None = None
    """The line of a hosts file, as "file:line". None if no hosts file is the source."""
    servers: tuple[tuple[str, str], ...] = ()
    """Name servers and what each replied."""
    text: str = ""
    """One more clause, or the line that repairs it. May be empty."""
    full: str | None = None
    """The full name of the host, if `right` is an address. None if it is not known."""
    asks: tuple[tuple[str, str], ...] = ()
    """Client families, and the wrong name that each asks the KDC for."""

    def observed_text(self) -> str:
        """Return what the look-up showed, as one clause. Empty if nothing was looked up."""
        where = f"{self.line}: " if self.line is not None else ""
        match self.cause:
            case "reverse-name":
                return f"{where}{self.host} is {self.address}, and {self.address} is called {self.given or 'nothing'}"
            case "alias":
                return f"{where}{self.host} leads to {self.address}, which is called {self.given or 'nothing'}"
            case "mit-name":
                return f"for {self.host} libkrb5 asks for {self.given}"
            case "other-address" | "loopback-by-resolver" | "loopback-in-file":
                return f"{where}{self.host} resolves to {self.given}"
            case "datanode-address":
                return f"{self.host} resolves to {self.right}, which answers"
        return "; ".join(f"name server {server}: {said}" for server, said in self.servers)

    def hosts_entry(self, address: str) -> str:
        """Return a line for a hosts file.

        The full name comes first, because it is the canonical one.
        """
        full = self.full or (self.right if self.right is not None and "." in self.right else self.host)
        return " ".join((address, *dict.fromkeys((full, self.host))))

    def hosts_line(self) -> str | None:
        """Return '192.168.20.11 master-1-1.c-… master-1-1'. None if the full name is not known."""
        full = self.right or self.host
        if self.address is None or "." not in full:
            return None
        return " ".join((self.address, *dict.fromkeys((full, full.partition(".")[0]))))
