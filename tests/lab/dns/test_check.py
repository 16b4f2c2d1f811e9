"""Each fault of a name, made for real with dnsmasq, a hosts file or a dead resolver, has its own
primary, and no look-alike stands beside it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.lab.cases import LabCase, full_name, healthy
from tests.lab.diagnosis import Diagnosis
from tests.lab.kdc import REALM
from tests.lab.netns import CLUSTER, RG
from tests.lab.scene import DOMAIN

from .conftest import LOCALHOST, RESOLV_CONF, Place
from .server import ADDRESS, NOBODY, OTHER, Zone, backward, forward

MASTER, KDC = full_name("master"), full_name("kdc")
AT = CLUSTER["master"]


def found(diagnosis: Diagnosis) -> list[tuple[str, str, str]]:
    return [(f["code"], f["severity"], f["confidence"]) for f in diagnosis.report["findings"]]


def text(diagnosis: Diagnosis) -> str:
    return json.dumps(diagnosis.report["findings"][0], ensure_ascii=False)


def edits(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    return [(edit["object"], edit["to"]) for edit in diagnosis.report["suggested_edits"]]


def with_text(old: str, new: str, *files: str) -> LabCase:
    case = healthy()
    changed = {name: content.replace(old, new) if name in files else content for name, content in case.files.items()}
    assert changed != case.files
    return replace(case, files=changed)


def without(names: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in names.items() if name != key}


def test_a_healthy_zone_is_no_finding(place: Place) -> None:
    place.names(Zone())

    diagnosis = place.check()

    assert (diagnosis.exit_code, found(diagnosis)) == (0, []), diagnosis


def test_no_reverse_record(place: Place) -> None:
    place.names(Zone(ptr=without(backward(), AT)))

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-NO-PTR", "error", "proven")], diagnosis
    assert edits(diagnosis) == [("hosts", f"{AT} {MASTER} master-1-1")]


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_reverse_record_with_another_name(place: Place, confirmed: bool) -> None:
    other = f"ip-192-168-20-11.{OTHER}"
    names = forward() | ({other: AT} if confirmed else {})
    place.names(Zone(a=names, ptr=backward() | {AT: other}))

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-PTR-OTHER", "error", "strong" if confirmed else "proven")], diagnosis
    assert other in text(diagnosis)
    assert edits(diagnosis) == [("hosts", f"{AT} {MASTER} master-1-1")]


@pytest.mark.parametrize("fault", ["no reverse record", "other reverse record"])
def test_the_suggested_hosts_line_repairs_it(place: Place, fault: str) -> None:
    back = without(backward(), AT) if fault.startswith("no") else backward() | {AT: f"x.{OTHER}"}
    place.names(Zone(ptr=back))
    (_, line) = edits(place.check())[0]

    place.names(None, hosts=f"{line}\n")
    diagnosis = place.check()

    assert (diagnosis.exit_code, found(diagnosis)) == (0, []), diagnosis


def test_the_kdc_does_not_exist(place: Place) -> None:
    place.names(Zone(a=without(forward(), KDC)))

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-NX-KDC", "error", "proven")], diagnosis
    assert f"{ADDRESS} says that there is no such name" in text(diagnosis)


def test_names_of_the_cluster_that_are_known_with_a_domain(place: Place) -> None:
    # Given files with short names, and a resource group whose search list has another domain
    place.names(Zone(), resolv_conf=f"{RESOLV_CONF}search {OTHER}\n")

    diagnosis = place.check(with_text(MASTER, "master-1-1", "core-site.xml", "hive-site.xml"))

    assert found(diagnosis)[0] == ("DNS-CLUSTER-NAME", "error", "proven"), diagnosis
    assert f"master-1-1 is known as {MASTER} ({AT})" in text(diagnosis)
    # And a hosts line would have the full name first, for the first one replaces _HOST
    assert edits(diagnosis) == [("hosts", f"{AT} {MASTER} master-1-1")]


def test_the_search_list_makes_short_names_known(place: Place) -> None:
    place.names(Zone(), resolv_conf=f"{RESOLV_CONF}search {DOMAIN}\n")

    diagnosis = place.check(with_text(MASTER, "master-1-1", "core-site.xml", "yarn-site.xml", "mapred-site.xml"))

    assert (diagnosis.exit_code, found(diagnosis)) == (0, []), diagnosis


def test_a_dead_resolver_is_named(place: Place) -> None:
    place.names(None, resolv_conf=f"nameserver {NOBODY}\noptions timeout:1 attempts:1\n")

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-TIMEOUT", "error", "proven")], diagnosis
    assert f"The name server {NOBODY} does not answer" in text(diagnosis)


def test_a_resolver_where_nothing_listens_and_one_that_refuses(place: Place) -> None:
    place.names(
        Zone(), resolv_conf=f"nameserver {CLUSTER['core-2']}\nnameserver {ADDRESS}\noptions timeout:1 attempts:1\n"
    )

    # Given a KDC in a domain for which the one server that is alive has no answer
    diagnosis = place.check(with_text(KDC, "kdc.somewhere.example", "krb5.conf"))

    assert found(diagnosis)[0][0] == "DNS-TIMEOUT", diagnosis
    assert f"{ADDRESS} refuses to answer (REFUSED)" in text(diagnosis)


def test_a_dead_server_before_a_live_one_is_a_warning(place: Place) -> None:
    place.names(Zone(), resolv_conf=f"nameserver {NOBODY}\nnameserver {ADDRESS}\noptions timeout:1 attempts:1\n")

    diagnosis = place.check()

    assert (diagnosis.exit_code, found(diagnosis)) == (0, [("DNS-TIMEOUT", "warning", "proven")]), diagnosis
    assert NOBODY in text(diagnosis)


def test_a_stale_address_is_no_firewall(place: Place) -> None:
    place.names(Zone(a=forward() | {MASTER: NOBODY}))

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-STALE-IP", "error", "proven")], diagnosis
    assert f"{MASTER} resolves to {NOBODY}" in text(diagnosis)
    assert edits(diagnosis) == [("hosts", f"{AT} {MASTER}")]


def test_a_stale_address_of_a_machine_that_refuses_is_no_dead_kdc(place: Place) -> None:
    place.names(Zone(a=forward() | {KDC: CLUSTER["core-1"]}))

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-STALE-IP", "error", "proven")], diagnosis
    assert "that is core-1-1" in text(diagnosis)


def test_an_alias_that_is_in_no_principal(place: Place) -> None:
    alias = f"hive.{OTHER}"
    place.names(Zone(cname={alias: MASTER}))

    # And a HiveServer2 that is looked for on every master, since the alias does not tell which of
    # them the metastore is on
    diagnosis = place.check(with_text(f"thrift://{MASTER}", f"thrift://{alias}", "hive-site.xml"))

    assert found(diagnosis) == [("DNS-ALIAS", "error", "proven")], diagnosis
    assert ("hadoop-conf", MASTER) in edits(diagnosis)


def test_an_alias_is_no_fault_where_the_client_takes_the_canonical_name(place: Place) -> None:
    alias = f"nn.{OTHER}"
    place.names(Zone(cname={alias: MASTER}))

    diagnosis = place.check(with_text(f"hdfs://{MASTER}", f"hdfs://{alias}", "core-site.xml"))

    assert (diagnosis.exit_code, found(diagnosis)) == (0, []), diagnosis


def test_the_short_name_first_in_the_hosts_file(place: Place) -> None:
    place.names(Zone(), hosts=f"{AT} master-1-1 {MASTER}\n")

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-CANON", "error", "strong")], diagnosis
    assert "/etc/hosts:3" in text(diagnosis)
    assert edits(diagnosis) == [("hosts", f"{AT} {MASTER} master-1-1")]


def test_an_address_in_the_url_of_the_metastore(place: Place) -> None:
    place.names(Zone())

    diagnosis = place.check(with_text(f"thrift://{MASTER}", f"thrift://{AT}", "hive-site.xml"))

    assert found(diagnosis)[0][0] == "DNS-IP-URL", diagnosis


def test_a_name_on_loopback(place: Place) -> None:
    place.names(Zone(), hosts=f"127.0.1.1 {MASTER} master-1-1\n")

    diagnosis = place.check()

    assert found(diagnosis) == [("DNS-LOOPBACK", "error", "proven")], diagnosis
    assert "/etc/hosts:3" in text(diagnosis)


def test_the_own_name_is_a_warning_and_nothing_else(place: Place) -> None:
    place.names(Zone())
    place.lab.host(RG).write_etc("hosts", LOCALHOST)

    diagnosis = place.check()

    assert (diagnosis.exit_code, found(diagnosis)) == (0, [("DNS-LOCALNAME", "warning", "proven")]), diagnosis


def test_a_nameservice_is_no_host_and_is_not_looked_up(place: Place) -> None:
    """Given a cluster with several NameNodes, a bare word in fs.defaultFS is a nameservice."""
    place.names(Zone())
    case = with_text(f"hdfs://{MASTER}:9000", "hdfs://emr-cluster", "core-site.xml")

    diagnosis = place.check(
        case.with_document("GetCluster.json", lambda document: document["Cluster"].update(DeployMode="HA"))
    )

    assert found(diagnosis)[0] == ("HA-NAMESERVICE", "error", "strong"), diagnosis
    assert not [flow for flow in diagnosis.report["flows"] if flow["host"] == "emr-cluster"]


def test_a_bare_word_is_a_host_where_there_is_one_namenode(place: Place) -> None:
    """Given a cluster with one NameNode, a client dials the word on 8020; no name server has it."""
    place.names(Zone())

    diagnosis = place.check(with_text(f"hdfs://{MASTER}:9000", "hdfs://emr-cluster", "core-site.xml"))

    assert found(diagnosis) == [("DNS-CLUSTER-NAME", "error", "strong")], diagnosis
    assert [(flow["port"], flow["verdict"]) for flow in diagnosis.report["flows"] if flow["host"] == "emr-cluster"] == [
        (8020, "blocked")
    ]
    assert not edits(diagnosis), diagnosis


def test_datanodes_that_answer_by_name_only(place: Place) -> None:
    place.names(Zone())

    def elsewhere(document: dict[str, Any]) -> None:
        for row in document["Nodes"]:
            if row["NodeName"].startswith("core"):
                row["PrivateIp"] = row["PrivateIp"].replace("192.168.20.", "192.168.20.1")

    diagnosis = place.check(healthy().with_document("ListNodes.json", elsewhere))

    assert found(diagnosis)[0][0] == "DN-HOSTNAME", diagnosis
    assert ("hadoop-conf", "true") in edits(diagnosis)


def clients(diagnosis: Diagnosis) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["family"], one["exchange"]): one for one in diagnosis.report["clients"]}


def two_addresses(*addresses: str) -> str:
    """Return hosts lines with these addresses of the KDC, and one for each other node."""
    others = "".join(f"{address} {full_name(role)}\n" for role, address in CLUSTER.items() if role != "kdc")
    return "".join(f"{address} {KDC}\n" for address in addresses) + others


def test_a_kdc_with_two_addresses_of_which_the_first_is_dead(place: Place) -> None:
    """libkrb5 asks both, a second each. Java asks the first one alone."""
    place.names(Zone(), hosts=two_addresses(NOBODY, CLUSTER["kdc"]))

    diagnosis = place.check()

    assert found(diagnosis)[0] == ("DNS-STALE-IP", "error", "proven"), diagnosis
    assert NOBODY in text(diagnosis)
    assert "/etc/hosts:" in text(diagnosis)
    foretold = clients(diagnosis)
    assert (foretold["mit", "as"]["works"], foretold["mit", "as"]["seconds"]) == ("yes", 2.0)
    assert (foretold["jdk", "as"]["works"], foretold["jdk", "as"]["seconds"]) == ("no", 90.0)


def test_a_kdc_with_two_addresses_of_which_the_second_is_dead(place: Place) -> None:
    place.names(Zone(), hosts=two_addresses(CLUSTER["kdc"], NOBODY))

    diagnosis = place.check()

    assert diagnosis.exit_code == 0, diagnosis
    assert found(diagnosis) == [("DNS-STALE-IP", "warning", "inferred")]
    assert NOBODY in text(diagnosis)
    foretold = clients(diagnosis)
    assert (foretold["jdk", "as"]["works"], foretold["jdk", "as"]["seconds"]) == ("yes", 0.0)
    assert (foretold["mit", "as"]["works"], foretold["mit", "as"]["seconds"]) == ("yes", 0.0)


def test_name_servers_that_only_libkrb5_waits_for(place: Place) -> None:
    """All names are in the hosts file. libkrb5 asks DNS for the primary KDC after each answer."""
    place.names(None, hosts=two_addresses(CLUSTER["kdc"]), resolv_conf=f"nameserver {NOBODY}\n")

    diagnosis = place.check(with_text("  dns_lookup_kdc = false\n", "", "krb5.conf"))

    assert ("DNS-TIMEOUT", "warning", "proven") in found(diagnosis), diagnosis
    foretold = clients(diagnosis)
    assert (foretold["mit", "as"]["works"], foretold["mit", "as"]["seconds"]) == ("yes", 60.0)
    assert (foretold["mit", "tgs"]["works"], foretold["mit", "tgs"]["seconds"]) == ("yes", 30.0)
    assert (foretold["jdk", "as"]["works"], foretold["jdk", "as"]["seconds"]) == ("yes", 0.0)
    # And the finding has the line that libkrb5 needs
    assert "dns_lookup_kdc = false" in text(diagnosis)


def test_a_kdc_that_only_dns_names(place: Place) -> None:
    """krb5.conf has no kdc line. The SRV targets are asked and judged as KDCs."""
    records = (f"srv-host=_kerberos._{each}.{REALM},{KDC},88" for each in ("udp", "tcp"))
    place.names(Zone(more=tuple(records)))
    text_of = healthy().files["krb5.conf"].replace("  dns_lookup_kdc = false\n", "")
    lines = [line for line in text_of.splitlines() if not line.strip().startswith("kdc =")]
    case = replace(healthy(), files={**healthy().files, "krb5.conf": "\n".join(lines) + "\n"})

    diagnosis = place.check(case)

    asked = {(flow["host"], flow["transport"]): flow for flow in diagnosis.report["flows"] if flow["port"] == 88}
    assert {key for key in asked if key[0] == KDC} == {(KDC, "udp"), (KDC, "tcp")}, diagnosis
    assert {flow["verdict"] for flow in asked.values()} == {"reachable"}
    assert (clients(diagnosis)["mit", "as"]["works"], clients(diagnosis)["jdk", "as"]["works"]) == ("yes", "yes")
