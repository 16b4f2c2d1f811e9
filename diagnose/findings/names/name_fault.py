"""What is wrong with one name?

Sentences and repairs are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.cause import NameCause
from diagnose.flows.names import numeric
from probes.frozen import frozen
from probes.language import marked, tr
from probes.names.resolver_view import NOT_CONFIGURED, SOMETIMES

REPLIES: Mapping[str, str] = {
    "records": marked("records"),
    "no-data": marked("no-data"),
    "no-such-name": marked("no-such-name"),
    "server-failed": marked("server-failed"),
    "refused": marked("refused"),
    "other-error": marked("other-error"),
    "alias-loop": marked("alias-loop"),
    "truncated": marked("truncated"),
    "garbage": marked("garbage"),
    "closed": marked("closed"),
    "unreachable": marked("unreachable"),
    "silent": marked("silent"),
    SOMETIMES: marked("answers-some"),
    NOT_CONFIGURED: marked("not-configured"),
    "not-asked": marked("not-asked"),
}
"""What a name server replied -> the word of it in evidence."""


@frozen
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
        host, address, given = self.host, self.address, self.given
        match self.cause:
            case "reverse-name" | "refused-name":
                back = tr("{address} is called {name}", address=address, name=given or tr("nothing"))
                return self._placed(tr("{host} is {address}, and {back}", host=host, address=address, back=back))
            case "alias":
                name = given or tr("nothing")
                return self._placed(
                    tr("{host} leads to {address}, which is called {name}", host=host, address=address, name=name)
                )
            case "mit-name":
                return tr("for {host} libkrb5 asks for {name}", host=host, name=given)
            case "other-address" | "address-beside" | "loopback-by-resolver" | "loopback-in-file":
                return self._placed(tr("{host} resolves to {address}", host=host, address=given))
            case "datanode-address":
                return tr("{host} resolves to {address}, which answers", host=host, address=self.right)
        return tr("; ").join(
            tr("name server {server}: {reply}", server=server, reply=tr(REPLIES.get(said, said)))
            for server, said in self.servers
        )

    def _placed(self, clause: str) -> str:
        """Return a clause with the line of the hosts file that it comes from."""
        return clause if self.line is None else tr("{place}: {clause}", place=self.line, clause=clause)

    def hosts_entry(self, address: str) -> str:
        """Return a line for a hosts file.

        The full name comes first, because it is the canonical one.
        """
        is_name = self.right is not None and "." in self.right and numeric(self.right) is None
        full = self.full or (self.right if is_name else None) or self.host
        return " ".join((address, *dict.fromkeys((full, self.host))))

    def hosts_line(self) -> str | None:
        """Return '192.168.20.11 master-1-1.c-… master-1-1'. None if the full name is not known."""
        full = self.right or self.host
        if self.address in (None, full) or "." not in full:
            return None
        return " ".join((self.address, *dict.fromkeys((full, full.partition(".")[0]))))
