"""Each kind of question, asked after it went through JSON, and its answer after it went through
observations.json."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnose.case import recorded
from diagnose.case.model import Recorded
from probes.endpoint import Endpoint
from probes.names import look_up, resolve
from probes.names.resolvconf import ResolvConf, read_resolv_conf
from probes.names.resolve import Resolution
from probes.network.host import Host
from probes.observation import Observation
from probes.questions import Kind, Option, Question, QuestionError, decode, encode
from probes.questions.register import ask
from probes.vantage import Vantage
from tests.support.closed_port import closed_port
from tests.support.fake_dns import FakeDns
from tests.support.fake_kdc import REALM, FakeKdc
from tests.support.fake_service import FakeService
from tests.support.patience import SOON
from tests.support.remote import a_remote_host
from tests.support.service_replies import SIMPLE

LAB = Vantage("lab", patience=SOON)
NOWHERE = Endpoint("nowhere.invalid", 9, "tcp", "127.0.0.1")


@pytest.fixture
def closed() -> Iterator[Endpoint]:
    with closed_port() as port:
        yield Endpoint("here", port, "tcp", "127.0.0.1")


def elsewhere(kind: Kind, endpoint: Endpoint, **options: Option) -> Observation:
    """Ask as another host would: the question comes as JSON, and the answer goes back in
    observations.json."""
    question = decode(json.loads(json.dumps(encode(Question(kind, endpoint, options)))))
    answer = asyncio.run(ask(question, LAB))
    (back,) = recorded.decode("observations.json", recorded.encode([Recorded("flow", answer)]))
    assert back.observation == replace(answer, detail=json.loads(json.dumps(dict(answer.detail))))
    assert answer.vantage == "lab"
    return back.observation


@pytest.mark.parametrize(
    ("kind", "key", "options"),
    [
        ("kdc-realm", "realm_served", {}),
        ("kdc-implementation", "implementation", {}),
        ("kdc-clock", "clock_s", {"exact": True}),
        ("kdc-principal", "principal", {"principal": "hive/h"}),
        ("kdc-service", "service", {"service": "hdfs/h"}),
    ],
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_what_a_kdc_tells_stands_in_the_detail(
    kind: Kind, key: str, options: dict[str, Option], transport: str
) -> None:
    with FakeKdc() as kdc:
        endpoint = kdc.endpoint("udp" if transport == "udp" else "tcp")
        assert key in elsewhere(kind, endpoint, realm=REALM, **options).detail
        assert elsewhere("kerberos", endpoint, realm=REALM).reason == "kerberos-reply"


def test_the_sizes_of_replies_are_asked_over_udp() -> None:
    with FakeKdc() as kdc:
        answer = elsewhere("kdc-reply-sizes", kdc.endpoint("udp"), realm=REALM)

    sizes = answer.detail["reply_sizes"]
    assert isinstance(sizes, dict)
    assert set(sizes) == {"arrived", "lost", "refused", "why"}


def test_a_port_that_names_no_realm_has_none_in_the_detail() -> None:
    with FakeService(b"") as service:
        assert "own_realm" not in elsewhere("kdc-own-realm", service.at).detail


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("hadoop-rpc", {}),
        ("thrift-sasl", {}),
        ("thrift-sasl", {"mechanism": "PLAIN"}),
        ("thrift-call", {}),
        ("http", {"method": "GET", "path": "/"}),
        ("http", {"method": "POST", "path": "/cliservice", "secure": True}),
        ("zookeeper", {}),
        ("zookeeper-session", {}),
        ("mysql", {}),
        ("ldap", {}),
        ("ldap", {"secure": True}),
        ("ldap-starttls", {}),
        ("tls", {}),
    ],
)
def test_a_service_that_is_another_is_open_with_what_came(kind: Kind, options: dict[str, Option]) -> None:
    with FakeService(b"SSH-2.0-x\r\n") as service:
        answer = elsewhere(kind, service.at, **options)

    assert (answer.state, answer.reason) == ("open", "syn-ack")
    assert "ended" in answer.detail


def test_a_service_answers_as_itself() -> None:
    with FakeService(SIMPLE) as service:
        answer = elsewhere("hadoop-rpc", service.at)

    assert (answer.reason, answer.detail["demands"]) == ("service-reply", "simple")


def test_an_unknown_method_or_record_is_refused() -> None:
    with pytest.raises(QuestionError, match="HTTP request"):
        elsewhere("http", NOWHERE, method="DELETE", path="/")
    with pytest.raises(QuestionError, match="the record 'MX'"):
        elsewhere("dns", NOWHERE, name="a.test", type="MX")


def test_a_name_server_is_asked_for_a_record() -> None:
    with FakeDns() as server:
        answer = elsewhere("dns", Endpoint("ns", server.port, "udp", "127.0.0.1"), name="a.test", type="A")

    assert "dns" in answer.detail


def test_a_large_exchange_on_loopback_teaches_nothing() -> None:
    with FakeKdc() as kdc:
        answer = elsewhere("large-exchange", kdc.endpoint("tcp"), realm=REALM)
    hadoop = elsewhere("large-exchange", NOWHERE)

    assert (answer.reason, answer.detail) == ("syn-ack", {})
    assert (hadoop.reason, hadoop.detail) == ("syn-ack", {})


@pytest.mark.parametrize("realm", [{}, {"realm": REALM}])
def test_the_way_ends_at_a_port_that_refuses(realm: dict[str, Option], closed: Endpoint) -> None:
    answer = elsewhere("path", closed, **realm)

    assert (answer.state, answer.reason) == ("closed", "rst")
    path = answer.detail["path"]
    assert isinstance(path, dict)
    assert (path["reached"], path["distance"], path["answer"]) == (True, 1, "rst")


def test_the_largest_packet_of_a_link_of_this_host_is_not_looked_for() -> None:
    with FakeKdc() as kdc:
        mtu = elsewhere("path-mtu", kdc.endpoint("udp"), realm=REALM).detail["mtu"]

    assert isinstance(mtu, dict)
    assert (mtu["black_hole"], mtu["why"]) == (False, "packets to it do not leave this host")


def test_a_reset_of_the_host_itself_is_not_forged(closed: Endpoint) -> None:
    with FakeService(b"") as service:
        accepting: dict[str, Option] = {"accepting_address": "127.0.0.1", "accepting_port": service.port}
        answer = elsewhere("reset", closed, **accepting)

    reset = answer.detail["rst"]
    assert isinstance(reset, dict)
    assert (reset["distance"], reset["forged"]) == (1, False)


def test_packets_of_this_host_tell_nothing_of_a_reset_to_another_one(closed: Endpoint) -> None:
    with a_remote_host() as host, FakeService(b"") as service:
        options: dict[str, Option] = {"accepting_address": "127.0.0.1", "accepting_port": service.port}
        answer = asyncio.run(ask(Question("reset", closed, options), replace(LAB, host=host)))

    reset = answer.detail["rst"]
    assert isinstance(reset, dict)
    assert reset == {"distance": 1, "short_of_host": None, "captured": False, "forged": False}


def test_own_name_and_host_names_are_asked_of_the_resolver() -> None:
    own = elsewhere("own-name", NOWHERE).detail["own_name"]
    known = elsewhere("host-name", replace(NOWHERE, host="127.0.0.1"), others=("a",), back=False).detail["name"]

    assert isinstance(own, dict)
    assert own["host"] == socket.gethostname()
    assert isinstance(known, dict)
    assert known["names"]["addresses"] == ["127.0.0.1"]


def test_name_servers_come_with_the_patience_of_the_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    conf = read_resolv_conf("f", b"nameserver 127.0.0.1\noptions timeout:3 attempts:1\n")

    async def read(**_: object) -> ResolvConf:
        return conf

    monkeypatch.setattr(look_up, "resolv_conf_of", read)

    detail = elsewhere("name-servers", NOWHERE).detail

    assert detail["resolver"] == {"timeout": 3, "attempts": 1}
    assert [server for server, _ in detail["name_servers"]] == ["127.0.0.1"]  # type: ignore[attr-defined]


def test_a_handshake_is_made_at_the_other_address_of_a_name(monkeypatch: pytest.MonkeyPatch, closed: Endpoint) -> None:
    async def answers(host: str, *, timeout: float, by: Host) -> Resolution:
        return Resolution(host, ("127.0.0.9", "127.0.0.1") if host == "other" else ("127.0.0.9",))

    monkeypatch.setattr(resolve, "resolve", answers)
    known = replace(closed, address="127.0.0.9")

    answer = elsewhere("tcp-by-name", known, name="other")
    nowhere = elsewhere("tcp-by-name", known, name="same")

    assert (answer.reason, answer.address) == ("rst", "127.0.0.1")
    assert (nowhere.state, nowhere.address, nowhere.detail) == ("not-probed", None, {})
    assert elsewhere("tcp", closed).reason == "rst"
