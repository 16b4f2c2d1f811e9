"""How does each web service of a cluster read its own answer: identity, state, version?"""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.services import presto
from probes.services.http import HttpError, decode
from probes.services.web import Identity, WebServiceError, describe
from probes.services.web_services import WEB_SERVICES
from tests.support.service_replies import (
    KERBEROS_WEB,
    PSEUDO,
    STANDBY_REDIRECT,
    WEB,
    a_coordinator,
    a_namenode,
    a_remote_exception,
    a_resourcemanager,
    an_hbase,
    web,
)


def read(name: str, answer: bytes) -> Identity:
    return WEB_SERVICES[name].read(decode(answer, 64 * 1024))


@pytest.mark.parametrize(
    ("name", "answer", "version", "state", "serves"),
    [
        ("namenode", a_namenode(), None, "active", True),
        ("namenode", a_namenode("standby"), None, "standby", False),
        ("namenode", a_namenode("observer"), None, "observer", True),
        ("namenode", a_namenode("initializing"), None, "initializing", False),
        ("namenode", a_namenode(fs="safeMode"), None, "active", False),
        ("webhdfs", WEB["webhdfs"][0], None, "active", True),
        ("webhdfs", a_remote_exception("StandbyException"), None, "standby", False),
        ("webhdfs", a_remote_exception("RetriableException"), None, "starting", False),
        ("webhdfs", a_remote_exception("AccessControlException"), None, None, True),
        ("webhdfs", a_remote_exception("IllegalArgumentException"), None, None, False),
        ("datanode-web", WEB["datanode-web"][0], None, None, True),
        ("resourcemanager", a_resourcemanager(), "3.2.1", "active", True),
        ("resourcemanager", a_resourcemanager("STANDBY"), "3.2.1", "standby", False),
        ("resourcemanager", a_resourcemanager("INITIALIZING", "INITED"), "3.2.1", "initializing", False),
        ("resourcemanager", a_resourcemanager(service="STOPPED"), "3.2.1", "active", False),
        ("resourcemanager", STANDBY_REDIRECT, None, "standby", False),
        ("jobhistory", WEB["jobhistory"][0], "3.2.1", None, True),
        ("timeline", WEB["timeline"][0], "3.3.5", None, True),
        ("spark-history", WEB["spark-history"][0], "3.3.1", None, True),
        ("presto", a_coordinator(), "389", "started", True),
        ("presto", a_coordinator(starting=True), "389", "starting", False),
        ("presto", a_coordinator(coordinator=False), "389", "started", False),
        ("kms", web("200 OK", b"[ ]\n"), None, None, True),
        ("kms", PSEUDO, None, None, True),
        ("kms", a_remote_exception("AuthorizationException"), None, None, True),
        ("hbase-web", an_hbase(isActiveMaster="true"), None, "active", True),
        ("hbase-web", an_hbase(isActiveMaster="false"), None, "standby", False),
        ("hbase-web", an_hbase("RegionServer"), None, None, True),
    ],
)
def test_a_service_says_what_it_is_and_if_it_serves(
    name: str, answer: bytes, version: str | None, state: str | None, serves: bool
) -> None:
    identity = read(name, answer)

    assert (identity.version, identity.state, identity.serves) == (version, state, serves)


@pytest.mark.parametrize("asked", WEB_SERVICES)
@pytest.mark.parametrize("other", WEB_SERVICES)
def test_no_service_is_taken_for_another(asked: str, other: str) -> None:
    for answer in WEB[other]:
        if asked == other:
            read(asked, answer)
        elif (asked, other) != ("webhdfs", "kms"):  # both refuse in the words of Hadoop's REST services
            with pytest.raises(WebServiceError):
                read(asked, answer)


@pytest.mark.parametrize("name", WEB_SERVICES)
def test_a_server_that_wants_kerberos_does_not_say_who_it_is(name: str) -> None:
    with pytest.raises(WebServiceError):
        read(name, KERBEROS_WEB)


