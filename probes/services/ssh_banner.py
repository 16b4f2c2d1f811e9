"""Does an SSH server answer here, and which software does it say it is?

The server speaks first: an identification line, perhaps behind other lines. Nothing is sent, so no
login begins. RFC 4253 4.2.
"""

from __future__ import annotations

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import answered, exchange, not_answered
from probes.observation import Observation
from probes.regex import regex
from probes.vantage import Vantage

_LARGEST = 8 * 1024
_LONGEST_LINE = 255
_MOST_LINES = 50
_IDENTIFICATION = regex(rb"SSH-([0-9.]{1,10})-([!-~]{1,200})(?: ([ -~]{0,200}))?\r?")


class SshBannerError(ProbesError):
    """The bytes have no identification of an SSH server."""


@frozen
class SshBanner:
    """Identification of an SSH server."""

    protocol: str
    """Version of the protocol: "2.0", or "1.99" if it takes clients of version 1, too."""
    software: str
    """Name and version of the software: "OpenSSH_9.2p1"."""
    comment: str | None
    """What stands behind it, for example the package. None if nothing does."""


async def banner(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, SshBanner | None]:
    """Read the identification and close.

    * SSH: open/service-reply with protocol, software and comment in `detail`.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, received = await exchange(endpoint, b"", is_whole, vantage, most=_LARGEST)
    if received is None:
        return observation, None
    try:
        reply = decode(received.data)
    except SshBannerError:
        return not_answered(observation, received), None
    return answered(observation, describe(reply)), reply


def describe(reply: SshBanner) -> dict[str, object]:
    return {"service": "ssh", "protocol": reply.protocol, "software": reply.software, "comment": reply.comment}


def is_whole(data: bytes) -> bool:
    """Return True if the identification is there, or cannot come any more."""
    *lines, rest = data.split(b"\n")
    is_late = len(rest) > _LONGEST_LINE or len(lines) > _MOST_LINES
    return is_late or any(line.startswith(b"SSH-") for line in lines)


def decode(data: bytes) -> SshBanner:
    """Read the first line that begins "SSH-". SshBannerError if no whole line does."""
    for line in data[:_LARGEST].split(b"\n")[:-1][: _MOST_LINES + 1]:
        if line.startswith(b"SSH-"):
            matched = _IDENTIFICATION.fullmatch(line[: _LONGEST_LINE + 1])
            if matched is None:
                raise SshBannerError("an identification of another form")
            protocol, software, comment = (None if part is None else part.decode("ascii") for part in matched.groups())
            return SshBanner(protocol or "", software or "", comment or None)
    raise SshBannerError("no identification")
