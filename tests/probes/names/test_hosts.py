"""Does a hosts file follow the order of its lines and names, skip the lines that glibc skips, and
accept the addresses of inet_pton?"""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.names.hosts import MAX_BYTES, HostEntry, HostsError, HostsFile, read_hosts
from probes.origin import Origin

FILE = """\
127.0.0.1   localhost localhost.localdomain
::1         localhost ip6-localhost

# cluster
192.168.20.11 master-1-1.c-0a1b.cn-hangzhou.emr.aliyuncs.com master-1-1   # FQDN first
\t192.168.20.12\tcore-1-1 core-1-1.c-0a1b.cn-hangzhou.emr.aliyuncs.com\r
192.168.20.99 master-1-1
2001:DB8::0:7 v6.example
"""


def test_the_first_line_with_a_name_answers() -> None:
    hosts = read_hosts("hosts", FILE.encode())
    assert hosts.address_of("master-1-1") == HostEntry(
        "192.168.20.11",
        ("master-1-1.c-0a1b.cn-hangzhou.emr.aliyuncs.com", "master-1-1"),
        Origin("hosts", 5, "192.168.20.11"),
    )
    assert [entry.address for entry in hosts.all_of("master-1-1")] == ["192.168.20.11", "192.168.20.99"]
    assert [entry.address for entry in hosts.all_of("localhost")] == ["127.0.0.1", "::1"]
    assert hosts.address_of("master-1-2") is None


def test_the_first_name_of_a_line_is_canonical() -> None:
    hosts = read_hosts("hosts", FILE.encode())
    assert hosts.canonical("master-1-1") == "master-1-1.c-0a1b.cn-hangzhou.emr.aliyuncs.com"
    assert hosts.canonical("core-1-1.c-0a1b.cn-hangzhou.emr.aliyuncs.com") == "core-1-1"
    assert hosts.canonical("nobody") is None


def test_names_differ_only_by_more_than_case() -> None:
    hosts = read_hosts("hosts", "10.0.0.1 Master-1-1\n10.0.0.2 É".encode())
    assert hosts.canonical("MASTER-1-1") == "Master-1-1"
    assert hosts.address_of("master-1-1.") is None
    assert hosts.address_of("é") is None


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.168.20.12", "core-1-1"),
        ("2001:db8:0:0::7", "v6.example"),
        ("2001:DB8::7", "v6.example"),
        ("10.0.0.1", None),
        ("no", None),
    ],
)
def test_the_reverse_look_up_takes_any_spelling(address: str, name: str | None) -> None:
    entry = read_hosts("hosts", FILE.encode()).name_of(address)
    assert (entry and entry.canonical) == name


@pytest.mark.parametrize(
    "line",
    [
        "192.168.20.256 a",
        "192.168.020.1 a",
        "10.1 a",
        "a 10.0.0.1",
        "fe80::1%eth0 a",
        "10.0.0.1",
        "10.0.0.1 # a",
        "10.0.0.1\u00a0a b",
        "10.0.0.1, a",
    ],
)
def test_a_line_that_says_nothing_is_kept_as_rejected(line: str) -> None:
    hosts = read_hosts("hosts", f"10.0.0.9 b\n{line}\n".encode())
    [rejected] = hosts.rejected
    assert (rejected.file, rejected.line) == ("hosts", 2)
    assert [entry.names for entry in hosts.entries] == [("b",)]


def test_a_comment_in_another_encoding_does_no_harm() -> None:
    assert read_hosts("hosts", "# 主机\n10.0.0.1 a # 主\n".encode("gbk")).canonical("a") == "a"


@pytest.mark.parametrize(
    ("content", "line"), [(b"10.0.0.1 a\n\0", 2), ("10.0.0.1 a".encode("utf-16"), None), (b"#" * (MAX_BYTES + 1), None)]
)
def test_refuses_what_is_no_text(content: bytes, line: int | None) -> None:
    with pytest.raises(HostsError) as refused:
        read_hosts("hosts", content)
    assert refused.value.line == line


def test_an_empty_file_knows_nothing() -> None:
    assert read_hosts("hosts", b"") == HostsFile()
    assert hash(HostsFile()) == hash(read_hosts("hosts", b"\n# x"))


@given(st.binary(max_size=200) | st.text("1.:af \t\n#%0", max_size=80).map(str.encode))
def test_only_its_own_error_on_any_bytes(content: bytes) -> None:
    try:
        hosts = read_hosts("hosts", content)
    except HostsError:
        return
    said = [line for line in content.split(b"\n") if line.partition(b"#")[0].strip(b" \t\v\f\r")]
    assert len(hosts.entries) + len(hosts.rejected) == len(said)
    for entry in hosts.entries:
        assert hosts.name_of(entry.address) is not None
        assert all(hosts.address_of(name) is not None for name in entry.names)


@given(
    st.text("0123456789.:abcdefABCDEF%x/", max_size=24)
    | st.ip_addresses().map(str)
    | st.ip_addresses(v=6).map(lambda ip: ip.exploded)
)
def test_an_address_is_what_inet_pton_takes(text: str) -> None:
    packed = None
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, text)
        except OSError:
            continue
    entry = read_hosts("hosts", f"{text} name".encode()).address_of("name")
    assert (entry is not None) == (packed is not None)
    if entry is not None:
        assert socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, entry.address) == packed


ODD = """\
10.0.0.1 \x0bLong.Name short\x0c
10.0.0.2#names
10.1 bad
010.0.0.3 bad
10.0.0.4 short other
  10.0.0.5 indented\\
10.0.0.6
nonsense bad
fe80::1%lo bad
10.0.0.7 dotted.
10.0.0.8 CASE
10.0.0.9 last"""
ASKED = [
    "long.name",
    "SHORT",
    "other",
    "bad",
    "indented",
    "indented\\",
    "dotted",
    "dotted.",
    "case",
    "last",
    "names",
]


@pytest.mark.needs("root", "namespaces")
def test_glibc_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text(ODD)
    first = '$(getent -s hosts:files ahostsv4 "$name" | head -n 1)'
    script = f'mount --bind "$0" /etc/hosts && for name; do echo "{first}"; done'
    command = ["unshare", "--mount", "sh", "-c", script, str(tmp_path / "hosts"), *ASKED]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()
    hosts = read_hosts("hosts", ODD.encode())
    entries = [hosts.address_of(name) for name in ASKED]
    ours = [[] if entry is None else [entry.address, "STREAM", entry.canonical] for entry in entries]
    assert [line.split() for line in said] == ours


@pytest.mark.parametrize("word", ["10.0.0.7,", "10.0.0.7;", "10.0.0.7:", "10.0.0.7/24", "010.0.0.007"])
def test_a_line_whose_address_inet_pton_refuses_is_skipped_and_kept_as_it_was_meant(word: str) -> None:
    with pytest.raises(OSError, match="illegal IP address"):
        socket.inet_pton(socket.AF_INET, word)

    hosts = read_hosts("hosts", f"{word} a.b a\n{word}\n".encode())

    assert (hosts.entries, len(hosts.rejected)) == ((), 2)
    assert [(entry.address, entry.names) for entry in hosts.swapped] == [("10.0.0.7", ("a.b", "a"))]


@pytest.mark.parametrize("word", ["300.0.0.7,", "10.0.7,", "a,", "10.0.0.7,b"])
def test_a_word_that_is_no_address_either_way_means_none(word: str) -> None:
    assert read_hosts("hosts", f"{word} a.b\n".encode()).swapped == ()
