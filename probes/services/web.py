"""Which service of a cluster does a web server say that it is, does it want a login, and does it
serve?

Each service has one harmless GET whose answer it alone gives. The module of the service reads it.
A server that wants Kerberos (SPNEGO) answers 401 and does not say which service it is.

A server of TLS is found without being told: it closes a plain connection, or answers it with a TLS
alert or with a page that names HTTPS. Then it is asked again inside TLS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen, replace
from probes.observation import Observation
from probes.services.http import HttpReply, request
from probes.vantage import Vantage

MOST = 64 * 1024
"""Bytes of an answer's body that are read. Each answer that is asked for is shorter."""

_LONGEST_TEXT = 200
_HADOOP_COOKIE = "hadoop.auth"
_SHOWN = ("status", "phrase", "server", "location", "authenticate", "tls", "text")
"""Parts of an HTTP answer that tell who answered, if it was not the asked service."""

Login = Literal["none", "kerberos", "password", "user-name", "unknown"]
"""What a client needs for the page that was asked for.

- none: it was shown without a login.
- kerberos: a ticket, by SPNEGO.
- password: a user name and its password.
- user-name: a name that nobody checks (`user.name=`), as Hadoop wants without Kerberos.
- unknown: something else.
"""


class WebServiceError(ProbesError):
    """The answer is not one of the asked service. Each service has its own kind."""


@frozen
class Identity:
    """What a service says of itself."""

    version: str | None = None
    """Its version. None if it does not say."""
    state: str | None = None
    """Its state in its own word, in lower case, such as "active" or "starting". None if it has
    none."""
    serves: bool = True
    """False if clients get nothing there now: a standby, a server that starts or shuts down."""
    demands: Login = "none"
    """What a client needs for the page."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else it says, by the name of the fact."""


@frozen
class WebService:
    """A service that one GET makes known."""

    name: str
    """Its name in questions, such as "resourcemanager"."""
    path: str
    """Path and query that are asked for."""
    read: Callable[[HttpReply], Identity]
    """Read the answer. WebServiceError if it is not one of this service."""
    source: str
    """Page or file that documents the answer."""
    is_hadoop: bool = True
    """True if the login filter of Hadoop may stand before the page."""


async def identify(
    service: WebService, endpoint: Endpoint, vantage: Vantage, *, secure: bool | None = None, fallback: bool = False
) -> tuple[Observation, Identity | None]:
    """Send the GET of this service.

    * The service itself: open/service-reply with version, state, serves and demands in `detail`.
    * A server that wants Kerberos first: the same with "identified" False. No identity.
    * Another answer: open/syn-ack with what came instead, protocol "http" if it was HTTP.
    * Not connected: as in `probes.network.tcp`.

    `secure`: ask inside TLS or not. None to find out, which may take a second connection.
    `fallback`: if nothing in HTTP came, ask the other way as well. An answer counts there only if
    it is the service's own; `detail["transport"]` tells which way it came.
    """
    seen, reply = await _get(service, endpoint, vantage, secure=bool(secure))
    if fallback and secure is not None and reply is None and _wants_other(seen):
        other, answer = await _get(service, endpoint, vantage, secure=not secure)
        found, identity = _judged(service, other, answer)
        return (seen, None) if identity is None else (found, identity)
    if secure is None and _wants_tls(seen, reply):
        inside, answer = await _get(service, endpoint, vantage, secure=True)
        if answer is not None or _speaks_tls(seen) or _speaks_tls(inside):
            seen, reply = inside, answer
    return _judged(service, seen, reply)


def _judged(service: WebService, seen: Observation, reply: HttpReply | None) -> tuple[Observation, Identity | None]:
    if reply is None:
        return seen, None
    try:
        identity = service.read(reply)
    except WebServiceError:
        return _unidentified(service, seen, reply), None
    return replace(seen, detail=_common(service, seen) | describe(identity)), identity


