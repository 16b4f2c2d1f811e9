"""Does ZooKeeper answer here, which version, and as what?

`srvr` is the one four-letter word that every server allows unless told otherwise; a server that was told otherwise says so, and that is an answer as well.
No session is made. https://zookeeper.apache.org/doc/r3.8.4/zookeeperAdmin.html#sc_4lw
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.network.exchange import answered, exchange, not_answered
from probes.observation import Observation
from probes.vantage import Vantage

QUESTION = b"srvr"
_LARGEST = 8 * 1024
_LONGEST_TEXT = 100
_VERSION = re.compile(r"Zookeeper version: ([^\s,]{1,100})")
_MODE = re.compile(r"^Mode: (\w{1,40})\s*$", re.MULTILINE)
_FORBIDDEN = "is not executed because it is not in the whitelist"
_NOT_SERVING = "This ZooKeeper instance is not currently serving requests"


class ZooKeeperError(ProbesError):
    """The bytes are no answer of ZooKeeper."""


@dataclass(frozen=True, slots=True)
class Reply:
    """version, mode ("leader", "follower", "standalone", "observer"): None where it may not tell; serving: False while it has no quorum."""

    version: str | None
    mode: str | None
    serving: bool


async def srvr(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, Reply | None]:
    """open/service-reply with version, mode and serving in `detail` for ZooKeeper; open/syn-ack with what came instead; else as `probes.network.tcp`."""
    seen, heard = await exchange(endpoint, QUESTION, lambda _: False, vantage, most=_LARGEST)
    if heard is None:
        return seen, None
    try:
        reply = decode(heard.data)
    except ZooKeeperError:
        return not_answered(seen, heard), None
    told = {"service": "zookeeper", "version": reply.version, "mode": reply.mode, "serving": reply.serving}
    return answered(seen, told), reply


def decode(data: bytes) -> Reply:
    """The answer to `srvr`. ZooKeeperError for anything else."""
    text = data[:_LARGEST].decode("utf-8", "replace")
    version, mode = _VERSION.match(text), _MODE.search(text)
    if version is not None:
        return Reply(version[1][:_LONGEST_TEXT], mode[1] if mode else None, serving=True)
    if text.startswith(QUESTION.decode()) and _FORBIDDEN in text[:_LONGEST_TEXT]:
        return Reply(None, None, serving=True)
    if text.startswith(_NOT_SERVING):
        return Reply(None, None, serving=False)
    raise ZooKeeperError("not what ZooKeeper says")
