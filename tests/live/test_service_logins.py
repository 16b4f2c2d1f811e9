"""At which services is a ticket used, and is each spoken to as its files say?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from diagnose.live.service_logins import ServiceLogins, service_logins
from diagnose.live.service_principals import service_principals
from diagnose.scene.service_login import KEY
from probes.principal import Principal
from probes.vantage import Vantage
from tests.support.acceptor import ALICE, Acceptor, ticket
from tests.support.factories import EMR_GROUP, a_configuration, a_flow, a_group, a_rule
from tests.support.fake_kdc import REALM
from tests.support.fake_service import FakeService
from tests.support.login_services import HadoopLogins, LoginService, ThriftLogins, WebLogins
from tests.support.scenes import saw, the_case, the_scene
from tests.support.ticketing_kdc import some_key

PRINCIPALS: Mapping[str, tuple[str, str]] = {
    "namenode-rpc": ("hdfs-site.xml", "dfs.namenode.kerberos.principal"),
    "hive-metastore": ("hive-site.xml", "hive.metastore.kerberos.principal"),
    "hiveserver2": ("hive-site.xml", "hive.server2.authentication.kerberos.principal"),
    "hiveserver2-http": ("hive-site.xml", "hive.server2.authentication.kerberos.principal"),
    "spark-thrift": ("spark-defaults.conf", "spark.hadoop.hive.server2.authentication.kerberos.principal"),
    "spark-thrift-http": ("spark-defaults.conf", "spark.hadoop.hive.server2.authentication.kerberos.principal"),
    "kyuubi": ("kyuubi-defaults.conf", "kyuubi.kinit.principal"),
}
WRITTEN = f"hdfs/master-1-1@{REALM}"


def logins(component: str, service: FakeService, settings: Mapping[str, str]) -> ServiceLogins:
    """Return the logins of a case with one flow, which accepted a connection."""
    file, key = PRINCIPALS[component]
    flow = a_flow(component, endpoint=service.at)
    case = replace(
        the_case(a_group(a_rule(), id=EMR_GROUP)),
        settings={file: a_configuration(file, {key: WRITTEN, **settings})},
    )
    place = the_scene(case, [flow], {flow.id: saw("open", "syn-ack", address="127.0.0.1")})
    return service_logins(place, ALICE, Vantage(patience=5))


def result(component: str, service: FakeService, settings: Mapping[str, str], session: bytes) -> str:
    """Return what came of the only login."""
    given = ticket(18, session)
    for_service = replace(given, ticket=replace(given.ticket, service=Principal.parse(WRITTEN, REALM)))
    with service:
        made = logins(component, service, settings)
        asyncio.run(made.use(for_service))
    (kept,) = made.notes.values()
    told = kept.detail[KEY]
    assert isinstance(told, dict)
    return str(told["result"])


@pytest.mark.parametrize(
    ("component", "server", "settings"),
    [
        ("namenode-rpc", HadoopLogins, {}),
        ("hive-metastore", ThriftLogins, {}),
        ("hiveserver2", ThriftLogins, {}),
        ("hiveserver2-http", WebLogins, {"hive.server2.transport.mode": "http"}),
        ("spark-thrift", ThriftLogins, {}),
        ("spark-thrift-http", WebLogins, {}),
        ("kyuubi", ThriftLogins, {}),
        # It listens on two ports, one a mode
        ("hiveserver2", ThriftLogins, {"hive.server2.transport.mode": "all"}),
        ("hiveserver2-http", WebLogins, {"hive.server2.transport.mode": "all"}),
        ("hive-metastore", WebLogins, {"metastore.server.thrift.transport.mode": "http"}),
    ],
)
def test_each_service_is_logged_in_to_in_its_own_protocol(
    component: str, server: type[LoginService], settings: Mapping[str, str]
) -> None:
    session = some_key(18)
    assert result(component, server(Acceptor(18, session)), settings, session) == "accepted"


def test_the_principal_of_the_web_page_is_not_that_of_the_service() -> None:
    key = "dfs.web.authentication.kerberos.principal"
    files = {"hdfs-site.xml": a_configuration("hdfs-site.xml", {key: f"HTTP/_HOST@{REALM}"})}
    case, flow = replace(the_case(a_group(a_rule(), id=EMR_GROUP)), settings=files), a_flow("namenode-rpc")

    assert service_principals(case, [flow], REALM, of="namenode-rpc") == ()
    assert len(service_principals(case, [flow], REALM)) == 1


@pytest.mark.parametrize(
    ("component", "key", "value", "path"),
    [
        ("hiveserver2-http", "hive.server2.thrift.http.path", "gateway/hive/*", "/gateway/hive"),
        ("hiveserver2-http", "hive.server2.thrift.http.path", "a b\r\nX: y", "/cliservice"),
        ("hiveserver2-http", "hive.server2.thrift.http.path", "服务", "/cliservice"),
        ("hiveserver2-http", "other", "x", "/cliservice"),
        ("spark-thrift-http", "spark.hadoop.hive.server2.thrift.http.path", "gateway/spark", "/gateway/spark"),
        ("spark-thrift-http", "hive.server2.thrift.http.path", "other", "/cliservice"),
        ("hive-metastore", "metastore.server.thrift.http.path", "ms", "/ms"),
        ("hive-metastore", "other", "x", "/metastore"),
    ],
)
def test_the_path_is_that_of_the_files_if_it_can_be_asked_for(component: str, key: str, value: str, path: str) -> None:
    service = FakeService(b"")
    settings = {"metastore.server.thrift.transport.mode": "http", key: value}
    result(component, service, settings, some_key(18))

    assert service.requests[0].startswith(f"POST {path} HTTP/1.1\r\n".encode())
