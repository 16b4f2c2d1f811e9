"""Which codes does the failure of a log leave, beside the files and the rules of the case?

A file excludes a fault that it would show. Rules exclude those that they would cause.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.findings.hadoop.principals import is_known_realm, known_realms
from diagnose.findings.model import Finding
from diagnose.flows.cluster import view_of
from diagnose.flows.namenodes import nameservices
from diagnose.flows.names import numeric
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from diagnose.symptoms.log import ASKS_A_KDC, Symptom
from probes.addresses import LOOPBACK, intersect, parse

DATANODE: Final = "datanode-transfer"
"""Component of the port at which a DataNode gives and takes blocks."""

HOSTNAME: Final = "DN-HOSTNAME"
"""Code of a NameNode that hands out addresses which clients cannot reach."""

EXCLUDED_BY_LAYER: Final = (("security-group", "SG-"), ("network-acl", "NACL-"), ("route", "NET-ROUTE"))
"""Layer -> beginning of the codes that it excludes where it lets the whole source through."""

NOT_READ: Final = "KRB-CONF-NOT-READ"
"""Code of a client that reads another krb5.conf."""

BETWEEN_NODES: Final = frozenset({"SG-INTRA", "SG-CTRL"})
"""Codes about connections of the cluster itself. What the resource group may reach says nothing of
them."""

SEEN_IN_KRB5_CONF: Final = frozenset(
    {
        *("KRB-NO-STANZA", "KRB-NO-DEFAULT", "KRB-CONF-SYNTAX", "KRB-INCLUDEDIR", "KRB-REALM-CASE", "KRB-ETYPE-CONF"),
        *("KDC-TIMEOUT-UNIT", "KDC-LOOPBACK", "KRB-41", "KRB-CCACHE-TYPE"),
    }
)
"""Codes that the krb5.conf of a case shows. Without a finding they are not the cause there."""

ENCRYPTION_TYPES: Final = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")
"""Settings of krb5.conf that leave a KDC fewer types to choose from."""

SEEN_IN_HADOOP_FILES: Final = frozenset({"KRB-SVC-UNSET", "SVC-UNSET", "HA-NAMESERVICE", "SVC-STANDBY"})
"""Codes that core-site.xml and hdfs-site.xml show."""


def remaining(
    symptom: Symptom, outcomes: tuple[Outcome, ...], scene: Scene, findings: Iterable[Finding]
) -> tuple[str, ...]:
    """Return the candidates that the files of the case do not exclude. All, if none were left.

    outcomes: flows to the endpoint that the failure names. Empty if it names none of the case.
    """
    gone = _excluded_by_files(symptom, scene, findings)
    flows = outcomes or _possible_flows(symptom, scene)
    is_ours = outside_client(symptom, scene) is None
    beginnings = tuple(code for layer, code in EXCLUDED_BY_LAYER if is_ours and flows and _lets_through(flows, layer))
    codes = symptom.candidates
    left = tuple(
        code for code in codes if code not in gone and (code in BETWEEN_NODES or not code.startswith(beginnings))
    )
    left = _by_datanode(symptom, scene, _by_realm(symptom, scene, left or codes))
    if not outcomes and asks_another_kdc(symptom, scene):
        return (NOT_READ, *(code for code in left if code != NOT_READ))
    return left


def asks_another_kdc(symptom: Symptom, scene: Scene) -> bool:
    """Return True if a client asked a KDC that the krb5.conf of the case does not name.

    Then it reads another file. An address is no such sign while the file has names of which the
    address is not known, and neither is a name in a realm whose KDC is left to DNS.
    """
    profile = scene.case.krb5
    if profile is None or symptom.topic not in ASKS_A_KDC or symptom.target is None or profile.missing:
        return False
    from probes.files.krb5conf import mit

    named: set[str] = set()
    for realm in dict.fromkeys((*profile.subsections("realms"), *known_realms(view_of(scene.case)))):
        hosts = {
            entry.host.lower().rstrip(".") for entry in mit.kdc_entries(profile, realm) if isinstance(entry, mit.Kdc)
        }
        if not hosts:
            return False
        named |= hosts
    if symptom.host is None:
        return bool(named) and all(numeric(host) is not None for host in named) and symptom.address not in named
    asked = symptom.host.lower().rstrip(".")
    return bool(named) and not any(asked == host or asked.split(".", 1)[0] == host.split(".", 1)[0] for host in named)


def outside_client(symptom: Symptom, scene: Scene) -> str | None:
    """Return the client's address if it is in none of the networks that the case is about.

    What the rules let through from these says nothing of it. None if the log does not tell, or if
    the client knows itself by a loopback address.
    """
    if symptom.client is None or not scene.model.sources:
        return None
    try:
        own = (parse(symptom.client),)
    except ValueError:
        return None
    known = (*(source.ranges for source in scene.model.sources), LOOPBACK)
    return None if any(intersect(ranges, own) for ranges in known) else symptom.client


def _excluded_by_files(symptom: Symptom, scene: Scene, findings: Iterable[Finding]) -> set[str]:
    """Return the codes that the files of the case exclude.

    A client that looks up a nameservice of the files does not read these files.
    """
    gone = _excluded_by_krb5_conf(symptom, scene)
    if {"core-site.xml", "hdfs-site.xml"} & scene.case.settings.keys():
        gone |= SEEN_IN_HADOOP_FILES
    if "core-site.xml" in scene.case.settings:
        gone.add("KRB-CLIENT-SIMPLE")
    gone -= {finding.code for finding in findings}
    if symptom.topic == "name" and symptom.host:
        if symptom.host in nameservices(view_of(scene.case)):
            gone = gone - {"HA-NAMESERVICE"} | {"DNS-CLUSTER-NAME", "DNS-NX-KDC"}
        elif symptom.host not in {outcome.flow.endpoint.host.split(".", 1)[0] for outcome in scene.outcomes}:
            gone.discard("HA-NAMESERVICE")
    return gone


def _possible_flows(symptom: Symptom, scene: Scene) -> tuple[Outcome, ...]:
    """Return the flows of which one failed, if the failure names no endpoint of the case.

    A failure at a DataNode that is not named may be at each of them, and so for KDCs.
    """
    flows: tuple[Outcome, ...] = ()
    if symptom.topic == "datanode" and not _dialled(symptom):
        flows = tuple(outcome for outcome in scene.outcomes if outcome.flow.component == DATANODE)
    if not flows and any(code.startswith("SG-KDC-") for code in symptom.candidates):
        flows = tuple(outcome for outcome in scene.outcomes if outcome.flow.area == "kerberos")
    return flows


def _excluded_by_krb5_conf(symptom: Symptom, scene: Scene) -> set[str]:
    """Return the codes that the krb5.conf of the case excludes, where it has no finding of them.

    It shows nothing of a realm that it does not have. Which of its encryption types the KDC has, it
    does not show either.
    """
    profile = scene.case.krb5
    if profile is None:
        return set()
    gone = set(SEEN_IN_KRB5_CONF)
    realm = _realm(symptom)
    if realm and not is_known_realm(view_of(scene.case), realm):
        gone -= {"KRB-REALM-CASE", "KRB-NO-STANZA"}
    if any(profile.first("libdefaults", key) is not None for key in ENCRYPTION_TYPES):
        gone.discard("KRB-ETYPE-CONF")
    return gone


def _by_realm(symptom: Symptom, scene: Scene, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes with KRB-REALM-CASE first if the log has a realm of krb5.conf in other case.

    Return them without it if the realm is another one.
    """
    code, realm, known = "KRB-REALM-CASE", _realm(symptom), known_realms(view_of(scene.case))
    if code not in codes or not realm or not known or realm in known:
        return codes
    others = tuple(each for each in codes if each != code)
    return (code, *others) if realm.upper() in {each.upper() for each in known} else others or codes


