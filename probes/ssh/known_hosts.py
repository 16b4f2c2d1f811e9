"""Which keys of a host are known, and is a key that it shows one of them?

The format is that of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". The verdicts are those of ssh(1),
which is the oracle of the tests. Nothing is ever written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.ssh.errors import SshError
from probes.ssh.patterns import matches_list
from probes.untrusted import clean

MOST_BYTES: Final = 16 << 20
"""Size of a file from which on it is not read."""

Marker = Literal["", "@cert-authority", "@revoked"]
Verdict = Literal["known", "unknown", "changed", "revoked"]

_MARKERS: Final[dict[str, Marker]] = {"@cert-authority": "@cert-authority", "@revoked": "@revoked"}

_VERDICTS: Final[dict[Marker, Verdict]] = {"@revoked": "revoked", "": "known"}
"""Marker of a line that has the key -> verdict, the one that counts first."""


@frozen
class HostKey:
    """A public key, as a server shows it and a file lists it."""

    kind: str
    """Type of the key, such as "ssh-ed25519"."""
    blob: bytes
    """The key in the format of RFC 4253, section 6.6."""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key, as ssh-keygen(1) prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


@frozen
class KnownKey:
    """One line of a file that names the host."""

    key: HostKey
    """The key of the line."""
    marker: Marker
    """What the line says about the key. Empty: the host has it."""
    origin: Origin
    """File and line."""


@frozen
class KeyCheck:
    """What the files say about a key that a host shows."""

    verdict: Verdict
    """known: a line has it; changed: lines have other keys only; revoked: a line forbids it."""
    line: KnownKey | None = None
    """The line that decides. None for an unknown key."""


@frozen
class KnownHost:
    """Everything that the files say about one host."""

    name: str
    """Name that was looked up: `host`, `[host]:port`, or the HostKeyAlias."""
    lines: tuple[KnownKey, ...]
    """In the order of the files."""
    without_port: tuple[KnownKey, ...] = ()
    """Lines that name the host without its port. They make a key known or revoked, never changed:
    another service of the same host may have another key."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Types of the keys that the host has, in the order of the lines, without repetition."""
        return tuple(dict.fromkeys(line.key.kind for line in (*self.lines, *self.without_port) if not line.marker))

    @property
    def authority(self) -> KnownKey | None:
        """The first line of a certificate authority for the host."""
        return next((line for line in self.lines if line.marker == "@cert-authority"), None)

    def check(self, key: HostKey) -> KeyCheck:
        """Return what the lines say about the key. A revoked key is revoked even if it is known."""
        matching = [line for line in (*self.lines, *self.without_port) if line.key == key]
        for marker, verdict in _VERDICTS.items():
            found = next((line for line in matching if line.marker == marker), None)
            if found is not None:
                return KeyCheck(verdict, found)
        plain = [line for line in self.lines if not line.marker]
        same_kind = [line for line in plain if line.key.kind == key.kind]
        return KeyCheck("changed", (same_kind or plain)[0]) if plain else KeyCheck("unknown")


def name_of(host: str, port: int) -> str:
    """Return the name under which a file lists the host at this port."""
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def look_up(name: str, files: Iterable[Path]) -> KnownHost:
    """Return the lines that name the host. A file that is absent or unreadable has none.

    SshError "config" for a file that is too large: its end may revoke a key.
    """
    return KnownHost(name, tuple(line for file in files for line in _lines_of(name, file)))


def _lines_of(name: str, file: Path) -> Iterator[KnownKey]:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError):
        return
    if len(content) > MOST_BYTES:
        raise SshError(
            clean(name), "config", tr("{file}: larger than {most} bytes", file=clean(str(file)), most=MOST_BYTES)
        )
    for number, row in enumerate(content.decode("utf-8", "replace").split("\n"), start=1):
        marker, names, key = _parsed(row)
        if key is not None and _names(names, name):
            yield KnownKey(key, marker, Origin(str(file), number))


def _parsed(row: str) -> tuple[Marker, str, HostKey | None]:
    """Return marker, names and key of a line. No key if the line has none that is understood."""
    words = row.split()
    marker: Marker = ""
    if words and words[0] in _MARKERS:
        marker = _MARKERS[words.pop(0)]
    if len(words) < 3 or words[0][0] in "#@":
        return marker, "", None
    try:
        blob = base64.b64decode(words[2], validate=True)
    except (binascii.Error, ValueError):
        return marker, "", None
    return marker, words[0], HostKey(words[1], blob) if kind_of(blob) == words[1] else None


def kind_of(blob: bytes) -> str | None:
    """Return the type that a key names itself. None if the bytes are no key."""
    if len(blob) < 4:
        return None
    (length,) = struct.unpack(">I", blob[:4])
    return blob[4 : 4 + length].decode("ascii", "replace") if 0 < length <= len(blob) - 4 else None


def _names(names: str, name: str) -> bool:
    """Return True if the first word of a line names the host: hashed, or a list of patterns."""
    if not names.startswith("|"):
        return matches_list(name.lower(), names.lower())
    parts = names.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt, hashed = (base64.b64decode(part, validate=True) for part in parts[2:])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, name.encode(), hashlib.sha1).digest(), hashed)
