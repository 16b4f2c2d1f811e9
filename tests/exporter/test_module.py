"""Which targets does a module make of what Prometheus sends?"""

from __future__ import annotations

import pytest

from diagnose.exporter.module import ProbeModule, module_of
from diagnose.probing.schemes import SCHEMES
from diagnose.probing.target import TargetError
from tests.support.exporting import config

KDC = config('[modules.kdc]\nscheme = "krb5+udp"\nrealm = "A B&c.COM"\n').modules["kdc"]
JMX = config('[modules.jmx]\nscheme = "http"\nport = 9870\npath = "/jmx"\n').modules["jmx"]
PORT = config('[modules.p]\nscheme = "tcp"\nport = 8020\n').modules["p"]


@pytest.mark.parametrize(
    ("module", "text", "host", "port"),
    [
        (KDC, "master-1-1", "master-1-1", 88),
        (KDC, "master-1-1:8888", "master-1-1", 8888),
        (KDC, "krb5+udp://master-1-1:8888/", "master-1-1", 8888),
        (KDC, "[2001:db8::1]:88", "2001:db8::1", 88),
        (JMX, "master-1-1", "master-1-1", 9870),
        (JMX, "http://master-1-1:80", "master-1-1", 80),
        (PORT, "[2001:db8::1]", "2001:db8::1", 8020),
        (ProbeModule(SCHEMES["tcp"]), "host:1", "host", 1),
    ],
)
def test_host_and_port_are_those_of_the_target_or_of_the_module(
    module: ProbeModule, text: str, host: str, port: int
) -> None:
    endpoint = module.target(text).endpoint
    assert (endpoint.host, endpoint.port) == (host, port)


def test_options_of_a_module_reach_the_target_as_they_are() -> None:
    assert KDC.target("h").options == {"realm": "A B&c.COM"}
    assert JMX.target("h").path == "/jmx"


@pytest.mark.parametrize(
    "text",
    ["h/x", "h?realm=R", "h:88?principal=a", "http://h", "user:secret@h", "h#x", "", "h:0", "h:99999", "a b", "::1"],
)
def test_a_target_changes_nothing_of_a_configured_module(text: str) -> None:
    with pytest.raises(TargetError):
        KDC.target(text)


def test_a_scheme_by_itself_takes_options_but_none_that_names_principals() -> None:
    bare = ProbeModule(SCHEMES["krb5+udp"])
    assert bare.target("h?realm=R").options == {"realm": "R"}
    for option in ("principal=alice", "service=hdfs/h"):
        with pytest.raises(TargetError, match="configured module"):
            bare.target(f"h?realm=R&{option}")
    with pytest.raises(TargetError, match="configured module"):
        ProbeModule(SCHEMES["zookeeper"]).target("h?session=yes")


def test_a_plus_that_a_query_turned_into_a_blank_is_a_plus() -> None:
    found = module_of("krb5 udp", {}, only_configured=False)
    assert found is not None
    assert found.target("krb5 udp://h?realm=R").scheme.name == "krb5+udp"


def test_only_modules_of_the_file_are_known_if_it_says_so() -> None:
    assert module_of("tcp", {"kdc": KDC}, only_configured=True) is None
    assert module_of("kdc", {"kdc": KDC}, only_configured=True) is KDC
    assert module_of("ftp", {}, only_configured=False) is None
