"""How is a TCP connection to an SSH server made, and its host key checked?

Importing this module imports paramiko, so it is imported by functions only.
"""

from __future__ import annotations

import base64
import errno
import logging
import queue
import shlex
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import paramiko

from probes.language import tr
from probes.os_words import os_words
from probes.ssh.config import HostConfig
from probes.ssh.errors import SshError, SshReason
from probes.ssh.known_hosts import HostKey, KeyCheck, KnownHost, look_up, name_of
from probes.ssh.transport import SessionTransport, Stream, prepare
from probes.untrusted import clean

KINDS: Final = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
"""Type of a host key -> the signatures that paramiko checks, in the order of preference."""

_UNREACHABLE: Final = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL}
_LOG = logging.getLogger(__name__)


def dial(config: HostConfig, bound: float) -> socket.socket:
    """Return a TCP connection to the host. Each of its addresses is tried, all within `bound`
    seconds. SshError if none answers."""
    deadline = time.monotonic() + bound
    failure: OSError = TimeoutError()
    for family, kind, protocol, _, address in _addresses(config, bound):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        sock.settimeout(left)
        try:
            sock.connect(address)
            prepare(sock, bound)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    host, place = clean(config.target.host), f"{clean(config.host)}:{config.port}"
    if isinstance(failure, TimeoutError):
        raise SshError(host, "timeout", tr("{host}: no answer from {place} within {bound} s", **_values(config, bound)))
    reason: SshReason = "unreachable" if failure.errno in _UNREACHABLE else "refused"
    text = tr("{host}: {place} cannot be reached: {why}", host=host, place=place, why=os_words(failure))
    raise SshError(host, reason, text)


def _values(config: HostConfig, bound: float) -> dict[str, object]:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return {"host": clean(config.target.host), "place": clean(f"{host}:{config.port}"), "bound": f"{bound:g}"}


