"""How do the releases of Java read the krb5.conf of a case? Each reading is made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from diagnose.case.derived import once
from diagnose.clients.clock_skew import jdk_skew_fault
from diagnose.clients.etypes import KnownKeys, jdk_fault
from diagnose.clients.lifetimes import jdk_lifetime_fault
from diagnose.clients.model import EXCHANGES, Ending, Exchange
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from probes.frozen import frozen, replace
from probes.language import tr

if TYPE_CHECKING:
    from diagnose.case.model import Case
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.jdk import JdkKdcError, Limits
    from probes.files.krb5conf.jdk_table import Reading
    from probes.files.krb5conf.mit import Kdc

_NOT_STARTED: Final = "java.lang.IllegalArgumentException: Can't get Kerberos realm"
"""What a Hadoop client says before any login: HadoopKerberosName.setConfiguration."""


@frozen
class JavaSettings:
    """What one krb5.conf means to some releases of Java that ask for tickets of one realm."""

    entries: tuple[Kdc | JdkKdcError, ...]
    """KDCs of the realm, in their order."""
    limits: Limits
    """How they are asked."""
    asks_dns: bool
    """True if there are none, and Java asks DNS for them."""
    faults: Mapping[Exchange, Ending | None]
    """How each exchange ends at a value that Java reads before it sends a request. None if no value
    ends it."""
    skew: Ending | None
    """How a request for a service ticket ends at the clockskew. None if that does not end it."""


class JavaReadings:
    """One krb5.conf as the releases of Java read it. Each reading is made once."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._known: dict[tuple[JdkRules, str, KnownKeys], JavaSettings | dict[Exchange, Ending]] = {}
        self._texts: dict[tuple[bool, bool, bool], Reading] = {}

    def settings(self, rules: JdkRules, realm: str, keys: KnownKeys) -> JavaSettings | dict[Exchange, Ending]:
        """Return what the file means to releases with these rules. Equal results are one object.

        If they refuse the file or find no realm, return how each exchange ends.
        """
        key = (rules, realm, keys)
        known = self._known.get(key)
        if known is None:
            made = _settings(self._reading, rules, realm, keys)
            known = self._known[key] = next((other for other in self._known.values() if other == made), made)
        return known

    def _reading(self, rules: JdkRules) -> Reading:
        """Return what releases with these rules read. Raises as `jdk_reading` does."""
        text = self._texts.get(rules.of_text)
        if text is None:
            text = self._texts[rules.of_text] = jdk_reading(self._profile, rules)
        return replace(text, rules=rules)


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


def not_started() -> Ending:
    """Return how a Hadoop client ends if krb5.conf names no default realm."""
    return Ending("no", 0.0, _NOT_STARTED, tr("krb5.conf names no default realm"))


def _settings(
    read: Callable[[JdkRules], Reading], rules: JdkRules, realm: str, keys: KnownKeys
) -> JavaSettings | dict[Exchange, Ending]:
    from diagnose.clients.jdk import failed
    from probes.files.krb5conf import Krb5ConfError, jdk
    from probes.files.krb5conf.dns_questions import jdk_questions

    try:
        reading = read(rules)
        if jdk.default_realm(reading) is None and not jdk.dns_lookup_realm(reading):
            return dict.fromkeys(EXCHANGES, not_started())
        entries = jdk.kdc_entries(reading, realm)
        return JavaSettings(
            entries,
            jdk.limits(reading, realm),
            not entries and bool(jdk_questions(reading, realm)),
            {exchange: _fault(reading, exchange, keys) for exchange in EXCHANGES},
            jdk_skew_fault(reading),
        )
    except jdk.JdkRejected as error:
        why = tr("it refuses krb5.conf: {message}", message=error)
        return {exchange: failed(error.message, 0.0, exchange, why) for exchange in EXCHANGES}
    except (jdk.JdkShapeError, Krb5ConfError) as error:
        return dict.fromkeys(EXCHANGES, Ending("no", 0.0, None, str(error)))


def _fault(reading: Reading, exchange: Exchange, keys: KnownKeys) -> Ending | None:
    """Return the first fault of the values that Java reads before it sends a request.

    A login reads its encryption types before the lifetimes, a service ticket after them.
    """
    by_types, by_lifetime = jdk_fault(reading, exchange, keys), jdk_lifetime_fault(reading, exchange)
    are_types_first = exchange == "as" and by_types is not None and by_types.works == "no"
    return by_types if are_types_first or by_lifetime is None else by_lifetime
