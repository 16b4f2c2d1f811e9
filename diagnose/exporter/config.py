"""What does the file of `serve --config` say: modules, allowed targets, limits?

It is TOML, as case.toml is. An unknown key is an error, so that a typing mistake allows nothing.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from diagnose.case.tomllines import TomlLines
from diagnose.exporter.allow_list import AllowedTargets, Network, host_name
from diagnose.exporter.module import FIXED, ProbeModule
from diagnose.probing.schemes import SCHEMES
from diagnose.probing.target import TargetError
from probes.errors import FormatError
from probes.files.plain_file import read_plain
from probes.frozen import frozen
from probes.language import tr
from probes.os_words import os_words
from probes.regex import regex
from probes.untrusted import clean
from probes.vantage import PATIENCE

LARGEST = 1 << 20
"""Bytes of the file, at most."""

OPTIONS = ("realm", "principal", "service", "name", "type")
"""Keys of a module that become the query of its targets."""

_NAME = regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_PORTS = regex(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_PLACE = regex(r" - at `\$(?P<path>[^`]*)`$")
_STEP = regex(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class ServeConfigError(FormatError):
    """The file cannot be used. The message begins with file and line."""


class ModuleTable(Struct, frozen=True, forbid_unknown_fields=True):
    """One table [modules.NAME]."""

    scheme: str
    """One of `probe --list`."""
    port: int | None = None
    """Port if a target names none. None for the usual one of the scheme."""
    path: str = ""
    """Path and query of a web server. Empty for the usual one."""
    realm: str | None = None
    """Realm that a KDC is asked for."""
    principal: str | None = None
    """Principal whose state a KDC is asked for."""
    service: str | None = None
    """Service that a KDC is asked for."""
    name: str | None = None
    """Name that a name server is asked for."""
    type: str | None = None
    """Kind of record that a name server is asked for."""
    session: bool = False
    """True if ZooKeeper is asked for a session."""
    questions: Literal["first", "all"] = "first"
    """Whether only the question that decides is asked, or all that `probe` asks."""
    secure: bool = False
    """True if an answer counts only inside TLS, with a certificate without faults."""
    patience: float = PATIENCE
    """Seconds a peer may be silent."""
    timeout: float | None = None
    """Seconds for one probe, at most. None for what Prometheus allows."""


class TargetsTable(Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of [[targets]]."""

    networks: tuple[str, ...]
    """Blocks of addresses."""
    hosts: tuple[str, ...] = ()
    """Names. Empty if any will do."""
    ports: tuple[int | str, ...] = ()
    """Ports, or ranges such as "8020-8032". Empty if any will do."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """The table [limits]."""

    probes: int = 32
    """Probes at once."""
    connections: int = 256
    """Connections of clients at once."""
    timeout: float = 60.0
    """Seconds of a probe, at most, and if Prometheus does not name its own limit."""
    timeout_offset: float = 0.5
    """Seconds that a probe ends before the limit of Prometheus."""


class ServeTables(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    targets: tuple[TargetsTable, ...] = ()
    """What may be probed."""
    modules: dict[str, ModuleTable] = {}
    """Named ways to probe."""
    limits: Limits = Limits()
    """Bounds of the exporter."""
    only_modules: bool = False
    """True if a scheme by itself is no module."""


@frozen
class ServeConfig:
    """What the exporter may do."""

    allowed: tuple[AllowedTargets, ...] = ()
    """Targets that may be probed. Empty if none may."""

    modules: Mapping[str, ProbeModule] = field(default_factory=dict)
    """Modules of the file by name."""

    limits: Limits = field(default_factory=Limits)
    """Bounds."""

    only_modules: bool = False
    """True if a scheme by itself is no module."""


def read_config(path: Path) -> ServeConfig:
    """Return what the file says. ServeConfigError with the line for anything it cannot be."""
    name = str(path)
    try:
        content = read_plain(path, LARGEST)
    except OSError as error:
        raise ServeConfigError(name, None, os_words(error), tr("a file of TOML")) from None
    if len(content) > LARGEST:
        raise ServeConfigError(name, None, tr("more than {size} bytes", size=LARGEST), tr("a file of TOML"))
    return parse_config(name, content)


def parse_config(file: str, content: bytes) -> ServeConfig:
    """Return what this text says. ServeConfigError with the line for anything it cannot be."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ServeConfigError(file, None, clean(str(error)), tr("valid TOML")) from None
    return _Reader(file, TomlLines(text)).config(data)


