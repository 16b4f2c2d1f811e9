"""Which hosts do the files name besides those of the flows?

Nodes, servers of the realms in use, and JDBC URLs of every file. A nameservice is no host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from diagnose.case.model import Case
from diagnose.flows.cluster import View, view_of
from diagnose.flows.endpoints import is_host, split
from diagnose.flows.kerberos import realms, uses_kerberos
from probes.regex import regex

_JDBC = regex(r"jdbc:[a-z][a-z0-9:+]{1,32}://([^/;?\s\"'<>]{1,2048})", re.IGNORECASE)

MOST_HOSTS = 256


def kerberized(case: Case) -> bool:
    """Return True if the cluster uses Kerberos, as far as the case tells."""
    return uses_kerberos(view_of(case))


def named_hosts(case: Case) -> tuple[str, ...]:
    """Return distinct hosts: nodes, krb5.conf, Hadoop files, in this order. At most MOST_HOSTS."""
    seen = view_of(case)
    return _distinct([*(seen.names.host_of(node) for node in case.nodes), *_written(seen)])


def written(case: Case) -> tuple[str, ...]:
    """Return the hosts that a file states: servers of realms and hosts of JDBC URLs.

    Nodes are left out, because their full names may be derived from the domain of the cluster.
    """
    return _distinct(_written(view_of(case)))


def _distinct(hosts: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for host in hosts:
        if is_host(host):
            found.setdefault(host.rstrip(".").lower(), host)
        if len(found) == MOST_HOSTS:
            break
    return tuple(found.values())


def _written(seen: View) -> Iterator[str]:
    yield from _of_realms(seen)
    for configuration in seen.case.settings.values():
        for setting in configuration.settings:
            for url in _JDBC.finditer(configuration.get(setting.key) or ""):
                for server in url[1].rpartition("@")[2].split(","):
                    yield split(server)[0]


def _of_realms(seen: View) -> Iterator[str]:
    profile = seen.case.krb5
    if profile is None:
        return
    from probes.files.krb5conf import KdcEntryError, mit  # only for clusters with Kerberos

    for realm in realms(seen):
        for entry in mit.kdc_entries(profile, realm.name):
            if not isinstance(entry, KdcEntryError):
                yield entry.host
        try:
            servers = mit.admin_servers(profile, realm.name)
        except KdcEntryError:
            continue
        for server in servers:
            yield server.host
