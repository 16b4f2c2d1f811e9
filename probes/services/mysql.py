"""Does MySQL or MariaDB answer here, which version, and does it admit this host?

The server speaks first: a greeting, or an error if it does not admit the host. A client that then
only closes counts as an interrupted handshake, and after `max_connect_errors` of them the server
blocks the whole host. COM_QUIT or the request for TLS in place of a login count as well. A login
that is denied does not count. So the greeting is answered by a login of a user that nobody has,
without a password. An account without a name would admit it: then COM_QUIT ends the session.

https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection
https://dev.mysql.com/doc/refman/8.0/en/performance-schema-host-cache-table.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen
from probes.network.exchange import Dialogue, RawReply, Turn, answered, converse, not_answered
from probes.observation import Observation
from probes.vantage import Vantage

USER = "emr-diagnose"
"""User of the login. The server's log and an administrator see this name."""

_PLUGIN = b"mysql_native_password"
_HEADER = 4
_LARGEST = 16 * 1024
_LONGEST_TEXT = 300
_GREETING, _OK, _SWITCH, _ERROR = 0x0A, 0x00, 0xFE, 0xFF
_OLD_PREFIX = "5.5.5-"
"""MariaDB from 10 on puts this before its version, for clients that know 5.5 alone."""
_TLS = 0x800

# CLIENT_LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH; then 16 MiB and utf8.
_CAPABILITIES = 0x1 | 0x200 | 0x8000 | 0x80000

Admits = Literal["yes", "not-this-host", "blocked-host", "too-many", "no"]
ADMITS: Mapping[int, Admits] = {1130: "not-this-host", 1129: "blocked-host", 1040: "too-many", 1203: "too-many"}
"""Error in place of a greeting -> what it means. Any other is "no"."""

Login = Literal["denied", "open", "wants-tls", "unknown"]
_DENIED = frozenset({1045, 1698})
_WANTS_TLS = 3159


class MysqlError(ProbesError):
    """The bytes are no packet of a MySQL server."""


@frozen
class MysqlGreeting:
    """First packet of a server."""

    version: str | None
    """Its version. None if it does not admit this host."""
    product: Literal["MySQL", "MariaDB"] | None
    """What its version says it is. None if it does not admit this host."""
    has_tls: bool
    """True if it offers TLS."""
    plugin: str | None
    """How accounts log in unless they say otherwise. None if not given."""
    admits: Admits
    """Whether it takes connections of this host, and why not."""
    code: int | None = None
    """Number of the error. None without one."""
    text: str | None = None
    """Text of the error. None without one."""


@frozen
class LoginReply:
    """Answer to the login of a user that nobody has."""

    login: Login
    """What came of it:

    * denied: as it should be;
    * open: an account without a name admits everybody;
    * wants-tls: the server takes logins in TLS alone;
    * unknown: another error, or none that was understood.
    """
    code: int | None = None
    """Number of the error. None without one."""
    text: str | None = None
    """Text of the error. None without one."""


async def greet(endpoint: Endpoint, vantage: Vantage) -> tuple[Observation, MysqlGreeting | None]:
    """Read the greeting, and end with a login that is denied.

    * MySQL or MariaDB: open/service-reply with version, TLS, what it admits and the login.
    * Another answer: open/syn-ack with what came instead.
    * Not connected: as in `probes.network.tcp`.
    """
    observation, replies = await converse(endpoint, _dialogue(), vantage, most=_LARGEST)
    if not replies:
        return observation, None
    try:
        greeting = decode_greeting(replies[0].data)
    except MysqlError:
        return not_answered(observation, replies[0]), None
    login = _login_of(replies[1:]) if greeting.admits == "yes" else None
    return answered(observation, describe(greeting, login)), greeting


def describe(greeting: MysqlGreeting, login: LoginReply | None) -> dict[str, object]:
    detail: dict[str, object] = {
        "service": "mysql",
        "product": greeting.product,
        "version": greeting.version,
        "tls": greeting.has_tls,
        "plugin": greeting.plugin,
        "admits": greeting.admits,
        "login": None if login is None else login.login,
    }
    error = greeting if login is None else login
    return detail if error.code is None else detail | {"error": error.code, "text": error.text}


def is_whole(data: bytes) -> bool:
    """Return True if the packet is whole, or if it is larger than any that is awaited."""
    if len(data) < _HEADER:
        return False
    size = _size(data)
    return size > _LARGEST - _HEADER or len(data) >= _HEADER + size


