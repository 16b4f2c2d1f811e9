"""How does a whole cluster of real servers come to run: Hadoop, Hive, ZooKeeper and a KDC?

One namespace has the addresses of all nodes, another one is a host of the resource group. Three
JVMs with bounded memory start side by side, and end with the test process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.javac import compiled_java
from tests.lab.jvm import Jvm, started
from tests.lab.kdc import REALM, Kdc, kdc_with_keytab
from tests.lab.netns import Host, batch
from tests.lab.real import files
from tests.lab.two_hosts import TwoHosts, two_hosts
from tests.support.needs import classpath

SOURCES: Final = Path(__file__).with_name("java")
HADOOP_PATH: Final = classpath("hadoop-servers")
HIVE_PATH: Final = classpath("hive-servers", "hadoop")
_LOG4J: Final = "log4j.rootLogger=OFF\n"


@dataclass(frozen=True, slots=True)
class RealCluster(TwoHosts):
    """A cluster that runs."""

    first: Jvm
    """What runs on the first master, but for Hive."""
    second: Jvm
    """What runs on the second master and on the core node."""
    hive: Jvm
    """Metastore, HiveServer2 in both modes."""
    kerberos: bool
    """True if every server wants Kerberos."""
    kdc: Kdc
    """Its KDC, which runs without Kerberos as well."""

    @property
    def servers_keytab(self) -> Path:
        """Keytab of all its servers. They read it anew for each client."""
        return self.first.files.parent / "servers.keytab"

    def wake(self) -> None:
        """Ask both NameNodes for a file. Each answers its first such request after seconds."""
        self.run("probe", f"webhdfs://{files.FIRST}", f"webhdfs://{files.SECOND}", "--patience", "60")


@contextmanager
def hive_beside(
    running: RealCluster, directory: Path, classes: Path, settings: files.Settings, *groups: str
) -> Iterator[Jvm]:
    """Run more servers of Hive in a JVM of its own, on the first master, until the block ends.

    directory: empty, for their files and data. settings: beside those of the cluster's own servers.
    NAME.xml has those of one server alone.
    """
    data = directory / "data"
    data.mkdir()
    keytab = running.servers_keytab if running.kerberos else None
    with ExitStack() as undo:
        starts = _Starts(running.nodes, directory, data, classes, keytab, undo)
        jvm = starts.hive(files.FIRST, *groups, more=settings)
        jvm.ready()
        yield jvm


def compiled(directory: Path) -> Path:
    """Compile the servers into `directory` and return it."""
    for path, *names in (
        (HADOOP_PATH, "HadoopServers", "HdfsClient", "Servers"),
        (HIVE_PATH, "HiveServers", "LabPasswords"),
    ):
        compiled_java(directory, path, *(SOURCES / f"{name}.java" for name in names))
    return directory


@contextmanager
def cluster(directory: Path, classes: Path, *, kerberos: bool) -> Iterator[RealCluster]:
    """Yield a cluster whose servers serve. `directory` is empty, for its files and data."""
    with ExitStack() as undo:
        addresses = tuple(files.ADDRESSES.values())
        pair = undo.enter_context(two_hosts("real", addresses, files.CLIENT_ADDRESS, files.hosts_file()))
        nodes = pair.nodes
        _call_from_the_core(nodes)
        kdc, keys = undo.enter_context(kdc_with_keytab(nodes, directory, files.PRINCIPALS))
        keytab = keys if kerberos else None
        data = directory / "data"
        data.mkdir()
        starts = _Starts(nodes, directory, data, classes, keytab, undo)
        first = starts.hadoop(files.FIRST, "nn1", "rm1", "jobhistory", "timeline", "zookeeper")
        second = starts.hadoop(files.SECOND, "nn2,datanode", "rm2")
        hive = starts.hive(files.FIRST, "metastore,hiveserver2,hiveserver2-http")
        for jvm in (first, second, hive):
            jvm.ready()
        running = RealCluster(pair.client, nodes, first, second, hive, kerberos, kdc)
        running.wake()
        yield running


def _call_from_the_core(nodes: Host) -> None:
    """Let the DataNode call the masters from its own address. They hand out the one that calls."""
    core = files.ADDRESSES[files.CORE_NODE]
    called = (files.ADDRESSES[name] for name in (files.FIRST, files.SECOND))
    batch(nodes.name, [f"route replace local {address} dev eth0 table local src {core}" for address in called])


@dataclass(frozen=True, slots=True)
class _Starts:
    """Starts JVMs of one cluster."""

    nodes: Host
    directory: Path
    data: Path
    classes: Path
    keytab: Path | None
    undo: ExitStack

    def hadoop(self, host: str, *groups: str) -> Jvm:
        """Start daemons of Hadoop on a host. Those of one group share what static fields keep."""
        settings = files.client_files(kerberos=self.keytab is not None)
        settings["server-site.xml"] = files.hadoop_server(self.data, self.keytab)
        properties = {
            "data": str(self.data),
            "keytab": str(self.keytab or ""),
            "first": files.FIRST,
            "second": files.SECOND,
            "core": files.CORE_NODE,
            "realm": REALM,
        }
        flags = [f"-Dlab.{key}={value}" for key, value in properties.items()]
        return self._jvm("hadoop", host, settings, HADOOP_PATH, flags, "HadoopServers", *groups)

    def hive(self, host: str, *groups: str, more: files.Settings | None = None) -> Jvm:
        """Start servers of Hive on a host. more: settings beside those of every server."""
        settings = files.client_files(kerberos=self.keytab is not None)
        for given in (files.hive_server(self.data, self.keytab), more or {}):
            for name, properties in given.items():
                settings[name] = {**settings.get(name, {}), **properties}
        return self._jvm("hive", host, settings, HIVE_PATH, [], "HiveServers", *groups)

    def _jvm(self, kind: str, host: str, settings: files.Settings, path: str, flags: list[str], *words: str) -> Jvm:
        """Start a JVM that takes `host` for the name of its machine."""
        place = self.directory / f"{kind}-{host.partition('.')[0]}"
        files.write(settings, place)
        for page in ("hdfs", "datanode"):  # those of YARN are in its jars
            (place / "webapps" / page / "WEB-INF").mkdir(parents=True)
            (place / "webapps" / page / "WEB-INF" / "web.xml").write_text("<web-app/>")
        (place / "log4j.properties").write_text(_LOG4J)
        (place / "krb5.conf").write_text(files.krb5_conf())
        path = f"{self.classes}:{place}:{path}"
        own = (*flags, f"-Djava.security.krb5.conf={place / 'krb5.conf'}", "-cp", path)
        jvm = started(self.nodes, host, place, *own, "Servers", *words)
        self.undo.callback(jvm.end)
        return jvm
