"""How do Spark Thrift Servers come to run: with Kerberos on one master, without it on the other?

One namespace has the addresses of both masters and a KDC, another one is a host of the resource
group. Each master has a JVM with a server in binary mode and one in HTTP mode.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tests.lab.kdc import REALM, Kdc
from tests.lab.netns import PREFIX, Host, LabError, batch, remove
from tests.lab.real.cluster import FLAGS, Jvm
from tests.lab.real.cluster import SOURCES as SHARED_SOURCES
from tests.lab.real.files import ADDRESSES, CLIENT_ADDRESS, FIRST, SECOND, hosts_file, krb5_conf, write
from tests.support.needs import classpath
from tests.support.places import PROJECT

SPARK_PATH: Final = classpath("pyspark/pyspark/jars")
SOURCES: Final = Path(__file__).with_name("java")
COMMAND_SECONDS: Final = 120.0
PORT: Final = 10001
HTTP_PORTS: Final = {FIRST: 10003, SECOND: 10013}
"""Master -> port of its server in HTTP mode, which listens on every address of the host."""

MEMORY: Final = 512 << 20
"""Memory that Spark is told that it has. It refuses less, and needs less to accept a login."""

OPEN: Final = (
    *("java.io", "java.lang.invoke", "java.lang.reflect", "java.util.concurrent.atomic"),
    *("sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
)
"""Packages that Spark opens beside those of `FLAGS`."""

HIVE: Final = "spark.hadoop.hive.server2"
LOGIN: Final = f"{HIVE}.authentication"
DIRECTORIES: Final = ("exec.scratchdir", "exec.local.scratchdir", "downloaded.resources.dir", "querylog.location")
"""Keys of directories in which a server writes."""

_NUMBER = count()


@dataclass(frozen=True, slots=True)
class SparkThrift:
    """Spark Thrift Servers that run."""

    client: Host
    """A host of the resource group."""
    nodes: Host
    """The host with the addresses of both masters."""
    secure: Jvm
    """The servers of the first master, which want Kerberos."""
    simple: Jvm
    """The servers of the second master, which do not."""
    kdc: Kdc
    """Their KDC, on the first master."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `emr-diagnose` on the client, to the end."""
        return self.client.run(sys.executable, "-m", "diagnose", *arguments, cwd=PROJECT, seconds=COMMAND_SECONDS)


def compiled_spark(directory: Path) -> Path:
    """Compile what starts the servers into `directory` and return it."""
    sources = [str(SOURCES / "SparkServers.java"), str(SHARED_SOURCES / "Servers.java")]
    command = ["javac", "-nowarn", "-d", str(directory), "-cp", SPARK_PATH, *sources]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise LabError(done.stderr)
    return directory


@contextmanager
def spark_thrift(directory: Path, classes: Path) -> Iterator[SparkThrift]:
    """Yield servers that serve. `directory` is empty, for their files."""
    with ExitStack() as undo:
        nodes, client = _hosts(undo)
        kdc, keytab = _kdc(nodes, directory, undo)
        secure = _jvm(nodes, directory, classes, FIRST, keytab, undo)
        simple = _jvm(nodes, directory, classes, SECOND, None, undo)
        for jvm in (secure, simple):
            jvm.ready()
        yield SparkThrift(client, nodes, secure, simple, kdc)


def _hosts(undo: ExitStack) -> tuple[Host, Host]:
    prefix = f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}-"
    nodes = Host(f"{prefix}spark", "spark", ADDRESSES[FIRST])
    client = Host(f"{prefix}sparkrg", "sparkrg", CLIENT_ADDRESS)
    for host in (nodes, client):
        undo.callback(remove, host.name)
    batch(None, [f"netns add {nodes.name}", f"netns add {client.name}"])
    batch(None, [f"link add eth0 netns {nodes.name} type veth peer name eth0 netns {client.name}"])
    up = ["link set lo up", "link set eth0 up"]
    own = [f"address add {ADDRESSES[master]}/24 dev eth0" for master in (FIRST, SECOND)]
    batch(nodes.name, [*up, *own, "route add 192.168.10.0/24 dev eth0"])
    batch(client.name, [*up, f"address add {CLIENT_ADDRESS}/24 dev eth0", "route add 192.168.20.0/24 dev eth0"])
    for host in (nodes, client):
        itself = f"{host.address} {socket.gethostname()}\n" if host is client else ""
        host.write_etc("hosts", hosts_file() + itself)
        host.write_etc("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    return nodes, client


def _kdc(nodes: Host, directory: Path, undo: ExitStack) -> tuple[Kdc, Path]:
    """Start the KDC, and return it with the keytab of the servers of the first master."""
    place = directory / "kdc"
    place.mkdir()
    kdc = Kdc(nodes, place)
    principals = (f"spark/{FIRST}", f"HTTP/{FIRST}")
    kdc.admin(*(f"addprinc -randkey +requires_preauth {name}" for name in principals))
    keytab = directory / "servers.keytab"
    kdc.keytab(keytab, *principals)
    undo.callback(kdc.stop)
    kdc.start()
    return kdc, keytab


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
    java = ("java", *FLAGS, *opened, *flags, "-cp", path, "Servers", "SparkServers", "spark-thrift,spark-thrift-http")
    named = ("unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', master)
    errors = place / "errors"
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            nodes.argv(*named, *java),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=place,
        )
    jvm = Jvm(process, errors)
    undo.callback(jvm.end)
    return jvm
