"""What does a real client of HDFS get with the files of a case: a list of files, a block?"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.lab.netns import LabError
from tests.lab.real.cluster import HADOOP_PATH, RealCluster

_FLAGS: Final = ("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def outcomes(cluster: RealCluster, classes: Path, case: Path, *steps: str) -> dict[str, str]:
    """Run steps ("list", "write PATH", "read PATH") on the client, without a login.

    Return what each gave: "ok", or "failed: " and why.
    """
    path = f"{classes}:{case}:{HADOOP_PATH}"
    done = cluster.client.run("java", *_FLAGS, "-cp", path, "HdfsClient", *steps, env={"HADOOP_USER_NAME": "alice"})
    rows = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    if len(rows) != len(steps):
        raise LabError(done.stdout + done.stderr[-2000:])
    return rows
