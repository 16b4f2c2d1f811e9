"""How is a host reached, by the user's and the system's ssh_config(5)?

What makes a login less safe than the user asked for, or runs a command of this machine, is refused
with words: ProxyCommand and RevokedHostKeys.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import socket
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin
from probes.ssh.config_file import ConfigReading, ConfigValue, read, wrong
from probes.ssh.config_words import expand, seconds, with_environment, with_home
from probes.ssh.errors import SshError
from probes.ssh.target import SCHEME, SshTarget, parse, parse_place
from probes.untrusted import clean

MOST_HOPS: Final = 8
"""Hosts on the way to one host, itself included."""

DEFAULT_KEYS: Final = ("id_rsa", "id_ecdsa", "id_ed25519")
"""Files in ~/.ssh that are tried if no IdentityFile is set, in the order of ssh(1)."""

SYSTEM_KNOWN_HOSTS: Final = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
USERS_KNOWN_HOSTS: Final = ("known_hosts", "known_hosts2")


@frozen
class LocalUser:
    """The user of this process, as far as the configuration may ask."""

    name: str
    """Login name."""
    home: Path
    """Home directory of the user database; ssh(1) does not look at HOME."""
    uid: int
    """User id."""
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    """For "${NAME}" in a path."""


def local_user() -> LocalUser:
    """Return the user of this process."""
    entry = pwd.getpwuid(os.getuid())
    return LocalUser(entry.pw_name, Path(entry.pw_dir), entry.pw_uid)


@frozen
class HostConfig:
    """How one host is reached."""

    target: SshTarget
    """The host as it was named."""
    host: str
    """Name or address to connect to."""
    port: int
    """Port to connect to."""
    user: str
    """User to log in as."""
    key_name: str | None
    """HostKeyAlias: name to look up in the known hosts. None: host and port."""
    identities: tuple[Path, ...]
    """Private keys to try, in order."""
    has_default_keys: bool
    """True if no IdentityFile is set. Then it is no fault that a file of `identities` is absent."""
    identities_only: bool
    """True: keys of the agent are tried only if a file of `identities` has the public key too."""
    agent: str | None
    """Socket of the agent. None: no agent is asked."""
    known_hosts: tuple[Path, ...]
    """Files of known host keys, the user's first."""
    connect_timeout: int | None
    """ConnectTimeout in seconds. None if it is not set."""
    jumps: tuple[SshTarget, ...]
    """ProxyJump: hosts to go through, the first hop first. Empty: a direct connection."""
    notes: tuple[str, ...]
    """What the files say and is left out, as sentences for the user."""


def configured(
    target: SshTarget, files: Sequence[Path], user: LocalUser, jumps: Sequence[SshTarget] | None = None
) -> HostConfig:
    """Return how the host is reached. User and port of the target override the files.

    jumps: hosts to go through instead of what the files say, as `ssh -J`; None: as the files say.
    SshError "config" if a file cannot be followed.
    """
    reading = ConfigReading(target.host, user.name, user.home)
    if target.user is not None:
        reading.values["user"] = [_from_address(target.user)]
    if target.port is not None:
        reading.values["port"] = [_from_address(str(target.port))]
    if jumps is not None:
        reading.values["proxyjump"] = [_from_address("given")]
    read(reading, tuple(files))
    return _Resolved(reading, target, user).result(jumps)


def route(target: SshTarget, files: Sequence[Path], user: LocalUser) -> tuple[HostConfig, ...]:
    """Return every host to log in to on the way to the target, the target last.

    Each hop has its own configuration, which may name further hops before it. SshError "config"
    for a way of more than MOST_HOPS hosts, such as a circle.
    """
    way: list[HostConfig] = []
    here: SshTarget | None = target
    given: Sequence[SshTarget] | None = None
    while here is not None:
        if len(way) == MOST_HOPS:
            raise SshError(
                clean(target.host),
                "config",
                tr(
                    "ProxyJump to {host} goes through more than {most} hosts, or in a circle",
                    host=clean(target.host),
                    most=MOST_HOPS,
                ),
            )
        config = configured(here, files, user, given)
        way.insert(0, config)
        here = config.jumps[-1] if config.jumps else None
        given = config.jumps[:-1] or None
    return tuple(way)


def _from_address(word: str) -> ConfigValue:
    """Return a value that the address gives: it stands before all files."""
    return ConfigValue((word,), Origin(SCHEME))


