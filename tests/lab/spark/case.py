"""What do people upload for a cluster whose Spark Thrift Server they use?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.files import ADDRESSES, hosts_file, krb5_conf, write
from tests.lab.spark.server import SparkThrift

NETWORK = "192.168.10.0/24"


def write_spark_case(directory: Path, master: str, settings: Mapping[str, str], *, kerberos: bool) -> Path:
    """Write a case whose only service is the Spark Thrift Server of `master`.

    settings: those of spark-defaults.conf.
    """
    write({"core-site.xml": {"hadoop.security.authentication": "kerberos" if kerberos else "simple"}}, directory)
    (directory / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    (directory / "hosts").write_text(hosts_file())
    if kerberos:
        (directory / "krb5.conf").write_text(krb5_conf())
    name = master.partition(".")[0]
    (directory / "case.toml").write_text(
        '[registration]\nengines = ["spark-thrift"]\n'
        f'[[cluster.nodes]]\nname = "{name}"\naddress = "{ADDRESSES[master]}"\nhostnames = ["{master}"]\n'
        'components = ["SparkThriftServer"]\n'
    )
    return directory


def looked(spark: SparkThrift, case: Path, *arguments: str) -> Diagnosis:
    """Run `check` on a host of the resource group."""
    done = spark.run("check", str(case), "--from", NETWORK, "--format", "json", *arguments)
    return Diagnosis(done.returncode, json.loads(done.stdout), done.stderr)
