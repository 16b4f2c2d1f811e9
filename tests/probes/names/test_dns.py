"""What comes of one question to one name server, whether it answers yes, no, nothing or wrongly?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import dns.message
import dns.rrset
import pytest
from dns.message import Message
from hypothesis import given
from hypothesis import strategies as st

from diagnose.probing import run
from diagnose.probing.answers import TargetReport
from diagnose.probing.schemes import parse
from diagnose.probing.target import TargetError
from probes.endpoint import Endpoint
from probes.names.dns import MOST_ALIASES, DnsReply, Record, _message, ask, probe
from probes.names.resolver_view import DEAD
from probes.vantage import Vantage
from tests.support.closed_port import closed_port
from tests.support.fake_dns import CutOff, FakeDns

HERE = "127.0.0.1"
NAME = "master-1-1.example.test"


def said(server: FakeDns, name: str = NAME, record: Record = "A", patience: float = 5) -> DnsReply:
    return asyncio.run(ask(HERE, name, record, vantage=Vantage(patience=patience), port=server.port))


@pytest.mark.parametrize(
    ("record", "name", "key", "texts"),
    [
        ("A", NAME, NAME, ["192.168.20.11", "192.168.20.12"]),
        ("AAAA", NAME, NAME, ["2001:db8::11"]),
        ("PTR", "192.168.20.11", "11.20.168.192.in-addr.arpa", ["master-1-1.example.test."]),
        ("PTR", "11.20.168.192.in-addr.arpa.", "11.20.168.192.in-addr.arpa", ["master-1-1.example.test."]),
        ("SRV", "_kerberos._udp.EXAMPLE.TEST", "_kerberos._udp.EXAMPLE.TEST", ["0 0 88 kdc.example.test."]),
        ("CNAME", "nn.example.test", "nn.example.test", ["master-1-1.example.test."]),
    ],
)
def test_records_of_each_type(record: Record, name: str, key: str, texts: list[str]) -> None:
    with FakeDns({(key, record): texts}) as server:
        found = said(server, name, record)

    assert (found.said, set(found.records)) == ("records", {text.removesuffix(".") for text in texts})
    assert (found.observation.state, found.observation.reason) == ("open", "service-reply")
    assert server.asked == [f"{record} {key}"]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("NXDOMAIN", "no-such-name"),
        ("SERVFAIL", "server-failed"),
        ("REFUSED", "refused"),
        ("NOTIMP", "other-error"),
        ([], "no-data"),
    ],
)
def test_each_way_to_have_no_record_has_its_word(code: str | list[str], word: str) -> None:
    with FakeDns({(NAME, "A"): code}) as server:
        found = said(server)

    assert (found.said, found.records) == (word, ())
    assert found.said not in DEAD


def test_an_alias_is_followed_to_its_end() -> None:
    chain = {("a.test", "CNAME"): ["b.test"], ("b.test", "CNAME"): ["c.test"], ("c.test", "A"): ["192.0.2.1"]}
    with FakeDns(chain) as server:
        found = said(server, "a.test")

    assert (found.said, found.aliases, found.records) == ("records", ("b.test", "c.test"), ("192.0.2.1",))


@pytest.mark.parametrize(
    "chain",
    [
        {("a.test", "CNAME"): ["a.test"]},
        {("a.test", "CNAME"): ["b.test"], ("b.test", "CNAME"): ["a.test"]},
        {(f"{n if n else 'a'}.test", "CNAME"): [f"{n + 1}.test"] for n in range(MOST_ALIASES + 4)},
    ],
    ids=["itself", "in a circle", "without end"],
)
def test_an_alias_that_leads_nowhere_ends(chain: dict[tuple[str, str], list[str] | str]) -> None:
    with FakeDns(chain) as server:
        assert said(server, "a.test").said == "alias-loop"


def test_a_cut_off_answer_is_fetched_over_tcp() -> None:
    addresses = [f"192.0.2.{n}" for n in range(60)]
    with CutOff({(NAME, "A"): addresses}) as server:
        found = said(server)

    assert (found.said, set(found.records)) == ("records", set(addresses))


class _Lying(CutOff):
    def __init__(self, stream: bytes) -> None:
        super().__init__()
        self.stream = stream

    def over_tcp(self, query: Message) -> bytes:
        return self.stream


@pytest.mark.parametrize("stream", [b"", b"\xff", b"\xff\xffshort", b"\0\0", b"\0\x04junk"])
def test_a_cut_off_answer_without_the_rest(stream: bytes) -> None:
    with _Lying(stream) as server:
        assert said(server).said == "truncated"


class _Sending(FakeDns):
    def __init__(self, make: Callable[[Message], bytes | None]) -> None:
        super().__init__()
        self.make = make

    def wire(self, query: Message) -> bytes | None:
        return self.make(query)


def _other_question(query: Message) -> bytes:
    other = dns.message.make_query("other.test", "A", id=query.id)
    return dns.message.make_response(other).to_wire()


def _other_id(query: Message) -> bytes:
    answer = dns.message.make_response(query)
    answer.id = query.id ^ 1
    return answer.to_wire()


@pytest.mark.parametrize(
    "make",
    [
        lambda _: b"",
        lambda _: b"\0" * 11,
        lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda _: b"\xff" * 65000,
        lambda query: query.to_wire(),
        lambda query: query.to_wire()[:-3],
        # a compression pointer to itself
        lambda query: query.id.to_bytes(2, "big") + b"\x81\x80\0\1\0\1\0\0\0\0\xc0\x0c\0\1\0\1",
        _other_question,
        _other_id,
    ],
    ids=["empty", "zeros", "http", "oversized", "echo", "cut", "pointer", "other question", "other id"],
)
def test_what_is_no_answer_is_garbage(make: Callable[[Message], bytes | None]) -> None:
    with _Sending(make) as server:
        found = said(server)

    assert found.said == "garbage"
    assert found.said in DEAD
    assert found.observation.reason == "udp-reply"


@given(st.binary(max_size=600))
def test_no_bytes_make_the_reader_raise(raw: bytes) -> None:
    query = dns.message.make_query(NAME, "A", id=7)

    assert _message(query, raw) is None or raw[:2] == b"\0\7"


def test_silence() -> None:
    with _Sending(lambda _: None) as server:
        assert said(server, patience=0.3).said == "silent"


def test_nobody_listens() -> None:
    with closed_port(HERE) as port:
        found = asyncio.run(ask(HERE, NAME, vantage=Vantage(patience=5), port=port))

    assert (found.said, found.observation.state) == ("closed", "closed")


def test_a_source_that_is_not_ours_asks_nobody() -> None:
    found = asyncio.run(ask(HERE, NAME, vantage=Vantage(source_address="192.0.2.77", patience=1)))

    assert found.said == "not-asked"
    assert found.said not in DEAD


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".test", "\ud800"])
def test_what_is_no_name_is_said(name: str) -> None:
    with pytest.raises(ValueError, match="not a valid DNS name"):
        asyncio.run(ask(HERE, name, vantage=Vantage(patience=1)))


def test_the_observation_has_the_answer_as_plain_values() -> None:
    with FakeDns({("a.test", "CNAME"): ["b.test"], ("b.test", "A"): ["192.0.2.1"]}) as server:
        seen = asyncio.run(probe(Endpoint("ns", server.port, "udp", HERE), "a.test", vantage=Vantage(patience=5)))

    assert (seen.state, seen.reason, seen.address) == ("open", "service-reply", HERE)
    assert seen.detail["dns"] == {
        "name": "a.test",
        "type": "A",
        "said": "records",
        "aliases": ["b.test"],
        "records": ["192.0.2.1"],
    }


def question(server: FakeDns, query: str) -> TargetReport:
    target = parse(f"dns://{HERE}:{server.port}?{query}")
    return run.ask_targets([target], Vantage(patience=5)).reports[0]


def test_the_question_of_probe_works_only_with_a_record() -> None:
    with FakeDns({(NAME, "A"): ["192.0.2.1"], ("broken.test", "A"): "SERVFAIL"}) as server:
        known, unknown = question(server, f"name={NAME}"), question(server, "name=absent.test&type=aaaa")
        broken = question(server, "name=broken.test")

    assert (known.works, [(line.what, line.answer) for line in known.told]) == (
        True,
        [("says", "records"), ("A", "192.0.2.1")],
    )
    assert [(one.works, one.observation.reason, one.told[0].answer) for one in (unknown, broken)] == [
        (False, "name-not-found", "no-such-name"),
        (False, "resolver-failed", "server-failed"),
    ]


@pytest.mark.parametrize(
    "query", ["", "name=", f"name={NAME}&type=ANY", "name=a..b", "name=no-address-but-a..b&type=PTR"]
)
def test_the_question_of_probe_refuses_what_makes_none(query: str) -> None:
    with pytest.raises(TargetError):
        parse(f"dns://{HERE}?{query}")