class _Reader:
    """Turns the values of one file into a ServeConfig."""

    def __init__(self, file: str, lines: TomlLines) -> None:
        self._file, self._lines = file, lines

    def config(self, data: dict[str, Any]) -> ServeConfig:
        try:
            tables = msgspec.convert(data, ServeTables)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error), data) from None
        return ServeConfig(
            tuple(self._targets(number, one) for number, one in enumerate(tables.targets)),
            {name: self._module(name, one) for name, one in tables.modules.items()},
            self._limits(tables.limits),
            tables.only_modules,
        )

    def _error(self, path: tuple[str | int, ...], found: str, expected: str) -> ServeConfigError:
        return ServeConfigError(self._file, self._lines.line_of(path), clean(found)[:200], clean(expected)[:200])

    def _misfit(self, message: str, data: dict[str, Any]) -> ServeConfigError:
        """Return the error for what msgspec says. It tells no name of a table of [modules]."""
        place = _PLACE.search(message)
        what = message[: place.start()] if place else message
        steps = [key or index for key, index in _STEP.findall(place["path"])] if place else []
        if steps[:2] == ["modules", "..."]:
            steps[1] = self._faulty(data["modules"])
        path = tuple(int(step) if step.isdigit() else step for step in steps)
        unknown = re.fullmatch(r"Object contains unknown field `(.*)`", what)
        if unknown:
            keys = _KEYS.get(str(path[0]) if path else "", ServeTables).__struct_fields__
            return self._error(
                (*path, unknown[1]),
                tr("the unknown key {key}", key=unknown[1]),
                tr("one of {keys}", keys=", ".join(keys)),
            )
        return self._error(path, tr("a value that does not fit"), what)

    def _faulty(self, modules: object) -> str:
        """Return the name of the first module that is not as it should be."""
        for name, table in modules.items() if isinstance(modules, dict) else ():
            try:
                msgspec.convert(table, ModuleTable)
            except msgspec.ValidationError:
                return str(name)
        return "..."

    def _targets(self, number: int, table: TargetsTable) -> AllowedTargets:
        def at(key: str) -> tuple[str | int, ...]:
            return ("targets", number, key)

        if not table.networks:
            raise self._error(at("networks"), tr("no network"), tr("at least one, such as {example}", example=_CIDR))
        networks = []
        for text in table.networks:
            try:
                networks.append(_network(text))
            except ValueError as error:
                raise self._error(at("networks"), str(error), tr("such as {example}", example=_CIDR)) from None
        ports = []
        for port in table.ports:
            found = _PORTS.fullmatch(str(port))
            first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
            if not 0 < first <= last <= 65535:
                raise self._error(at("ports"), repr(port), tr('a port, or a range such as "8020-8032"'))
            ports.append(range(first, last + 1))
        return AllowedTargets(tuple(networks), tuple(map(host_name, table.hosts)), tuple(ports))

    def _module(self, name: str, table: ModuleTable) -> ProbeModule:
        if not _NAME.fullmatch(name):
            raise self._error(("modules", name), repr(name), tr("a name of letters, digits and . _ + -"))
        scheme = SCHEMES.get(table.scheme)
        if scheme is None:
            raise self._error(
                ("modules", name, "scheme"), repr(table.scheme), tr("one of {keys}", keys=", ".join(SCHEMES))
            )
        options = {key: value for key in OPTIONS if (value := getattr(table, key)) is not None}
        if table.session:
            options["session"] = "yes"
        self._seconds(("modules", name, "patience"), table.patience, 0.1, 60)
        if table.timeout is not None:
            self._seconds(("modules", name, "timeout"), table.timeout, 0.1, 600)
        if table.port is not None and not 0 < table.port <= 65535:
            raise self._error(("modules", name, "port"), str(table.port), tr("a port"))
        module = ProbeModule(
            scheme,
            configured=True,
            options=options,
            path=table.path,
            port=table.port,
            all_questions=table.questions == "all" or any(name in options for name in FIXED),
            secure=table.secure,
            patience=table.patience,
            timeout=table.timeout,
        )
        try:
            module.target("host" if scheme.port is not None or table.port is not None else "host:1")
        except TargetError as error:
            raise self._error(("modules", name), str(error), scheme.form) from None
        return module

    def _limits(self, limits: Limits) -> Limits:
        for key, value, most in (("probes", limits.probes, 1000), ("connections", limits.connections, 10_000)):
            if not 0 < value <= most:
                raise self._error(("limits", key), str(value), tr("1 to {most}", most=most))
        self._seconds(("limits", "timeout"), limits.timeout, 0.1, 600)
        self._seconds(("limits", "timeout_offset"), limits.timeout_offset, 0, 60)
        return limits

    def _seconds(self, path: tuple[str | int, ...], value: float, least: float, most: float) -> None:
        if not (math.isfinite(value) and least <= value <= most):
            raise self._error(path, str(value), tr("{least:g} to {most:g} seconds", least=least, most=most))


_CIDR = "192.168.20.0/24"
_KEYS: Mapping[str, type[Struct]] = {"modules": ModuleTable, "targets": TargetsTable, "limits": Limits}


def _network(text: str) -> Network:
    """Return a block of addresses. ValueError if it is none, or has bits of a host."""
    return ip_network(text, strict=True)
