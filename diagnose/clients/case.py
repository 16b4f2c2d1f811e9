"""What will the clients of a case experience?

Each family has its own list of KDCs and limits, from its own reading of krb5.conf. The states of
the KDCs come from the scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final

from diagnose.case.derived import once
from diagnose.clients import proven as proven_faults
from diagnose.clients.clock_skew import jdk_skew_fault, mit_skew_fault, with_ticket_refused
from diagnose.clients.etypes import KnownKeys, jdk_fault, mit_fault, other_fault, with_faults
from diagnose.clients.lifetimes import jdk_lifetime_fault, mit_lifetime_fault, other_lifetime_fault
from diagnose.clients.model import (
    EXCHANGES,
    FAMILIES,
    ClientSettings,
    Ending,
    Exchange,
    Family,
    KdcState,
    Prediction,
    State,
    add_seconds,
    prediction,
    unknown,
)
from diagnose.clients.names import NO_SERVER, ticket_faults
from diagnose.clients.predict import endings
from diagnose.clients.states import observed_state, refusal, state
from diagnose.findings.hadoop import user_names
from diagnose.findings.hadoop.login_settings import unset_principals
from diagnose.findings.hadoop.principals import wrong_principals
from diagnose.findings.hadoop.service_realms import misplaced
from diagnose.findings.hadoop.states import stopped_flows
from diagnose.findings.kerberos.kdc_answers import allowed_skew
from diagnose.findings.names import hosts_file
from diagnose.flows.authority import is_this_machine
from diagnose.flows.hosts import kerberized
from diagnose.flows.kerberos import BY_DNS
from diagnose.scene import name_notes
from diagnose.scene.java import JavaRange, names_of, possible
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import LOOPBACK, intersect
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from probes.files.krb5conf.mit import BOTH
from probes.frozen import frozen
from probes.language import marked, tr
from probes.origin import Origin

if TYPE_CHECKING:
    from diagnose.case.model import Case, FoundKdcs
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.discovery import DiscoveredServer
    from probes.files.krb5conf.jdk import JdkKdcError, Limits
    from probes.files.krb5conf.jdk_table import Reading
    from probes.files.krb5conf.mit import Kdc

Endings = dict[Exchange, Ending]

_NO_FILE: Final = marked("krb5.conf is not in the case, or cannot be read")
_NO_REALM: Final = marked("krb5.conf names no default realm, and whether the client is told one is not known")
_NOT_STARTED: Final = "java.lang.IllegalArgumentException: Can't get Kerberos realm"
"""What a Hadoop client says before any login: HadoopKerberosName.setConfiguration."""
_BY_DNS: Final = marked("krb5.conf names no KDC of the realm, and the answer of DNS is not known here")
_WHICH_ADDRESS: Final = marked("the addresses of one name differ, and which of them it asks is not modelled")
_OWN_READING: Final = marked("how this family reads includes, repeated stanzas and odd entries is not modelled")


def clients_of(scene: Scene) -> tuple[Prediction, ...]:
    """Return the predictions for the default realm, else for the first realm that a flow asks for.

    () if there is no realm. Nothing in a file makes it raise.
    """
    flows = [outcome for outcome in scene.outcomes if outcome.flow.area == "kerberos"]
    profile = scene.case.krb5
    realm = None if profile is None else _realm(profile, flows)
    if profile is None or realm is None:
        if flows:
            return _alike(dict.fromkeys(FAMILIES, unknown(tr(_NO_FILE))))
        return _without_realm(profile) if profile is not None and kerberized(scene.case) else ()
    states = _KdcStates(profile, realm, flows, allowed_skew(scene), _misled(scene, flows))
    found = scene.case.found_kdcs.get(realm)
    wait = name_notes.failed_lookup_seconds(scene) or 0.0
    java = _java_readings(scene.case)
    assert java is not None
    clients = _RealmClients(profile, java, realm, states, KnownKeys.of(scene.proof), wait, found)
    proven = proven_faults.ticket_faults(scene.proof)
    faults = {**ticket_faults(scene, realm), **proven, **_other_realm(scene, realm, proven), **_refusals(scene)}
    logins = proven_faults.login_faults(scene.proof, realm)
    return tuple(
        prediction(family, exchange, _with_faults(endings, logins.get(family), faults.get(family))[exchange], releases)
        for family, releases, endings in _clients(clients, possible(scene.case))
        for exchange in EXCHANGES
    )


def _without_realm(profile: Profile) -> tuple[Prediction, ...]:
    """Return the predictions for a krb5.conf that names no realm, on a cluster with Kerberos.

    Only Hadoop asks for the default realm before anything else, and Java may ask DNS for it. Other
    clients may be told a realm.
    """
    from probes.files.krb5conf import Krb5ConfError, jdk

    endings: dict[Family, Ending] = dict.fromkeys(FAMILIES, unknown(tr(_NO_REALM)))
    try:
        may_ask_dns = jdk.dns_lookup_realm(jdk_reading(profile))
    except (jdk.JdkRejected, jdk.JdkShapeError, Krb5ConfError):
        may_ask_dns = False
    return _alike(endings if may_ask_dns else {**endings, "jdk": _not_started()})


def _not_started() -> Ending:
    return Ending("no", 0.0, _NOT_STARTED, tr("krb5.conf names no default realm"))


def _alike(endings: Mapping[Family, Ending]) -> tuple[Prediction, ...]:
    """Return one ending a family for both exchanges."""
    return tuple(prediction(family, exchange, endings[family]) for family in FAMILIES for exchange in EXCHANGES)


def _misled(scene: Scene, flows: Sequence[Outcome]) -> frozenset[str]:
    """Return the ids of the flows to KDCs that the case contradicts, and no packet was sent to.

    - The cloud says that the KDC is down.
    - The hosts file gives its name a loopback address, or the address of another node.
    """
    hosts, stopped, found = scene.case.hosts, stopped_flows(scene), set()
    astray = hosts_file.leads_to_another_node(scene.case)
    on_loopback = any(intersect(source.ranges, LOOPBACK) for source in scene.model.sources)
    for outcome in flows:
        name = outcome.flow.endpoint.host.rstrip(".").lower()
        addresses = [entry.address for entry in hosts.all_of(name)] if hosts is not None and not on_loopback else []
        is_own = bool(addresses) and all(map(is_this_machine, addresses))
        if outcome.observed is None and (outcome.flow.id in stopped or is_own or name in astray):
            found.add(outcome.flow.id)
    return frozenset(found)


def _clients(clients: _RealmClients, javas: tuple[JavaRange, ...]) -> Iterator[tuple[Family, str | None, Endings]]:
    """Yield the endings of each family, of Java by ranges of releases that end alike."""
    yield "mit", None, clients.mit()
    groups: dict[tuple[object, ...], list[tuple[JavaRange, Endings]]] = {}
    for java in reversed(javas):
        endings = clients.jdk(java)
        alike = tuple((endings[exchange].works, endings[exchange].seconds) for exchange in EXCHANGES)
        groups.setdefault(alike, []).append((java, endings))
    for members in groups.values():
        yield "jdk", names_of(tuple(java for java, _ in reversed(members))), members[0][1]
    yield "gokrb5", None, clients.gokrb5()
    yield "heimdal", None, clients.heimdal()


def _refusals(scene: Scene) -> dict[Family, Ending]:
    """Return what happens with a principal that Hadoop's client refuses, or whose realm has no KDC.

    Hadoop's own clients are Java. What others make of the service is then not known.
    """
    wrong = next(wrong_principals(scene), None)
    unset = unset_principals(scene)
    if unset:
        said = tr("no file sets {key}", key=unset[0].key)
        message = "java.lang.IllegalArgumentException: Failed to specify server's Kerberos principal name"
        others: dict[Family, Ending] = dict.fromkeys(FAMILIES, unknown(said))
        return {**others, "jdk": Ending("no", 0.0, message, said)}
    if wrong is None:
        return _misnamed(scene)
    said = tr("{file} sets {key} to {value}", file=wrong.read.origin.file, key=wrong.key.key, value=wrong.read.value)
    endings: dict[Family, Ending] = dict.fromkeys(FAMILIES, unknown(said))
    if wrong.fault == "no-host":
        message = f"Kerberos principal name does NOT have the expected hostname part: {wrong.read.value}"
        endings["jdk"] = Ending("no", 0.0, f"java.lang.IllegalArgumentException: {message}", said)
    elif wrong.fault not in ("unknown-realm", "spelling"):
        endings["jdk"] = Ending("no", None, "Server has invalid Kerberos principal", said)
    return endings


def _misnamed(scene: Scene) -> dict[Family, Ending]:
    """Return what happens with rules of auth_to_local that give a client no user name."""
    found = next((finding for finding in user_names.findings(scene) if finding.severity == "error"), None)
    if found is None:
        return {}
    origin, principal, rest = found.params["origin"], found.params["principal"], found.params["rest"]
    assert isinstance(origin, Mapping)
    refused = "Invalid rule: " + str(rest) if rest else f"Illegal principal name {principal}: No rules applied to it"
    said = tr("no rule of {key} in {file} gives a user name", key=found.params["key"], file=origin["file"])
    return {"jdk": Ending("no", 0.0, f"java.lang.IllegalArgumentException: {refused}", said)}


def _other_realm(scene: Scene, client_realm: str, proven: Mapping[Family, Ending]) -> dict[Family, Ending]:
    """Return what happens with a service that Java asks for in another realm than its own.

    `proven`: what is known of the tickets without it.

    libkrb5 asks the KDC for a referral if no line maps the host, so its ending is not known.
    """
    from diagnose.clients.jdk import failed

    service = next(misplaced(scene), None)
    if service is None:
        return {}
    why = tr(
        "it asks for the service on {host} in {asked}, and the service is in {realm}",
        host=service.host,
        asked=service.asked,
        realm=service.realm,
    )
    endings: dict[Family, Ending] = {**dict.fromkeys(FAMILIES, unknown(why)), **proven}
    if service.asked == client_realm:
        endings["jdk"] = failed(NO_SERVER, 0.0, "tgs", why)
    else:
        endings["jdk"] = Ending("no", 0.0, None, why)
    return endings


def _with_faults(endings: Endings, login: Ending | None, ticket: Ending | None) -> Endings:
    """Replace what the KDCs would give by what a login showed, and by what a wrong name does."""
    as_ending, tgs_ending = endings["as"], endings["tgs"]
    if login is not None and as_ending.works != "no":
        as_ending = replace(login, seconds=as_ending.seconds)
    if ticket is not None and tgs_ending.works == "yes":
        tgs_ending = ticket if ticket.works == "unknown" else replace(ticket, seconds=tgs_ending.seconds)
    return {"as": as_ending, "tgs": tgs_ending}


def _all(ending: Ending) -> Endings:
    return dict.fromkeys(EXCHANGES, ending)


def _realm(profile: Profile, flows: Sequence[Outcome]) -> str | None:
    from probes.files.krb5conf import mit  # only for cases with Kerberos

    named = mit.default_realm(profile)
    if named is not None and named.value:
        return named.value
    return next((outcome.flow.realm for outcome in flows if outcome.flow.realm), None)


class _KdcStates:
    """States of the KDCs of one realm, by host and port as the file writes them."""

    def __init__(
        self, profile: Profile, realm: str, flows: Sequence[Outcome], skew: float, misled: frozenset[str]
    ) -> None:
        from probes.files.krb5conf import mit

        self._skew = skew
        self._misled = misled
        self._states: dict[tuple[str, int, tuple[str, ...]], KdcState] = {}
        self._outcomes: dict[tuple[str, int], tuple[Outcome | None, Outcome | None]] = {}
        by_end = {(o.flow.endpoint.host.lower(), o.flow.endpoint.port, o.flow.endpoint.transport): o for o in flows}
        are_by_dns = any(o.flow.origin.file == BY_DNS for o in flows)
        for host, port, _ in by_end:
            if are_by_dns:
                self._outcomes[host, port] = (by_end.get((host, port, "udp")), by_end.get((host, port, "tcp")))
        by_line = {(o.flow.origin.file, o.flow.origin.line, o.flow.endpoint.transport): o for o in flows}
        for entry in mit.kdc_entries(profile, realm):
            if not isinstance(entry, mit.Kdc):
                continue
            line = (entry.origin.file, entry.origin.line)
            udp, tcp = (by_line.get((*line, transport)) for transport in ("udp", "tcp"))
            self._outcomes[entry.host.lower(), entry.port] = (
                _if_at_port(udp, entry.port),
                _if_at_port(tcp, entry.port),
            )

    def of(self, entry: Kdc) -> KdcState:
        key = (entry.host, entry.port, entry.transports)
        if key not in self._states:
            self._states[key] = self._state(entry)
        return self._states[key]

    def _state(self, entry: Kdc) -> KdcState:
        udp, tcp = self._outcomes.get((entry.host.lower(), entry.port), (None, None))
        uses_udp, uses_tcp = "udp" in entry.transports, "tcp" in entry.transports
        if not uses_udp and not uses_tcp:
            # A proxy. Its TLS and its own way to the KDC are not known.
            return KdcState(entry.host, entry.port, None, "unknown")
        if any(outcome is not None and outcome.flow.id in self._misled for outcome in (udp, tcp)):
            return KdcState(entry.host, entry.port, "unknown" if uses_udp else None, "unknown" if uses_tcp else None)
        return KdcState(
            entry.host,
            entry.port,
            state(udp) if uses_udp else None,
            state(tcp) if uses_tcp else None,
            refuses=refusal(udp, self._skew) or refusal(tcp, self._skew),
            udp_ms=_milliseconds(udp),
            tcp_ms=_milliseconds(tcp),
        )

    def at_each_address(self, entry: Kdc) -> list[KdcState]:
        """Return one state for each address of the entry's name, in the order of the resolver.

        libkrb5 asks all of them. Java asks the first IPv4 one alone, which is the state of `of`.
        """
        own = self.of(entry)
        udp, tcp = self._outcomes.get((entry.host.lower(), entry.port), (None, None))
        addresses = next((found for o in (udp, tcp) if o is not None and (found := name_notes.addresses_of(o))), ())
        observed = next((o.observed.address for o in (udp, tcp) if o is not None and o.observed is not None), None)
        return [
            own
            if address == observed
            else replace(
                own,
                udp=None if own.udp is None else _state_at(udp, address),
                tcp=None if own.tcp is None else _state_at(tcp, address),
                refuses=None,
            )
            for address in addresses
        ] or [own]


def _state_at(outcome: Outcome | None, address: str) -> State:
    """Return the state of another address of the same name."""
    seen = None if outcome is None or not outcome.from_inside else name_notes.at_other_addresses(outcome).get(address)
    return "unknown" if outcome is None or seen is None else observed_state(seen, outcome.flow.endpoint.transport)


def _milliseconds(outcome: Outcome | None) -> float | None:
    """Return the time of a KDC's answer. None if none came to a host of the resource group."""
    observation = None if outcome is None or not outcome.from_inside else outcome.observed
    if observation is None or observation.reason != "kerberos-reply":
        return None
    return observation.rtt_ms


