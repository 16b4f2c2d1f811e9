"""Where do the tool and a client differ on purpose?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.lab.dial.clients import Experience
from tests.lab.dial.compared import Opinion


@dataclass(frozen=True, slots=True)
class Difference:
    """Why the tool and the client differ in some configurations, on purpose."""

    reason: str
    """Why that is right."""
    holds: Callable[[Mapping[str, str], Opinion, Experience], bool]
    """True if it explains the difference: site files, what the tool says, what the client did."""


OLD_ADDRESS: Final = "10.1.0.22"
"""Address of the node whose line in the hosts file is old."""

EXPLAINED: Final[Mapping[str, Difference]] = {
    "local-file-system": Difference(
        "core-site.xml without fs.defaultFS means the local file system. An export may lack the key, so the tool "
        "names the NameNodes that hdfs-site.xml has, or asks for the file.",
        lambda files, _, experience: experience.message == "works" and "hdfs://" not in files.get("core-site.xml", ""),
    ),
    "viewfs": Difference(
        "The client asks the mount table, which these files lack. The tool names the NameNodes of hdfs-site.xml.",
        lambda files, _, __: "viewfs://" in files.get("core-site.xml", ""),
    ),
    "other-root": Difference(
        "Hadoop 3 takes any root element, Hadoop 2 only <configuration>. The tool reports the file.",
        lambda files, _, __: any("<config>" in text for text in files.values()),
    ),
    "final-without-value": Difference(
        "A final property without value locks its key against later files. The case keeps no property without value.",
        lambda files, _, __: any("<value></value><final>true" in text for text in files.values()),
    ),
    "dot-at-the-end": Difference(
        "A name server knows the name with a dot at its end, the hosts file of the oracle does not.",
        lambda files, _, __: any(
            "nn.example.com.<" in t or "nn.example.com.:" in t or "nn.example.com./" in t for t in files.values()
        ),
    ),
    "environment": Difference(
        "Hadoop 3 replaces ${env.NAME:-default}, Hadoop 2.10 does not. The tool reads the files as Hadoop 3.",
        lambda _, __, experience: "${env." in experience.message,
    ),
    "embedded-metastore": Difference(
        "Without a URI the client opens the database of the metastore itself, for which the oracle has no library. "
        "The tool says so, and names no metastore.",
        lambda _, told, experience: "javax.jdo" in experience.message and not told.dialled,
    ),
    "client-port": Difference(
        "beeline makes a URL without hive.zookeeper.client.port, so it asks port 2181. The server registers at the "
        "port of the setting. The tool names that one.",
        lambda files, _, experience: (
            "hive.zookeeper.client.port" in files.get("hive-site.xml", "")
            and any(port == 2181 for _, port in experience.dialled)
        ),
    ),
    "old-hosts-line": Difference(
        "The hosts file has an old address of a node. The client dials it. The tool judges the address of the node "
        "list and reports the line as DNS-STALE-IP.",
        lambda files, _, __: OLD_ADDRESS in files.get("case.toml", ""),
    ),
}
"""Name of a difference -> what it is."""


def explanation(files: Mapping[str, str], told: Opinion, experience: Experience) -> str | None:
    """Return the name of the difference that explains a disagreement, or None."""
    return next((name for name, known in EXPLAINED.items() if known.holds(files, told, experience)), None)
