"""How does a KMS run beside a real cluster that wants Kerberos, on its first master?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.lab.javac import compiled_java
from tests.lab.jvm import started
from tests.lab.kdc import REALM
from tests.lab.real.cluster import HADOOP_PATH, SOURCES, RealCluster
from tests.lab.real.files import FIRST, KMS, PORTS, krb5_conf, write
from tests.support.needs import classpath

KMS_PATH: Final = f"{classpath('kms')}:{HADOOP_PATH}"


def compiled_kms(directory: Path) -> Path:
    """Compile what starts the KMS into `directory` and return it."""
    return compiled_java(directory, KMS_PATH, SOURCES / "KmsServers.java", SOURCES / "Servers.java")


@contextmanager
def kms(cluster: RealCluster, classes: Path, directory: Path) -> Iterator[None]:
    """Run a KMS at the address that the NameNodes name, until the block ends.

    directory: empty, for its files and keys.
    """
    settings = {
        "hadoop.kms.http.host": FIRST,
        "hadoop.kms.http.port": str(PORTS["kms"]),
        "hadoop.kms.key.provider.uri": f"jceks://file@{directory / 'keys.jceks'}",
        "hadoop.kms.authentication.type": "kerberos",
        "hadoop.kms.authentication.kerberos.keytab": str(cluster.servers_keytab),
        "hadoop.kms.authentication.kerberos.principal": f"HTTP/{FIRST}@{REALM}",
    }
    core = {"hadoop.security.authentication": "kerberos", "hadoop.security.key.provider.path": KMS}
    write({"core-site.xml": core, "kms-site.xml": settings}, directory)
    (directory / "krb5.conf").write_text(krb5_conf())
    (directory / "log4j.properties").write_text("log4j.rootLogger=OFF\n")
    own = (f"-Djava.security.krb5.conf={directory / 'krb5.conf'}", f"-Dkms.log.dir={directory}")
    path = f"{classes}:{directory}:{KMS_PATH}"
    jvm = started(cluster.nodes, FIRST, directory, *own, "-cp", path, "Servers", "KmsServers", "kms")
    try:
        jvm.ready()
        yield
    finally:
        jvm.end()
