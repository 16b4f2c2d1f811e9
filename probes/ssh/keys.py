"""Which private keys can a login try, and in which order?

As in ssh(1): first the keys of the agent that the configuration names, then its other keys, then
files. A file whose key the agent has is not opened, so nobody is asked for its passphrase.

Importing this module imports paramiko, so it is imported by functions only.
"""

from __future__ import annotations

import base64
import binascii
import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import paramiko
from paramiko.agent import AgentSSH

from probes.frozen import frozen
from probes.language import tr
from probes.os_words import os_words
from probes.ssh.config import HostConfig
from probes.ssh.known_hosts import kind_of
from probes.untrusted import clean

MOST_BYTES: Final = 1 << 20
"""Size of a key file from which on it is not read."""
AGENT_SECONDS: Final = 60.0
"""Time for one answer of the agent, which may wait for its user to touch a device."""
CERTIFICATE: Final = "-cert-v01@openssh.com"
TRIES: Final = 3
"""Passphrases that are asked for one key, as ssh(1) does."""

Signer = Callable[[bytes, str], bytes]
"""Return the signature of some bytes by an algorithm."""


class KeyUnusable(Exception):  # noqa: N818 - a reason to try the next key
    """A key cannot be used. The text is a clause for the user."""


@frozen
class Candidate:
    """One key that may open the login."""

    name: str
    """What the user knows it by: a file, or a comment of the agent."""
    kind: str
    """Type of the public key. Empty if the file must be opened to know it."""
    blob: bytes
    """Public key or certificate. Empty like `kind`."""
    open: Callable[[Callable[[str], str] | None], tuple[bytes, str, Signer]]
    """Return public key, type and signer. Asks for a passphrase if there is one to ask.
    KeyUnusable if that fails."""


@contextmanager
def candidates(config: HostConfig) -> Iterator[list[Candidate]]:
    """Give every key that the configuration allows, in order, while the agent is connected."""
    agent, connection = _agent(config.agent)
    try:
        held = [_of_agent(key) for key in agent.get_keys()] if agent is not None else []
        files = [found for file in config.identities for found in _of_file(file, is_default=config.has_default_keys)]
        named = {found.blob for found in files if found.blob}
        first = [key for key in held if key.blob in named]
        others = [] if config.identities_only else [key for key in held if key.blob not in named]
        blobs = {key.blob for key in held}
        yield [*first, *others, *(found for found in files if not found.blob or found.blob not in blobs)]
    finally:
        if connection is not None:
            connection.close()


def _agent(path: str | None) -> tuple[AgentSSH | None, socket.socket | None]:
    """Return the agent, with its keys read. None if it does not answer."""
    if path is None:
        return None, None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(AGENT_SECONDS)
    try:
        connection.connect(path)
        agent = AgentSSH()
        connect: Callable[[socket.socket], None] = agent._connect  # type: ignore[attr-defined]
        connect(connection)
    except (OSError, ValueError, paramiko.SSHException):
        connection.close()
        return None, None
    return agent, connection


def _of_agent(key: Any) -> Candidate:
    name = clean(key.comment or "") or key.get_name()

    def sign(data: bytes, algorithm: str) -> bytes:
        try:
            return bytes(key.sign_ssh_data(data, algorithm))
        except (OSError, paramiko.SSHException) as error:
            raise KeyUnusable(tr("the agent does not sign with it")) from error

    kind = str(key.get_name())
    blob = bytes(key.blob)
    return Candidate(tr("key “{name}” of the agent", name=name), kind, blob, lambda _ask: (blob, kind, sign))


def _of_file(file: Path, *, is_default: bool) -> Iterator[Candidate]:
    """Yield the certificate of a key, then the key itself. Nothing if a default file is absent."""
    if is_default and not file.exists():
        return
    name = tr("key {file}", file=clean(str(file)))
    opened: list[paramiko.PKey] = []

    def key(ask: Callable[[str], str] | None) -> paramiko.PKey:
        if not opened:
            opened.append(_opened(file, ask))
        return opened[0]

    certificate = _public(file.with_name(f"{file.name}-cert.pub"))
    if certificate is not None:
        kind, blob = certificate
        yield Candidate(name, kind, blob, lambda ask: (blob, kind, _signer(key(ask))))
    # With IdentitiesOnly people name the public file of a key that the agent has.
    public = _public(file.with_name(f"{file.name}.pub")) or _public(file) or ("", b"")
    yield Candidate(name, *public, lambda ask: (key(ask).asbytes(), key(ask).get_name(), _signer(key(ask))))


def _signer(key: paramiko.PKey) -> Signer:
    def sign(data: bytes, algorithm: str) -> bytes:
        try:
            return bytes(key.sign_ssh_data(data, algorithm).asbytes())
        except Exception as error:  # a certificate of another key, or one too short: paramiko raises many
            raise KeyUnusable(tr("this tool cannot sign with it")) from error

    return sign


def _public(file: Path) -> tuple[str, bytes] | None:
    """Return type and key of a public file. None if it has none."""
    try:
        with file.open("rb") as stream:
            kind, encoded = stream.read(MOST_BYTES).decode("ascii").split()[:2]
        blob = base64.b64decode(encoded, validate=True)
    except (OSError, ValueError, binascii.Error):
        return None
    return (kind, blob) if kind_of(blob) == kind else None


def _opened(file: Path, ask: Callable[[str], str] | None) -> paramiko.PKey:
    """Return a private key, decrypted if need be. KeyUnusable if it cannot be read."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise KeyUnusable(tr("cannot be read: {why}", why=os_words(error))) from error
    if len(content) > MOST_BYTES:
        raise KeyUnusable(tr("larger than {most} bytes", most=MOST_BYTES))
    with suppress(paramiko.PasswordRequiredException):
        return _load(content, None)
    if ask is None:
        raise KeyUnusable(tr("has a passphrase, and nobody can be asked for it"))
    for _ in range(TRIES):
        passphrase = ask(tr("Passphrase of the key {file}: ", file=clean(str(file))))
        if not passphrase:
            break
        with suppress(KeyUnusable):
            return _load(content, passphrase)
    raise KeyUnusable(tr("no right passphrase was given"))


def _load(content: bytes, passphrase: str | None) -> paramiko.PKey:
    """Return a key. PasswordRequiredException if it needs a passphrase, KeyUnusable for what is no
    key, or a wrong passphrase.

    paramiko's `from_path` is not used: it refuses a good key beside a certificate of another one.
    """
    secret: Any = None if passphrase is None else passphrase.encode()
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(content.decode("utf-8")), secret)
        except paramiko.PasswordRequiredException:
            raise
        except Exception as error:  # noqa: BLE001 - paramiko and cryptography raise many
            failure = error
    raise KeyUnusable(tr("no private key that this tool can read")) from failure