@pytest.mark.parametrize(
    ("name", "answer", "facts"),
    [
        ("namenode", a_namenode(), {"cluster security": "kerberos", "rpc address": "master-1-1.example:8020"}),
        ("namenode", a_namenode(fs="safeMode"), {"safe mode": "on"}),
        ("resourcemanager", a_resourcemanager(), {"zookeeper connection": "CONNECTED", "hadoop": "3.2.1"}),
        ("resourcemanager", STANDBY_REDIRECT, {"active one": "http://master-1-2:8088/ws/v1/cluster/info"}),
        ("webhdfs", a_remote_exception("StandbyException", "x"), {"exception": "StandbyException: x"}),
        ("hbase-web", an_hbase("RegionServer", serverName="c,1,2"), {"role": "regionserver", "server": "c,1,2"}),
        ("presto", a_coordinator(coordinator=False), {"role": "worker", "engine": "Trino"}),
    ],
)
def test_what_else_a_service_says_is_kept(name: str, answer: bytes, facts: dict[str, str]) -> None:
    assert facts.items() <= read(name, answer).facts.items()


def test_a_kms_without_kerberos_wants_a_user_name_and_no_ticket() -> None:
    assert read("kms", PSEUDO).demands == "user-name"


@pytest.mark.parametrize(
    ("challenges", "demands"),
    [
        (['Basic realm="Presto"'], "password"),
        (['Basic realm="Trino"'], "password"),
        (["Negotiate", 'Basic realm="Presto"'], "password"),
        (['Basic realm="Presto", Bearer realm="Presto"'], "password"),
        # Another server, or one that may be it
        (['Basic realm="Prestos"'], None),
        (['Basic realm="gateway"'], None),
        (['Bearer realm="Presto"'], None),
        (["Negotiate"], None),
        ([], None),
    ],
)
def test_a_coordinator_that_wants_a_password_first_is_known_by_its_realm(
    challenges: list[str], demands: str | None
) -> None:
    answer = web("401 Unauthorized", b"<html>", *(f"WWW-Authenticate: {challenge}" for challenge in challenges))
    if demands is None:
        with pytest.raises(WebServiceError):
            read("presto", answer)
        return
    identity = read("presto", answer)
    assert (identity.demands, identity.version, identity.state, identity.serves) == (demands, None, None, True)


def test_the_realm_of_presto_says_nothing_without_a_refusal() -> None:
    with pytest.raises(WebServiceError):
        read("presto", web("200 OK", b"<html>", 'WWW-Authenticate: Basic realm="Presto"'))


@pytest.mark.parametrize(
    ("version", "engine"),
    [
        ("0.228", "Presto"),
        ("0.0", "Presto"),
        ("300", "PrestoSQL"),
        ("338", "PrestoSQL"),
        ("350", "PrestoSQL"),
        ("351", "Trino"),
        ("413-e.1", "Trino"),
        ("389", "Trino"),
        ("1.2", "Presto or Trino"),
        ("dev", "Presto or Trino"),
        ("99999", "Presto or Trino"),
    ],
)
def test_presto_and_trino_are_told_apart_by_their_version(version: str, engine: str) -> None:
    assert presto.engine(version) == engine


def test_an_hbase_master_that_serves_regions_too_is_a_master() -> None:
    stem = "Hadoop:service=HBase,name="
    beans = [{"name": f"{stem}RegionServer,sub=Server"}, {"name": f"{stem}Master,sub=Server"}]

    assert read("hbase-web", web("200 OK", {"beans": beans})).facts["role"] == "master"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "beans",
                    "name",
                    "State",
                    "FSState",
                    "clusterInfo",
                    "haState",
                    "nodeVersion",
                    "version",
                    "RemoteException",
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(sorted(WEB_SERVICES)), JSON | st.binary(max_size=80), st.sampled_from(("200 OK", "403 No")))
def test_no_body_raises_anything_else(name: str, body: object, status: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with contextlib.suppress(WebServiceError, HttpError):
        json.dumps(describe(read(name, web(status, content)))).encode()