class _Resolved:
    """Values of one host, while their tokens are filled in."""

    def __init__(self, reading: ConfigReading, target: SshTarget, user: LocalUser) -> None:
        self.reading, self.target, self.local = reading, target, user
        self.host = self._host()
        self.port = self._port()
        self.user = reading.text("user") or user.name
        self.tokens = self._tokens()

    def result(self, jumps: Sequence[SshTarget] | None) -> HostConfig:
        reading = self.reading
        self._refuse()
        self._note_canonical()
        files = self._identities()
        only = self._is_yes("identitiesonly")
        return HostConfig(
            self.target,
            self.host,
            self.port,
            self.user,
            (reading.text("hostkeyalias") or "").lower() or None,
            files if files is not None else tuple(self.local.home / ".ssh" / name for name in DEFAULT_KEYS),
            files is None,
            only,
            self._agent(),
            self._known_hosts(),
            self._connect_timeout(),
            tuple(jumps) if jumps is not None else self._jumps(),
            tuple(reading.notes),
        )

    def _host(self) -> str:
        value = self.reading.first("hostname")
        if value is None:
            return self.target.host.lower()
        host = expand(value.words[0], {"h": self.target.host})
        if host is None or parse_place(f"[{host}]" if ":" in host else host) is None:
            raise wrong(self.target.host, value.origin, "HostName")
        return host.lower()

    def _port(self) -> int:
        value = self.reading.first("port")
        if value is None:
            return 22
        text = value.words[0]
        try:
            port = int(text) if text.isascii() and text.isdigit() else socket.getservbyname(text, "tcp")
        except (OSError, ValueError):
            port = 0
        if not 0 < port < 65536:
            raise wrong(self.target.host, value.origin, "Port")
        return port

    def _tokens(self) -> dict[str, str]:
        """Return the tokens of a path: ssh_config(5), "TOKENS"."""
        here = socket.gethostname()
        jump = self.reading.text("proxyjump") or ""
        whole = f"{here}{self.host}{self.port}{self.user}{'' if jump in ('none', 'given') else jump}"
        return {
            "C": hashlib.sha1(whole.encode("utf-8", "surrogateescape")).hexdigest(),
            "d": str(self.local.home),
            "h": self.host,
            "i": str(self.local.uid),
            "k": self.reading.text("hostkeyalias") or self.target.host,
            "L": here.partition(".")[0],
            "l": here,
            "n": self.target.host,
            "p": str(self.port),
            "r": self.user,
            "u": self.local.name,
        }

    def _path(self, word: str, value: ConfigValue, option: str) -> Path:
        full = expand(with_home(word, self.local.home), self.tokens)
        full = None if full is None else with_environment(full, self.local.environment)
        if full is None or "\0" in full:
            raise wrong(self.target.host, value.origin, option)
        return Path(full)

    def _identities(self) -> tuple[Path, ...] | None:
        values = self.reading.values.get("identityfile")
        if not values:
            return None
        named = [value for value in values if value.words[0].lower() != "none"]
        return tuple(dict.fromkeys(self._path(value.words[0], value, "IdentityFile") for value in named))

    def _agent(self) -> str | None:
        value = self.reading.first("identityagent")
        word = "SSH_AUTH_SOCK" if value is None else value.words[0]
        if word.lower() == "none":
            return None
        if word == "SSH_AUTH_SOCK" or value is None:
            return self.local.environment.get("SSH_AUTH_SOCK") or None
        if word.startswith("$") and not word.startswith("${"):
            return self.local.environment.get(word[1:]) or None
        return str(self._path(word, value, "IdentityAgent"))

    def _known_hosts(self) -> tuple[Path, ...]:
        own = [self.local.home / ".ssh" / name for name in USERS_KNOWN_HOSTS]
        files: list[Path] = []
        for option, default in (
            ("UserKnownHostsFile", own),
            ("GlobalKnownHostsFile", [Path(name) for name in SYSTEM_KNOWN_HOSTS]),
        ):
            value = self.reading.first(option.lower())
            if value is None:
                files += default
            elif value.words[0].lower() != "none":
                files += [self._path(word, value, option) for word in value.words]
        return tuple(files)

    def _connect_timeout(self) -> int | None:
        value = self.reading.first("connecttimeout")
        if value is None:
            return None
        bound = seconds(value.words[0])
        if bound is None:
            raise wrong(self.target.host, value.origin, "ConnectTimeout")
        return bound or None

    def _is_yes(self, option: str) -> bool:
        return (self.reading.text(option) or "no").lower() in ("yes", "true")

    def _jumps(self) -> tuple[SshTarget, ...]:
        value = self.reading.first("proxyjump")
        if value is None or value.words[0].lower() == "none":
            return ()
        text = expand(value.words[0], {name: self.tokens[name] for name in "hnpr"})
        hops = [None if text is None else _hop(part) for part in (text or "").split(",")]
        if None in hops:
            raise wrong(self.target.host, value.origin, "ProxyJump")
        return tuple(hop for hop in hops if hop is not None)

    def _note_canonical(self) -> None:
        value = self.reading.first("canonicalizehostname")
        if value is not None and value.words[0].lower() in ("yes", "true", "always"):
            text = tr(
                "{place}: this tool does not follow CanonicalizeHostname; name the host in full",
                place=clean(str(value.origin)),
            )
            self.reading.notes.append(text)

    def _refuse(self) -> None:
        """Raise for what cannot be followed."""
        command = self.reading.first("proxycommand")
        if command is not None and command.words[0].lower() != "none":
            raise SshError(
                clean(self.target.host),
                "config",
                tr(
                    "{place}: ProxyCommand runs a command of this machine, which this tool does not do; "
                    "write the same way with ProxyJump",
                    place=clean(str(command.origin)),
                ),
            )
        revoked = self.reading.first("revokedhostkeys")
        if revoked is not None and revoked.words[0].lower() != "none":
            raise SshError(
                clean(self.target.host),
                "config",
                tr(
                    "{place}: this tool cannot read a list of RevokedHostKeys, so it does not log in to this host; "
                    "a line with @revoked in the file of known hosts is read",
                    place=clean(str(revoked.origin)),
                ),
            )


def _hop(text: str) -> SshTarget | None:
    """Return one host of ProxyJump: `[user@]host[:port]` or `ssh://…`."""
    if text.startswith(SCHEME):
        try:
            return parse(text)
        except SshError:
            return None
    user, at, place = text.strip().rpartition("@")
    hop = parse_place(place)
    return None if hop is None or (at and not user) else SshTarget(user or None, hop.host, hop.port)
