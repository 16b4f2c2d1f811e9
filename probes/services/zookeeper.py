"""Does ZooKeeper answer here, which version, and in which mode?

`srvr` is the one four-letter word that every server allows by default. A server that forbids it
says so, which is an answer as well. No session is opened.
https://zookeeper.apache.org/doc/r3.8.4/zookeeperAdmin.html#sc_4lw
"""

from __future__ import annotations

import re

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import answered, exchange, not_answered
from probes.observation import Observation
from probes.regex import regex
from probes.vantage import Vantage

QUESTION = b"srvr"
_LARGEST = 8 * 1024
_LONGEST_TEXT = 100
_VERSION = regex(r"Zookeeper version: ([^\s,]{1,100})")
_MODE = regex(r"^Mode: ([\w-]{1,40})\s*$", re.MULTILINE)
_FORBIDDEN = "is not executed because it is not in the whitelist"
_READ_ONLY = "read-only"
"""Mode of a server that lost its quorum and still answers reads (ReadOnlyZooKeeperServer). A client
goes on to the next server, unless it asks for such a one (ClientCnxn)."""
_NOT_SERVING = "This ZooKeeper instance is not currently serving requests"


class ZooKeeperError(ProbesError):
    """The bytes are no answer of ZooKeeper."""


@frozen
class ZookeeperReply:
    """Answer of a ZooKeeper server."""

    version: str | None
    """Its version. None if it may not show it."""
    mode: str | None
    """ "leader", "follower", "standalone", "observer", "read-only". None if it may not show it."""
    serving: bool
    """False while it has no quorum."""


async def srvr(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, ZookeeperReply | None]:
    """Send `srvr`.

    * ZooKeeper: open/service-reply with version, mode and serving in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, received = await exchange(endpoint, QUESTION, lambda _: False, vantage, most=_LARGEST)
    if received is None:
        return observation, None
    try:
        reply = decode(received.data)
    except ZooKeeperError:
        return not_answered(observation, received), None
    detail = {"service": "zookeeper", "version": reply.version, "mode": reply.mode, "serving": reply.serving}
    return answered(observation, detail), reply


def decode(data: bytes) -> ZookeeperReply:
    """Read the answer to `srvr`. ZooKeeperError for anything else."""
    text = data[:_LARGEST].decode("utf-8", "replace")
    version, mode = _VERSION.match(text), _MODE.search(text)
    if version is not None:
        name = mode[1] if mode else None
        return ZookeeperReply(version[1][:_LONGEST_TEXT], name, serving=name != _READ_ONLY)
    if text.startswith(QUESTION.decode()) and _FORBIDDEN in text[:_LONGEST_TEXT]:
        return ZookeeperReply(None, None, serving=True)
    if text.startswith(_NOT_SERVING):
        return ZookeeperReply(None, None, serving=False)
    raise ZooKeeperError("not what ZooKeeper says")
