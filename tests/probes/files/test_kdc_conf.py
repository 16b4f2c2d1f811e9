"""Which listeners does a kdc.conf state? What krb5kdc makes of it is asked in
tests/lab/kerberos/test_kdc_conf.py.
"""

from __future__ import annotations

import pytest

from probes.files.kdc_conf import KdcSocket, accepts, read_kdc_conf

REALM = "A.COM"


def conf(defaults: str, rest: str = "") -> str:
    return f"[kdcdefaults]\n {defaults}\n[realms]\n {REALM} = {{\n  max_life = 10h\n }}\n{rest}"


def test_the_line_of_a_value_is_kept() -> None:
    read = read_kdc_conf("kdc.conf", conf("kdc_listen = 1088 [fd00::1]:1089"), REALM)
    assert read is not None
    assert read.udp.sockets == (KdcSocket(None, 1088), KdcSocket("fd00::1", 1089))
    assert read.udp.origin is not None
    assert (read.udp.origin.file, read.udp.origin.line) == ("kdc.conf", 2)
    assert (read.tcp.sockets, read.tcp.origin) == ((KdcSocket(None, 88),), None)


def test_ports_of_other_realms_are_kept_apart() -> None:
    other = "[realms]\n B.COM = {\n  kdc_ports = 1066\n }\n"
    read = read_kdc_conf("kdc.conf", conf("", other), REALM)
    assert read is not None
    assert read.others == {1066}
    assert [one.port for one in read.udp.sockets] == [88]


@pytest.mark.parametrize(
    "text", ["", "[kdc]\n ports = 88\n", "[libdefaults]\n a = b\n", "[kdcdefaults\n", "\0", "[" * 9]
)
def test_a_file_that_is_no_kdc_conf_of_mit_states_nothing(text: str) -> None:
    assert read_kdc_conf("kdc.conf", text, REALM) is None


@pytest.mark.parametrize(
    ("address", "asked", "expected"),
    [
        (None, "10.0.0.1", True),
        ("0.0.0.0", "10.0.0.1", True),
        ("0.0.0.0", "fd00::1", False),
        ("::", "fd00::1", True),
        ("::", "10.0.0.1", False),
        ("localhost", "10.0.0.1", False),
        ("kdc.example", "10.0.0.1", None),
    ],
)
def test_which_addresses_a_listener_takes(address: str | None, asked: str, expected: bool | None) -> None:
    assert accepts(KdcSocket(address, 88), asked) is expected
