"""Whose KDC is this, where its answers tell?

MIT: 61 for an impossible length, or its fixed words in e-text (a table in its source, not translated). Heimdal: its own words beside PREAUTH_REQUIRED, or a 6 without
words and a connection that is closed without words after plain text on the port. Active Directory: 68 for a foreign realm, as it alone checks. Anything else, and
anything that two of them could have said, is `unknown`: Kerby, FreeIPA's MIT with other words, proxies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from probes.endpoint import Endpoint
from probes.kerberos.kdc.ask import Answer, ask, send_tcp
from probes.kerberos.kdc.realm import MIT_UNKNOWN, TOO_LONG, UNKNOWN, WRONG_REALM, own_realm
from probes.kerberos.message import KrbError
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
"""Heimdal serves HTTP on its port only if told to; by default it hangs up on this, silently, and MIT takes it for a length."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """why: a clause that says what told."""

    name: Name
    why: str


async def implementation(endpoint: Endpoint, realm: str, vantage: Vantage) -> Implementation:
    """K/M@realm; over TCP, while that leaves it open, an impossible length and a line of plain text, each on a connection of its own."""
    answer = await ask(endpoint, realm, vantage)
    told = of(answer)
    if told.name != "unknown" or endpoint.transport == "udp" or answer.error is None:
        return told
    own = await own_realm(endpoint, vantage)
    if own.realm is not None:
        return Implementation("mit", "it names its realm when a length is impossible")
    text = await send_tcp(endpoint, lambda: PLAIN_TEXT, vantage)
    hung_up = text.observation.detail.get("kerberos") == "closed" and text.observation.detail.get("received") == 0
    if answer.error.code == UNKNOWN and answer.error.e_text is None and hung_up:
        return Implementation("heimdal", "a plain 6 for K/M, and it hangs up on plain text without a word")
    return told


def of(answer: Answer) -> Implementation:
    """What one answer tells by itself."""
    error = answer.error
    if error is None:
        return Implementation("unknown", f"no KRB-ERROR came ({answer.observation.reason})")
    return _by_words(error) or Implementation("unknown", f"{error.name} without words of its own")


def _by_words(error: KrbError) -> Implementation | None:
    if error.e_text in MIT_WORDS:
        return Implementation("mit", f"its words are {error.e_text}")
    if error.e_text is not None and error.e_text.startswith(HEIMDAL_WORDS):
        return Implementation("heimdal", f"its words begin with {HEIMDAL_WORDS!r}")
    if error.code == TOO_LONG:
        return Implementation("mit", "it answers 61 to a length")
    if error.code == WRONG_REALM and error.e_text is None:
        return Implementation("active-directory", "it says 68 for a realm that is not its own")
    return None