def _addresses(config: HostConfig, bound: float) -> Sequence[Any]:
    """Return the addresses of the host. The resolver has no time-out, so a thread waits for it."""
    answer: queue.Queue[Sequence[Any] | OSError] = queue.Queue()

    def resolve() -> None:
        try:
            answer.put(socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    threading.Thread(target=resolve, name="ssh resolve", daemon=True).start()
    try:
        found = answer.get(timeout=bound)
    except queue.Empty:
        found = TimeoutError(tr("no answer within {bound} s", bound=f"{bound:g}"))
    if isinstance(found, OSError):
        text = tr(
            "{host}: the name {name} has no address: {why}",
            host=clean(config.target.host),
            name=clean(config.host),
            why=os_words(found),
        )
        raise SshError(clean(config.target.host), "resolve", text)
    return found


def known_host(config: HostConfig, files: Sequence[Path]) -> KnownHost:
    """Return what the files say of the host. A host at another port may be known without it."""
    name = config.key_name or name_of(config.host, config.port)
    found = look_up(name, files)
    if found.kinds or config.key_name or config.port == 22:
        return found
    return KnownHost(name, found.lines, look_up(name_of(config.host, 22), files).lines)


def handshake(stream: Stream, config: HostConfig, files: Sequence[Path], bound: float) -> SessionTransport:
    """Return a connection whose host key is known. SshError otherwise, with the stream closed."""
    known = known_host(config, files)
    wanted = [*(kind for kind in known.kinds if kind in KINDS), *KINDS]
    kinds = dict.fromkeys(name for kind in wanted for name in KINDS[kind])
    transport = SessionTransport(stream, tuple(kinds), bound)
    try:
        _negotiate(transport, config, bound)
        shown = transport.get_remote_server_key()
        key = HostKey(shown.get_name(), shown.asbytes())
        check = known.check(key)
        _LOG.debug("%s: %s %s: %s", config.host, key.kind, key.fingerprint, check.verdict)
        if check.verdict != "known":
            raise _untrusted(config, known, key, check, files)
    except (paramiko.SSHException, EOFError, OSError) as error:
        transport.abandon()
        raise _failed(transport, config, error) from None
    except BaseException:
        transport.abandon()
        raise
    return transport


def _negotiate(transport: SessionTransport, config: HostConfig, bound: float) -> None:
    done = threading.Event()
    transport.start_client(event=done)
    if not done.wait(bound):
        values = _values(config, bound)
        if transport.remote_version:
            text = tr("{host}: {place} does not finish the key exchange within {bound} s", **values)
        else:
            text = tr("{host}: {place} accepts connections, but sends no SSH banner within {bound} s", **values)
        raise SshError(clean(config.target.host), "timeout", text)
    if not transport.is_active():
        error = transport.get_exception() or EOFError()
        if isinstance(error, paramiko.SSHException | EOFError | OSError):
            raise error
        raise paramiko.SSHException(tr("what it sends cannot be read")) from error


def _failed(transport: SessionTransport, config: HostConfig, error: Exception) -> SshError:
    values = {key: value for key, value in _values(config, 0).items() if key != "bound"}
    host = clean(config.target.host)
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        text = tr(
            "{host}: {place} has no SSH algorithm in common with this tool: {why}", **values, why=clean(str(error))
        )
        return SshError(host, "algorithms", text)
    if not transport.remote_version:
        if isinstance(error, EOFError | OSError) or isinstance(error.__context__, EOFError | OSError):
            text = tr("{host}: {place} closes the connection before it sends an SSH banner", **values)
            return SshError(host, "dropped", text)
        return SshError(host, "banner", tr("{host}: what answers at {place} is no SSH server", **values))
    said = transport.farewell or (clean(str(error)) if str(error) else "")
    if said:
        text = tr("{host}: {place} ends the key exchange: {why}", **values, why=said)
    else:
        text = tr("{host}: {place} closes the connection during the key exchange", **values)
    return SshError(host, "dropped", text)


def _untrusted(config: HostConfig, known: KnownHost, key: HostKey, check: KeyCheck, files: Sequence[Path]) -> SshError:
    host, kind = clean(config.target.host), clean(key.kind)
    if check.verdict == "revoked" and check.line is not None:
        text = tr(
            "{host} shows an {kind} key ({fingerprint}) that {place} revokes: it must not be used any more",
            host=host,
            kind=kind,
            fingerprint=key.fingerprint,
            place=check.line.origin,
        )
        return SshError(host, "host-key-revoked", text)
    if check.verdict == "changed" and check.line is not None:
        text = tr(
            "{host} shows an {kind} key ({fingerprint}) that is not the one of {place}. Either the host was installed "
            "anew, or another machine answers for it. If its owner confirms the new key, remove the old one with: "
            "{command}",
            host=host,
            kind=kind,
            fingerprint=key.fingerprint,
            place=check.line.origin,
            command=shlex.join(["ssh-keygen", "-R", known.name, "-f", check.line.origin.file]),
        )
        return SshError(host, "host-key-changed", text)
    values = {
        "host": host,
        "kind": kind,
        "fingerprint": key.fingerprint,
        "command": _adding(config, known, key, files),
    }
    authority = known.authority
    if authority is not None:
        text = tr(
            "{host} shows an {kind} key that no file of known hosts has: {fingerprint}. {place} names an authority for "
            "it, but this tool cannot check certificates of hosts. If the fingerprint is right, add the key with: "
            "{command}",
            **values,
            place=authority.origin,
        )
    else:
        text = tr(
            "{host} shows an {kind} key that no file of known hosts has: {fingerprint}. If the fingerprint is right, "
            "add the key with: {command}",
            **values,
        )
    return SshError(host, "host-key-unknown", text)


def _adding(config: HostConfig, known: KnownHost, key: HostKey, files: Sequence[Path]) -> str:
    """Return the command that adds the key. Only a host that this machine reaches, and that goes by
    its own name, can be asked with ssh-keyscan; otherwise the line itself is written."""
    file = shlex.quote(str(files[0] if files else Path("~/.ssh/known_hosts").expanduser()))
    if not config.jumps and config.key_name is None:
        short = key.kind.removeprefix("ssh-") if key.kind.startswith("ssh-") else "ecdsa"
        port = [] if config.port == 22 else ["-p", str(config.port)]
        return f"{shlex.join(['ssh-keyscan', *port, '-t', short, config.host])} >> {file}"
    line = f"{known.name} {key.kind} {base64.b64encode(key.blob).decode()}"
    return f"echo {shlex.quote(line)} >> {file}"
