"""What happens when this principal logs in with this keytab and asks for these services?

There is one AS exchange (`initial`), one TGS exchange for each service, and one more for each
foreign realm (`tickets`). The clock is that of the machine whose login it is, uncorrected, as in
the JVM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from probes.endpoint import Endpoint
from probes.kerberos.keytab import Keytab
from probes.kerberos.login import crypto
from probes.kerberos.login.attempt import Attempt, Clock, How, Use
from probes.kerberos.login.initial import initial
from probes.kerberos.login.offline import PERMITTED, join_numbers, offline
from probes.kerberos.login.outcome import Login
from probes.kerberos.login.tickets import service_ticket
from probes.language import tr
from probes.principal import Principal
from probes.vantage import Vantage

MOST_SERVICES = 64


async def login(
    endpoints: Sequence[Endpoint],
    principal: Principal,
    keytab: Keytab,
    services: Sequence[Principal] = (),
    *,
    vantage: Vantage,
    permitted: Sequence[int] = PERMITTED,
    other_realms: Mapping[str, Sequence[Endpoint]] | None = None,
    clock: Clock | None = None,
    use: Use | None = None,
) -> Login:
    """Log in once, ask for each service, and return all steps.

    * `endpoints`: of one KDC of the principal's realm, in order of preference.
    * `services`: at most `MOST_SERVICES`, each with its realm.
    * `permitted`: enctypes of the client's configuration.
    * `other_realms`: endpoints of a KDC for each other realm that a service is in.
    * `clock`: by default that of this machine, aware.
    * `use`: is called with each ticket for a service, and awaited before the next one is asked for.

    At most 3 + 3 * services requests are sent, each with at most one patience over UDP and two over
    TCP. Never raises because of a file or a peer. ValueError for too many services and for no
    endpoint.
    """
    if len(services) > MOST_SERVICES:
        raise ValueError(f"more than {MOST_SERVICES} services")
    how = How(vantage, clock or (lambda: datetime.now(UTC)))
    order = tuple(dict.fromkeys(permitted))
    attempt = Attempt(tuple(endpoints), principal, keytab, order, dict(other_realms or {}), how, use)
    if _keytab_fits(attempt):
        crypto.load()  # before the first packet: it would count as time of the KDC
        tgt = await initial(attempt)
        if tgt is not None:
            realms = {tgt.realm: tgt}
            for service in services:
                await service_ticket(attempt, service, realms)
    return Login(principal, tuple(attempt.steps))


def _keytab_fits(attempt: Attempt) -> bool:
    """Record whether the keytab can work. Nothing is sent if it cannot."""
    keys = offline(attempt.keytab, attempt.principal, permitted=attempt.permitted)
    has, may = join_numbers(keys.enctypes), join_numbers(attempt.permitted)
    why = {
        "no-entry": tr("the keytab has no key of this principal"),
        "missing-enctype": tr("the keytab has enctypes {has}, the configuration permits {may}", has=has, may=may),
    }.get(keys.cause, "")
    attempt.record("keytab", attempt.krbtgt, keys.cause, why, kvno=next(iter(keys.kvnos), None))
    return keys.cause == "ok"
