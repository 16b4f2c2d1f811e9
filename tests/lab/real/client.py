"""What does a real client of HDFS say, with the files of a case?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab.javac import compiled_java
from tests.lab.real.cluster import SOURCES, RealCluster
from tests.support.needs import classpath

CLIENT_PATH: Final = classpath("hadoop")
WORKS: Final = "works"
SECONDS: Final = 60.0
"""A client that hangs longer is a failure of the lab."""


def compiled_client(directory: Path) -> Path:
    """Compile the client into `directory` and return it."""
    return compiled_java(directory, CLIENT_PATH, SOURCES / "RealClient.java")


def said(
    cluster: RealCluster, classes: Path, files: Path, *words: str, user: str = "hadoop", keytab: Path | None = None
) -> str:
    """Return "works", or the exceptions of a client on the host of the resource group.

    words: what it does, see RealClient.java.
    user: its name, which no server without Kerberos checks. With a keytab, its principal.
    """
    flags = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    if keytab is not None:
        flags += [
            f"-Djava.security.krb5.conf={files / 'krb5.conf'}",
            "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
        ]
        flags += [f"-Dlab.principal={user}", f"-Dlab.keytab={keytab}"]
    command = ("java", *flags, "-cp", f"{files}:{classes}:{CLIENT_PATH}", "RealClient", *words)
    return cluster.client.run(*command, env={"HADOOP_USER_NAME": user}, seconds=SECONDS).stdout.strip()
