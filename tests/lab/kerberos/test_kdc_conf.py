"""Where does a real krb5kdc listen with each kdc.conf, and does `probes.files.kdc_conf` say the
same?
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from probes.endpoint import Transport
from probes.files.kdc_conf import accepts, read_kdc_conf, refusal
from tests.lab.netns import remove

from .listening import ADDRESSES, REALM, ListeningKdc

DEFAULTS = (
    "",
    "kdc_ports = 1088",
    "kdc_ports = 88,750",
    "kdc_ports = 88 750",
    "kdc_ports = 10.0.0.1:1088",
    'kdc_ports = ""',
    "kdc_tcp_ports = 1088",
    'kdc_tcp_ports = ""',
    "kdc_listen = 1088",
    'kdc_listen = ""',
    'kdc_tcp_listen = ""',
    'kdc_listen = " "',
    'kdc_listen = ","',
    "kdc_listen = 10.0.0.1",
    "kdc_listen = 10.0.0.1:1088 10.0.0.2",
    "kdc_listen = 127.0.0.1:88",
    "kdc_listen = localhost:1088",
    "kdc_listen = [fd00::1]:1088",
    "kdc_listen = [::]:1088",
    "kdc_listen = 0.0.0.0:1088",
    "kdc_listen = *:1088",
    "kdc_listen = 1088\n kdc_ports = 1099",
    "kdc_ports = 1099\n kdc_listen = 1088",
    "kdc_listen = 1088\n kdc_listen = 1089",
    "kdc_listen = 1088\n kdc_tcp_listen = 1089",
    "kdc_listen = 1088;1089",
    "kdc_listen = 88 # the usual port",
    "kdc_ports = 88; old",
)
RANDOM = ("kdc_ports = 0", "kdc_tcp_listen = 0")
OF_REALM = (
    ("kdc_listen = 1088", "kdc_listen = 1077"),
    ("kdc_listen = 1088", "kdc_ports = 1077"),
    ("kdc_listen = 1088", 'kdc_listen = ""'),
    ("", "kdc_tcp_ports = 1077"),
    ("", "kdc_listen = 1077\n kdc_listen = 1078"),
    ("", "kdc_ports = 1077\n kdc_listen = 1078"),
)
NOT_STARTING = (
    "junk",
    "kdc_listen = 88:",
    "kdc_listen = :88",
    "kdc_listen = [::1",
    "kdc_listen = 88 kdc.example:abc",
    "kdc_listen = 1088 #old",
    "kdc_listen =",
    'kdc_listen = ""\n kdc_tcp_listen = ""',
    "kdc_listen = 99999",
    "kdc_listen = 1088 # a comment",
    "kdc_listen = ::1",
    "kdc_listen = /run/kdc.sock",
)


@pytest.fixture(scope="module")
def kdc(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ListeningKdc]:
    made = ListeningKdc(tmp_path_factory.mktemp("listening"))
    try:
        made.wire()
        yield made
    finally:
        with suppress(subprocess.SubprocessError):
            remove(made.name)


def said(text: str) -> set[tuple[Transport, str, int]] | None:
    """Return the same, as the file is read."""
    read = read_kdc_conf("kdc.conf", text, REALM)
    if read is None:
        return None
    transports: tuple[Transport, ...] = ("udp", "tcp")
    return {(t, a, one.port) for t in transports for one in read.of(t).sockets for a in ADDRESSES if accepts(one, a)}


@pytest.mark.parametrize(("defaults", "of_realm"), [*((each, "") for each in DEFAULTS), *OF_REALM])
def test_the_file_is_read_as_the_kdc_listens(kdc: ListeningKdc, defaults: str, of_realm: str) -> None:
    text = kdc.write(defaults, of_realm)
    listening = kdc.listening()
    assert listening is not None
    assert said(text) == listening


@pytest.mark.parametrize("defaults", NOT_STARTING)
def test_a_value_with_which_the_kdc_does_not_start_says_nothing_of_its_ports(kdc: ListeningKdc, defaults: str) -> None:
    text = kdc.write(defaults, "")
    assert kdc.listening() is None
    assert said(text) is None
    # And which line it is, unless a later release starts with it
    assert (refusal("kdc.conf", text, REALM) is None) == (defaults == "kdc_listen = /run/kdc.sock")


@pytest.mark.parametrize("defaults", RANDOM)
def test_port_0_is_any_free_port(kdc: ListeningKdc, defaults: str) -> None:
    text = kdc.write(defaults, "")
    listening, known = kdc.listening(), said(text)
    assert listening is not None
    assert known is not None
    assert {each for each in listening if each[2] == 88} == {each for each in known if each[2]}