def _realm(symptom: Symptom) -> str:
    """Return the realm that a failure is about. "" if the log does not tell."""
    return symptom.realm or (symptom.principal or "").rpartition("@")[2]


def _by_datanode(symptom: Symptom, scene: Scene, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes with DN-HOSTNAME first if no DataNode has the address that was dialled.

    Then the NameNode hands out addresses of another network. It is last if a DataNode has it.
    """
    known = {o.flow.endpoint.address for o in scene.outcomes if o.flow.component == DATANODE}
    dialled = _dialled(symptom)
    if not known or not dialled or HOSTNAME not in codes:
        return codes
    others = tuple(code for code in codes if code != HOSTNAME)
    return (*others, HOSTNAME) if dialled & known else (HOSTNAME, *others)


def _dialled(symptom: Symptom) -> set[str]:
    """Return the addresses that a client dialled, as its log names them."""
    named = [symptom.address, *(address for address, _ in symptom.datanodes)]
    return {address for address in named if address is not None}


def _lets_through(flows: Iterable[Outcome], layer: str) -> bool:
    """Return True if a layer was evaluated for each flow, and lets its whole source through.

    Security groups are evaluated only if those of the target are known.
    """
    for outcome in flows:
        if layer == "security-group" and outcome.decision("ingress") is None:
            return False
        verdicts = [decision.verdict for decision in outcome.decisions if decision.layer == layer]
        if not verdicts or any(verdict != "allowed" for verdict in verdicts):
            return False
    return True
