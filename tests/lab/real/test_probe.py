"""What does `probe` say of real servers: those that want Kerberos, and those that do not?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.lab.real.cluster import RealCluster
from tests.lab.real.files import CORE_NODE, FIRST, SECOND

RPC: Mapping[str, str] = {
    f"hadoop://{FIRST}:8020": f"hdfs/{FIRST}",
    f"hadoop://{SECOND}:8020": f"hdfs/{SECOND}",
    f"hadoop://{FIRST}:8032": f"yarn/{FIRST}",
    f"hadoop://{FIRST}:10020": f"mapred/{FIRST}",
    f"hadoop://{FIRST}:10200": f"yarn/{FIRST}",
    f"hadoop://{CORE_NODE}:9867": f"hdfs/{CORE_NODE}",
}
"""Hadoop RPC -> the principal of its server."""

PAGES: Mapping[str, tuple[str, str | None]] = {
    f"namenode://{FIRST}": ("NameNode", "active"),
    f"namenode://{SECOND}": ("NameNode", "standby"),
    f"resourcemanager://{FIRST}": ("ResourceManager 3.3.6", "active"),
    f"resourcemanager://{SECOND}": ("ResourceManager 3.3.6", "standby"),
    f"jobhistory://{FIRST}": ("JobHistory Server 3.3.6", None),
    f"timeline://{FIRST}": ("Timeline Server 3.3.6", None),
}
"""Web page -> what it is, and its state."""

HIVE = (f"metastore://{FIRST}", f"hive://{FIRST}", f"hive://{FIRST}:10001", f"hive+http://{FIRST}")
ZOOKEEPER = f"zookeeper://{FIRST}"


def probed(cluster: RealCluster) -> dict[str, Any]:
    """Return the answers of every server by target. A ResourceManager in standby is no target."""
    targets = (*RPC, *PAGES, f"webhdfs://{FIRST}", f"webhdfs://{SECOND}", *HIVE, ZOOKEEPER)
    done = cluster.run("probe", *targets, "--format", "json", "--patience", "10")
    return {answer["target"]: answer for answer in json.loads(done.stdout)}


def lines(answer: Mapping[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in answer["told"]}


@pytest.fixture(scope="module")
def of_simple(simple: RealCluster) -> dict[str, Any]:
    return probed(simple)


@pytest.fixture(scope="module")
def of_secure(secure: RealCluster) -> dict[str, Any]:
    return probed(secure)


def test_every_server_without_kerberos_works(of_simple: dict[str, Any]) -> None:
    assert [target for target, answer in of_simple.items() if not answer["works"]] == []


def test_every_server_with_kerberos_works_as_far_as_it_answers_without_a_ticket(of_secure: dict[str, Any]) -> None:
    assert [target for target, answer in of_secure.items() if not answer["works"]] == []


def test_rpc_without_kerberos_demands_no_login(of_simple: dict[str, Any]) -> None:
    assert {lines(of_simple[target])["demands"].partition(":")[0] for target in RPC} == {"no login (SIMPLE)"}


def test_rpc_with_kerberos_names_the_principal_of_each_server(of_secure: dict[str, Any]) -> None:
    assert {target: lines(of_secure[target]) for target in RPC} == {
        target: {"demands": "Kerberos", "its principal": principal} for target, principal in RPC.items()
    }


def test_a_web_page_says_what_it_is_and_whether_it_is_the_active_one(of_simple: dict[str, Any]) -> None:
    seen = {target: lines(of_simple[target]) for target in PAGES}

    assert {target: (said["it is"], said.get("state")) for target, said in seen.items()} == PAGES


def test_a_web_page_with_kerberos_says_that_it_wants_a_ticket(of_secure: dict[str, Any]) -> None:
    assert {lines(of_secure[target])["demands"] for target in PAGES} == {"Kerberos (SPNEGO)"}


@pytest.mark.parametrize(
    ("kerberos", "transport", "mechanisms"),
    [(False, "Thrift without SASL", (None, None)), (True, "SASL", ("yes: Kerberos", "no"))],
)
def test_a_metastore_has_sasl_with_kerberos_alone(
    of_simple: dict[str, Any],
    of_secure: dict[str, Any],
    kerberos: bool,
    transport: str,
    mechanisms: tuple[str | None, str | None],
) -> None:
    said = lines((of_secure if kerberos else of_simple)[f"metastore://{FIRST}"])

    assert said["transport"] == transport
    assert (said.get("GSSAPI"), said.get("PLAIN")) == mechanisms


def test_hiveserver2_has_sasl_with_and_without_kerberos(of_simple: dict[str, Any], of_secure: dict[str, Any]) -> None:
    simple, secure = lines(of_simple[f"hive://{FIRST}"]), lines(of_secure[f"hive://{FIRST}"])

    assert (simple["transport"], secure["transport"]) == ("SASL", "SASL")
    assert (simple["GSSAPI"], simple["PLAIN"][:4]) == ("no", "yes:")
    assert (secure["GSSAPI"], secure["PLAIN"]) == ("yes: Kerberos", "no")


def test_hiveserver2_in_http_mode_is_known_by_either_scheme(
    of_simple: dict[str, Any], of_secure: dict[str, Any]
) -> None:
    for target in HIVE[2:]:
        assert lines(of_simple[target])["demands"] == "a user name and password"
        assert lines(of_secure[target])["demands"] == "Kerberos (SPNEGO)"
        assert lines(of_secure[target])["JDBC URL needs"] == ";transportMode=http;httpPath=cliservice"


def test_zookeeper_that_wants_a_login_tells_its_version(of_secure: dict[str, Any]) -> None:
    assert lines(of_secure[ZOOKEEPER])["version"].startswith("3.6.3")
