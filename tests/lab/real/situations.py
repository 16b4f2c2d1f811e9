"""Which situations is each real service put into, and what must `check` say of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.lab.real.files import FIRST, NAMESERVICE, PORTS, Settings, client_files

Situation = Literal["healthy", "wrong port", "decoy", "swapped", "other mode", "other login", "frozen", "stopped"]
"""What is arranged.

- wrong port: the files name a port on which nothing listens.
- decoy: the files name the port of another server.
- swapped: the files name the ports of two servers of Hadoop RPC the wrong way round.
- other mode: the files name the port of HiveServer2 in the other mode.
- other login: the files want Kerberos where the servers do not, or the other way round.
- frozen: the process is stopped with SIGSTOP, and the kernel still accepts for it.
- stopped: the server has ended.
"""

Whose = Literal["first", "second", "hive"]
"""Which JVM of the cluster runs a service."""

SHORT = FIRST.partition(".")[0]
NAMENODE = f"dfs.namenode.rpc-address.{NAMESERVICE}.nn1"
MANAGER = "yarn.resourcemanager.address.rm1"
HISTORY = "mapreduce.jobhistory.address"
TIMELINE = "yarn.timeline-service.webapp.address"
METASTORE = "hive.metastore.uris"
SERVER2 = "hive.server2.thrift.port"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting of a client's file that is wrong."""

    file: str
    """The file."""
    key: str
    """The key."""
    value: str
    """The wrong value."""


@dataclass(frozen=True, slots=True)
class RealService:
    """One service, and what breaks it."""

    name: str
    """How people call it."""
    component: str
    """Component of its flows."""
    host_port: str
    """End of the id of its flow."""
    jvm: Whose
    """JVM that runs it."""
    wrong_port: tuple[Change, str]
    """A setting with a free port, and the code of that."""
    decoy: tuple[Change, str]
    """A setting with the port of another server, and the code of that."""
    other_mode: tuple[Change, str] | None = None
    """A setting with the port of its other mode, and the code of that."""
    other_login: Mapping[bool, str] = field(default_factory=dict)
    """Whether the servers want Kerberos, if the files want the opposite -> code."""
    frozen: str = "SVC-HANG"
    """Code of the server whose process does not run."""


SERVICES: Final = (
    RealService(
        "NameNode",
        "namenode-rpc",
        f"{SHORT}:{PORTS['nn1']}",
        "first",
        (Change("hdfs-site.xml", NAMENODE, f"{FIRST}:8021"), "SVC-PORT"),
        (Change("hdfs-site.xml", NAMENODE, f"{FIRST}:{PORTS['namenode-http']}"), "SVC-PORT"),
        other_login={True: "KRB-CLIENT-SIMPLE", False: "KRB-SERVER-SIMPLE"},
    ),
    RealService(
        "ResourceManager",
        "resourcemanager-client",
        f"{SHORT}:{PORTS['rm1']}",
        "first",
        (Change("yarn-site.xml", MANAGER, f"{FIRST}:8132"), "SVC-PORT"),
        (Change("yarn-site.xml", MANAGER, f"{FIRST}:{PORTS['resourcemanager-http']}"), "SVC-PORT"),
        other_login={True: "KRB-CLIENT-SIMPLE", False: "KRB-SERVER-SIMPLE"},
    ),
    RealService(
        "JobHistory",
        "jobhistory-rpc",
        f"{SHORT}:{PORTS['jobhistory']}",
        "first",
        (Change("mapred-site.xml", HISTORY, f"{FIRST}:10021"), "SVC-PORT"),
        (Change("mapred-site.xml", HISTORY, f"{FIRST}:{PORTS['jobhistory-http']}"), "SVC-PORT"),
        other_login={True: "KRB-CLIENT-SIMPLE", False: "KRB-SERVER-SIMPLE"},
    ),
    RealService(
        "Timeline Server",
        "timeline",
        f"{SHORT}:{PORTS['timeline-http']}",
        "first",
        (Change("yarn-site.xml", TIMELINE, f"{FIRST}:8189"), "SVC-DOWN"),
        (Change("yarn-site.xml", TIMELINE, f"{FIRST}:{PORTS['nn1']}"), "SVC-PORT"),
    ),
    RealService(
        "metastore",
        "hive-metastore",
        f"{SHORT}:{PORTS['metastore']}",
        "hive",
        (Change("hive-site.xml", METASTORE, f"thrift://{FIRST}:9084"), "SVC-DOWN"),
        (Change("hive-site.xml", METASTORE, f"thrift://{FIRST}:{PORTS['namenode-http']}"), "SVC-PORT"),
        other_login={True: "SVC-HMS", False: "SVC-HMS"},
        frozen="SVC-HMS",
    ),
    RealService(
        "HiveServer2",
        "hiveserver2",
        f"{SHORT}:{PORTS['hiveserver2']}",
        "hive",
        (Change("hive-site.xml", SERVER2, "10005"), "SVC-DOWN"),
        (Change("hive-site.xml", SERVER2, str(PORTS["namenode-http"])), "SVC-PORT"),
        (Change("hive-site.xml", SERVER2, str(PORTS["hiveserver2-http"])), "SVC-HS2-MODE"),
        other_login={True: "SVC-HS2-MECH", False: "SVC-HS2-MECH"},
    ),
)


SWAPPED: Final = {
    "NameNode": Change("hdfs-site.xml", NAMENODE, f"{FIRST}:{PORTS['rm1']}"),
    "ResourceManager": Change("yarn-site.xml", MANAGER, f"{FIRST}:{PORTS['nn1']}"),
}
"""Service -> the setting with the port of the other one. Both change at once."""


def with_changes(*changes: Change, kerberos: bool) -> Settings:
    """Return the files of clients with these settings changed."""
    files = client_files(kerberos=kerberos)
    for change in changes:
        files[change.file] |= {change.key: change.value}
    return files
