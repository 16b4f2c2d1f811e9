"""Which host does an `ssh://` address name?

The scheme is that of draft-ietf-secsh-scp-sftp-ssh-uri-04 and of ssh(1), without passwords.
"""

from __future__ import annotations

import re
from typing import Final

from probes.frozen import frozen
from probes.language import tr
from probes.regex import regex
from probes.ssh.errors import SshError
from probes.untrusted import clean

SCHEME: Final = "ssh://"

_HOST: Final = regex(r"(?!-)[^\x00-\x20\x7f'`\"$\\;&<>|(){}/@:,\[\]]+")
_IPV6: Final = regex(r"[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?")
_USER: Final = regex(r"(?!-)[^\x00-\x20\x7f'`\"$\\;&<>|(){}/@:]+")
"""A user as ssh(1) accepts it: neither an option nor what a shell would obey."""


@frozen
class SshTarget:
    """One host to log in to."""

    user: str | None
    """None: as the configuration says, else the user of this process."""
    host: str
    """Name as the user wrote it, which the configuration may know; IPv6 without brackets."""
    port: int | None
    """1-65535. None: as the configuration says, else 22."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        user = "" if self.user is None else f"{self.user}@"
        port = "" if self.port is None else f":{self.port}"
        return f"{SCHEME}{user}{host}{port}"


def parse(text: str) -> SshTarget:
    """Return the host of `ssh://[user@]host[:port]`, with or without one slash at the end.

    SshError "target" if the text has another shape, or a password.
    """
    shown = clean(text)
    if not text.startswith(SCHEME):
        raise _wrong(shown)
    user, at, place = text.removeprefix(SCHEME).removesuffix("/").rpartition("@")
    if ":" in user:
        # The address itself is not repeated, because it has the password.
        raise SshError(
            clean(place),
            "target",
            tr(
                "an ssh:// address has no place for a password: other users of this machine could read it from "
                "the list of processes. Leave it out and it is asked for"
            ),
        )
    target = parse_place(place)
    if target is None or (at and not _USER.fullmatch(user)):
        raise _wrong(shown)
    return SshTarget(user if at else None, target.host, target.port)


def parse_place(text: str) -> SshTarget | None:
    """Return the host of `host[:port]` or `[IPv6][:port]`. None if the text has another shape."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not _IPV6.fullmatch(host) or ":" not in host or rest[:1] not in ("", ":"):
            return None
        has_port, port = bool(rest), rest[1:]
    else:
        host, colon, port = text.partition(":")
        has_port = bool(colon)
        if not _HOST.fullmatch(host):
            return None
    if not has_port:
        return SshTarget(None, host, None)
    if not re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) or not 0 < int(port) < 65536:
        return None
    return SshTarget(None, host, int(port))


def _wrong(shown: str) -> SshError:
    return SshError(
        shown,
        "target",
        tr('{text} is no address of the form ssh://[user@]host[:port], with an IPv6 address in "[…]"', text=shown),
    )
