"""What came of a login at a service, with the keytab of the user?"""

from __future__ import annotations

from collections.abc import Iterable

from probes.frozen import frozen
from probes.observation import Observation

KEY = "service_login"
"""Key in the detail of a note: how a login at the service ended, see
`probes.services.login.ServiceLogin`."""


@frozen
class LoginSeen:
    """One login at a service, as a note keeps it."""

    client: str
    """Principal that logged in."""
    service: str
    """Principal that its ticket was for."""
    result: str
    """A `LoginResult`."""
    is_proven: bool
    """True if the service proved that it has its own key."""
    code: int | None
    """Kerberos error in its answer. None if it sent none."""
    text: str
    """What it said when it refused, or how the connection ended. "" if nothing."""

    @property
    def went_through(self) -> bool:
        """Return True if nothing refused or stopped the login, as far as it was made."""
        return self.result in ("accepted", "proven")

    @property
    def shows_the_key(self) -> bool:
        """Return True if the service's own keytab is shown to be right."""
        return self.is_proven or self.result == "accepted"


def login_seen(observations: Iterable[Observation]) -> LoginSeen | None:
    """Return the last login at the service. None if there was none that reads."""
    told = [observation.detail[KEY] for observation in observations if KEY in observation.detail]
    for detail in reversed(told):
        match detail:
            case {"client": str(client), "service": str(service), "result": str(result), **rest}:
                code, text, proven = rest.get("code"), rest.get("text"), rest.get("proven") is True
                number = code if isinstance(code, int) else None
                return LoginSeen(client, service, result, proven, number, text if isinstance(text, str) else "")
    return None
