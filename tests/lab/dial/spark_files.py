"""Which Spark configurations are held against the real client? Equal seeds give equal ones."""

from __future__ import annotations

import random
from typing import Final

from tests.lab.dial.site_files import CORE, HDFS, MASTER, PROVIDER, SECOND, SPARK, YARN, Files, Makers

PLACES: Final = ("nn-2.example.com:8020", "nn-2.example.com", "10.9.8.7:8021", "mapped:9000", "emr", "emr:8020")
"""NameNodes and a nameservice that paths of Spark name."""


def _cluster(chance: random.Random, files: Files) -> None:
    """Set the Hadoop files: HDFS and YARN, each with one master or two."""
    files.set(
        CORE, "fs.defaultFS", chance.choice(("hdfs://emr", "hdfs://nn.example.com:9000", "hdfs://nn.example.com"))
    )
    files.set(HDFS, "dfs.nameservices", "emr")
    files.set(HDFS, "dfs.ha.namenodes.emr", "nn1,nn2")
    files.set(HDFS, "dfs.namenode.rpc-address.emr.nn1", f"{MASTER}:8020")
    files.set(HDFS, "dfs.namenode.rpc-address.emr.nn2", f"{SECOND}:8020")
    files.set(HDFS, "dfs.client.failover.proxy.provider.emr", PROVIDER)
    if chance.random() < 0.4:
        files.set(YARN, "yarn.resourcemanager.ha.enabled", "true")
        files.set(YARN, "yarn.resourcemanager.ha.rm-ids", "rm1,rm2")
        files.set(YARN, "yarn.resourcemanager.hostname.rm1", MASTER)
        files.set(YARN, "yarn.resourcemanager.hostname.rm2", SECOND)
    else:
        files.set(YARN, "yarn.resourcemanager.hostname", "rm.example.com")
    files.set(SPARK, "spark.submit.deployMode", chance.choice(("cluster", "client")))
    files.set(SPARK, "spark.eventLog.enabled", chance.choice((None, "true", "false")))


def _path(chance: random.Random, *more: str) -> str:
    return f"hdfs://{chance.choice((*PLACES, *more))}/spark"


def _plain(chance: random.Random, files: Files) -> None:
    """Set nothing more, or a log that only a running application opens."""
    _cluster(chance, files)
    files.set(SPARK, "spark.eventLog.dir", chance.choice((None, _path(chance))))


def _staging(chance: random.Random, files: Files) -> None:
    """Set the directory to which the client copies the files of a job."""
    _cluster(chance, files)
    files.set(SPARK, "spark.yarn.stagingDir", _path(chance, "localhost:9000", "0.0.0.0:9000", "under_score:9000"))


def _libraries(chance: random.Random, files: Files) -> None:
    """Set where the libraries of Spark are."""
    _cluster(chance, files)
    key = chance.choice(("spark.yarn.archive", "spark.yarn.jars"))
    files.set(SPARK, key, _path(chance, "nowhere.example.com:8020", "emr:9000"))
    files.set(SPARK, "spark.yarn.stagingDir", chance.choice((None, None, _path(chance))))


def _overrides(chance: random.Random, files: Files) -> None:
    """Set keys of Hadoop for Spark alone."""
    _cluster(chance, files)
    if chance.random() < 0.6:
        files.set(SPARK, "spark.hadoop.fs.defaultFS", f"hdfs://{chance.choice((*PLACES, 'localhost:9000'))}")
    if chance.random() < 0.6:
        files.set(SPARK, "spark.hadoop.yarn.resourcemanager.ha.enabled", "false")
        at = chance.choice(("rm-2.example.com:8032", "10.9.8.7:8050", "rm-2.example.com", "0.0.0.0:8032"))
        files.set(SPARK, "spark.hadoop.yarn.resourcemanager.address", at)


MAKERS: Final[Makers] = {"plain": _plain, "staging": _staging, "libraries": _libraries, "overrides": _overrides}
