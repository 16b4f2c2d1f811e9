"""Is this web server a ResourceManager, and is it the active one?

A standby answers this page itself and redirects every other one to the active ResourceManager.
Releases that redirect this page too are known by the words of the redirect.
"""

from __future__ import annotations

from probes.services.http import HttpReply
from probes.services.web import Identity, WebService, WebServiceError, document, part, word, words

_STANDBY = "this is standby rm"
_NO_ACTIVE = "find any active rm"
_STATES = ("active", "standby", "initializing", "stopped", "stopping")
_FACTS = {
    "hadoop": "hadoopVersion",
    "service state": "state",
    "zookeeper connection": "haZooKeeperConnectionState",
}


class ResourceManagerError(WebServiceError):
    """The answer is not one of a ResourceManager."""


def read(reply: HttpReply) -> Identity:
    """Read the information of the cluster. ResourceManagerError for anything else."""
    text = reply.text.lower()
    if _STANDBY in text or _NO_ACTIVE in text:
        location = reply.headers.get("location")
        return Identity(state="standby", serves=False, facts={"active one": location} if location else {})
    if reply.status != 200:
        raise ResourceManagerError(f"HTTP {reply.status}")
    info = part(document(reply, ResourceManagerError), "clusterInfo")
    version, state = word(info, "resourceManagerVersion"), word(info, "haState")
    if version is None or state is None or state.lower() not in _STATES:
        raise ResourceManagerError("no information of a cluster")
    started = (word(info, "state") or "").upper() in ("STARTED", "")
    return Identity(version, state.lower(), serves=state.lower() == "active" and started, facts=words(info, _FACTS))


SERVICE = WebService(
    "resourcemanager",
    "/ws/v1/cluster/info",
    read,
    "https://hadoop.apache.org/docs/stable/hadoop-yarn/hadoop-yarn-site/ResourceManagerRest.html",
)
