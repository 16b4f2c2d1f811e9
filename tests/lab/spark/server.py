"""How do Spark Thrift Servers come to run: with Kerberos on one master, without it on the other?

One namespace has the addresses of both masters and a KDC, another one is a host of the resource
group. Each master has a JVM with a server in binary mode and one in HTTP mode.
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
from tests.lab.netns import Host
from tests.lab.real.cluster import SOURCES as SHARED_SOURCES
from tests.lab.real.files import ADDRESSES, CLIENT_ADDRESS, FIRST, SECOND, hosts_file, krb5_conf, write
from tests.lab.two_hosts import TwoHosts, two_hosts
from tests.support.needs import classpath

SPARK_PATH: Final = classpath("pyspark/pyspark/jars")
SOURCES: Final = Path(__file__).with_name("java")
PORT: Final = 10001
HTTP_PORTS: Final = {FIRST: 10003, SECOND: 10013}
"""Master -> port of its server in HTTP mode, which listens on every address of the host."""

MEMORY: Final = 512 << 20
"""Memory that Spark is told that it has. It refuses less, and needs less to accept a login."""

OPEN: Final = (
    *("java.io", "java.lang.invoke", "java.lang.reflect", "java.util.concurrent.atomic"),
    *("sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
)
"""Packages that Spark opens beside those of `tests.lab.jvm.FLAGS`."""

HIVE: Final = "spark.hadoop.hive.server2"
LOGIN: Final = f"{HIVE}.authentication"
DIRECTORIES: Final = ("exec.scratchdir", "exec.local.scratchdir", "downloaded.resources.dir", "querylog.location")
"""Keys of directories in which a server writes."""


@dataclass(frozen=True, slots=True)
class SparkThrift(TwoHosts):
    """Spark Thrift Servers that run."""

    secure: Jvm
    """The servers of the first master, which want Kerberos."""
    simple: Jvm
    """The servers of the second master, which do not."""
    kdc: Kdc
    """Their KDC, on the first master."""


def compiled_spark(directory: Path) -> Path:
    """Compile what starts the servers into `directory` and return it."""
    return compiled_java(directory, SPARK_PATH, SOURCES / "SparkServers.java", SHARED_SOURCES / "Servers.java")


@contextmanager
def spark_thrift(directory: Path, classes: Path) -> Iterator[SparkThrift]:
    """Yield servers that serve. `directory` is empty, for their files."""
    with ExitStack() as undo:
        addresses = (ADDRESSES[FIRST], ADDRESSES[SECOND])
        pair = undo.enter_context(two_hosts("spark", addresses, CLIENT_ADDRESS, hosts_file()))
        nodes = pair.nodes
        principals = (f"spark/{FIRST}", f"HTTP/{FIRST}")
        kdc, keytab = undo.enter_context(kdc_with_keytab(nodes, directory, principals))
        secure = _jvm(nodes, directory, classes, FIRST, keytab, undo)
        simple = _jvm(nodes, directory, classes, SECOND, None, undo)
        for jvm in (secure, simple):
            jvm.ready()
        yield SparkThrift(pair.client, nodes, secure, simple, kdc)


def client_settings(master: str, *, kerberos: bool) -> dict[str, str]:
    """Return what clients and servers read in spark-defaults.conf."""
    settings = {f"{HIVE}.thrift.port": str(PORT), f"{HIVE}.thrift.http.port": str(HTTP_PORTS[master])}
    if kerberos:
        settings |= {LOGIN: "KERBEROS", f"{LOGIN}.kerberos.principal": f"spark/_HOST@{REALM}"}
    return settings


def _server_settings(place: Path, master: str, keytab: Path | None) -> dict[str, str]:
    """Return what the servers of a master need beside that."""
    settings = {
        "spark.hadoop.fs.defaultFS": "file:///",
        f"{HIVE}.thrift.bind.host": master,
        f"{HIVE}.thrift.min.worker.threads": "1",
        **{f"spark.hadoop.hive.{key}": str(place / "hive") for key in DIRECTORIES},
    }
    if keytab is not None:
        settings |= {
            "spark.hadoop.hadoop.security.authentication": "kerberos",
            f"{LOGIN}.kerberos.keytab": str(keytab),
            f"{LOGIN}.spnego.principal": f"HTTP/_HOST@{REALM}",
            f"{LOGIN}.spnego.keytab": str(keytab),
        }
    return settings


def _jvm(nodes: Host, directory: Path, classes: Path, master: str, keytab: Path | None, undo: ExitStack) -> Jvm:
    """Start the JVM of a master."""
    place = directory / master.partition(".")[0]
    # Hadoop's own login reads this file. Spark's settings do not reach it.
    login = {} if keytab is None else {"hadoop.security.authentication": "kerberos"}
    write({"core-site.xml": login}, place)
    (place / "krb5.conf").write_text(krb5_conf())
    properties = {
        "java.security.krb5.conf": place / "krb5.conf",
        "java.io.tmpdir": place,
        "spark.master": "local[1]",
        "spark.app.name": "lab",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": place,
        "spark.sql.warehouse.dir": place / "warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.testing.memory": MEMORY,
        **client_settings(master, kerberos=keytab is not None),
        **_server_settings(place, master, keytab),
    }
    flags = [f"-D{key}={value}" for key, value in properties.items()]
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPEN]
    path = f"{classes}:{place}:{SPARK_PATH}"
    servers = ("Servers", "SparkServers", "spark-thrift,spark-thrift-http")
    jvm = started(nodes, master, place, *opened, *flags, "-cp", path, *servers)
    undo.callback(jvm.end)
    return jvm
