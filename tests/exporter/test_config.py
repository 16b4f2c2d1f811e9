"""What does serve.toml say, and which mistakes in it are named with their line?"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from diagnose.exporter.config import LARGEST, Limits, ServeConfig, ServeConfigError, read_config
from tests.support.exporting import config

WHOLE = """
only_modules = true
[limits]
probes = 4
connections = 8
timeout = 20
timeout_offset = 1
[[targets]]
networks = ["192.168.20.0/24"]
hosts = ["Master-1-1"]
ports = [88, "8020-8032"]
[modules.kdc-udp]
scheme = "krb5+udp"
realm = "EMR.C-0A1B.COM"
patience = 2
timeout = 5
[modules.jmx]
scheme = "http"
port = 9870
path = "/jmx?qry=a"
"""


def test_a_whole_file_is_read() -> None:
    read = config(WHOLE)
    assert read.only_modules
    assert read.limits == Limits(4, 8, 20.0, 1.0)
    (entry,) = read.allowed
    assert entry.networks == (ip_network("192.168.20.0/24"),)
    assert (entry.hosts, entry.ports) == (("master-1-1",), (range(88, 89), range(8020, 8033)))
    kdc = read.modules["kdc-udp"]
    assert (kdc.patience, kdc.timeout, kdc.all_questions) == (2, 5, False)
    assert kdc.target("master-1-1").options == {"realm": "EMR.C-0A1B.COM"}
    jmx = read.modules["jmx"].target("master-1-1")
    assert (jmx.endpoint.port, jmx.path) == (9870, "/jmx?qry=a")


def test_an_empty_file_allows_nothing() -> None:
    assert config("") == ServeConfig()
    assert config("").allowed == ()


@pytest.mark.parametrize("key", ['principal = "hive/h"', 'service = "hdfs/h"'])
def test_a_module_that_names_a_principal_asks_for_it(key: str) -> None:
    assert config(f'[modules.k]\nscheme = "krb5+udp"\nrealm = "R"\n{key}\n').modules["k"].all_questions


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("limit = 1", 1, "limit"),
        ("[modules.a]\nscheme = 'tcp'\nport = 80\n\n[modules.b]\nscheme = 'tcp'\nrealms = 'R'", 7, "realms"),
        ("[modules.b]\nscheme = 'tcq'", 2, "tcq"),
        ("[modules.b]\nrealm = 'R'", 1, "scheme"),
        ("[modules.b]\nscheme = 'krb5+udp'", 1, "realm"),
        ("[modules.b]\nscheme = 'tcp'\npath = '/x'", 1, "path"),
        ("[modules.b]\nscheme = 'tcp'\nport = 65536", 3, "65536"),
        ("[modules.b]\nscheme = 'tcp'\nport = '80'", 3, "int"),
        ("[modules.b]\nscheme = 'tcp'\npatience = nan", 3, "nan"),
        ("[modules.b]\nscheme = 'tcp'\ntimeout = 0", 3, "0"),
        ("[modules.b]\nscheme = 'tcp'\nquestions = 'some'", 3, "some"),
        ("[modules.'a b']\nscheme = 'tcp'", 1, "letters"),
        ("[[targets]]\nnetworks = []", 2, "network"),
        ("[[targets]]\nhosts = ['kdc']", 1, "networks"),
        ("[[targets]]\nnetworks = ['10.0.0.1/24']", 2, "host bits"),
        ("[[targets]]\nnetworks = ['10.0.0']", 2, "10.0.0"),
        ("[[targets]]\nnetworks = ['10.0.0.0/8']\nports = [0]", 3, "0"),
        ("[[targets]]\nnetworks = ['10.0.0.0/8']\nports = ['90-80']", 3, "90-80"),
        ("[[targets]]\nnetworks = ['10.0.0.0/8']\nport = [80]", 3, "port"),
        ("[limits]\nprobes = 0", 2, "0"),
        ("[limits]\nconnections = 100000", 2, "100000"),
        ("[limits]\ntimeout_offset = -1", 2, "-1"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ServeConfigError) as raised:
        config(text)
    assert raised.value.line == line
    assert str(raised.value).startswith(f"serve.toml:{line}: ")
    assert words in str(raised.value)


@pytest.mark.parametrize("text", ["[", "a = " + "[" * 5000, "\0"])
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(ServeConfigError):
        config(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (LARGEST + 1))
    for path in (tmp_path / "absent.toml", tmp_path, large):
        with pytest.raises(ServeConfigError, match=path.name):
            read_config(path)
