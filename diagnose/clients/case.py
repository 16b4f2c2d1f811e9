"""What will the clients of a case experience?

Each family has its own list of KDCs and limits, from its own reading of krb5.conf. The states of
the KDCs come from the scene.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from diagnose.case.derived import once
from diagnose.clients import proven as proven_faults
from diagnose.clients.etypes import KnownKeys
from diagnose.clients.java_readings import java_readings, jdk_reading, not_started
from diagnose.clients.model import EXCHANGES, FAMILIES, Ending, Family, Prediction, prediction, unknown
from diagnose.clients.names import ticket_faults
from diagnose.clients.realm import Endings, RealmClients
from diagnose.clients.realm_kdcs import RealmKdcs
from diagnose.clients.service_settings import other_realm, refusals
from diagnose.findings.hadoop.states import stopped_flows
from diagnose.findings.kerberos.kdc_answers import allowed_skew
from diagnose.findings.names import hosts_file
from diagnose.flows.authority import is_this_machine
from diagnose.flows.hosts import kerberized
from diagnose.scene import name_notes
from diagnose.scene.java import JavaRange, names_of, possible
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.addresses import LOOPBACK, intersect
from probes.frozen import replace
from probes.language import marked, tr

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile

_NO_FILE: Final = marked("krb5.conf is not in the case, or cannot be read")
_NO_REALM: Final = marked("krb5.conf names no default realm, and whether the client is told one is not known")


def clients_of(scene: Scene) -> tuple[Prediction, ...]:
    """Return the predictions for the default realm, else for the first realm that a flow asks for.

    () if there is no realm. Nothing in a file makes it raise.
    """
    flows = [outcome for outcome in scene.outcomes if outcome.flow.area == "kerberos"]
    profile = scene.case.krb5
    realm = _realm(scene)
    if profile is None or realm is None:
        if flows:
            return _alike(dict.fromkeys(FAMILIES, unknown(tr(_NO_FILE))))
        return _without_realm(profile) if profile is not None and kerberized(scene.case) else ()
    states = RealmKdcs(profile, realm, flows, allowed_skew(scene), _misled(scene, flows))
    found = scene.case.found_kdcs.get(realm)
    wait = name_notes.failed_lookup_seconds(scene) or 0.0
    java = java_readings(scene.case)
    assert java is not None
    clients = RealmClients(profile, java, realm, states, KnownKeys.of(scene.proof), wait, found)
    faults = _ticket_faults(scene) if scene.live else _faults_of_files(scene)
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
    return _alike(endings if may_ask_dns else {**endings, "jdk": not_started()})


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


def _clients(clients: RealmClients, javas: tuple[JavaRange, ...]) -> Iterator[tuple[Family, str | None, Endings]]:
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


def _with_faults(endings: Endings, login: Ending | None, ticket: Ending | None) -> Endings:
    """Replace what the KDCs would give by what a login showed, and by what a wrong name does."""
    as_ending, tgs_ending = endings["as"], endings["tgs"]
    if login is not None and as_ending.works != "no":
        as_ending = replace(login, seconds=as_ending.seconds)
    if ticket is not None and tgs_ending.works == "yes":
        tgs_ending = ticket if ticket.works == "unknown" else replace(ticket, seconds=tgs_ending.seconds)
    return {"as": as_ending, "tgs": tgs_ending}


def _realm(scene: Scene) -> str | None:
    if scene.case.krb5 is None:
        return None
    from probes.files.krb5conf import mit  # only for cases with Kerberos

    named = mit.default_realm(scene.case.krb5)
    if named is not None and named.value:
        return named.value
    realms = (outcome.flow.realm for outcome in scene.outcomes if outcome.flow.area == "kerberos")
    return next((realm for realm in realms if realm), None)


def _ticket_faults(scene: Scene) -> Mapping[Family, Ending]:
    """Return how a service ticket of a family ends at a wrong name, realm or principal."""
    realm, proven = _realm(scene), proven_faults.ticket_faults(scene.proof)
    assert realm is not None
    return {**ticket_faults(scene, realm), **proven, **other_realm(scene, realm, proven), **refusals(scene)}


@once
def _faults_of_files(scene: Scene) -> Mapping[Family, Ending]:
    """Return the same if no packet was sent: then it follows from the files and the flows."""
    return _ticket_faults(scene)
