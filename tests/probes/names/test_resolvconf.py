"""Is resolv.conf read as glibc reads it?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.errors import FormatError
from probes.names.resolvconf import MAX_BYTES, MOST_SERVERS, ResolvConf, read_resolv_conf

FILE = """\
# nameserver 10.9.9.9
; nameserver 10.9.9.8
nameserver 100.100.2.136
nameserver\t2001:DB8::35
 nameserver 10.9.9.7
nameserver one.example
nameserver fe80::1%eth0
nameserver 10.0.0.4
domain first.example
search a.example b.example. .
options ndots:2 timeout:99 attempts:0 rotate timeout:x
nameserver
"""


def read(text: str) -> ResolvConf:
    return read_resolv_conf("resolv.conf", text.encode())


def test_the_first_three_servers_count_and_each_has_its_line() -> None:
    found = read(FILE)

    assert [(server.address, server.origin.line) for server in found.servers] == [
        ("100.100.2.136", 3),
        ("2001:db8::35", 4),
        ("fe80::1%eth0", 7),
    ]
    assert [origin.line for origin in found.rejected] == [6]
    assert len(found.servers) == MOST_SERVERS


def test_the_last_of_search_and_domain_counts_and_numbers_have_limits() -> None:
    found = read(FILE)

    assert found.search == ("a.example", "b.example")
    assert (found.ndots, found.timeout, found.attempts) == (2, 30, 0)


def test_an_empty_file_means_the_server_on_this_host() -> None:
    found = read("")

    assert found.addresses() == ("127.0.0.1",)
    assert (found.search, found.ndots, found.timeout, found.attempts) == ((), 1, 5, 2)


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("h", ("h.a", "h.b", "h")),
        ("h.x", ("h.x.a", "h.x.b", "h.x")),
        ("h.x.y", ("h.x.y", "h.x.y.a", "h.x.y.b")),
        ("h.", ("h",)),
    ],
)
def test_which_names_are_tried(name: str, tried: tuple[str, ...]) -> None:
    assert read("search a b\noptions ndots:2\n").names_to_try(name) == tried


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(FormatError):
        read_resolv_conf("resolv.conf", b"#" * (MAX_BYTES + 1))


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    found = read_resolv_conf("resolv.conf", raw)

    assert found.addresses()
    assert found.names_to_try("h")
