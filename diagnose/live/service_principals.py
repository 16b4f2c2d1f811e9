"""For which services is a ticket asked for, by the principals in the Hadoop files?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from diagnose.case.model import Case
from diagnose.flows.model import Flow
from diagnose.flows.names import names
from probes.principal import Principal

MOST_SERVICES = 16
"""Service tickets that are asked for.

One of each kind on each of a few hosts shows what fails for all.
"""

SERVICES = (
    ("hdfs-site.xml", "dfs.namenode.kerberos.principal", "namenode-rpc"),
    ("hdfs-site.xml", "dfs.datanode.kerberos.principal", "datanode-transfer"),
    ("hdfs-site.xml", "dfs.web.authentication.kerberos.principal", "namenode-rpc"),
    ("yarn-site.xml", "yarn.resourcemanager.principal", "resourcemanager-client"),
    ("mapred-site.xml", "mapreduce.jobhistory.principal", "jobhistory-rpc"),
    ("hive-site.xml", "hive.metastore.kerberos.principal", "hive-metastore"),
    ("hive-site.xml", "hive.server2.authentication.kerberos.principal", "hiveserver2"),
    ("hive-site.xml", "hive.server2.authentication.kerberos.principal", "hiveserver2-http"),
    ("spark-defaults.conf", "spark.hadoop.hive.server2.authentication.kerberos.principal", "spark-thrift"),
    ("spark-defaults.conf", "spark.hadoop.hive.server2.authentication.kerberos.principal", "spark-thrift-http"),
    ("kyuubi-defaults.conf", "kyuubi.kinit.principal", "kyuubi"),
)
"""File, key, and the component whose hosts replace _HOST: Hadoop's SecureMode page, and the
configuration of Hive, Spark and Kyuubi."""


OF_WEB = frozenset({"dfs.web.authentication.kerberos.principal"})
"""Principals of the web page beside a service. The service itself has another one."""


def has_pattern(case: Case, component: str) -> bool:
    """Return True if clients accept whatever principal fits a pattern of the files."""
    configurations = [(case.settings.get(file), f"{key}.pattern") for file, key, of in SERVICES if of == component]
    return any(found is not None and found.get(key) is not None for found, key in configurations)


def services(case: Case, flows: Sequence[Flow], realm: str) -> tuple[Principal, ...]:
    """Return the service principals that tickets are asked for.

    The first of each kind comes first, so that many DataNodes leave room for HiveServer2.
    """
    kinds = [tuple(_of_row(row, case, flows, realm)) for row in SERVICES]
    in_turn = (found for turn in zip_longest(*kinds) for found in turn if found is not None)
    return tuple(dict.fromkeys(in_turn))[:MOST_SERVICES]


def service_principals(
    case: Case, flows: Sequence[Flow], realm: str, *, of: str | None = None
) -> tuple[Principal, ...]:
    """Return the service principals that the Hadoop files name.

    _HOST is replaced by the hosts that run the service, in lower case as Hadoop does.
    of: the component whose own principals are wanted. None for those of all.
    """
    return tuple(dict.fromkeys(_services(case, flows, realm, of)))


def _services(case: Case, flows: Sequence[Flow], realm: str, of: str | None) -> Iterator[Principal]:
    for row in SERVICES:
        _, key, component = row
        if of in (None, component) and (of is None or key not in OF_WEB):
            yield from _of_row(row, case, flows, realm)


def _of_row(row: tuple[str, str, str], case: Case, flows: Sequence[Flow], realm: str) -> Iterator[Principal]:
    """Yield the principals of one kind of service."""
    file, key, component = row
    pattern = configuration.get(key) if (configuration := case.settings.get(file)) is not None else None
    if not pattern:
        return
    if "_HOST" not in pattern:
        yield from _parsed(pattern, realm)
        return
    known = names(case)
    for flow in flows:
        if flow.component == component:
            place = known.place(flow.endpoint.host)
            host = known.host_of(place.node) if place.node is not None else flow.endpoint.host
            yield from _parsed(pattern.replace("_HOST", host.lower()), realm)


def _parsed(text: str, realm: str) -> Iterator[Principal]:
    try:
        yield Principal.parse(text, realm)
    except ValueError:
        return  # no principal: another check has the finding
