"""What did a login with the keytab of the user prove?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from probes.frozen import frozen
from probes.kerberos.keytab import Keytab
from probes.principal import Principal

if TYPE_CHECKING:
    from probes.kerberos.kdc.principal import PrincipalKeys
    from probes.kerberos.kinit import SecondOpinion
    from probes.kerberos.login import Login, Offline


@frozen
class Credentials:
    """The keytab and the principal that the user gave."""

    keytab: Keytab
    """The parsed keytab. Its keys are never shown."""
    path: Path
    """File of the keytab, for tools that read it themselves."""
    principal: Principal
    """Principal that logs in."""
    authenticate: bool = False
    """True if tickets are used to log in at the services."""


@frozen
class Proof:
    """What the keytab and a login with it proved."""

    offline: Offline
    """What the keytab alone shows."""
    login: Login | None = None
    """The login. None if nothing was sent."""
    keys: PrincipalKeys | None = None
    """Encryption types that the KDC has for the principal. None unless its keys are in question."""
    second: SecondOpinion | None = None
    """What kinit and kvno report. None if they are not installed on this machine."""
