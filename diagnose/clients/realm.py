"""What does each family of clients experience in one realm of one krb5.conf?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Final

from diagnose.clients.clock_skew import mit_skew_fault, with_ticket_refused
from diagnose.clients.etypes import KnownKeys, mit_fault, other_fault, with_faults
from diagnose.clients.java_readings import JavaReadings, JavaSettings
from diagnose.clients.lifetimes import mit_lifetime_fault, other_lifetime_fault
from diagnose.clients.model import (
    EXCHANGES,
    ClientSettings,
    Ending,
    Exchange,
    Family,
    KdcState,
    add_seconds,
    unknown,
)
from diagnose.clients.predict import endings
from diagnose.clients.realm_kdcs import RealmKdcs
from diagnose.flows.kerberos import BY_DNS
from diagnose.scene.java import JavaRange
from probes.files.krb5conf.mit import BOTH
from probes.frozen import frozen, replace
from probes.language import marked, tr
from probes.origin import Origin

if TYPE_CHECKING:
    from diagnose.case.model import FoundKdcs
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.discovery import DiscoveredServer
    from probes.files.krb5conf.mit import Kdc

Endings = dict[Exchange, Ending]

_BY_DNS: Final = marked("krb5.conf names no KDC of the realm, and the answer of DNS is not known here")
_WHICH_ADDRESS: Final = marked("the addresses of one name differ, and which of them it asks is not modelled")
_OWN_READING: Final = marked("how this family reads includes, repeated stanzas and odd entries is not modelled")


@frozen
class RealmClients:
    """The clients of one realm of one krb5.conf, family by family."""

    profile: Profile
    """The file, as libkrb5 reads it."""
    java: JavaReadings
    """The file, as the releases of Java read it."""
    name: str
    """The realm."""
    kdc_states: RealmKdcs
    """States of its KDCs."""
    keys: KnownKeys
    """What a login showed about keys."""
    lookup_seconds: float
    """Seconds of a look-up that no name server answers. 0 if they answer or were not asked."""
    found: FoundKdcs | None = None
    """What DNS answered for the realm. None if it was not asked, or if krb5.conf has a KDC."""
    _of_java: dict[int, Endings] = field(default_factory=dict, init=False, repr=False, compare=False)

    def mit(self) -> Endings:
        """Return the endings of libkrb5."""
        found = with_faults(self._waiting(self._mit()), lambda exchange: mit_fault(self.profile, exchange, self.keys))
        found = with_faults(found, lambda exchange: mit_lifetime_fault(self.profile, self.name, exchange))
        return with_ticket_refused(found, mit_skew_fault(self.profile))

    def _waiting(self, endings: Endings) -> Endings:
        """Add the look-ups of libkrb5 for the primary KDC, after each answer of a KDC."""
        from probes.files.krb5conf.dns_questions import mit_primary_questions

        each = len(mit_primary_questions(self.profile, self.name)) * self.lookup_seconds
        if not each:
            return endings
        why = tr("after each answer it asks name servers for the primary KDC, and none answers")
        answers: dict[Exchange, int] = {"as": ClientSettings(self.name).as_requests, "tgs": 1}
        return {
            exchange: replace(ending, seconds=add_seconds(ending.seconds, answers[exchange] * each), why=why)
            if ending.works == "yes"
            else ending
            for exchange, ending in endings.items()
        }

    def _mit(self) -> Endings:
        from diagnose.clients.mit import failed
        from probes.files.krb5conf import Krb5ValueError, mit
        from probes.files.krb5conf.dns_questions import mit_questions

        fault = mit.context_fault(self.profile)
        if fault is not None:
            why = tr("{origin} has no value that libkrb5 can use", origin=fault.origin)
            return _each(
                lambda exchange: Ending("no", 0.0, "Invalid argument while initializing Kerberos 5 library", why)
            )
        try:
            kdcs = mit.kdcs(self.profile, self.name)
            limit = mit.libdefault(self.profile, "udp_preference_limit")
            number = None if limit is None else mit.integer(limit)
        except Krb5ValueError as error:
            text, why = "Invalid argument", tr("{origin} cannot be read", origin=error.origin)
            if error.origin.key is not None and error.origin.key.endswith("udp_preference_limit"):
                text = "Invalid integer value"
            return _each(lambda exchange: failed(text, 0.0, exchange, why))
        if not kdcs and mit_questions(self.profile, self.name):
            if self.found is None or self.found.error is not None:
                return _all(unknown(tr(_BY_DNS)))
            kdcs = tuple(_entry(server, server.transports) for server in self.found.mit)
        settings = ClientSettings(self.name)
        if number is not None and number >= 0:
            settings = replace(settings, mit_udp_limit=number)
        states = [state for kdc in kdcs for state in self.kdc_states.at_each_address(kdc)]
        return endings("mit", states, settings)

    def jdk(self, java: JavaRange) -> Endings:
        """Return the endings of one range of releases of Java. Most releases read the same."""
        settings = self.java.settings(java.rules, self.name, self.keys)
        if id(settings) not in self._of_java:  # the readings keep it
            self._of_java[id(settings)] = self._jdk(settings) if isinstance(settings, JavaSettings) else settings
        return self._of_java[id(settings)]

    def _jdk(self, settings: JavaSettings) -> Endings:
        found = with_faults(self._jdk_alone(settings), lambda exchange: settings.faults[exchange])
        return with_ticket_refused(found, settings.skew)

    def _jdk_alone(self, settings: JavaSettings) -> Endings:
        """Return the endings as the states of the KDCs alone decide them."""
        from diagnose.clients.jdk import no_kdc

        entries = settings.entries
        if settings.asks_dns:
            if self.found is None or self.found.error is not None:
                return _all(unknown(tr(_BY_DNS)))
            entries = tuple(_entry(server, BOTH) for server in self.found.jdk)
        if not entries:
            return _each(no_kdc)
        return endings("jdk", tuple(map(self._jdk_kdc, entries)), ClientSettings(self.name, jdk=settings.limits))

    def _jdk_kdc(self, entry: object) -> KdcState:
        from probes.files.krb5conf.mit import Kdc

        return self.kdc_states.of(entry) if isinstance(entry, Kdc) else KdcState(str(entry), 0, "unusable", "unusable")

    def gokrb5(self) -> Endings:
        """Return the endings of gokrb5."""
        limit = self._plain_number("udp_preference_limit")
        settings = (
            ClientSettings(self.name)
            if limit is None
            else ClientSettings(self.name, gokrb5_udp_limit=min(limit, 32_700))
        )
        return self._other("gokrb5", settings)

    def heimdal(self) -> Endings:
        """Return the endings of Heimdal."""
        timeout = self._plain_number("kdc_timeout")
        return self._other(
            "heimdal", ClientSettings(self.name) if not timeout else ClientSettings(self.name, heimdal_timeout=timeout)
        )

    def _other(self, family: Family, settings: ClientSettings) -> Endings:
        """Return the endings of a family whose reading of krb5.conf is not modelled.

        If the file is plain, all families read the same servers from it. Otherwise they are
        unknown.
        """
        from probes.files.krb5conf import mit

        entries = self.kdc_states.entries
        kdcs = [entry for entry in entries if isinstance(entry, mit.Kdc) and "/" not in entry.host]
        if not entries:
            return _all(unknown(tr(_BY_DNS)))
        if len(kdcs) < len(entries) or not self._is_plain():
            return _all(unknown(tr(_OWN_READING)))
        by_address = [self.kdc_states.at_each_address(kdc) for kdc in kdcs]
        if any(state != states[0] for states in by_address for state in states):
            return _all(unknown(tr(_WHICH_ADDRESS)))
        found = endings(family, [states[0] for states in by_address], settings)
        fault = other_fault(self.profile) or other_lifetime_fault(self.profile)
        return with_faults(found, lambda _: fault)

    def _is_plain(self) -> bool:
        """Return True if every family reads the same servers from the file.

        It has no includes, its realm once, and no entry with more than a host and a port.
        """
        from probes.files.krb5conf.tree import Block, Include

        nodes = [node for tree in self.profile.trees for node in tree.nodes]
        stanzas = [
            inner
            for node in nodes
            if isinstance(node, Block) and node.name == "realms"
            for inner in node.nodes
            if isinstance(inner, Block) and inner.name == self.name
        ]
        values = [relation.value for relation in self.profile.relations("realms", self.name, "kdc")]
        plain_values = all(not set(value) & set(" \t,#;") for value in values)
        return len(stanzas) == 1 and plain_values and not any(isinstance(node, Include) for node in nodes)

    def _plain_number(self, key: str) -> int | None:
        relation = self.profile.first("libdefaults", key)
        return (
            int(relation.value)
            if relation is not None and relation.value.isascii() and relation.value.isdecimal()
            else None
        )


def _all(ending: Ending) -> Endings:
    return dict.fromkeys(EXCHANGES, ending)


def _each(make: Callable[[Exchange], Ending]) -> Endings:
    return {exchange: make(exchange) for exchange in EXCHANGES}


def _entry(server: DiscoveredServer, transports: tuple[str, ...]) -> Kdc:
    """Return a server that DNS names as the entry of a file that would name it."""
    from probes.files.krb5conf.mit import Kdc

    return Kdc(server.host, server.port, transports, Origin(BY_DNS, None))
