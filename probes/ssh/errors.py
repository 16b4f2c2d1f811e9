"""What can go wrong with an SSH session?"""

from __future__ import annotations

from typing import Literal

from probes.errors import ProbesError

SshReason = Literal[
    "target",  # the ssh:// address cannot be read
    "config",  # a configuration file cannot be followed, or asks for what is not done
    "resolve",  # the name of the host has no address
    "refused",  # nothing listens at the address, or it is rejected
    "unreachable",  # no route, or the network says so
    "timeout",  # no answer within the bound
    "banner",  # what answers is no SSH server
    "algorithms",  # no algorithm in common
    "host-key-unknown",
    "host-key-changed",
    "host-key-revoked",
    "auth",  # the server does not accept the login
    "forwarding",  # a hop does not forward the connection
    "channel",  # the server refuses the command, or SFTP
    "file",  # a file cannot be read
    "dropped",  # the session ended before its work was done
]
"""Why an SSH session failed, as a word that a program may compare."""


class SshError(ProbesError):
    """An SSH session cannot be opened, or cannot go on.

    - host: the host that it happened at, as the user named it; one of the hops for a ProxyJump
    - reason: a word of SshReason
    - text: one sentence for the user, without what a terminal obeys
    """

    def __init__(self, host: str, reason: SshReason, text: str) -> None:
        self.host, self.reason, self.text = host, reason, text
        super().__init__(text)


class ForwardRefused(Exception):  # noqa: N818 - an answer about the endpoint, no fault of the session
    """The server did not open a connection to the endpoint.

    - code: of RFC 4254, section 5.1: 1 prohibited, 2 connect failed, 3 unknown type, 4 shortage
    - text: the server's own words, such as "Connection refused", cleaned; may be empty
    """

    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(f"{code}: {text}")
