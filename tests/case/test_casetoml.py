"""Given a case.toml, then what it says overrides what files say, key by key, and what it should not
say is one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnose import data
from diagnose.case import Case, Cluster, Network, Node, ResourceGroup, VSwitch
from diagnose.case.casetoml import CaseToml
from diagnose.case.casetoml_checks import ENGINES
from diagnose.case.errors import CaseError
from tests.support.case_files import VSWITCH, case_of
from tests.support.case_toml import WHOLE


def applied(text: str, case: Case | None = None) -> Case:
    return CaseToml("case.toml", text.encode()).apply(case or Case("case"))


def test_every_key_of_the_contract_arrives() -> None:
    case = applied(WHOLE)
    assert case.cluster == Cluster(
        "c-1",
        "prod",
        "DATALAKE",
        "EMR-5.18.1",
        "cn-hangzhou",
        "1234",
        "HA",
        "KERBEROS",
        False,
        "DLF",
        changed_at="2026-10-20T09:00:00Z",
    )
    (node,) = case.nodes
    assert (node.name, node.address, node.group, node.vswitch) == ("master-1-1", "192.168.20.11", "MASTER", "vsw-emr")
    assert (node.security_groups, str(node.origin)) == (("sg-emr",), "case.toml:15 (master-1-1)")
    assert case.members == {"192.168.20.11": ("sg-emr",)}
    (network,) = case.resource_group.networks
    assert (network.vpc, network.cidr, network.security_group, network.status) == (
        "vpc-emr",
        "192.168.10.0/24",
        "sg-rg",
        "Running",
    )
    assert str(network.origin) == "case.toml:27 (vsw-rg)"
    assert (case.workspace.mode, case.workspace.environment) == ("standard", "dev")
    assert case.registration.initialized_at == "2026-11-01T08:00:00Z"
    assert (case.registration.initialize_at, case.workspace.busy_hours) == ("2026-12-01T03:00:00", ("08:00-20:00",))
    assert case.registration.engines == ("hive", "spark")
    assert (case.registration.pass_proxy_user, case.registration.identity_mapping) == (True, False)


def test_only_what_is_said_is_overridden() -> None:
    files = Case(
        "case",
        cluster=Cluster(id="c-0", type="HADOOP"),
        nodes=(Node("core-1-1", "10.0.0.2"), Node("master-1-1", "10.0.0.1", security_groups=("sg-a",), assumed="x")),
        resource_group=ResourceGroup(id="rg", networks=(Network(cidr="10.9.0.0/24"),)),
        members={"10.0.0.1": ("sg-a",)},
    )
    case = applied(
        '[cluster]\ntype = "DATALAKE"\n[[cluster.nodes]]\nname = "master-1-1"\nsecurity_groups = ["sg-b"]\n', files
    )
    assert case.cluster == replace(files.cluster, type="DATALAKE")
    assert [(n.name, n.address, n.security_groups, n.assumed) for n in case.nodes] == [
        ("core-1-1", "10.0.0.2", None, None),
        ("master-1-1", "10.0.0.1", ("sg-b",), None),
    ]
    assert case.members == {"10.0.0.1": ("sg-b",)}
    assert case.resource_group == files.resource_group


def test_networks_replace_and_their_vswitch_fills_in() -> None:
    files = Case(
        "case",
        resource_group=ResourceGroup(networks=(Network(cidr="10.9.0.0/24"), Network(cidr="10.8.0.0/24"))),
        vswitches={"vsw-1": VSwitch("vsw-1", "vpc-1", "10.7.0.0/24")},
    )
    (network,) = applied('[[resource_group.networks]]\nvswitch = "vsw-1"\n', files).resource_group.networks
    assert (network.cidr, network.vpc) == ("10.7.0.0/24", "vpc-1")


def test_an_empty_file_changes_nothing() -> None:
    assert applied("# nothing yet\n") == Case("case")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[cluster]\nid = "c"\nrelese = "x"\n', "case.toml:3: found the unknown key relese, expected release"),
        ("[cluter]\n", "case.toml:1: found the unknown key cluter, expected cluster"),
        (
            "[workspace]\nxyzzy = 1\n",
            "case.toml:2: found the unknown key xyzzy, expected one of id, mode, environment, busy_hours, clusters",
        ),
        (
            '[[cluster.nodes]]\nname = "a"\n[[cluster.nodes]]\nname = "b"\nadress = "x"\n',
            "case.toml:5: found the unknown key adress, expected address",
        ),
        ("[cluster]\n\nldap = 1\n", "case.toml:3: found a whole number for ldap, expected true or false"),
        ("[cluster]\nid = true\n", "case.toml:2: found true or false for id, expected text"),
        ('[registration]\nengines = "hive"\n', "case.toml:2: found text for engines, expected a list"),
        (
            "[registration]\nengines = [\n1]\n",
            "case.toml:2: found a whole number for element 1 of engines, expected text",
        ),
        (
            '[workspace]\nmode = "standrd"\n',
            "case.toml:2: found 'standrd', expected one of basic, standard",
        ),
        (
            '[workspace]\nenvironment = "production"\n',
            "case.toml:2: found 'production', expected one of dev, prod",
        ),
        (
            '[cluster]\nsecurity_mode = "KERBEROSS"\n',
            "case.toml:2: found 'KERBEROSS', expected one of KERBEROS, NORMAL",
        ),
        ('[cluster]\ndeploy_mode = "HAA"\n', "case.toml:2: found 'HAA', expected one of HA, NORMAL"),
        ('[cluster]\nmetadata = "DLV"\n', "case.toml:2: found 'DLV', expected one of DLF, RDS, LOCAL"),
        (
            '[registration]\noperator = "admin"\n',
            "case.toml:2: found 'admin', expected one of account, ram-user, ram-role",
        ),
        *(
            (
                f'[registration]\ndefault_access_identity = "{word}"\n',
                f"case.toml:2: found '{word}', expected one of hadoop, task-executor, task-owner, account, ram-user",
            )
            for word in ("hadop", "", " ")
        ),
        (
            '[registration]\nengines = ["hive", "sparq"]\n',
            f"case.toml:2: found 'sparq', expected one of {', '.join(ENGINES)}",
        ),
        ("[[cluster.nodes]]\ngroup = 'CORE'\n", "case.toml:1: found no name, expected name in element 1 of nodes"),
        ("cluster = 1\n", "case.toml:1: found a whole number for cluster, expected an object"),
        (
            '[[cluster.nodes]]\nname = "a"\naddress = "10.0.0.0/24"\n',
            "case.toml:3: found '10.0.0.0/24', expected one IP address",
        ),
        (
            "[[resource_group.networks]]\n\ncidr = 'x/24'\n",
            "case.toml:3: found 'x/24', expected a CIDR such as 192.168.10.0/24",
        ),
        (
            "[[resource_group.networks]]\ncidr = 'fd00::/64'\n",
            "case.toml:2: found fd00::/64 for cidr, expected a block of the other address family",
        ),
        ("[cluster]\nid = \n", "case.toml:2: found a mistake (invalid value), expected valid TOML"),
        (
            "[cluster\n",
            "case.toml:1: found a mistake (expected ']' at the end of a table declaration), expected valid TOML",
        ),
        (
            "[cluster]\nid = 'a'\nid = 'b'\n",
            "case.toml:3: found a mistake (cannot overwrite a value), expected valid TOML",
        ),
        ("a = " + "[" * 5000, "case.toml: found brackets nested too deeply or a number too long, expected a case.toml"),
        ("a = " + "1" * 5000, "case.toml: found brackets nested too deeply or a number too long, expected a case.toml"),
    ],
)
def test_what_should_not_be_there_is_one_line(text: str, message: str) -> None:
    with pytest.raises(CaseError) as caught:
        applied(text)
    assert str(caught.value) == message


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(CaseError, match=r"^case\.toml:2: found bytes that are no text, expected TOML in UTF-8$"):
        CaseToml("case.toml", b"[cluster]\nid = '\xff'\n")


def test_a_vswitch_is_what_the_file_says_over_what_the_answers_say() -> None:
    said = (
        '[[vswitches]]\nid = "vsw-1"\nroute_table = "vtb-1"\n'
        '[[vswitches]]\nid = "vsw-9"\nvpc = "vpc-9"\ncidr = "10.9.0.0/24"\nacl = ""\n'
    )
    vswitches = case_of({"vsw.json": VSWITCH, "case.toml": said}).vswitches
    assert (vswitches["vsw-1"].cidr, vswitches["vsw-1"].route_table) == ("192.168.10.0/24", "vtb-1")
    assert (vswitches["vsw-9"].vpc, vswitches["vsw-9"].cidr, vswitches["vsw-9"].acl) == ("vpc-9", "10.9.0.0/24", "")
    # And a network of the resource group takes its block from there
    network = '[[resource_group.networks]]\nvswitch = "vsw-9"\n'
    (found,) = case_of({"case.toml": said + network}).resource_group.networks
    assert (found.cidr, found.vpc) == ("10.9.0.0/24", "vpc-9")


def test_a_vswitch_with_a_wrong_block_is_an_error_with_its_line() -> None:
    with pytest.raises(CaseError, match=r"^case\.toml:3: found '10\.9/33', expected a CIDR"):
        case_of({"case.toml": '[[vswitches]]\nid = "vsw-9"\ncidr = "10.9/33"\n'})


def test_what_must_stay_denied_keeps_the_line_of_each_entry() -> None:
    text = 'deny = [\n  "udp://master-1-1:88 from 10.0.0.0/8",\n  # the web UIs\n  "tcp://*:8000-8090",\n]\n'

    first, second = applied(text).deny

    assert (first.host, first.ports, first.transport, first.origin.line) == ("master-1-1", (88, 88), "udp", 2)
    assert (second.host, second.ports, second.sources, second.origin.line) == ("*", (8000, 8090), None, 4)


@pytest.mark.parametrize(
    ("deny", "expected"),
    [
        ("master-1-1:88", "tcp://host:port or udp://host:port"),
        ("http://master-1-1", "tcp://host:port or udp://host:port"),
        ("tcp://master-1-1", "tcp://host:port or udp://host:port"),
        ("tcp://master-1-1:0", "a port from 1 to 65535"),
        ("tcp://master-1-1:70000", "a port from 1 to 65535"),
        ("tcp://master-1-1:90-80", "a port from 1 to 65535"),
        ("tcp://master-1-1:88 from 10.0.0.0", "10.0.0.0/24, or the prefix of the network"),
        ("tcp://master-1-1:88 from office", "a CIDR such as 10.0.0.0/8"),
        ("tcp://[fd00:::1]:88", "an address"),
    ],
)
def test_an_expectation_that_cannot_be_read_is_one_line_with_its_place(deny: str, expected: str) -> None:
    with pytest.raises(CaseError, match=r"case\.toml:2") as caught:
        applied(f'deny = [\n "{deny}"]\n')

    assert expected in str(caught.value)


def test_deny_below_a_table_is_called_what_it_is() -> None:
    with pytest.raises(CaseError, match=r"case.toml:3: found deny below \[cluster\], expected deny above the first"):
        applied('[cluster]\nid = "c-1"\ndeny = ["tcp://a:1"]\n')


def test_every_engine_that_a_component_knows_may_be_named() -> None:
    known = {engine for row in data.table("components")["component"] for engine in row.get("engines", ())}

    assert known <= set(ENGINES)


def test_words_of_node_types_stand_for_their_engine() -> None:
    case = applied('[registration]\nengines = ["Spark SQL", "MR", " hive "]\n')

    assert case.registration.engines == ("spark", "mapreduce", "hive")
