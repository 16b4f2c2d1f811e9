"""Which node does a configured host name mean? Answered from the case alone; nothing is looked up in the DNS.

EMR gives one machine several names: the node name (`master-1-1`, `emr-header-1`), the same as first label of a name in the cluster's domain
(`master-1-1.c-<id>.<region>.emr.aliyuncs.com`, `emr-header-1.cluster-12345`), and whatever the hosts files add.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diagnose.case.model import Case, Node

if TYPE_CHECKING:
    from probes.names.hosts import HostsFile

_DOMAIN = re.compile(r"(c-[0-9a-z]{8,32})\.[a-z0-9-]{2,40}\.emr\.aliyuncs\.com|cluster-[0-9]{1,12}")
"""The two shapes of a cluster's own domain; group 1 is the cluster id, which the older shape does not carry."""

_SELF_NAMING = (
    ("core-site.xml", "fs.default"),
    ("hdfs-site.xml", "dfs.namenode.rpc-address"),
    ("yarn-site.xml", "yarn.resourcemanager."),
)
"""File and key prefix whose values name hosts of the cluster itself."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of one configured host. label: how ids and people call it: the node's name, else the host as configured, in lower case."""

    host: str
    label: str
    address: str | None = None
    node: Node | None = None


def numeric(host: str) -> str | None:
    """The usual spelling of a numeric address, None for a name."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one case. domains: those known to be this cluster's, empty where no file tells."""

    cluster_id: str | None = None
    domains: frozenset[str] = frozenset()
    by_name: Mapping[str, Node] = field(default_factory=dict)
    by_address: Mapping[str, Node] = field(default_factory=dict)
    hosts: HostsFile | None = None

    def place(self, host: str) -> Place:
        """Where a configured host is. Never fails: an unknown name is a place without address."""
        address = numeric(host)
        if address is not None:
            node = self.by_address.get(address)
            own = node is not None and node.address is not None and numeric(node.address) == address
            return Place(address, node.name if node is not None and own else address, address, node)
        name = host.rstrip(".").lower()
        listed = self._listed(name)
        node = self._named(name)
        if node is not None:
            return Place(host, node.name, (numeric(node.address) if node.address else None) or listed, node)
        node = self.by_address.get(listed) if listed else None
        return Place(host, node.name if node is not None else name, listed, node)

    def host_of(self, node: Node) -> str:
        """What clients call a node: its full name where a file states one or the cluster's domain is known, else its bare name."""
        stated = next((name for name in node.hostnames if "." in name and numeric(name) is None), None)
        if stated is not None:
            return stated
        return f"{node.name}.{min(self.domains)}" if len(self.domains) == 1 else node.name

    def owns(self, domain: str) -> bool:
        """Is this domain the cluster's? Another cluster's domain has the same shape, so what is known of ours decides first."""
        shape = _DOMAIN.fullmatch(domain)
        if shape is None:
            return False
        if shape[1] and self.cluster_id:
            return shape[1] == self.cluster_id.lower()
        return domain in self.domains or not self.domains

    def _named(self, name: str) -> Node | None:
        known = self.by_name.get(name)
        if known is not None or "." not in name:
            return known
        first, _, domain = name.partition(".")
        return self.by_name.get(first) if self.owns(domain) else None

    def _listed(self, name: str) -> str | None:
        """The hosts file's address, IPv4 first as clients prefer it here. A loopback address is true only on the machine that the file is from."""
        found = [entry.address for entry in self.hosts.all_of(name)] if self.hosts is not None else []
        usable = [address for address in found if not ipaddress.ip_address(address).is_loopback]
        return min(usable, key=lambda address: ":" in address, default=None)


def full_name(known: Names, host: str) -> str | None:
    """The full name of the machine that a configured host is, None where nothing tells."""
    node = known.place(host).node
    full = known.host_of(node) if node is not None else host
    return full if "." in full else None


def names(case: Case) -> Names:
    """Index the nodes of a case. Of two nodes with one name or address the first counts."""
    by_name: dict[str, Node] = {}
    by_address: dict[str, Node] = {}
    for node in case.nodes:
        for name in (node.name, *node.hostnames):
            by_name.setdefault(name.rstrip(".").lower(), node)
        address = numeric(node.address) if node.address else None
        if address:
            by_address.setdefault(address, node)
    for node in case.nodes:
        for address in node.beside:
            by_address.setdefault(address, node)
    return Names(case.cluster.id, frozenset(_own_domains(case)), by_name, by_address, case.hosts)


def _own_domains(case: Case) -> Iterator[str]:
    for node in case.nodes:
        for name in node.hostnames:
            domain = name.rstrip(".").lower().partition(".")[2]
            if _DOMAIN.fullmatch(domain):
                yield domain
    for file, prefix in _SELF_NAMING:
        configuration = case.settings.get(file)
        for setting in configuration.matching(prefix) if configuration is not None else ():
            for found in _DOMAIN.finditer(setting.value.lower()):
                if setting.value.lower()[: found.start()].endswith("."):
                    yield found[0]
