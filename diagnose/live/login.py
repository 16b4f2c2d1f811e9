"""Does a login work with the keytab that the user gave?

Nothing is guessed: without `--keytab` there is no credential. Requests made with its keys go to the
KDC of the case and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from diagnose.case.model import Case
from diagnose.live.observe import LiveSettings
from diagnose.live.service_logins import service_logins
from diagnose.live.service_principals import services
from diagnose.scene.permitted_types import permitted_types
from diagnose.scene.proof import Credentials, Proof
from probes.files.krb5conf.mit import default_realm
from probes.frozen import frozen
from probes.kerberos.keytab import Keytab
from probes.language import tr
from probes.principal import Principal

if TYPE_CHECKING:
    from diagnose.scene.scene import Scene
    from probes.endpoint import Endpoint
    from probes.kerberos.kinit import SecondOpinion
    from probes.observation import Observation

_LOG = logging.getLogger(__name__)

SECOND_OPINION_SECONDS = 8.0
MOST_REFUSED = 2
"""Services that kvno is asked for, if the KDC refused them."""


@frozen
class LoginsMade:
    """What came of the logins at the services."""

    notes: Mapping[str, Observation] = field(default_factory=dict)
    """Flow id -> note of its login."""
    left_out: int = 0
    """Services that were not asked, because our bounds were reached."""


def chosen(keytab: Keytab, path: Path, wanted: str | None, case: Case, *, authenticate: bool = False) -> Credentials:
    """Return who logs in. ValueError if the keytab has no entry.

    wanted: the principal, in the default realm if it names no realm. None for the first of the
    keytab.
    authenticate: log in at the services as well.
    """
    realm = default_realm(case.krb5) if case.krb5 is not None else None
    if wanted is not None:
        principal = Principal.parse(wanted, realm.value if realm is not None else "")
        return Credentials(keytab, path, principal, authenticate)
    if not keytab.principals:
        raise ValueError(tr("{path} has no entry", path=path))
    return Credentials(keytab, path, keytab.principals[0], authenticate)


def prove(scene: Scene, credentials: Credentials, settings: LiveSettings) -> tuple[Proof, LoginsMade]:
    """Check the keytab offline, then log in at a KDC that answered and ask for a ticket of each
    service.

    With `credentials.authenticate`, log in at the services too. Return the proof, and what came of
    these logins.
    """
    import asyncio

    from probes.kerberos.kdc.principal import enctypes
    from probes.kerberos.login import login, offline

    permitted = permitted_types(scene.case).types
    known = offline(credentials.keytab, credentials.principal, permitted=permitted)
    realm = credentials.principal.realm
    by_realm: dict[str, list[Endpoint]] = {}
    for o in scene.outcomes:
        if o.flow.area == "kerberos" and o.observed is not None and o.observed.reason == "kerberos-reply":
            by_realm.setdefault(o.flow.realm or "", []).append(o.flow.endpoint)
    endpoints = by_realm.pop(realm, [])
    if not endpoints:
        return Proof(known), LoginsMade()
    logins = service_logins(scene, credentials.principal, settings.vantage)
    asked = services(scene.case, [o.flow for o in scene.outcomes], realm)
    came = asyncio.run(
        login(
            endpoints,
            credentials.principal,
            credentials.keytab,
            asked,
            vantage=settings.vantage,
            clock=settings.vantage.now,
            permitted=permitted,
            other_realms=by_realm,
            use=logins.use if credentials.authenticate else None,
        )
    )
    made = LoginsMade(logins.notes, logins.left_out(asked))
    _LOG.info("logged in as %s, %d services asked for: %s", credentials.principal, len(asked), came.cause)
    if came.cause == "ok":
        return Proof(known, came), made
    keys = None
    if came.cause in ("missing-enctype", "stale-key"):
        asked_keys = enctypes(
            endpoints[0],
            realm,
            credentials.principal.parts,
            settings.vantage,
            keytab_given=True,
        )
        keys = asyncio.run(asked_keys)
    refused = [step.target for step in came.steps if step.stage == "tgs" and step.cause != "ok"]
    second = _second_opinion(scene.case, credentials, refused[:MOST_REFUSED])
    return Proof(known, came, keys, second), made


def _second_opinion(case: Case, credentials: Credentials, services: Sequence[Principal]) -> SecondOpinion:
    """Run kinit, and kvno for these services, with a copy of the case's krb5.conf.

    A copy is needed because the case may be an archive.
    """
    import asyncio
    import tempfile

    from probes.kerberos.kinit import second_opinion

    tree = case.krb5.trees[0] if case.krb5 is not None and case.krb5.trees else None
    with tempfile.TemporaryDirectory(prefix="emr-diagnose-") as directory:
        file = Path(directory) / "krb5.conf"
        file.write_bytes(b"" if tree is None else b"".join(line.raw for line in tree.lines()))
        asked = second_opinion(
            credentials.path, credentials.principal, services, krb5_conf=file, seconds=SECOND_OPINION_SECONDS
        )
        return asyncio.run(asked)
