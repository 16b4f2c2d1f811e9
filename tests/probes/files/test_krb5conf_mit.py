"""Which servers and realms does libkrb5 take from a krb5.conf, and what do only old EMR clusters
write?

libkrb5 itself is asked if it offers the question.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.files.krb5conf import KdcEntryError, Krb5ValueError, Profile, has_ports, load, mit
from probes.files.krb5conf.mit import Kdc
from probes.origin import Origin
from tests.support.oracles.krb5conf import disagreement


def profile_of(text: str) -> Profile:
    return load([("k", text.encode())])


def with_kdcs(*values: str) -> str:
    return "[realms]\nR = {\n" + "".join(f" kdc = {value}\n" for value in values) + "}\n"


def agreed(directory: Path, text: str) -> Profile:
    """Return our reading, after libkrb5 gave the same servers, realms and values."""
    path = directory / "k"
    path.write_text(text, encoding="utf-8")
    assert disagreement([path]) is None
    return profile_of(text)


BOTH = ("udp", "tcp")

GOOD = [
    ("h", "h", 88),
    ("h:89", "h", 89),
    ("h: 89", "h", 89),
    ("h:+89", "h", 89),
    ("h:0089", "h", 89),
    ("h:0", "h", 0),
    ("h:65535", "h", 65535),
    ("h:-18446744073709551615", "h", 1),
    ("1.2.3.4 # x", "1.2.3.4", 88),
    ("h1 h2:99", "h1", 88),
    ("h1, h2", "h1,", 88),
    ("[::1]:90", "::1", 90),
    ("[::1]", "::1", 88),
    ("[::1]x:90", "::1", 88),
    ("[]:90", "", 90),
    ("tcp/h", "tcp/h", 88),
    ("udp/h:90", "udp/h", 90),
    ('" h"', "", 88),
    ("1.2", "1.2", 88),
    ("h\tx:99", "h", 88),
]


@pytest.mark.parametrize(("value", "host", "port"), GOOD)
def test_entries_that_libkrb5_takes(tmp_path: Path, value: str, host: str, port: int) -> None:
    profile = agreed(tmp_path, with_kdcs(value))
    assert mit.kdcs(profile, "R") == (Kdc(host, port, BOTH, Origin("k", 3, "[realms] R kdc")),)


BAD = (
    *(
        "1.2.3.4:88 # x",
        "::1",
        "h:",
        "h:88x",
        "h:65536",
        "h:-1",
        "h:port:x",
        "http://h",
        "HTTPS://h/x",
        "tcp://h",
        "127",
        "[::1]:",
        "[::1:88",
    ),
    *(
        '"h:88 "',
        '""',
        ":88",
        "h:18446744073709551616",
        "https://",
        "https:///x",
        "https://99/x",
        "https://h:x/y",
        "h:" + "9" * 1500,
        "h:１",
    ),
)


@pytest.mark.parametrize("value", BAD)
def test_one_bad_entry_spoils_the_realm(tmp_path: Path, value: str) -> None:
    profile = agreed(tmp_path, with_kdcs("good", value, "fine:90"))
    with pytest.raises(KdcEntryError) as caught:
        mit.kdcs(profile, "R")
    assert caught.value.origin == Origin("k", 4, "[realms] R kdc")
    assert (caught.value.file, caught.value.line) == ("k", 4)
    first, bad, last = mit.kdc_entries(profile, "R")
    assert isinstance(bad, KdcEntryError)
    assert bad.value == value.strip('"')
    assert [kdc.host for kdc in (first, last) if isinstance(kdc, Kdc)] == ["good", "fine"]


@pytest.mark.parametrize(
    ("value", "host", "port", "path"),
    [
        ("https://p", "p", 443, None),
        ("https://p/", "p", 443, ""),
        ("https://p:8443/KdcProxy/x", "p", 8443, "KdcProxy/x"),
        ("https://[::1]:8443/KdcProxy", "::1", 8443, "KdcProxy"),
    ],
)
def test_kdc_proxies(tmp_path: Path, value: str, host: str, port: int, path: str | None) -> None:
    (kdc,) = mit.kdcs(agreed(tmp_path, with_kdcs(value)), "R")
    assert (kdc.host, kdc.port, kdc.transports, kdc.path) == (host, port, ("https",), path)


def test_unix_sockets_are_left_out() -> None:
    assert [kdc.host for kdc in mit.kdcs(profile_of(with_kdcs("/run/kdc.sock", "h")), "R")] == ["h"]


def test_unknown_and_empty_realms_have_no_servers() -> None:
    profile = profile_of("[realms]\n* = {\n kdc = h\n}\n")
    assert mit.kdcs(profile, "") == mit.kdcs(profile, "Q") == ()


ADMIN = """[realms]
R = {
 kdc = k
 admin_server = a
 admin_server = b:750
}
T = {
 admin_server = a:x
}
"""


def test_servers_of_kadmin() -> None:
    profile = profile_of(ADMIN)
    assert [(kdc.host, kdc.port, kdc.transports) for kdc in mit.admin_servers(profile, "R")] == [
        ("a", 749, ("tcp",)),
        ("b", 750, ("tcp",)),
    ]
    with pytest.raises(KdcEntryError, match="k:8"):
        mit.admin_servers(profile, "T")


DOMAINS = """[libdefaults]
default_realm = R
[domain_realm]
a.b.c = HOST
.b.c = DOT
b.c = BARE
.c = C
x = X
Y.Z = NEVER
1.2.3.4 = NEVER
1.2.3 = SHORT
"""


@pytest.mark.parametrize(
    ("host", "realm"),
    [
        *(
            ("a.b.c", "HOST"),
            ("A.B.C.", "HOST"),
            ("q.b.c", "DOT"),
            ("q.q.b.c", "DOT"),
            ("b.c", "BARE"),
            ("c", None),
            ("q.c", "C"),
        ),
        *(("q.x", "X"), ("y.z", None), ("1.2.3.4", None), ("1.2.3", "SHORT"), ("::1", None), ("", None)),
    ],
)
def test_realm_of_a_host(tmp_path: Path, host: str, realm: str | None) -> None:
    profile = agreed(tmp_path, DOMAINS)
    found = mit.realm_of_host(profile, host)
    assert (found and found.value) == realm


def test_realm_of_a_host_names_its_line() -> None:
    found = mit.realm_of_host(profile_of(DOMAINS), "q.x")
    assert found is not None
    assert found.origin == Origin("k", 8, "[domain_realm] x")


LIBDEFAULTS = "[libdefaults]\nudp_preference_limit = 1\nticket_lifetime = 1d\nR = {\n ticket_lifetime = 2d\n}\n"


def test_libdefaults_by_realm() -> None:
    profile = profile_of(LIBDEFAULTS)
    limit = mit.libdefault(profile, "udp_preference_limit", "R")
    assert limit is not None
    assert mit.integer(limit) == 1
    assert [
        found and found.value
        for found in (mit.libdefault(profile, "ticket_lifetime", realm) for realm in (None, "R", "Q"))
    ] == ["1d", "2d", "1d"]
    assert mit.libdefault(profile, "nothing", "R") is None
    assert mit.default_realm(profile) is None


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("allow_weak_crypto = maybe", True),
        ("allow_weak_crypto = nil", False),
        ("dns_canonicalize_hostname = FallBack", False),
        ("dns_canonicalize_hostname = f", True),
        ('enforce_ok_as_delegate = ""', True),
        ("ignore_acceptor_hostname = 2", True),
        ("clockskew = maybe", False),
        ("udp_preference_limit = text", False),
    ],
)
def test_values_for_which_libkrb5_does_not_start(tmp_path: Path, line: str, refused: bool) -> None:
    fault = mit.context_fault(agreed(tmp_path, f"[libdefaults]\n{line}\n"))
    assert (fault is not None) == refused
    assert fault is None or fault.line == 2


HAS = "[libdefaults]\n kdc_realm = EMR.1.COM\n kdc_tcp_port = 88\n kdc_udp_port = 8088\n"


def test_ports_that_only_an_old_cluster_states() -> None:
    profile = profile_of(HAS)
    origins = (Origin("k", 4, "[libdefaults] kdc_udp_port"), Origin("k", 3, "[libdefaults] kdc_tcp_port"))
    assert has_ports.ports(profile) == has_ports.HasPorts(8088, 88, origins)
    realm = has_ports.realm(profile)
    assert realm is not None
    assert realm.value == "EMR.1.COM"


def test_a_cluster_that_states_no_port() -> None:
    assert has_ports.ports(profile_of("[libdefaults]\n")) == has_ports.HasPorts(None, None, ())
    assert has_ports.ports(profile_of("[libdefaults]\nkdc_udp_port = 88\n")).tcp is None


@pytest.mark.parametrize("value", ["0", "65536", "-1", "x", "88 # c"])
def test_a_port_that_is_none(value: str) -> None:
    with pytest.raises(Krb5ValueError, match="k:2"):
        has_ports.ports(profile_of(f"[libdefaults]\nkdc_tcp_port = {value}\n"))
