"""What does the web configuration say: TLS, users, header fields?

The format is the one of the Prometheus exporters:
https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md (2026-11-29).
What Python's TLS cannot do is refused, never passed over.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from probes.errors import FormatError
from probes.files.plain_file import read_plain
from probes.frozen import frozen
from probes.language import tr
from probes.os_words import os_words
from probes.untrusted import clean

LARGEST = 1 << 20
"""Bytes of the file, at most."""

MOST_COST = 14
"""Largest cost of a bcrypt hash. One login at 14 takes about a second of a processor."""

VERSIONS: Mapping[str, ssl.TLSVersion] = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}

HEADERS = (
    *("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options"),
    *("X-XSS-Protection", "Content-Security-Policy"),
)
"""Header fields that the file may set."""

AUTHENTICATION: Mapping[str, ssl.VerifyMode] = {
    "": ssl.CERT_NONE,
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
"""client_auth_type -> what Python's TLS does. The other two of the format verify nothing."""

Version = Literal["TLS12", "TLS13"]


class WebConfigError(FormatError):
    """The file cannot be used. The message begins with the file."""


class TlsTable(Struct, frozen=True, forbid_unknown_fields=True):
    """tls_server_config."""

    cert_file: str
    """File with the certificate and those above it, PEM."""
    key_file: str
    """File with its key, PEM."""
    client_auth_type: str = ""
    """How clients show certificates."""
    client_ca_file: str | None = None
    """File with the issuers of clients, PEM."""
    client_allowed_sans: tuple[str, ...] = ()
    """Names of which a client's certificate must have one. Empty if any will do."""
    min_version: Version = "TLS12"
    """Oldest version of TLS."""
    max_version: Version = "TLS13"
    """Newest version of TLS."""


class HttpTable(Struct, frozen=True, forbid_unknown_fields=True):
    """http_server_config."""

    http2: bool = True
    """Read, and without effect: only HTTP/1.1 is spoken."""
    headers: dict[str, str] = {}
    """Header fields of every answer."""


class WebTables(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    tls_server_config: TlsTable | None = None
    """TLS. None for plain HTTP."""
    http_server_config: HttpTable | None = None
    """Header fields."""
    basic_auth_users: dict[str, str] = {}
    """User -> bcrypt hash of the password."""


@frozen
class WebConfig:
    """How clients are served."""

    context: ssl.SSLContext | None = None
    """TLS of new connections. None for plain HTTP."""

    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """User -> bcrypt hash. Empty if nobody logs in."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Header fields of every answer."""

    allowed_sans: frozenset[str] = frozenset()
    """Names of which a client's certificate must have one. Empty if any will do."""


def read_web_config(path: Path) -> WebConfig:
    """Return what the file says. WebConfigError for anything it cannot be."""
    name = str(path)
    try:
        content = read_plain(path, LARGEST)
    except OSError as error:
        raise WebConfigError(name, None, os_words(error), tr("a file of YAML")) from None
    if len(content) > LARGEST:
        raise WebConfigError(name, None, tr("more than {size} bytes", size=LARGEST), tr("a file of YAML"))
    try:
        tables = msgspec.convert(_without_empty(_yaml(name, content)), WebTables)
    except msgspec.ValidationError as error:
        # It names keys and types, never a value.
        expected = tr("the web configuration of Prometheus exporters, as far as docs/monitoring.md lists it")
        raise WebConfigError(name, None, clean(str(error)), expected) from None
    users = {user: _hash(name, user, text) for user, text in tables.basic_auth_users.items()}
    headers = tables.http_server_config.headers if tables.http_server_config else {}
    for header, value in headers.items():
        if header not in HEADERS or not value.isprintable():
            raise WebConfigError(name, None, repr(header), tr("one of {keys}", keys=", ".join(HEADERS)))
    tls = tables.tls_server_config
    if tls is None:
        return WebConfig(None, users, headers)
    return WebConfig(_context(path, tls), users, headers, frozenset(tls.client_allowed_sans))


def _without_empty(value: Any) -> Any:
    """Return the values without the known keys that are left empty, which count as missing."""
    if not isinstance(value, dict):
        return value
    known = (*WebTables.__struct_fields__, *HttpTable.__struct_fields__)
    kept = {key: one for key, one in value.items() if one is not None or key not in known}
    if kept.get("tls_server_config") == {}:
        del kept["tls_server_config"]
    return {key: _without_empty(one) if key == "http_server_config" else one for key, one in kept.items()}


def _yaml(name: str, content: bytes) -> Any:
    """Return the values of the file. Errors tell the line and none of its text."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).load(content) or {}
    except (YAMLError, ValueError, RecursionError) as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        line = None if mark is None else mark.line + 1
        raise WebConfigError(name, line, tr("a mistake"), tr("valid YAML")) from None


def _hash(name: str, user: str, text: str) -> bytes:
    """Return the hash of a user. The error does not show it."""
    kind, _, rest = text.removeprefix("$").partition("$")
    cost = rest.partition("$")[0]
    fits = text.isascii() and len(text) == 60 and kind in ("2a", "2b", "2y") and cost.isdecimal()
    if not fits or not 4 <= int(cost) <= MOST_COST:
        found = tr("no such hash for the user {user}", user=repr(user))
        raise WebConfigError(name, None, found, tr("a bcrypt hash, of cost 4 to {most}", most=MOST_COST))
    return text.encode("ascii")


def _context(path: Path, tls: TlsTable) -> ssl.SSLContext:
    """Return the context of TLS. Paths of the file start from its folder."""
    name, folder = str(path), path.parent
    mode = AUTHENTICATION.get(tls.client_auth_type)
    if mode is None:
        known = ", ".join(filter(None, AUTHENTICATION))
        raise WebConfigError(name, None, repr(tls.client_auth_type), tr("client_auth_type of {keys}", keys=known))
    if (mode != ssl.CERT_NONE) != (tls.client_ca_file is not None):
        wanted = tr("client_ca_file together with a client_auth_type that verifies")
        raise WebConfigError(name, None, tr("one of the two alone"), wanted)
    if tls.client_allowed_sans and mode != ssl.CERT_REQUIRED:
        raise WebConfigError(name, None, "client_allowed_sans", "client_auth_type: RequireAndVerifyClientCert")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = VERSIONS[tls.min_version], VERSIONS[tls.max_version]
    context.set_alpn_protocols(["http/1.1"])
    _load(name, tls.cert_file, lambda: context.load_cert_chain(folder / tls.cert_file, folder / tls.key_file, ""))
    if tls.client_ca_file is not None:
        issuers = folder / tls.client_ca_file
        _load(name, tls.client_ca_file, lambda: context.load_verify_locations(issuers))
        context.verify_mode = mode
    return context


def _load(name: str, file: str, load: Any) -> None:
    try:
        load()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
        found = tr("{file}: {error}", file=clean(file), error=why)
        raise WebConfigError(name, None, found, tr("certificates and keys in PEM, without a password")) from None
