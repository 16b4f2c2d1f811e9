"""What probes.network.certificate reads of a certificate, and which names and dates it would
take."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.data.zh import sentences
from probes.language import use
from probes.network import certificate
from probes.network.certificate import CertificateError
from tests.support.certificates import NOW, a_certificate

GOOD = a_certificate("h.example", "192.0.2.1")[0]


@pytest.mark.parametrize(
    ("hosts", "asked", "fits"),
    [
        (("master-1-1.example.com",), "MASTER-1-1.example.com.", True),
        (("*.example.com",), "master-1-1.example.com", True),
        (("*.example.com",), "a.b.example.com", False),
        (("*.example.com",), "example.com", False),
        (("*.com",), "example.com", False),
        (("192.0.2.1", "x.example"), "192.0.2.1", True),
        (("x.example",), "192.0.2.1", False),
        (("2001:db8::1",), "2001:DB8:0::1", True),
        (("other.example",), "master-1-1", False),
    ],
)
def test_names_are_compared_as_clients_do(hosts: tuple[str, ...], asked: str, fits: bool) -> None:
    found = certificate.read(a_certificate(*hosts)[0])

    assert (found.faults(asked, NOW) == ()) == fits


def test_the_common_name_counts_only_where_there_is_no_other() -> None:
    assert certificate.read(a_certificate(common="h.example", alternatives=False)[0]).names == ("h.example",)
    assert certificate.read(a_certificate("x.example", common="h.example")[0]).names == ("x.example",)


@pytest.mark.parametrize("tag", [b"\xa3", b"\xa5"], ids=["x400Address", "ediPartyName"])
def test_a_name_of_a_kind_that_nobody_uses_is_an_error_of_ours(tag: bytes) -> None:
    assert GOOD.count(b"\x87\x04\xc0\x00\x02\x01") == 1
    odd = GOOD.replace(b"\x87\x04\xc0\x00\x02\x01", tag + b"\x04\x30\x02\x05\x00")
    with pytest.raises(CertificateError, match="not supported"):
        certificate.read(odd)


def test_dates_are_judged() -> None:
    found = certificate.read(a_certificate("h")[0])

    assert found.faults("h", NOW + timedelta(days=11)) == ("expired on 2026-06-11",)
    assert found.faults("h", NOW - timedelta(days=11)) == ("valid only from 2026-05-22 on",)


@given(st.data())
def test_no_bytes_raise_anything_else_than_certificate_errors(data: st.DataObject) -> None:
    changed = bytearray(GOOD)
    for place in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=3)):
        changed[place] = data.draw(st.integers(0, 255))
    for der in (bytes(changed), data.draw(st.binary(max_size=50))):
        with contextlib.suppress(CertificateError):
            certificate.read(der).faults("h", NOW)


def test_faults_are_told_in_the_language_of_the_process() -> None:
    use("zh", sentences())

    told = certificate.read(a_certificate("other.example")[0]).faults("h", NOW + timedelta(days=11))

    assert told == ("已于 2026-06-11 过期", "签发给 other.example，不是 h")
