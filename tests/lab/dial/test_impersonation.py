"""Does Hadoop permit impersonation for the users and from the addresses that we read?"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from typing import Final

from probes.addresses import contains, parse_address
from probes.files.hadoopconf import overlay, read_xml
from probes.files.hadoopconf.impersonation import Impersonation, impersonation
from tests.lab.dial.clients import JAVA
from tests.lab.javac import compiled_java
from tests.support.incident_cases import site
from tests.support.needs import classpath

COUNT: Final = 400
"""Files that are compared."""

USERS: Final = (None, "*", " * ", "alice", "alice, bob", "*,alice", "")
GROUPS: Final = (None, "*", "staff", "admin", "admin,\n staff", "")
HOSTS: Final = (
    *(None, "*", " *", "*,10.0.0.1", "", "192.168.10.7", "192.168.10.0/24", "192.168.10.9/24, 10.0.0.0/8"),
    *("192.168.10.0/24,fd00::7", "192.168.10.0/33", "0.0.0.0/0", "192.168.010.7", "127.0.0.1\n192.168.10.0/25"),
)
ADDRESSES: Final = ("192.168.10.7", "192.168.10.200", "192.168.11.7", "10.0.0.1", "fd00::7")


def test_the_answer_is_that_of_hadoop(lab_machine: None, tmp_path: Path) -> None:
    pick = random.Random(20261129)
    asked, ours = [], []
    for number in range(COUNT):
        values = {"users": pick.choice(USERS), "groups": pick.choice(GROUPS), "hosts": pick.choice(HOSTS)}
        said = {f"hadoop.proxyuser.hadoop.{key}": value for key, value in values.items() if value is not None}
        file = tmp_path / f"{number}.xml"
        file.write_text(site(said))
        name, address = pick.choice(("alice", "carol")), pick.choice(ADDRESSES)
        asked.append(f"{file} {name} {address}")
        read = impersonation(overlay(read_xml(str(file), file.read_bytes())), "hadoop")
        ours.append(_opinion(read, name, address))

    told = _hadoop(asked, tmp_path)

    differing = [(line, ours[n], told[n]) for n, line in enumerate(asked) if ours[n] not in (told[n], "unknown")]
    assert differing == []
    assert ours.count("unknown") < COUNT / 6
    assert set(told) == {"allowed", "host", "user", "does not start"}


def _opinion(read: Impersonation, name: str, address: str) -> str:
    if read.hosts is not None and read.hosts.refused:
        return "does not start"
    if not (read.is_for_all or name in (read.users or ()) or "staff" in (read.groups or ())):
        return "user"
    if read.hosts is not None and read.hosts.names:
        return "unknown"
    is_from_there = read.hosts is not None and contains(read.hosts.ranges, parse_address(address))
    return "allowed" if is_from_there else "host"


def _hadoop(asked: list[str], directory: Path) -> list[str]:
    source, jars = JAVA / "Impersonation.java", classpath("hadoop")
    compiled_java(directory, jars, source)
    command = ["java", "-Xmx256m", "-cp", f"{directory}:{jars}", "Impersonation"]
    run = subprocess.run(
        command, input="\n".join(asked) + "\n", check=True, capture_output=True, text=True, timeout=120
    )
    return run.stdout.splitlines()
