"""Every line that an MIT or Heimdal KDC writes about a request is read, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files import kdc_log
from probes.files.kdc_log import Event, read_kdc_log
from tests.support.host_records import CLIENT, ETYPES, HEIMDAL, LOST_ANSWERS, REALM, login, mit, question, repeated

BODY = (
    f"AS_REQ {ETYPES} {CLIENT}: CLIENT_NOT_FOUND: nobody@{REALM} for krbtgt/{REALM}@{REALM}, "
    "Client not found in Kerberos database"
)


def only(text: str) -> Event:
    log = read_kdc_log("kdc.log", text)
    assert len(log.events) == 1, log
    return log.events[0]


def test_a_log_of_mit() -> None:
    log = read_kdc_log("kdc.log", LOST_ANSWERS)
    assert log.implementation == "MIT"
    assert log.host == "iZbp1vm"
    kinds = [(event.kind, event.answer, event.address, event.origin.line) for event in log.events]
    assert kinds == [
        ("started", "", None, 3),
        ("request", "NEEDED_PREAUTH", "192.168.20.21", 5),
        ("request", "ISSUE", "192.168.20.21", 6),
        ("request", "CLIENT LOCKED OUT", CLIENT, 7),
        ("repeated", "", CLIENT, 8),
        ("request", "CLIENT LOCKED OUT", CLIENT, 9),
        ("repeated", "", CLIENT, 10),
    ]
    assert [event.asks_master_key for event in log.events] == [False, False, False, True, False, True, False]
    assert log.events[2].client == f"alice@{REALM}"
    times = [event.at for event in log.events if event.at is not None]
    assert times[-1] - times[0] == 4


def test_a_log_of_heimdal() -> None:
    log = read_kdc_log("kdc.log", HEIMDAL)
    assert (log.implementation, log.listening) == ("Heimdal", ("192.168.20.11", "127.0.0.1"))
    assert [(event.exchange, event.address, event.client) for event in log.events] == [
        ("AS", CLIENT, f"K/M@{REALM}"),
        ("TGS", "fd00::7", f"hive/master-1-1@{REALM}"),
    ]


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "krb5kdc: ",
        "Nov  3 23:41:03 master-1-1 krb5kdc[7]: ",
        "Nov 23 23:41:03 master-1-1 krb5kdc[11078](info): ",
        "2026-11-23T23:41:03.123456+08:00 master-1-1 krb5kdc[7]: ",
    ],
)
def test_prefixes(prefix: str) -> None:
    event = only(prefix + BODY)
    assert (event.address, event.answer, event.client) == (CLIENT, "CLIENT_NOT_FOUND", f"nobody@{REALM}")
    assert (event.at is None) is (event.host is None) is ("master" not in prefix)


@pytest.mark.parametrize(
    ("written", "address"),
    [("fd00::7", "fd00::7"), ("::ffff:192.168.10.7", CLIENT), ("FD00:0::7", "fd00::7"), ("10.0.0.1", "10.0.0.1")],
)
def test_addresses_of_clients(written: str, address: str) -> None:
    assert only(BODY.replace(CLIENT, written)).address == address
    assert only(repeated(1, written)).address == address


def test_old_list_of_etypes_and_tgs() -> None:
    line = (
        f"TGS_REQ (2 etypes {{18 17}}) {CLIENT}: LOOKING_UP_SERVER: authtime 0,  "
        f"alice@{REALM} for hive/x@{REALM}, Server not found"
    )
    event = only(line)
    assert (event.exchange, event.answer, event.client) == ("TGS", "LOOKING_UP_SERVER", f"alice@{REALM}")


def test_where_mit_listens() -> None:
    text = mit(1, "listening on fd 9: udp 192.168.20.11.88") + mit(1, "listening on fd 10: tcp 0.0.0.0.88")
    assert read_kdc_log("kdc.log", text).listening == ("192.168.20.11",)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "AS_REQ",
        "AS_REQ (5 etypes {1}) nowhere: ISSUE: x",
        "AS_REQ () 1.2.3.4.5.6: ISSUE: x",
        "AS-REQ from IPv4:1 for x",
        "Nov 23 krb5kdc REQ",
    ],
)
def test_what_is_none_of_these_is_passed_over(line: str) -> None:
    assert read_kdc_log("kdc.log", line).events == ()


def test_only_the_end_of_a_huge_log_is_read_and_its_lines_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kdc_log, "LARGEST_READ", 2000)
    text = "".join(login(second % 60) for second in range(50)) + question(3)
    events = read_kdc_log("kdc.log", text).events
    assert 0 < len(events) < 10
    assert events[-1].origin.line == 101


@given(st.text(alphabet=st.sampled_from("AS_REQ -()[]{}:.,1234567890abcdef%\n\r\x1b") | st.characters(), max_size=400))
def test_any_text_is_read(text: str) -> None:
    read_kdc_log("x", text)
    read_kdc_log("x", LOST_ANSWERS + text + HEIMDAL)


def test_hostile_lines_take_no_time() -> None:
    read_kdc_log("x", "AS_REQ (" * 2_000_000)
    read_kdc_log("x", ("AS_REQ " + "(a" * 2000 + "\n") * 1000)
    read_kdc_log("x", "AS_REQ (" + "()" * 2000 + " 1: A\n")
    assert len(read_kdc_log("x", "".join(mit(1, BODY, f"h{n}") for n in range(40_000))).events) == 40_000
