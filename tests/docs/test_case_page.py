"""Does docs/case.md name every file, every answer and every key that a case may have?"""

from __future__ import annotations

import re

import pytest
from msgspec import Struct

from diagnose.case import casetoml_tables, directory, tree
from diagnose.case.api import documents
from diagnose.case.casetoml import CaseToml
from diagnose.case.recognise import PROPERTY_FILES, XML_FILES
from diagnose.case.settings import ENGINE_FILES, SHELL_FILE
from diagnose.case.tree import Tree
from diagnose.cli.case import exports
from probes.files.ss import read_sockets
from tests.support.places import PROJECT

PAGE = (PROJECT / "docs" / "case.md").read_text("utf-8")

TABLES: dict[str, type[Struct]] = {
    "[cluster]": casetoml_tables.ClusterTable,
    "[[cluster.nodes]]": casetoml_tables.NodeTable,
    "[resource_group]": casetoml_tables.ResourceGroupTable,
    "[[resource_group.networks]]": casetoml_tables.NetworkTable,
    "[[vswitches]]": casetoml_tables.VSwitchTable,
    "[workspace]": casetoml_tables.WorkspaceTable,
    "[registration]": casetoml_tables.RegistrationTable,
}


def keys_on_the_page(table: str) -> set[str]:
    """Return the keys that the rows of one table of case.toml name."""
    rows = [row.split("|")[1] for row in PAGE.splitlines() if row.startswith(f"| `{table}` ")]
    return {key for row in rows for key in re.findall(r"`([a-z0-9_]+)`", row)}


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_case_toml_is_on_the_page(table: str) -> None:
    nested = {"nodes", "networks"}
    assert keys_on_the_page(table) == set(TABLES[table].__struct_fields__) - nested


@pytest.mark.parametrize("name", [*XML_FILES, *PROPERTY_FILES, *ENGINE_FILES, SHELL_FILE, "krb5.conf", "hosts"])
def test_every_file_of_the_cluster_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_answer_is_on_the_page_with_a_call_of_the_same_name() -> None:
    rows = re.findall(r"^\| ([a-z-]+):(\w+) \| `aliyun ([a-z-]+) (\w+)\b", PAGE, re.MULTILINE)
    assert all((product, action) == (called, name) for product, action, called, name in rows)
    assert {f"{product}:{action}" for product, action, _, _ in rows} == set(documents.KINDS)


def test_the_example_is_a_case_toml_that_is_read() -> None:
    example = PAGE.partition("```toml\n")[2].partition("```")[0]
    assert CaseToml("case.toml", example.encode()).tables.cluster.nodes[0].name == "master-1-1"


def test_the_bounds_are_those_of_the_code() -> None:
    assert f"| one file | {tree.MAX_FILE >> 20} MiB;" in PAGE
    whole = f"{tree.MAX_TOTAL >> 20} MiB, {tree.MAX_FILES:,} files, {tree.MAX_ENTRIES:,} entries"
    assert f"| {whole}, {tree.MAX_DEPTH} directories deep |" in PAGE


NODE_COMMAND = re.compile(
    r"ssh [\w-]+ (?:cat /\S+|'bash -lc \"cat \$[A-Z_]+/\S+\"'|find / -xdev -name \S+|'ss -tunlp; ss -tan'"
    r"|'ip route show table all; ip -6 route show table all'|'ip rule show; ip -6 rule show'|ip addr show"
    r"|sudo (?:iptables-save -c|ip6tables-save -c|nft list ruleset|tail -n \d+ /\S+|cat /\S+/kdc\.conf))"
    r"|yarn logs -applicationId APP"
)
"""Commands that only read."""

SOCKETS = b"""Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process
tcp LISTEN 0 128 0.0.0.0:88 0.0.0.0:* users:(("krb5kdc",pid=1,fd=9))
State Recv-Q Send-Q Local Address:Port Peer Address:Port
SYN-RECV 0 0 192.168.20.11:88 192.168.10.7:40000
"""
SAVED: dict[str, tuple[str, bytes]] = {
    **{name: (name, b"<configuration/>") for name in XML_FILES},
    **{name: (name, b"a=b\n") for name in (*PROPERTY_FILES, *ENGINE_FILES)},
    SHELL_FILE: (SHELL_FILE, b"export A=1\n"),
    "krb5.conf": ("krb5.conf", b"[libdefaults]\n  default_realm = R\n"),
    "hosts": ("hosts", b"192.168.20.11 master-1-1\n"),
    "ss-master-1-1.txt": ("ss.txt", SOCKETS),
    "iptables-master-1-1.txt": ("iptables.txt", b"*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"),
    "ip6tables-master-1-1.txt": ("iptables.txt", b"*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"),
    "nft-master-1-1.txt": ("iptables.txt", b"table inet filter {\n}\n"),
    "routes-master-1-1.txt": ("routes.txt", b"default via 192.168.20.1 dev eth0\n"),
    "iprules-master-1-1.txt": ("iprules.txt", b"0:\tfrom all lookup local\n"),
    "addresses-master-1-1.txt": ("addresses.txt", b"2: eth0: <UP>\n    inet 192.168.20.11/24 scope global eth0\n"),
    "kdc.conf": ("kdc.conf", b"[kdcdefaults]\n kdc_ports = 88\n"),
    "krb5kdc.log": (
        "log:kdc",
        b"Nov 29 10:00:00 master-1-1 krb5kdc[1](info): AS_REQ (1 etypes {18}) 192.168.10.7: ISSUE: a@R for b@R\n",
    ),
    "application.log": ("log", b"2026-11-29 10:00:00,000 INFO Client: Retrying connect to server: master-1-1:8032\n"),
    "initialization.log": ("log", b"java.net.SocketTimeoutException: connect timed out\n"),
}
"""What the page says to save -> its kind, and a sample of it."""


def saving_rows() -> dict[str, list[str]]:
    """Return what to save -> the commands that print it."""
    found: dict[str, list[str]] = {}
    tables = PAGE.split("| save as |")[1:]
    for table in tables:
        for row in table.partition("\n\n")[0].splitlines()[2:]:
            name, *cells = (cell.strip() for cell in row.strip("|").split("|"))
            commands = [cell[1:].partition("`")[0] for cell in cells if cell.startswith("`")]
            found.setdefault(name.strip("`"), []).extend(commands)
    return found


def test_the_page_says_how_to_save_each_file_of_a_node() -> None:
    assert saving_rows().keys() == SAVED.keys()


@pytest.mark.parametrize("name", SAVED)
def test_what_the_page_says_to_save_is_read_as_what_it_is(name: str) -> None:
    kind, content = SAVED[name]

    case = directory.of_tree(Tree("case", {name: content}))

    assert [(each.file, each.kind) for each in case.inputs] == [(name, kind)]
    assert (case.faults, case.misread) == ((), ())


def test_every_command_for_a_node_only_reads() -> None:
    commands = [command for commands in saving_rows().values() for command in commands]

    assert len(commands) > 20
    assert [command for command in commands if not NODE_COMMAND.fullmatch(command)] == []


def test_case_init_prints_the_commands_of_the_page() -> None:
    rows = saving_rows()
    for kind, _, command in exports(None):
        if kind in rows:
            assert command in rows[kind]


def test_two_listings_of_sockets_in_one_file_are_read() -> None:
    read = read_sockets("ss-master-1-1.txt", SOCKETS.decode())

    assert [listener.port for listener in read.listeners] == [88]
    assert [connection.state for connection in read.connections] == ["SYN-RECV"]
