"""How does a whole cluster of real servers come to run: Hadoop, Hive, ZooKeeper and a KDC?

One namespace has the addresses of all nodes, another one is a host of the resource group. Three
JVMs with bounded memory start side by side, and end with the test process.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tests.lab.kdc import REALM, Kdc
from tests.lab.netns import PREFIX, Host, LabError, batch, remove
from tests.lab.real import files
from tests.support.needs import classpath
from tests.support.places import PROJECT

SOURCES: Final = Path(__file__).with_name("java")
COMMAND_SECONDS: Final = 120.0
_NUMBER = count()
_LOG4J: Final = "log4j.rootLogger=OFF\n"
FLAGS: Final = (
    "-Xmx256m",
    "-Xshare:auto",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-BytecodeVerificationRemote",
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in ("java.lang", "java.net", "java.nio", "java.util", "java.util.concurrent")
    ),
    *(
        f"--add-exports=java.security.jgss/{package}=ALL-UNNAMED"
        for package in ("sun.security.krb5", "sun.security.jgss")
    ),
)


class Jvm:
    """One JVM with several servers."""

    def __init__(
        self, process: subprocess.Popen[str], errors: Path, again: Callable[[], subprocess.Popen[str]] | None = None
    ) -> None:
        """Take a process that starts. again: starts it once more. None if nobody does."""
        self._process = process
        self._errors = errors
        self._again = again

    @property
    def files(self) -> Path:
        """Directory of the files that its servers read."""
        return self._errors.parent

    def ready(self) -> None:
        """Return when all servers serve."""
        self.until("ready")

    def until(self, word: str) -> None:
        """Return when the servers print this word in a line."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == f"{word}\n":
                return
        raise LabError(f"the servers did not start: {self._errors.read_text(errors='replace')[-3000:]}")

    def stop(self, name: str) -> None:
        """End one server, and leave the others."""
        self._do(f"stop {name}")

    def start(self, name: str) -> None:
        """Start a server again that was stopped."""
        self._do(f"start {name}")

    def _do(self, command: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        if not any(line == "done\n" for line in self._process.stdout):
            raise LabError(f"no {command}: {self._errors.read_text(errors='replace')[-3000:]}")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """No server of this JVM runs, and the kernel goes on to accept for them."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def release(self) -> None:
        """Let a server go on that waits for a line, and return when it serves."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.ready()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self) -> None:
        """Start it again after its end, and return when all its servers serve."""
        assert self._again is not None
        self._process = self._again()
        self.ready()


@dataclass(frozen=True, slots=True)
class RealCluster:
    """A cluster that runs."""

    client: Host
    """A host of the resource group."""
    nodes: Host
    """The host with the addresses of all nodes."""
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

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `emr-diagnose` on the client, to the end."""
        return self.client.run(sys.executable, "-m", "diagnose", *arguments, cwd=PROJECT, seconds=COMMAND_SECONDS)

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
        sources = [str(SOURCES / f"{name}.java") for name in names]
        command = ["javac", "-nowarn", "-d", str(directory), "-cp", path, *sources]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise LabError(done.stderr)
    return directory


HADOOP_PATH: Final = classpath("hadoop-servers")
HIVE_PATH: Final = classpath("hive-servers", "hadoop")


@contextmanager
def cluster(directory: Path, classes: Path, *, kerberos: bool) -> Iterator[RealCluster]:
    """Yield a cluster whose servers serve. `directory` is empty, for its files and data."""
    with ExitStack() as undo:
        nodes, client = _hosts(undo)
        kdc, keys = _kdc(nodes, directory, undo)
        keytab = keys if kerberos else None
        data = directory / "data"
        data.mkdir()
        started = _Starts(nodes, directory, data, classes, keytab, undo)
        first = started.hadoop(files.FIRST, "nn1", "rm1", "jobhistory", "timeline", "zookeeper")
        second = started.hadoop(files.SECOND, "nn2,datanode", "rm2")
        hive = started.hive(files.FIRST, "metastore,hiveserver2,hiveserver2-http")
        for jvm in (first, second, hive):
            jvm.ready()
        running = RealCluster(client, nodes, first, second, hive, kerberos, kdc)
        running.wake()
        yield running


def _hosts(undo: ExitStack) -> tuple[Host, Host]:
    prefix = f"{PREFIX}-{os.getpid()}-{next(_NUMBER)}-"
    nodes = Host(f"{prefix}real", "real", files.ADDRESSES[files.FIRST])
    client = Host(f"{prefix}realrg", "realrg", files.CLIENT_ADDRESS)
    for host in (nodes, client):
        undo.callback(remove, host.name)
    batch(None, [f"netns add {nodes.name}", f"netns add {client.name}"])
    batch(None, [f"link add eth0 netns {nodes.name} type veth peer name eth0 netns {client.name}"])
    up = ["link set lo up", "link set eth0 up"]
    own = [f"address add {address}/24 dev eth0" for address in files.ADDRESSES.values()]
    # The DataNode calls the masters, and they hand out the address from which it does.
    core = files.ADDRESSES[files.CORE_NODE]
    called = (files.ADDRESSES[name] for name in (files.FIRST, files.SECOND))
    from_core = [f"route replace local {address} dev eth0 table local src {core}" for address in called]
    batch(nodes.name, [*up, *own, *from_core, "route add 192.168.10.0/24 dev eth0"])
    batch(client.name, [*up, f"address add {files.CLIENT_ADDRESS}/24 dev eth0", "route add 192.168.20.0/24 dev eth0"])
    for host in (nodes, client):
        itself = f"{host.address} {socket.gethostname()}\n" if host is client else ""
        host.write_etc("hosts", files.hosts_file() + itself)
        host.write_etc("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    return nodes, client


def _kdc(nodes: Host, directory: Path, undo: ExitStack) -> tuple[Kdc, Path]:
    """Start the KDC, and return it with the keytab of all servers."""
    place = directory / "kdc"
    place.mkdir()
    kdc = Kdc(nodes, place)
    kdc.admin(*(f"addprinc -randkey +requires_preauth {name}" for name in files.PRINCIPALS))
    keytab = directory / "servers.keytab"
    kdc.keytab(keytab, *files.PRINCIPALS)
    undo.callback(kdc.stop)
    kdc.start()
    return kdc, keytab


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
        java = ("java", *FLAGS, *flags, f"-Djava.security.krb5.conf={place / 'krb5.conf'}", "-cp", path, "Servers")
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', host)
        errors = place / "errors"

        def begin() -> subprocess.Popen[str]:
            with errors.open("wb") as stderr:
                return subprocess.Popen(
                    self.nodes.argv(*named, *java, *words),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=stderr,
                    text=True,
                    cwd=place,
                )

        jvm = Jvm(begin(), errors, begin)
        self.undo.callback(jvm.end)
        return jvm
