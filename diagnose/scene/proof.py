"""What did a login with the keytab of the user show?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from probes.kerberos.keytab import Keytab
from probes.principal import Principal

if TYPE_CHECKING:
    from probes.kerberos.kdc.principal import PrincipalKeys
    from probes.kerberos.kinit import SecondOpinion
    from probes.kerberos.login import Login, Offline


@dataclass(frozen=True, slots=True)
class Credentials:
    """keytab: parsed, its keys never shown; path: for tools that read it themselves; principal: who logs in."""

    keytab: Keytab
    path: Path
    principal: Principal


@dataclass(frozen=True, slots=True)
class Proof:
    """offline: what the keytab alone tells; login: None where nothing was sent; keys: enctypes the KDC has for the principal, asked where keys are in
    question; second: what kinit and kvno say, where they are on this machine."""

    offline: Offline
    login: Login | None = None
    keys: PrincipalKeys | None = None
    second: SecondOpinion | None = None
