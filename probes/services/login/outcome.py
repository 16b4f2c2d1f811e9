"""What can a login at a service result in?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from probes.endpoint import Endpoint
from probes.errors import ProbesError
from probes.frozen import frozen, replace
from probes.kerberos.login.context import Context, ContextError, ServiceTicket
from probes.kerberos.login.crypto import CryptoError
from probes.kerberos.login.sasl import Protection, SaslLogin
from probes.network.exchange import Dialogue, converse
from probes.observation import Observation
from probes.principal import Principal
from probes.regex import regex
from probes.vantage import Vantage

_TOKEN = regex(r"[A-Za-z0-9+/=]{64,}")
"""Base64 or hex as long as a token: some servers show in their words what they were sent."""

LONGEST_TEXT = 300
"""Characters of a service's text that are kept."""

LoginResult = Literal[
    "accepted",  # the login went to its end
    "proven",  # the service proved its key, and the rest was not made
    "refused",  # the service said no
    "other-key",  # what answered does not have the key of the service
    "ended",  # the connection ended, or nothing came in time
    "not-kerberos",  # the service wants no Kerberos, or is another one
    "not-connected",
]


class RefusedError(ProbesError):
    """The service refuses the login, in its own words, without any token in them."""

    def __init__(self, text: str) -> None:
        self.text = _without_tokens(text)
        super().__init__(self.text)


class OtherServiceError(ProbesError):
    """What came is no step of this login."""


@frozen
class ServiceLogin:
    """One login at one service."""

    service: Principal
    """Whom the ticket is for."""
    result: LoginResult
    """How it ended."""
    is_proven: bool = False
    """True if the service proved that it has the key which the KDC has for it."""
    offered: tuple[Protection, ...] = ()
    """Protections of messages that it offers, the weakest first. Empty if it named none."""
    code: int | None = None
    """Kerberos error in the service's answer. None if it sent none."""
    text: str | None = None
    """What the service said when it refused, or how the connection ended. None if it accepted."""

    def detail(self) -> dict[str, object]:
        """Return plain values. No key and no token is among them."""
        return {
            "service": str(self.service),
            "result": self.result,
            "proven": self.is_proven,
            "offered": list(self.offered),
            "code": self.code,
            "text": self.text,
        }


Talk = Callable[[SaslLogin], Dialogue]
"""Leads one login to its end. It raises RefusedError, OtherServiceError or ContextError."""


async def made(
    endpoint: Endpoint,
    ticket: ServiceTicket,
    vantage: Vantage,
    talk: Talk,
    *,
    at_end: Callable[[SaslLogin, bytes], None] | None = None,
) -> tuple[Observation, ServiceLogin]:
    """Make one login on one connection, in at most two patiences.

    at_end: reads the bytes of a reply that the end of the connection ended. None if no reply may
    end so.
    """
    sasl = SaslLogin(Context(ticket, vantage.now()))
    failures: list[ServiceLogin] = []
    with_failures = partial(_led, talk, sasl, failures)
    seen, replies = await converse(endpoint, with_failures(), vantage)
    if not replies and seen.state != "open":
        return seen, ServiceLogin(ticket.service, "not-connected")
    last = replies[-1] if replies else None
    if last is not None and last.ended == "closed" and last.data and at_end is not None:
        for _ in _led(partial(_read, at_end, last.data), sasl, failures):
            pass
    elif last is None or last.ended != "whole":
        why = None if last is None else last.errno or last.ended
        failures.append(ServiceLogin(ticket.service, "ended", text=why))
    result = failures[0] if failures else ServiceLogin(ticket.service, "accepted")
    return seen, replace(result, is_proven=sasl.is_proven, offered=sasl.offered)


def _led(talk: Talk, sasl: SaslLogin, failures: list[ServiceLogin]) -> Dialogue:
    """Lead a login, and keep the failure that ends it."""
    service = sasl.context.ticket.service
    try:
        yield from talk(sasl)
    except RefusedError as error:
        failures.append(ServiceLogin(service, "refused", text=error.text))
    except OtherServiceError as error:
        failures.append(ServiceLogin(service, "not-kerberos", text=str(error)))
    except ContextError as error:
        failures.append(_of_context(service, error, is_proven=sasl.is_proven))
    except CryptoError as error:
        failures.append(ServiceLogin(service, "ended", text=str(error)))


def _read(read: Callable[[SaslLogin, bytes], None], data: bytes, sasl: SaslLogin) -> Dialogue:
    read(sasl, data)
    yield from ()


def _without_tokens(text: str) -> str:
    """Return the beginning of a service's text, on one line and without any token in it."""
    return _TOKEN.sub("***", " ".join(text.split()))[:LONGEST_TEXT]


def _of_context(service: Principal, error: ContextError, *, is_proven: bool) -> ServiceLogin:
    if error.error is not None:
        said = error.error.e_text
        return ServiceLogin(service, "refused", code=error.error.code, text=said and _without_tokens(said))
    return ServiceLogin(service, "proven" if is_proven else "other-key", text=str(error))
