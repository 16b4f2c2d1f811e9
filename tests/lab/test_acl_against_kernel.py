"""Do the product's model of network ACLs and a stateless packet filter agree, packet by packet, on
lists that nobody wrote?
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from . import acl, cloud, ipv6, scene
from .acl_model import at_large, verdicts
from .acl_scenarios import (
    EVERYTHING,
    NAME_SERVER,
    NAME_SERVER_ROLE,
    PORTS,
    SOURCES,
    SOURCES_V6,
    AclScenario,
    acl_scenarios,
    flows,
)
from .campaign import Campaign
from .kdc_making import Place
from .netns import RG, RG_ADDRESSES, ROUTER
from .scene import Lab

RULE_SETS = 70
FEWEST_PAIRS = 2000
FIRST_CLIENT_PORT = 1024
LINUX_PORTS = range(32768, 61000)
"""net.ipv4.ip_local_port_range of Linux, which is what a resource group's tasks are given."""

Misreading = Callable[[dict[str, cloud.Document]], None]


@pytest.fixture(scope="module")
def acl_lab(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Yield a lab whose resource group has an address on both sides of every border, and a host
    with one of the VPC's own addresses.
    """
    with scene.lab(tmp_path_factory.mktemp("acl-lab")) as lab, ExitStack() as undo:
        ipv6.wire(Place(lab, undo, lab.directory))
        added = [f"ip address add {source}/24 dev eth0" for source in SOURCES if source not in RG_ADDRESSES]
        added += [f"ip -6 address add {source}/128 dev eth0 nodad" for source in SOURCES_V6]
        name_server = [f"ip address add {NAME_SERVER}/32 dev eth0"]
        route = [f"ip route add {NAME_SERVER}/32 dev {NAME_SERVER_ROLE}"]
        for role, commands in ((RG, added), (NAME_SERVER_ROLE, name_server), (ROUTER, route)):
            done = lab.host(role).run("sh", "-ec", "\n".join(commands))
            assert done.returncode == 0, done.stderr
        yield lab


def _serve_afresh(lab: Lab) -> None:
    """Restart the server.

    A handshake whose reply was dropped stays half open there, and the same client port would meet
    it in the next round.
    """
    for role in ("master", "core-1", NAME_SERVER_ROLE):
        lab.serve(role)
        lab.serve(role, tcp=PORTS, udp=PORTS)


def _enforce_lists(lab: Lab, documents: dict[str, cloud.Document]) -> None:
    lab.filter(ROUTER, acl.ruleset(documents.values()))


def _enforce_with_state(lab: Lab, documents: dict[str, cloud.Document]) -> None:
    """As if a list remembered connections, like a security group."""
    head = "policy accept;\n"
    rules = acl.ruleset(documents.values())
    assert rules == "" or head in rules
    lab.filter(ROUTER, rules.replace(head, f"{head}    ct state established,related accept\n"))


@pytest.fixture(scope="module")
def campaign(acl_lab: Lab, lab_notes: list[str]) -> Campaign[AclScenario]:
    campaign: Campaign[AclScenario] = Campaign(flows(), verdicts, lambda: _serve_afresh(acl_lab), _enforce_lists)
    try:
        campaign.run(acl_lab, acl_scenarios(), RULE_SETS)
    except AssertionError as error:
        campaign.failure = error
    lab_notes.append(f"network ACLs against kernel: {campaign.summary()}")
    return campaign


def test_the_model_and_the_kernel_never_disagree(campaign: Campaign[AclScenario]) -> None:
    if campaign.failure is not None:
        raise campaign.failure
    assert campaign.pairs >= FEWEST_PAIRS


def test_the_lists_are_not_one_sided(campaign: Campaign[AclScenario]) -> None:
    assert campaign.answered > campaign.pairs / 10
    assert campaign.answered < campaign.pairs * 9 / 10


def test_what_is_said_of_an_address_holds_for_the_ports_it_is_said_of(campaign: Campaign[AclScenario]) -> None:
    """Allowed: from every port that Linux uses. Denied: not from every one of these. Unknown: not
    from every port there is.
    """
    met = dict.fromkeys(("allowed", "denied", "unknown"), 0)
    for scenario, kernel in campaign.tried:
        by_port: dict[tuple[object, ...], dict[int, bool]] = {}
        said: dict[tuple[object, ...], str] = {}
        for flow, answered, verdict in zip(
            campaign.flows, kernel, at_large(scenario.documents, campaign.flows), strict=True
        ):
            if flow.source_port >= FIRST_CLIENT_PORT and flow.destination != NAME_SERVER:
                key: tuple[object, ...] = (flow.source, flow.transport, flow.destination, flow.port)
                by_port.setdefault(key, {})[flow.source_port] = answered
                said[key] = verdict
        for key, ports in by_port.items():
            usual = all(answered for port, answered in ports.items() if port in LINUX_PORTS)
            holds = {"allowed": usual, "denied": not usual, "unknown": not all(ports.values())}
            assert holds[said[key]], (key, said[key], ports, scenario)
            met[said[key]] += 1
    assert all(met.values()), met


def test_a_kernel_that_keeps_state_is_found_out(acl_lab: Lab) -> None:
    sample = flows()[::7]
    campaign: Campaign[AclScenario] = Campaign(sample, verdicts, lambda: _serve_afresh(acl_lab), _enforce_with_state)
    with pytest.raises(AssertionError, match="disagreements; the first"):
        campaign.run(acl_lab, acl_scenarios(), RULE_SETS, shrink=False)


# Deliberately wrong readings of the same answers: each must be told from the kernel by at least one
# pair, or the comparison proves little.


def _attributes(documents: dict[str, cloud.Document]) -> Iterator[cloud.Document]:
    for document in documents.values():
        if "NetworkAclAttribute" in document:
            yield document["NetworkAclAttribute"]


def _lists(documents: dict[str, cloud.Document]) -> Iterator[list[cloud.Document]]:
    for attribute in _attributes(documents):
        for _, side in sorted(acl.SIDES.items()):
            yield attribute[side[0]][side[1]]


def _entries(documents: dict[str, cloud.Document]) -> Iterator[cloud.Document]:
    for entries in _lists(documents):
        yield from entries


def the_last_entry_wins(documents: dict[str, cloud.Document]) -> None:
    for entries in _lists(documents):
        entries.reverse()


def what_no_entry_names_passes(documents: dict[str, cloud.Document]) -> None:
    for entries in _lists(documents):
        entries.extend(EVERYTHING)


def an_empty_list_filters_nothing(documents: dict[str, cloud.Document]) -> None:
    for entries in _lists(documents):
        entries[:] = entries or EVERYTHING


def drops_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    for entries in _lists(documents):
        entries[:] = [entry for entry in entries if entry["Policy"].lower() == "accept"]


def replies_need_no_entry(documents: dict[str, cloud.Document]) -> None:
    for attribute in _attributes(documents):
        at_clients = attribute["Resources"]["Resource"][0]["ResourceId"] != "vsw-emr"
        outer, inner, _ = acl.SIDES["ingress" if at_clients else "egress"]
        attribute[outer][inner] = list(EVERYTHING)


def the_list_of_the_clients_is_overlooked(documents: dict[str, cloud.Document]) -> None:
    _overlook(documents, of_the_cluster=False)


def the_list_of_the_cluster_is_overlooked(documents: dict[str, cloud.Document]) -> None:
    _overlook(documents, of_the_cluster=True)


def _overlook(documents: dict[str, cloud.Document], *, of_the_cluster: bool) -> None:
    """Take the list from the vSwitch, in both answers that have it."""
    for row in documents["DescribeVSwitches.json"]["VSwitches"]["VSwitch"]:
        if (row["VSwitchId"] == "vsw-emr") == of_the_cluster:
            row["NetworkAclId"] = ""
    for document in documents.values():
        for bound in document.get("NetworkAclAttribute", {}).get("Resources", {}).get("Resource", []):
            if (bound["ResourceId"] == "vsw-emr") == of_the_cluster:
                bound["ResourceId"] = "vsw-other"


def one_vswitch_is_filtered_too(documents: dict[str, cloud.Document]) -> None:
    rows = documents["DescribeVSwitches.json"]["VSwitches"]["VSwitch"]
    if len(rows) == 1:
        rows.append({**rows[0], "VSwitchId": "vsw-rg"})
        documents["ListNetworks.json"]["PagingInfo"]["NetworkList"][0]["VswitchId"] = "vsw-rg"


def all_ports_are_none(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        if entry["Protocol"].lower() in ("tcp", "udp") and entry["Port"] == "-1/-1":
            entry["Port"] = "1/1"


def a_range_is_only_its_first_port(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        if entry["Port"] != "-1/-1":
            first = entry["Port"].split("/")[0]
            entry["Port"] = f"{first}/{first}"


def the_upper_end_of_a_range_is_left_out(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        low, high = entry["Port"].split("/")
        entry["Port"] = entry["Port"] if int(high) <= int(low) else f"{low}/{int(high) - 1}"


def all_is_tcp(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        if entry["Protocol"] == "all":
            entry["Protocol"] = "tcp"


def icmp_is_all(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        if entry["Protocol"] == "icmp":
            entry["Protocol"] = "all"


def addresses_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        every = "::/0" if ":" in entry["SourceCidrIp"] else "0.0.0.0/0"
        entry["SourceCidrIp"] = entry["DestinationCidrIp"] = every


def families_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        if entry["SourceCidrIp"] == "0.0.0.0/0":
            entry["SourceCidrIp"] = entry["DestinationCidrIp"] = "::/0"


def a_block_is_only_the_address_before_the_slash(documents: dict[str, cloud.Document]) -> None:
    for entry in _entries(documents):
        for end in ("SourceCidrIp", "DestinationCidrIp"):
            entry[end] = entry[end] if entry[end].endswith("/0") else entry[end].split("/")[0]


def prefix_lists_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    for entries in _lists(documents):
        entries[:] = [entry for entry in entries if not entry["SourceCidrIp"].startswith("pl-")]


WRONG_READINGS: tuple[Misreading, ...] = (
    the_last_entry_wins,
    what_no_entry_names_passes,
    an_empty_list_filters_nothing,
    drops_are_overlooked,
    replies_need_no_entry,
    the_list_of_the_clients_is_overlooked,
    the_list_of_the_cluster_is_overlooked,
    one_vswitch_is_filtered_too,
    all_ports_are_none,
    a_range_is_only_its_first_port,
    the_upper_end_of_a_range_is_left_out,
    all_is_tcp,
    icmp_is_all,
    addresses_are_overlooked,
    families_are_overlooked,
    a_block_is_only_the_address_before_the_slash,
    prefix_lists_are_overlooked,
)


@pytest.mark.parametrize("misread", WRONG_READINGS, ids=lambda misread: misread.__name__)
def test_a_wrong_reading_is_told_from_the_kernel(campaign: Campaign[AclScenario], misread: Misreading) -> None:
    for scenario, kernel in campaign.tried:
        documents = copy.deepcopy(scenario.documents)
        misread(documents)
        if verdicts(documents, campaign.flows) != kernel:
            return
    pytest.fail(f"no pair of {campaign.pairs} shows that {misread.__name__} is wrong")
