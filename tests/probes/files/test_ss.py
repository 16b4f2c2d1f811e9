"""Listeners and connections, whichever command and options printed them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.files.ss import Listener, read_sockets
from tests.support.host_records import NETSTAT, SS_TAN, SS_TUNLP


def listeners(text: str) -> set[tuple[str, str, int]]:
    return {(one.transport, one.address, one.port) for one in read_sockets("ss.txt", text).listeners}


def test_ss_of_tcp() -> None:
    sockets = read_sockets("ss.txt", SS_TAN)
    assert listeners(SS_TAN) == {
        ("tcp", "127.0.0.1", 88),
        ("tcp", "0.0.0.0", 8020),
        ("tcp", "127.0.0.53", 53),
        ("tcp", "*", 9083),
    }
    half = [one for one in sockets.connections if one.state == "SYN-RECV"]
    assert [(one.local, one.peer, one.origin.line) for one in half] == [
        (("192.168.20.11", 8020), ("192.168.10.7", 40112), 6)
    ]


@pytest.mark.parametrize(
    ("line", "is_full"),
    [
        ("LISTEN 129 128 *:10000 *:*", True),
        ("tcp LISTEN 1 0 0.0.0.0:10000 0.0.0.0:*", True),
        # A queue takes one more than its length
        ("LISTEN 128 128 *:10000 *:*", False),
        ("LISTEN 0 128 *:10000 *:*", False),
        # netstat shows no length
        ("tcp 51 0 0.0.0.0:10000 0.0.0.0:* LISTEN", False),
        ("udp UNCONN 9000 0 0.0.0.0:88 0.0.0.0:*", False),
    ],
)
def test_a_full_queue(line: str, is_full: bool) -> None:
    assert [one.is_full for one in read_sockets("ss.txt", line).listeners] == [is_full]


def test_without_header() -> None:
    assert listeners(SS_TAN.partition("\n")[2]) == listeners(SS_TAN)


def test_ss_of_both_transports_with_processes() -> None:
    assert listeners(SS_TUNLP) == {("udp", "192.168.20.11", 88), ("tcp", "127.0.0.1", 88), ("tcp", "::", 10000)}


def test_ss_of_udp_alone_has_no_column_for_it() -> None:
    assert listeners("UNCONN 0 0 192.168.20.11:88 0.0.0.0:*\nUNCONN 0 0 [::1]%lo:323 [::]:*\n") == {
        ("udp", "192.168.20.11", 88),
        ("udp", "::1", 323),
    }


def test_an_ss_that_does_not_tell_the_families_apart() -> None:
    # Given CentOS 7: * is IPv4 there, and Java listens on [::], which takes both families
    old = "LISTEN 0 128 *:22 *:*\nLISTEN 0 100 127.0.0.1:25 *:*\nLISTEN 0 50 [::]:9083 [::]:*\n"
    old += "LISTEN 0 128 [::ffff:192.168.20.11]:8032 [::]:*\nLISTEN 0 100 [::1]:25 [::]:*\n"
    assert listeners(old) == {
        ("tcp", "*", 22),
        ("tcp", "127.0.0.1", 25),
        ("tcp", "*", 9083),
        ("tcp", "192.168.20.11", 8032),
        ("tcp", "::1", 25),
    }


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        (SS_TAN, True),
        (SS_TUNLP, True),
        (NETSTAT, True),
        # Behind grep, and with -4
        (SS_TAN.partition("\n")[2], False),
        (SS_TAN.replace("*:9083              *:*", "10.0.0.1:9083 0.0.0.0:*"), False),
        ("State Recv-Q Send-Q Local Address:Port Peer Address:Port\nLISTEN 0 128 *:22 *:*\n", False),
        # Without -n, and a socket of Unix, which has no port
        (SS_TAN.replace(":9083 ", ":emc-pp-mgmtsvc ", 1), False),
        (f"{SS_TAN}u_str LISTEN 0 128 /run/dbus/socket 12345 * 0\n", True),
    ],
)
def test_a_list_without_header_without_ipv6_or_with_names_of_ports_may_be_a_part(text: str, is_whole: bool) -> None:
    assert read_sockets("ss.txt", text).is_whole is is_whole


def test_netstat() -> None:
    assert listeners(NETSTAT) == {("tcp", "127.0.0.1", 88), ("tcp", "*", 9083), ("udp", "192.168.20.11", 88)}
    assert [one.state for one in read_sockets("n", NETSTAT).connections] == ["SYN-RECV"]


@pytest.mark.parametrize(
    ("address", "everywhere", "loopback"),
    [
        ("*", True, False),
        ("0.0.0.0", True, False),
        ("::", True, False),
        ("127.0.0.53", False, True),
        ("::1", False, True),
        ("10.0.0.1", False, False),
    ],
)
def test_kinds_of_addresses(address: str, everywhere: bool, loopback: bool) -> None:
    shown = f"[{address}]" if ":" in address else address
    (one,) = read_sockets("ss.txt", f"LISTEN 0 128 {shown}:88 0.0.0.0:*").listeners
    assert isinstance(one, Listener)
    assert (one.is_wildcard, one.is_loopback) == (everywhere, loopback)


@pytest.mark.parametrize(
    ("listener", "takes"),
    [
        ("*:88", {"192.168.20.11", "fd00::11", None}),
        ("0.0.0.0:88", {"192.168.20.11", None}),
        ("[::]:88", {"fd00::11", None}),
        (":::88", {"192.168.20.11", "fd00::11", None}),
        ("192.168.20.11:88", {"192.168.20.11"}),
        ("[::1]:88", set()),
    ],
)
def test_which_addresses_a_listener_takes(listener: str, takes: set[str | None]) -> None:
    (one,) = read_sockets("ss.txt", f"LISTEN 0 128 {listener} 0.0.0.0:*").listeners
    assert {address for address in ("192.168.20.11", "fd00::11", None) if one.accepts(address)} == takes


@pytest.mark.parametrize(
    "line",
    [
        "",
        "LISTEN",
        "LISTEN 0 0 x:1 y:2",
        "LISTEN 0 0 1.2.3.4:99999 *:*",
        "LISTEN 0 0 1.2.3:1 *:*",
        "u_str LISTEN 0 4096 /run/x 1 * 0",
    ],
)
def test_what_is_none_of_these_is_passed_over(line: str) -> None:
    sockets = read_sockets("ss.txt", line)
    assert (sockets.listeners, sockets.connections) == ((), ())


@given(
    st.lists(
        st.sampled_from(
            ["LISTEN", "udp", "tcp6", "0", "*:88", "[::1]:9", "1.2.3.4:*", "é", "\x00", "::::", "SYN-RECV"]
        ),
        max_size=9,
    )
)
def test_any_words_are_read(words: list[str]) -> None:
    read_sockets("x", " ".join(words))
