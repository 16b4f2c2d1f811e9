"""How does a real coordinator of Trino come to run on a master, and what has its client?

Its authentication is on. It serves HTTP and HTTPS, as it does before the HTTP port is turned off.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.lab.diagnosis import Diagnosis
from tests.lab.javac import compiled_java
from tests.lab.jvm import Jvm, started
from tests.lab.netns import Host
from tests.lab.real.files import ADDRESSES, CLIENT_ADDRESS, FIRST
from tests.lab.two_hosts import TwoHosts, two_hosts
from tests.support.certificates import a_file
from tests.support.needs import classpath
from tests.support.ssh_server import sshd

RELEASE: Final = "389"
HTTP, HTTPS, FREE, PAGES = 9091, 7778, 9092, 9093
"""Ports: two of the coordinator, one on which nothing listens, and that of another web server."""

ADDRESS: Final = ADDRESSES[FIRST]
NETWORK: Final = "192.168.10.0/24"
FILE: Final = "trino/config.properties"
CLIENT_FILE: Final[Mapping[str, str]] = {
    "coordinator": "true",
    "http-server.http.port": str(HTTP),
    "http-server.https.enabled": "true",
    "http-server.https.port": str(HTTPS),
    "discovery.uri": f"http://{FIRST}:{HTTP}",
}
"""What the file of a case has of the server's own."""

_SOURCES: Final = Path(__file__).with_name("java")
_PATH: Final = classpath("trino")
_PLUGIN: Final = "LabPlugin"


@dataclass(frozen=True, slots=True)
class Coordinator(TwoHosts):
    """A coordinator on a master, and a host of the resource group."""

    jvm: Jvm
    """The server."""
    ssh: int
    """Port of the master's sshd."""

    def statement(self, scheme: str, port: int) -> int:
        """Send a query without a login from the client, and return the status of the answer."""
        url = f"{scheme}://{FIRST}:{port}/v1/statement"
        return int(self.client.run(sys.executable, "-c", _QUERY, url).stdout)

    def check(self, case: Path) -> Diagnosis:
        """Run `check` of a case on the client."""
        done = self.run("check", str(case), "--from", NETWORK, "--format", "json")
        return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)


_QUERY: Final = """
import ssl, sys, urllib.error, urllib.request
request = urllib.request.Request(sys.argv[1], b"SELECT 1", {"X-Trino-User": "hadoop"})
try:
    with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
        print(answer.status)
except urllib.error.HTTPError as refusal:
    print(refusal.code)
"""
"""Sends one query without a login, and prints the status of the answer."""


def write_case(directory: Path, changes: Mapping[str, object] = MappingProxyType({})) -> Path:
    """Write what people upload of such a cluster. `changes`: other values of its settings."""
    place = directory / FILE
    place.parent.mkdir(parents=True)
    _write(place, {**CLIENT_FILE, **{key: str(value) for key, value in changes.items()}})
    (directory / "hosts").write_text(_hosts_file())
    (directory / "case.toml").write_text(
        '[registration]\nengines = ["trino"]\n[[cluster.nodes]]\n'
        f'name = "{FIRST.partition(".")[0]}"\naddress = "{ADDRESS}"\n'
        f'hostnames = ["{FIRST}"]\ncomponents = ["TrinoMaster"]\n'
    )
    return directory


@contextmanager
def coordinator(directory: Path) -> Iterator[Coordinator]:
    """Yield a coordinator whose HTTP server answers and which starts still, until it is released.

    directory: empty, for its files.
    """
    with ExitStack() as undo:
        pair = undo.enter_context(two_hosts("trino", (ADDRESS,), CLIENT_ADDRESS, _hosts_file()))
        nodes = pair.nodes
        jvm = _started(nodes, directory)
        undo.callback(jvm.end)
        ssh = undo.enter_context(sshd(directory / "ssh", address=ADDRESS, argv=nodes.argv))
        undo.enter_context(_pages(nodes, directory))
        jvm.until("starting")
        yield Coordinator(pair.client, nodes, jvm, ssh.port)


@contextmanager
def _pages(nodes: Host, directory: Path) -> Iterator[None]:
    """Serve files over HTTP, as no coordinator does."""
    words = ("-u", "-m", "http.server", str(PAGES), "--directory", str(directory / "ssh"))
    process = nodes.start(sys.executable, *words)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.communicate()


def _hosts_file() -> str:
    return f"127.0.0.1 localhost\n{ADDRESS} {FIRST} {FIRST.partition('.')[0]}\n"


def _started(nodes: Host, directory: Path) -> Jvm:
    classes = compiled_java(directory / "classes", _PATH, *_SOURCES.glob("*.java"), options=["-proc:none"])
    plugin = directory / "plugin" / "lab" / "classes"
    (plugin / "META-INF" / "services").mkdir(parents=True)
    (plugin / "META-INF" / "services" / "io.trino.spi.Plugin").write_text(_PLUGIN)
    for path in classes.glob(f"{_PLUGIN}*.class"):
        shutil.move(path, plugin)
    etc = directory / "etc"
    (etc / "catalog").mkdir(parents=True)
    _write(etc / "config.properties", _server_file(directory))
    _write(etc / "password-authenticator.properties", {"password-authenticator.name": "lab"})
    own = (f"-Dconfig={etc / 'config.properties'}", "-Djdk.attach.allowAttachSelf=true")
    return started(nodes, FIRST, directory, *own, "-cp", f"{classes}:{_PATH}", "TrinoServers", RELEASE)


def _server_file(directory: Path) -> dict[str, str]:
    return {
        **CLIENT_FILE,
        "http-server.https.keystore.path": str(a_file(directory / "server.pem", FIRST)),
        "http-server.authentication.type": "PASSWORD",
        "internal-communication.shared-secret": "secret of the lab",
        "node-scheduler.include-coordinator": "true",
        "node.environment": "lab",
        "node.id": "coordinator",
        "node.internal-address": FIRST,
        "plugin.dir": str(directory / "plugin"),
        "catalog.config-dir": str(directory / "etc" / "catalog"),
        "query.max-memory": "16MB",
        "query.max-memory-per-node": "16MB",
        "memory.heap-headroom-per-node": "16MB",
    }


def _write(place: Path, properties: Mapping[str, str]) -> None:
    place.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
