"""Which stanzas of realms do the files have, and to which KDCs does each family go?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from diagnose.findings.kerberos.krb5_lint import servers
from diagnose.findings.kerberos.krb5_lint.readings import Views
from probes.files.krb5conf.mit import Kdc
from probes.files.krb5conf.tree import Block, Tree
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin


@frozen
class Stanza:
    """The lines of one realm under [realms]."""

    file: str
    """File that has it."""
    section: Block
    """Its [realms]. A file may have several."""
    block: Block
    """The stanza itself."""

    @property
    def at(self) -> Origin:
        """Return the place of its first line."""
        return Origin(self.file, self.block.line.number)


def stanzas(trees: Iterable[Tree]) -> Iterator[Stanza]:
    """Yield the stanzas of all realms in files as libkrb5 parses them."""
    for tree in trees:
        for section in tree.nodes:
            if isinstance(section, Block) and section.name.strip().lower() == "realms":
                yield from (Stanza(tree.file, section, node) for node in section.nodes if isinstance(node, Block))


def stanza_of(views: Views, realm: str) -> Stanza | None:
    """Return the first stanza of a realm. None if no stanza of it has a closing brace."""
    found = (each for each in stanzas(views.trees()) if each.block.name == realm and each.block.close is not None)
    return next(found, None)


def mit_ends(views: Views, realm: str) -> list[str]:
    """Return host:port of each server of libkrb5.

    If libkrb5 cannot read one entry of a list, it uses none of it.
    """
    entries = servers.mit_servers(views, realm)
    return _ends(entries) if all(isinstance(entry, Kdc) for entry in entries) else []


def jdk_ends(views: Views, realm: str) -> list[str]:
    """Return host:port of each server of the JDK."""
    return _ends(servers.jdk_servers(views, realm))


def _ends(entries: servers.Servers) -> list[str]:
    return [f"{entry.host}:{entry.port}" for entry in entries if isinstance(entry, Kdc)]


def listed(ends: list[str]) -> str:
    """Return the servers in words."""
    return tr(", ").join(ends) if ends else tr("no KDC")
