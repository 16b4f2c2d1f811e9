"""How do real services come to listen on loopback? One JVM has them all; it is compiled and started
once, and ends with its standard input.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.lab.javac import compiled_java
from tests.support.keytab_files import file, record

SOURCE: Final = Path(__file__).with_name("java") / "Services.java"
PRINCIPAL: Final = "hive/localhost"
REALM: Final = "EMR.C-0A1B2C3D4E5F6071.COM"
_AES256: Final = 18
_LOG4J = "log4j.rootLogger=OFF\n"
_KRB5 = f"""
[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
[realms]
  {REALM} = {{
    kdc = 127.0.0.1:1
  }}
"""
"""Nobody asks this KDC: a server's own keytab is all it needs to take connections."""


@dataclass(frozen=True, slots=True)
class Services:
    """ports: of "simple" and "kerberos" (Hadoop RPC), "nosasl", "digest" and "gssapi" (Thrift),
    "web" (SPNEGO), "zookeeper".
    """

    ports: Mapping[str, int]


@contextmanager
def running(directory: Path, classpath: str, *, realm: str = REALM, keytab: Path | None = None) -> Iterator[Services]:
    """directory: empty, for classes, keytab and data.
    keytab: of PRINCIPAL in the realm; None for one whose key no KDC has."""
    (directory / "data").mkdir()
    (directory / "log4j.properties").write_text(_LOG4J)
    (directory / "krb5.conf").write_text(_KRB5.replace(REALM, realm))
    if keytab is None:
        keytab = directory / "service.keytab"
        keytab.write_bytes(file([record(PRINCIPAL, _AES256, b"k" * 32, realm=realm)]))
    compiled_java(directory, classpath, SOURCE)
    command = (
        "java",
        "-Xshare:auto",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        f"-Djava.security.krb5.conf={directory / 'krb5.conf'}",
        "-cp",
        f"{directory}:{classpath}",
        "Services",
        f"{PRINCIPAL}@{realm}",
        str(keytab),
        str(directory / "data"),
    )
    with (directory / "err").open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Services(_ports(process, directory / "err"))
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ports(process: subprocess.Popen[str], errors: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    assert process.stdout is not None
    for line in process.stdout:
        if line == "ready\n":
            return found
        name, port = line.split()
        found[name] = int(port)
    raise AssertionError(f"the services did not start: {errors.read_text(errors='replace')[-2000:]}")