def login_packet(number: int = 1) -> bytes:
    """Return the login of USER without a password. `number`: of the packet."""
    head = _CAPABILITIES.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + bytes((33,)) + bytes(23)
    return packet(number, head + USER.encode() + b"\0" + b"\0" + _PLUGIN + b"\0")


def packet(number: int, payload: bytes) -> bytes:
    """Return a payload with its header."""
    return len(payload).to_bytes(3, "little") + bytes((number & 0xFF,)) + payload


QUIT = packet(0, b"\x01")
"""COM_QUIT."""


def decode_greeting(data: bytes) -> MysqlGreeting:
    """Read the first packet of a server. MysqlError for anything else."""
    number, payload = _packet(data)
    if number != 0:
        raise MysqlError("not the first packet")
    if payload[0] == _ERROR:
        code, text = _error(payload)
        return MysqlGreeting(None, None, False, None, ADMITS.get(code, "no"), code, text)
    version, end, rest = payload[1:].partition(b"\0")
    # Thread, half of the salt, a zero; from there on capabilities. Servers before 4.1 end sooner.
    if payload[0] != _GREETING or not end or not _is_version(version) or len(rest) < 15 or rest[12] != 0:
        raise MysqlError("no greeting of protocol 10")
    shown = _text(version)
    low, high = int.from_bytes(rest[13:15], "little"), int.from_bytes(rest[18:20], "little")
    plugin = _plugin(rest) if high & (_CAPABILITIES >> 16) else None
    is_mariadb = "mariadb" in shown.lower()
    return MysqlGreeting(
        shown.removeprefix(_OLD_PREFIX) if is_mariadb else shown,
        "MariaDB" if is_mariadb else "MySQL",
        bool(low & _TLS),
        plugin,
        "yes",
    )


def decode_login(data: bytes) -> LoginReply:
    """Read the answer to the login. MysqlError for anything that is no such packet."""
    _, payload = _packet(data)
    if payload[0] == _OK:
        return LoginReply("open")
    if payload[0] != _ERROR:
        return LoginReply("unknown")
    code, text = _error(payload)
    return LoginReply("denied" if code in _DENIED else "wants-tls" if code == _WANTS_TLS else "unknown", code, text)


def _dialogue() -> Dialogue:
    greeting = yield Turn(b"", is_whole)
    try:
        if decode_greeting(greeting).admits != "yes":
            return
        reply = yield Turn(login_packet(), is_whole)
        number, payload = _packet(reply)
        if payload[0] == _SWITCH:  # another way to log in: no password there either
            reply = yield Turn(packet(number + 1, b""), is_whole)
        if decode_login(reply).login == "open":
            yield Turn(QUIT, lambda _: True)
    except MysqlError:
        return


def _login_of(replies: tuple[RawReply, ...]) -> LoginReply:
    """Return what came of the login: the last packet that answers it."""
    for reply in reversed(replies):
        try:
            return decode_login(reply.data)
        except MysqlError:
            continue
    return LoginReply("unknown")


def _packet(data: bytes) -> tuple[int, bytes]:
    """Return the number and the payload of a whole packet, which is not empty."""
    size = _size(data)
    if len(data) < _HEADER or not 0 < size <= min(len(data), _LARGEST) - _HEADER:
        raise MysqlError("not a whole packet")
    return data[3], data[_HEADER : _HEADER + size]


def _size(data: bytes) -> int:
    return int.from_bytes(data[:3], "little")


def _error(payload: bytes) -> tuple[int, str]:
    """Return number and text of an error, which may begin with "#" and five characters."""
    if len(payload) < 4:
        raise MysqlError("an error without a text")
    text = payload[9:] if payload[3:4] == b"#" else payload[3:]
    return int.from_bytes(payload[1:3], "little"), _text(text)


def _plugin(rest: bytes) -> str | None:
    """Return the name behind the second half of the salt, which has 13 bytes or what is stated."""
    start = 31 + max(13, rest[20] - 8) if len(rest) > 31 else len(rest)
    name = rest[start:].partition(b"\0")[0]
    return _text(name) if name else None


def _is_version(version: bytes) -> bool:
    return version[:1].isdigit() and version.isascii() and b"." in version


def _text(data: bytes) -> str:
    return data[:_LONGEST_TEXT].decode("utf-8", "replace")
