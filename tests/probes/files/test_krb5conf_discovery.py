"""Which names are asked for, and which servers do replies give?

The resolver only ever asks a name server of the test, on loopback.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from probes.files.krb5conf import jdk, load
from probes.files.krb5conf.discovery import AskDns, DiscoveryError, ServerRecord, discover, dns_asker
from probes.files.krb5conf.dns_questions import DnsQuestion, jdk_questions, mit_questions
from tests.support.places import PROJECT
from tests.support.srv_server import serve

NO_KDC = b"[realms]\nR = {\nadmin_server = h\n}\n"
URI, UDP, TCP = (
    DnsQuestion("URI", "_kerberos.R"),
    DnsQuestion("SRV", "_kerberos._udp.R"),
    DnsQuestion("SRV", "_kerberos._tcp.R"),
)
TCP_TOO = DnsQuestion("SRV", "_kerberos._tcp.R", both=True)


def mit_asks(libdefaults: bytes = b"", content: bytes = NO_KDC) -> tuple[DnsQuestion, ...]:
    return mit_questions(load([("f", b"[libdefaults]\n" + libdefaults + b"\n" + content)]), "R")


def jdk_asks(libdefaults: bytes = b"", content: bytes = NO_KDC) -> tuple[DnsQuestion, ...]:
    return jdk_questions(jdk.read("f", b"[libdefaults]\n" + libdefaults + b"\n" + content), "R")


def test_names_of_each_family() -> None:
    assert mit_asks() == (URI, UDP, TCP_TOO)
    assert jdk_asks() == (UDP, TCP)


SWITCHES = (
    (b"", 3, 2),
    (b"dns_lookup_kdc = no", 0, 0),
    (b"dns_lookup_kdc = off", 0, 2),
    (b"dns_fallback = false", 0, 0),
    (b"dns_fallback = false\ndns_lookup_kdc = true", 3, 2),
    (b"dns_lookup_kdc = perhaps", 0, 2),
    (b"dns_fallback = perhaps", 0, 2),
    (b"dns_uri_lookup = false", 2, 2),
    (b"dns_uri_lookup = perhaps", 3, 2),
)


@pytest.mark.parametrize(("switch", "mit", "java"), SWITCHES)
def test_switches(switch: bytes, mit: int, java: int) -> None:
    assert (len(mit_asks(switch)), len(jdk_asks(switch))) == (mit, java)


@pytest.mark.needs("root", "namespaces", "ip", "libkrb5")
@pytest.mark.parametrize("switch", [switch for switch, _, _ in SWITCHES])
def test_libkrb5_asks_the_same_names(switch: bytes, tmp_path: Path) -> None:
    conf = tmp_path / "krb5.conf"
    conf.write_bytes(b"[libdefaults]\n" + switch + b"\n" + NO_KDC)
    program = (sys.executable, "-m", "tests.support.oracles.libkrb5_dns", str(conf), "R")
    asked = subprocess.run(
        ["unshare", "--net", "--mount", *program],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert asked.stdout.splitlines() == [f"{question.record} {question.name}" for question in mit_asks(switch)]


def test_a_realm_with_a_kdc_line_is_not_looked_up() -> None:
    stanza = b"[realms]\nR = {\nkdc = h\n}\n"
    assert mit_asks(content=stanza) == jdk_asks(content=stanza) == ()


class Answers:
    def __init__(self, **by_record: Sequence[ServerRecord]) -> None:
        self.by_record, self.asked = by_record, list[str]()

    def __call__(self, question: DnsQuestion) -> Sequence[ServerRecord]:
        self.asked.append(question.name)
        key = "uri" if question.record == "URI" else question.name.split(".")[1].strip("_")
        return self.by_record.get(key, ())


def found(questions: Sequence[DnsQuestion], answers: Answers) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(one.host, one.port, one.transports) for one in discover(questions, answers)]


def test_java_asks_for_tcp_only_if_udp_brought_nothing() -> None:
    both = Answers(udp=[ServerRecord(1, 0, "b", 88), ServerRecord(0, 0, "a", 89)], tcp=[ServerRecord(0, 0, "c", 88)])
    assert found(jdk_asks(), both) == [("a", 89, ("udp",)), ("b", 88, ("udp",))]
    assert both.asked == ["_kerberos._udp.R"]
    assert found(jdk_asks(), Answers(tcp=[ServerRecord(0, 0, "c", 88)])) == [("c", 88, ("tcp",))]


def test_mit_asks_for_srv_of_both_transports_unless_uri_brought_some() -> None:
    both = Answers(udp=[ServerRecord(0, 0, "a", 88)], tcp=[ServerRecord(0, 0, "c", 88)])
    assert found(mit_asks(), both) == [("a", 88, ("udp",)), ("c", 88, ("tcp",))]
    uri = Answers(uri=[ServerRecord(0, 0, "krb5srv:m:tcp:k.example:90")], udp=[ServerRecord(0, 0, "a", 88)])
    assert found(mit_asks(), uri) == [("k.example", 90, ("tcp",))]
    assert uri.asked == ["_kerberos.R"]


def test_uri_records() -> None:
    texts = (
        "krb5srv::kkdcp:https://p.example/KdcProxy",
        "krb5srv:m:udp:[fd00::1]:89",
        "krb5srv::tcp:h",
        "krb5srv::sctp:h",
        "http://h",
        "krb5srv::kkdcp:http://p",
        "krb5srv::udp:h:99999",
    )
    servers = discover((URI,), Answers(uri=[ServerRecord(number, 0, text) for number, text in enumerate(texts)]))
    assert [(one.host, one.port, one.transports, one.path) for one in servers] == [
        ("p.example", 443, ("https",), "KdcProxy"),
        ("fd00::1", 89, ("udp",), None),
        ("h", 88, ("tcp",), None),
    ]


def test_a_target_of_one_dot_is_no_server() -> None:
    assert found((UDP,), Answers(udp=[ServerRecord(0, 0, ".", 0)])) == []


@pytest.fixture
def ask() -> Iterator[AskDns]:
    """Yield a resolver whose only server is a thread here.

    The server knows one SRV name, refuses `bad`, and denies the rest.
    """
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0.2)
    stopping = threading.Event()
    thread = threading.Thread(target=serve, args=(server, stopping))
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
    yield dns_asker(resolver, 2.0)
    stopping.set()
    thread.join()
    server.close()


def test_dnspython_asks_the_names_as_they_are(ask: AskDns) -> None:
    assert [(one.host, one.port) for one in discover(mit_asks(), ask)] == [("kdc.example", 88)]
    assert ask(TCP) == ()


def test_no_answer_is_an_error_and_not_an_absence(ask: AskDns) -> None:
    with pytest.raises(DiscoveryError) as caught:
        ask(DnsQuestion("SRV", "_kerberos._udp.bad"))
    assert caught.value.question.name == "_kerberos._udp.bad"
