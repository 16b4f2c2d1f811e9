"""What is wrong with one name: what the wordings and the repairs are made from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NameFault:
    """Key of a blame. Equal for all hosts that one and the same fault breaks, so `kind` alone counts.

    said: what the resolver gives for the host or its address, None for nothing; right: the name or address that it should give; line: of a hosts file, as
    "file:line"; servers: (address, what it says); text: one more clause; full: the host's full name, where `right` is an address; asks: (family of clients, the
    wrong name that it asks the KDC for).
    """

    kind: str
    host: str = field(compare=False)
    address: str | None = field(compare=False, default=None)
    said: str | None = field(compare=False, default=None)
    right: str | None = field(compare=False, default=None)
    line: str | None = field(compare=False, default=None)
    servers: tuple[tuple[str, str], ...] = field(compare=False, default=())
    text: str = field(compare=False, default="")
    full: str | None = field(compare=False, default=None)
    asks: tuple[tuple[str, str], ...] = field(compare=False, default=())

    def seen(self) -> str:
        """What the look-up showed, as one clause of evidence; "" where nothing was looked up."""
        where = f"{self.line}: " if self.line is not None else ""
        match self.kind:
            case "back":
                return f"{where}{self.host} is {self.address}, and {self.address} is called {self.said or 'nothing'}"
            case "alias":
                return f"{where}{self.host} leads to {self.address}, which is called {self.said or 'nothing'}"
            case "mit":
                return f"for {self.host} libkrb5 asks for {self.said}"
            case "stale" | "vantage" | "file":
                return f"{where}{self.host} resolves to {self.said}"
            case "datanode":
                return f"{self.host} resolves to {self.right}, which answers"
        return "; ".join(f"name server {server}: {said}" for server, said in self.servers)

    def hosts_entry(self, address: str) -> str:
        """A hosts line for the host, the full name first where it is known: the first name is the canonical one."""
        full = self.full or (self.right if self.right is not None and "." in self.right else self.host)
        return " ".join((address, *dict.fromkeys((full, self.host))))
