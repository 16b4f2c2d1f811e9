"""Does Java ask for each service in the realm that the Hadoop files give it?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose.clients import clients_of
from diagnose.findings.hadoop.service_realms import findings
from diagnose.flows.plan import flows
from diagnose.scene.observed import CaseObservations, scene_of
from diagnose.scene.scene import Scene
from probes.files.krb5conf import jdk, mit
from probes.files.krb5conf.profile import load
from probes.files.line_edit import edited
from tests.support.factories import REALM, a_group, a_profile, a_rule, a_udp_rule, fqdn, some_settings
from tests.support.scenes import the_case

DOMAIN = fqdn("x").partition(".")[2]
REALMS = f"[realms]\n{REALM} = {{\nkdc = kdc1\n}}\nCORP.COM = {{\nkdc = kdc2\n}}\n"


def the_scene(conf: str, principal: str = f"hdfs/_HOST@{REALM}") -> Scene:
    settings = some_settings(
        core_site={"fs.defaultFS": f"hdfs://{fqdn('master-1-1')}:8020", "hadoop.security.authentication": "kerberos"},
        hdfs_site={"dfs.namenode.kerberos.principal": principal},
    )
    case = the_case(a_group(a_rule()), krb5=a_profile(conf), settings=settings)
    return scene_of(case, flows(case), CaseObservations({}))


def conf(default: str = "CORP.COM", mapping: str = "") -> str:
    return f"[libdefaults]\ndefault_realm = {default}\n{REALMS}{mapping}"


@pytest.mark.parametrize(
    "text",
    [
        conf(REALM),
        conf(mapping=f"[domain_realm]\n.{DOMAIN} = {REALM}\n"),
        conf(mapping=f"[domain_realm]\n{DOMAIN} = {REALM}\n"),
        conf(mapping=f"[domain_realm]\n{fqdn('master-1-1')} = {REALM}\n.{DOMAIN} = CORP.COM\n"),
    ],
)
def test_a_host_in_the_right_realm_is_no_finding(text: str) -> None:
    assert not list(findings(the_scene(text)))


@pytest.mark.parametrize(
    "text",
    [
        conf(),
        conf(mapping="[domain_realm]\n.other.com = CORP.COM\n"),
        conf(REALM, f"[domain_realm]\n.{DOMAIN} = CORP.COM\n"),
        conf(REALM, f"[domain_realm]\n  {fqdn('master-1-1')} = CORP.COM\n"),
        conf(REALM, "[domain_realm]\n.com = CORP.COM\n"),
    ],
)
def test_the_edit_gives_both_families_the_realm(text: str) -> None:
    place = the_scene(text)
    (finding,) = findings(place)
    assert (finding.code, finding.confidence, finding.params["asked"]) == ("KRB-DOMAIN-REALM", "strong", "CORP.COM")
    assert len(finding.flows) == 1
    content = edited(text.encode(), finding.edits)
    by_java = jdk.realm_of_host(jdk.read("krb5.conf", content), fqdn("master-1-1"))
    by_mit = mit.realm_of_host(load([("krb5.conf", content)]), fqdn("master-1-1"))
    assert by_java is not None
    assert by_mit is not None
    assert (by_java.value, by_mit.value) == (REALM, REALM)


def test_java_gets_no_ticket_and_libkrb5_is_not_known() -> None:
    found = {(one.family, one.exchange): one for one in clients_of(the_scene(conf()))}
    assert found["jdk", "tgs"].works in ("no", "unknown")
    assert found["mit", "tgs"].works != "yes"


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ("", "Server not found in Kerberos database (7) - LOOKING_UP_SERVER"),
        (f"[domain_realm]\n.{DOMAIN} = THIRD.COM\n", None),
    ],
    ids=["its own realm", "a third realm"],
)
def test_what_java_says_is_known_only_of_the_kdc_of_its_own_realm(mapping: str, text: str | None) -> None:
    # Given clients of CORP.COM, whose KDC answers, and a service that is in another realm
    krb5 = conf(mapping=mapping).replace("kdc2", "master-1-1")
    place = the_scene(krb5)
    open_case = replace(
        place.case, security_groups=the_case(a_group(a_rule(), a_rule((88, 88)), a_udp_rule(88))).security_groups
    )
    found = clients_of(scene_of(open_case, flows(open_case), CaseObservations({})))

    java = {one.exchange: one for one in found if one.family == "jdk"}
    assert (java["as"].works, java["tgs"].works) == ("yes", "no")
    wrapped = f"GSSException: No valid credentials provided (Mechanism level: {text})"
    assert java["tgs"].message == (wrapped if text else None)


@pytest.mark.parametrize("principal", ["hdfs", "hdfs/_HOST", "hdfs@CORP.COM", "hdfs/_HOST@NOWHERE.COM"])
def test_principals_of_another_shape_are_another_finding(principal: str) -> None:
    assert not list(findings(the_scene(conf(), principal)))


def test_a_host_that_is_written_out_counts_as_written() -> None:
    (finding,) = findings(the_scene(conf(REALM, "[domain_realm]\n.b.com = CORP.COM\n"), f"hdfs/a.b.com@{REALM}"))
    assert finding.params["hosts"] == ["a.b.com"]
