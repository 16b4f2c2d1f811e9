"""How do DataNodes of Hadoop 2 and 3 run beside a real cluster, with and without protection?

They run in one JVM for each generation, on the core node. No NameNode knows them, which is no
matter to a client that asks for no block. What they write into their logs is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.javac import compiled_java
from tests.lab.jvm import Jvm, started
from tests.lab.kdc import REALM
from tests.lab.real.cluster import SOURCES, RealCluster
from tests.lab.real.files import CORE_NODE, krb5_conf, write
from tests.support.needs import classpath

PATHS: Final[Mapping[int, str]] = {2: classpath("hadoop2-servers"), 3: classpath("hadoop-servers")}
"""Generation of Hadoop -> class path of its servers."""

_KERBEROS: Final = {
    "hadoop.security.authentication": "kerberos",
    "hadoop.security.authorization": "true",
    "dfs.block.access.token.enable": "true",
    "dfs.datanode.kerberos.principal": f"hdfs/{CORE_NODE}@{REALM}",
    "ignore.secure.ports.for.testing": "true",
}
KINDS: Final[Mapping[str, tuple[int, Mapping[str, str]]]] = {
    "plain": (1, {}),
    "encrypted": (2, {"dfs.encrypt.data.transfer": "true"}),
    "authentication": (3, {**_KERBEROS, "dfs.data.transfer.protection": "authentication"}),
    "integrity": (4, {**_KERBEROS, "dfs.data.transfer.protection": "integrity"}),
    "privacy": (5, {**_KERBEROS, "dfs.data.transfer.protection": "privacy"}),
    "privileged": (6, {**_KERBEROS, "dfs.data.transfer.protection": "integrity"}),
}
"""Name -> number of its port, and its settings. A secure DataNode on a privileged port wants no
SASL, whatever its protection."""

_LOG4J: Final = """\
log4j.rootLogger=INFO,file
log4j.appender.file=org.apache.log4j.FileAppender
log4j.appender.file.File={log}
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=[%t] %p %c{{1}}: %m%n
log4j.logger.org.apache.hadoop.ipc.Client=OFF
"""


def port(kind: str, generation: int) -> int:
    """Return the port of a DataNode. A privileged one is below 1024."""
    return (900 if kind == "privileged" else 20000) + 10 * generation + KINDS[kind][0]


def web_port(kind: str, generation: int) -> int:
    """Return the port of the web server of a DataNode."""
    return 21000 + 10 * generation + KINDS[kind][0]


@dataclass(frozen=True, slots=True)
class DataNodes:
    """DataNodes of one generation that run."""

    generation: int
    """Generation of Hadoop."""
    jvm: Jvm
    """What runs them."""

    def target(self, kind: str) -> str:
        """Return the target of `probe` for one of them."""
        return f"datanode://{CORE_NODE}:{port(kind, self.generation)}"

    def web_target(self, kind: str) -> str:
        """Return the target of `probe` for the web server of one of them."""
        return f"datanode-web://{CORE_NODE}:{web_port(kind, self.generation)}"

    def log(self) -> list[str]:
        """Return all lines that they have written so far."""
        return (self.jvm.files / "log").read_text(encoding="utf-8", errors="replace").splitlines()


@contextmanager
def datanodes(cluster: RealCluster, directory: Path, generation: int) -> Iterator[DataNodes]:
    """Run a DataNode of each kind until the block ends. `directory` is empty, for their files."""
    place, classes, path = directory / "files", directory / "classes", PATHS[generation]
    compiled_java(classes, path, SOURCES / "DataNodes.java", SOURCES / "Servers.java")
    settings = {}
    for kind, (_, own) in KINDS.items():
        settings[f"{kind}.xml"] = {
            "fs.defaultFS": f"hdfs://{CORE_NODE}:1",
            "dfs.datanode.address": f"0.0.0.0:{port(kind, generation)}",
            "dfs.datanode.http.address": f"0.0.0.0:{web_port(kind, generation)}",
            "dfs.datanode.ipc.address": "0.0.0.0:0",
            "dfs.datanode.hostname": CORE_NODE,
            "dfs.datanode.data.dir": (directory / kind).as_uri(),
            "dfs.datanode.keytab.file": str(cluster.servers_keytab),
            **own,
        }
    write(settings, place)
    for page in ("hdfs", "datanode"):
        (place / "webapps" / page / "WEB-INF").mkdir(parents=True)
        (place / "webapps" / page / "WEB-INF" / "web.xml").write_text("<web-app/>")
    (place / "log4j.properties").write_text(_LOG4J.format(log=place / "log"))
    (place / "krb5.conf").write_text(krb5_conf())
    own_options = (f"-Djava.security.krb5.conf={place / 'krb5.conf'}", "-cp", f"{classes}:{place}:{path}")
    jvm = started(cluster.nodes, CORE_NODE, place, *own_options, "Servers", "DataNodes", *KINDS)
    try:
        jvm.ready()
        nodes = DataNodes(generation, jvm)
        # Each web server answers its first request after seconds.
        cluster.run("probe", *map(nodes.web_target, KINDS), "--patience", "60")
        yield nodes
    finally:
        jvm.end()