def describe(identity: Identity) -> dict[str, object]:
    """Return the identity as plain JSON values."""
    return {
        "identified": True,
        "demands": identity.demands,
        "version": identity.version,
        "state": identity.state,
        "serves": identity.serves,
        "facts": dict(identity.facts),
    }


def document(reply: HttpReply, error: type[WebServiceError]) -> Mapping[str, object]:
    """Return the JSON object of a body. Raises `error` for anything else."""
    import msgspec  # only a service that answers in JSON pays for it

    try:
        value = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, RecursionError) as wrong:
        raise error(f"no JSON: {wrong}") from wrong
    if not isinstance(value, dict):
        raise error("no JSON object")
    return value


def part(value: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the object below this key. Empty if there is none."""
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def word(value: Mapping[str, object], key: str) -> str | None:
    """Return the beginning of the text below this key. None if there is none."""
    found = value.get(key)
    return found[:_LONGEST_TEXT] if isinstance(found, str) and found else None


def words(value: Mapping[str, object], keys: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that are there. `keys`: name of the fact -> key."""
    found = {name: word(value, key) for name, key in keys.items()}
    return {name: text for name, text in found.items() if text is not None}


def remote_exception(reply: HttpReply, error: type[WebServiceError]) -> tuple[str, str]:
    """Return class and message of the exception that a REST service of Hadoop answers with.

    Raises `error` if there is none. Source: HttpExceptionUtils of hadoop-common.
    """
    exception = part(document(reply, error), "RemoteException")
    name = word(exception, "exception")
    if name is None:
        raise error("no RemoteException")
    return name, word(exception, "message") or ""


def is_hadoop_login(reply: HttpReply) -> bool:
    """Return True if the login filter of Hadoop refused: it always takes its cookie back."""
    return reply.status == 401 and f"{_HADOOP_COOKIE}=" in reply.headers.get("set-cookie", "")


async def _get(
    service: WebService, endpoint: Endpoint, vantage: Vantage, *, secure: bool
) -> tuple[Observation, HttpReply | None]:
    return await request(endpoint, vantage, target=service.path, secure=secure, accept="application/json", body=MOST)


def _wants_tls(seen: Observation, reply: HttpReply | None) -> bool:
    if reply is not None:
        return reply.status == 400 and "https" in reply.text.lower()
    detail = seen.detail
    closed = detail.get("ended") == "closed" and not detail.get("received")
    return seen.state == "open" and (closed or detail.get("protocol") == "tls")


def _wants_other(seen: Observation) -> bool:
    """Return True if a connection ended without an answer, or with an alert of TLS."""
    detail = seen.detail
    ended = detail.get("ended") in ("closed", "tls-failed") and not detail.get("received")
    return seen.state == "open" and (ended or detail.get("protocol") == "tls")


def _speaks_tls(seen: Observation) -> bool:
    return seen.detail.get("protocol") == "tls" or "tls" in seen.detail


def _unidentified(service: WebService, seen: Observation, reply: HttpReply) -> Observation:
    """Return the observation of an answer that the service alone does not give."""
    if reply.status == 401 and reply.has_spnego:
        hadoop = {"family": "hadoop"} if service.is_hadoop and is_hadoop_login(reply) else {}
        login: dict[str, object] = {"identified": False, "demands": "kerberos", "serves": True}
        return replace(seen, detail=_common(service, seen) | login | hadoop)
    shown = {key: seen.detail[key] for key in _SHOWN if seen.detail.get(key) is not None}
    return replace(seen, reason="syn-ack", detail={"ended": "whole", "protocol": "http", "asked": service.name} | shown)


def _common(service: WebService, seen: Observation) -> dict[str, object]:
    """Return what is known of every HTTP answer, for the detail of an asked service."""
    tls = seen.detail.get("tls")
    detail: dict[str, object] = {
        "service": service.name,
        "transport": "http" if tls is None else "https",
        "status": seen.detail.get("status"),
        "server": seen.detail.get("server"),
        "location": seen.detail.get("location"),
    }
    return detail if tls is None else detail | {"tls": tls}
