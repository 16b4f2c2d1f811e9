"""Which node does a configured host name mean? The case alone decides; DNS is not asked.

EMR gives one machine several names: the node name (`master-1-1`, `emr-header-1`), the same as first
label of a name in the domain of the cluster (`master-1-1.c-<id>.<region>.emr.aliyuncs.com`,
`emr-header-1.cluster-12345`), and the names that hosts files add.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING

from diagnose.case.derived import once
from diagnose.case.model import Case, Node
from diagnose.flows.authority import is_loopback
from probes.frozen import frozen
from probes.regex import regex

if TYPE_CHECKING:
    from probes.names.hosts import HostsFile

_DOMAIN = regex(r"(c-[0-9a-z]{8,32})\.[a-z0-9-]{2,40}\.emr\.aliyuncs\.com|cluster-[0-9]{1,12}")
"""The two shapes of the domain of a cluster. Group 1 is the cluster id, which the older shape
lacks."""

_SELF_NAMING = (
    ("core-site.xml", "fs.default"),
    ("hdfs-site.xml", "dfs.namenode.rpc-address"),
    ("yarn-site.xml", "yarn.resourcemanager."),
)
"""File and key prefix of values that name hosts of the cluster itself."""


@frozen
class Place:
    """What is known of one configured host."""

    host: str
    """As configured, or the usual spelling of an address."""
    label: str
    """Name of the node, else the host in lower case. Ids and people use it."""
    address: str | None = None
    """Its address. None if unknown."""
    node: Node | None = None
    """The node that it is. None if it is none."""


@lru_cache(maxsize=65536)
def numeric(host: str) -> str | None:
    """Return the usual spelling of a numeric address, or None for a name.

    None also for an address with a scope (RFC 4007), which is of use on its own link alone.
    """
    if "%" in host:
        return None
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return None


def dialled_address(node: Node, listed: str | None) -> str | None:
    """Return the address of a node that clients dial: the primary one.

    If `listed`, that of the hosts file, is on another interface of the node, it is this one.
    """
    primary = numeric(node.address) if node.address else None
    return listed if primary is None or node.second_at(listed) is not None else primary


@frozen
class Names:
    """The names of one case."""

    cluster_id: str | None = None
    """Id of the cluster."""
    domains: frozenset[str] = frozenset()
    """Domains that are known to be of this cluster."""
    by_name: Mapping[str, Node] = field(default_factory=dict)
    """Nodes by every name, in lower case."""
    by_address: Mapping[str, Node] = field(default_factory=dict)
    """Nodes by every address."""
    hosts: HostsFile | None = None
    """The hosts file."""
    _places: dict[str, Place] = field(default_factory=dict, init=False, repr=False, compare=False)

    def place(self, host: str) -> Place:
        """Return where a configured host is. An unknown name is a place without address."""
        known = self._places.get(host)
        if known is None:
            known = self._places[host] = self._place(host)
        return known

    def _place(self, host: str) -> Place:
        address = numeric(host)
        if address is not None:
            node = self.by_address.get(address)
            own = node is not None and node.address is not None and numeric(node.address) == address
            return Place(address, node.name if node is not None and own else address, address, node)
        name = host.rstrip(".").lower()
        listed = self._listed(name)
        node = self._node_named(name)
        if node is not None:
            return Place(host, node.name, dialled_address(node, listed), node)
        node = self.by_address.get(listed) if listed else None
        return Place(host, node.name if node is not None else name, listed, node)

    def host_of(self, node: Node) -> str:
        """Return what clients call a node.

        The full name if a file states one or the domain of the cluster is known, else the bare
        name.
        """
        stated = next((name for name in node.hostnames if "." in name and numeric(name) is None), None)
        if stated is not None:
            return stated
        return f"{node.name}.{min(self.domains)}" if len(self.domains) == 1 else node.name

    def owns(self, domain: str) -> bool:
        """Return True if this domain is that of the cluster.

        The domain of another cluster has the same shape, so what is known of ours decides first.
        """
        shape = _DOMAIN.fullmatch(domain)
        if shape is None:
            return False
        if shape[1] and self.cluster_id:
            return shape[1] == self.cluster_id.lower()
        return domain in self.domains or not self.domains

    def _node_named(self, name: str) -> Node | None:
        known = self.by_name.get(name)
        if known is not None or "." not in name:
            return known
        first, _, domain = name.partition(".")
        return self.by_name.get(first) if self.owns(domain) else None

    def _listed(self, name: str) -> str | None:
        """Return the address of the hosts file, IPv4 first as clients prefer it here.

        Loopback addresses are left out: they hold only on the machine that the file is from.
        """
        found = [entry.address for entry in self.hosts.all_of(name)] if self.hosts is not None else []
        usable = [address for address in found if not is_loopback(address)]
        return min(usable, key=lambda address: ":" in address, default=None)


_EMR_NAME = regex(r"(?:emr-(?:header|worker|gateway)-\d+|(?:master|core|task)-\d+-\d+)(?:\..+)?", re.IGNORECASE)
"""Names that EMR gives to nodes, bare or in a domain."""


def emr_name(host: str) -> bool:
    """Return True if the host is called as EMR calls its nodes."""
    return _EMR_NAME.fullmatch(host.rstrip(".")) is not None


_INTERNAL_NAME = regex(r"emr-(?:header|worker|gateway)-\d+(?:\.cluster-\d{1,12})?", re.IGNORECASE)
"""Names of the nodes of EMR-3 and EMR-4. They stand in /etc/hosts of the nodes alone."""


def internal_name(host: str) -> bool:
    """Return True if no name server knows the host, only the hosts files of the cluster's nodes."""
    return _INTERNAL_NAME.fullmatch(host.rstrip(".")) is not None


def full_name(known: Names, host: str) -> str | None:
    """Return the full name of the machine behind a configured host, or None if it is unknown."""
    node = known.place(host).node
    full = known.host_of(node) if node is not None else host
    return full if "." in full else None


@once
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
        for address in node.further:
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
