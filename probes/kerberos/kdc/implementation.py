"""Which implementation is this KDC, as far as its answers show?

* MIT: 61 for an impossible length, or its fixed texts in e-text (a table in its source, not
  translated).
* Heimdal: its own text beside PREAUTH_REQUIRED; or a 6 without text, and a connection that it
  closes without an answer after plain text on the port.
* Active Directory: 68 for a foreign realm, which no other implementation checks.
* Anything else, and anything that two of them could have sent, is `unknown`: Kerby, FreeIPA's MIT
  with other texts, proxies.
"""

from __future__ import annotations

from typing import Literal

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.kerberos.kdc.ask import KdcReply, ask, send_tcp
from probes.kerberos.kdc.realm import MIT_UNKNOWN, TOO_LONG, UNKNOWN, WRONG_REALM, own_realm
from probes.kerberos.message import KrbError
from probes.language import tr
from probes.vantage import Vantage

Name = Literal["mit", "heimdal", "active-directory", "unknown"]

MIT_WORDS = frozenset(
    {
        MIT_UNKNOWN,
        "CLIENT LOCKED OUT",
        "NEEDED_PREAUTH",
        "SERVER_NOT_FOUND",
        "SERVICE LOCKED OUT",
        "CLIENT KEY EXPIRED",
        "CLIENT EXPIRED",
        "BAD_ENCRYPTION_TYPE",
    }
)
HEIMDAL_WORDS = "Need to use PA-ENC-TIMESTAMP"
PLAIN_TEXT = b"GET / HTTP/1.0\r\n\r\n"
"""Heimdal serves HTTP on its port only if configured to.
By default it closes the connection without an answer. MIT reads this text as a length."""


@frozen
class Implementation:
    """Which implementation a KDC is."""

    name: Name
    """ "unknown" if the answers do not decide it."""
    why: str
    """A clause that names the deciding answer."""


async def implementation(endpoint: Endpoint, realm: str, vantage: Vantage) -> Implementation:
    """Ask for K/M@realm. Over TCP, if that does not decide, send an impossible length and a line of
    plain text, each on a connection of its own."""
    answer = await ask(endpoint, realm, vantage)
    by_words = implementation_of(answer)
    if by_words.name != "unknown" or endpoint.transport == "udp" or answer.error is None:
        return by_words
    own = await own_realm(endpoint, vantage)
    if own.realm is not None:
        return Implementation("mit", tr("it names its realm after an impossible length"))
    text = await send_tcp(endpoint, lambda: PLAIN_TEXT, vantage)
    hung_up = text.observation.detail.get("kerberos") == "closed" and text.observation.detail.get("received") == 0
    if answer.error.code == UNKNOWN and answer.error.e_text is None and hung_up:
        return Implementation(
            "heimdal", tr("it answers 6 without text for K/M, and closes the connection after plain text")
        )
    return by_words


def implementation_of(answer: KdcReply) -> Implementation:
    """Return what one answer alone shows."""
    error = answer.error
    if error is None:
        return Implementation("unknown", tr("no KRB-ERROR came ({reason})", reason=answer.observation.reason))
    return _by_words(error) or Implementation("unknown", tr("{error} without a text of its own", error=error.name))


def _by_words(error: KrbError) -> Implementation | None:
    if error.e_text in MIT_WORDS:
        return Implementation("mit", tr("its e-text is {text}", text=error.e_text))
    if error.e_text is not None and error.e_text.startswith(HEIMDAL_WORDS):
        return Implementation("heimdal", tr("its e-text begins with {text!r}", text=HEIMDAL_WORDS))
    if error.code == TOO_LONG:
        return Implementation("mit", tr("it answers 61 to a length"))
    if error.code == WRONG_REALM and error.e_text is None:
        return Implementation("active-directory", tr("it answers 68 for a realm that is not its own"))
    return None
