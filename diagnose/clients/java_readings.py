"""How do the releases of Java read the krb5.conf of a case? Each reading is made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.case.derived import once
from diagnose.clients.etypes import KnownKeys, jdk_fault
from diagnose.clients.lifetimes import jdk_lifetime_fault
from diagnose.clients.model import Ending, Exchange
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules

if TYPE_CHECKING:
    from diagnose.case.model import Case
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.jdk import JdkKdcError, Limits
    from probes.files.krb5conf.jdk_table import Reading
    from probes.files.krb5conf.mit import Kdc


class JavaReadings:
    """One krb5.conf as the releases of Java read it. Each reading is made once."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._readings: dict[JdkRules, Reading] = {}
        self._servers: dict[tuple[int, str], tuple[tuple[Kdc | JdkKdcError, ...], Limits]] = {}
        self._faults: dict[tuple[int, Exchange, KnownKeys], Ending | None] = {}

    def reading(self, rules: JdkRules) -> Reading:
        """Return the reading of releases with these rules. It raises as `jdk_reading` does."""
        reading = self._readings.get(rules)
        if reading is None:
            reading = self._readings[rules] = jdk_reading(self._profile, rules)
        return reading

    def servers(self, reading: Reading, realm: str) -> tuple[tuple[Kdc | JdkKdcError, ...], Limits]:
        """Return what one of these readings says of a realm: its servers, and how they are asked.

        It raises as `kdc_entries` does.
        """
        from probes.files.krb5conf import jdk

        key = (id(reading), realm)  # it is kept here
        if key not in self._servers:
            self._servers[key] = (jdk.kdc_entries(reading, realm), jdk.limits(reading, realm))
        return self._servers[key]

    def fault(self, reading: Reading, exchange: Exchange, keys: KnownKeys) -> Ending | None:
        """Return the first fault of the values of one of these readings. It raises as `jdk_fault`
        does."""
        key = (id(reading), exchange, keys)
        if key not in self._faults:
            self._faults[key] = _jdk_fault(reading, exchange, keys)
        return self._faults[key]


@once
def java_readings(case: Case) -> JavaReadings | None:
    """Return the readings of a case's krb5.conf. None if it has none that libkrb5 reads."""
    return None if case.krb5 is None else JavaReadings(case.krb5)


def jdk_reading(profile: Profile, rules: JdkRules = JDK_17) -> Reading:
    """Return the same files as the JDK reads them. `rules`: what its releases do.

    It reads the first of several.

    Raises JdkRejected and Krb5ConfError as `jdk.read` does.
    """
    from probes.files.krb5conf import jdk
    from probes.files.krb5conf.sources import sources_of

    sources = sources_of(profile)
    return jdk.read(*sources.files[0], sources, rules)


def _jdk_fault(reading: Reading, exchange: Exchange, keys: KnownKeys) -> Ending | None:
    """Return the first fault of the values that Java reads before it sends a request.

    A login reads its encryption types before the lifetimes, a service ticket after them.
    """
    by_types, by_lifetime = jdk_fault(reading, exchange, keys), jdk_lifetime_fault(reading, exchange)
    are_types_first = exchange == "as" and by_types is not None and by_types.works == "no"
    return by_types if are_types_first or by_lifetime is None else by_lifetime