def _if_at_port(outcome: Outcome | None, port: int) -> Outcome | None:
    """Return the outcome if its flow goes to this port, else None.

    HAS names other ports than the ones that these clients use. Such a flow proves nothing about
    them.
    """
    return outcome if outcome is not None and outcome.flow.endpoint.port == port else None


@frozen
class _RealmClients:
    """The clients of one realm of one krb5.conf, family by family."""

    profile: Profile
    java: JavaReadings
    name: str
    kdc_states: _KdcStates
    keys: KnownKeys
    lookup_seconds: float
    """Seconds of a look-up that no name server answers. 0 if they answer or were not asked."""
    found: FoundKdcs | None = None
    """What DNS answered for the realm. None if it was not asked, or if krb5.conf has a KDC."""
    _of_java: dict[tuple[object, ...], Endings] = field(default_factory=dict, init=False, repr=False, compare=False)

    def mit(self) -> Endings:
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
        """Return the endings of one range of releases of Java."""
        from diagnose.clients.jdk import failed
        from probes.files.krb5conf import Krb5ConfError, jdk

        try:
            reading = self.java.reading(java.rules)
            if jdk.default_realm(reading) is None and not jdk.dns_lookup_realm(reading):
                return _all(_not_started())
            found = with_faults(self._jdk(reading), lambda exchange: self.java.fault(reading, exchange, self.keys))
            return with_ticket_refused(found, jdk_skew_fault(reading))
        except jdk.JdkRejected as error:
            text, why = error.message, tr("it refuses krb5.conf: {message}", message=error)
            return _each(lambda exchange: failed(text, 0.0, exchange, why))
        except (jdk.JdkShapeError, Krb5ConfError) as error:
            return _all(Ending("no", 0.0, None, str(error)))

    def _jdk(self, reading: Reading) -> Endings:
        from diagnose.clients.jdk import no_kdc
        from probes.files.krb5conf.dns_questions import jdk_questions

        entries, limits = self.java.servers(reading, self.name)
        if not entries and jdk_questions(reading, self.name):
            if self.found is None or self.found.error is not None:
                return _all(unknown(tr(_BY_DNS)))
            entries = tuple(_entry(server, BOTH) for server in self.found.jdk)
        if not entries:
            return _each(no_kdc)
        states = tuple(self._jdk_kdc(entry) for entry in entries)
        settings = ClientSettings(self.name, jdk=limits)
        if (states, settings) not in self._of_java:  # most releases read the same
            self._of_java[states, settings] = endings("jdk", states, settings)
        return self._of_java[states, settings]

    def _jdk_kdc(self, entry: object) -> KdcState:
        from probes.files.krb5conf.mit import Kdc

        return self.kdc_states.of(entry) if isinstance(entry, Kdc) else KdcState(str(entry), 0, "unusable", "unusable")

    def gokrb5(self) -> Endings:
        limit = self._plain_number("udp_preference_limit")
        settings = (
            ClientSettings(self.name)
            if limit is None
            else ClientSettings(self.name, gokrb5_udp_limit=min(limit, 32_700))
        )
        return self._other("gokrb5", settings)

    def heimdal(self) -> Endings:
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

        entries = mit.kdc_entries(self.profile, self.name)
        kdcs = [entry for entry in entries if isinstance(entry, mit.Kdc) and "/" not in entry.host]
        if not entries:
            return _all(unknown(tr(_BY_DNS)))
        if len(kdcs) < len(entries) or not self._is_plain():
            return _all(unknown(tr(_OWN_READING)))
        by_address = [self.kdc_states.at_each_address(kdc) for kdc in kdcs]
        if any(state != states[0] for states in by_address for state in states):
            return _all(unknown(tr(_WHICH_ADDRESS)))
        found = endings(family, [states[0] for states in by_address], settings)
        return with_faults(found, lambda exchange: other_fault(self.profile) or other_lifetime_fault(self.profile))

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


def _jdk_fault(reading: Reading, exchange: Exchange, keys: KnownKeys) -> Ending | None:
    """Return the first fault of the values that Java reads before it sends a request.

    A login reads its encryption types before the lifetimes, a service ticket after them.
    """
    by_types, by_lifetime = jdk_fault(reading, exchange, keys), jdk_lifetime_fault(reading, exchange)
    are_types_first = exchange == "as" and by_types is not None and by_types.works == "no"
    return by_types if are_types_first or by_lifetime is None else by_lifetime


def _entry(server: DiscoveredServer, transports: tuple[str, ...]) -> Kdc:
    """Return a server that DNS names as the entry of a file that would name it."""
    from probes.files.krb5conf.mit import Kdc

    return Kdc(server.host, server.port, transports, Origin(BY_DNS, None))


def _each(make: Callable[[Exchange], Ending]) -> Endings:
    return {exchange: make(exchange) for exchange in EXCHANGES}


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
def _java_readings(case: Case) -> JavaReadings | None:
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
