"""Do the product's model of security groups and the kernel agree, flow by flow, on rule sets that
nobody wrote?
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import pytest

from . import cloud
from .campaign import Campaign
from .model import verdicts
from .scenarios import PORTS, TARGETS, Scenario, flows, scenarios
from .scene import Lab

KINDS = {
    ("normal", "normal"): 50,
    ("normal", "enterprise"): 10,
    ("enterprise", "normal"): 10,
    ("enterprise", "enterprise"): 5,
}
"""Kind of the groups at the nodes and at the clients -> how many rule sets are tried; EMR itself
takes basic groups only.
"""

FEWEST_PAIRS = 2000


@pytest.fixture(scope="module")
def campaign(lab_session: Lab, lab_notes: list[str]) -> Iterator[Campaign[Scenario]]:
    campaign: Campaign[Scenario] = Campaign(flows(), verdicts)
    for role in TARGETS:
        lab_session.serve(role, tcp=PORTS, udp=PORTS)
    try:
        for kinds, rule_sets in KINDS.items():
            campaign.run(lab_session, scenarios(*kinds), rule_sets)
    except AssertionError as error:
        campaign.failure = error
    lab_notes.append(f"model against kernel: {campaign.summary()}")
    yield campaign
    lab_session.reset()


def test_the_model_and_the_kernel_never_disagree(campaign: Campaign[Scenario]) -> None:
    if campaign.failure is not None:
        raise campaign.failure
    assert campaign.pairs >= FEWEST_PAIRS


def test_the_rule_sets_are_not_one_sided(campaign: Campaign[Scenario]) -> None:
    assert campaign.answered > campaign.pairs / 10
    assert campaign.answered < campaign.pairs * 9 / 10


# Deliberately wrong readings of the same answers: each must be told from the kernel by at least one
# pair, or the comparison proves little.


def _rules(documents: dict[str, cloud.Document]) -> Iterator[cloud.Document]:
    for document in documents.values():
        yield from document.get("Permissions", {}).get("Permission", [])


def _recount(documents: dict[str, cloud.Document]) -> None:
    counts = cloud.rule_counts(documents)
    for group in documents["DescribeSecurityGroups.json"]["SecurityGroups"]["SecurityGroup"]:
        group["RuleCount"] = counts[group["SecurityGroupId"]]


def _reranked(documents: dict[str, cloud.Document], key: Callable[[cloud.Document], tuple[object, ...]]) -> None:
    order = sorted({key(rule) for rule in _rules(documents)})
    ranks = {rank: number + 1 for number, rank in enumerate(order)}
    for rule in _rules(documents):
        rule["Priority"] = ranks[key(rule)]


def _drops(rule: cloud.Document) -> bool:
    return bool(rule["Policy"].lower() == "drop")


def _without(documents: dict[str, cloud.Document], unwanted: Callable[[cloud.Document], object]) -> None:
    for document in documents.values():
        if "Permissions" in document:
            kept = [rule for rule in document["Permissions"]["Permission"] if not unwanted(rule)]
            document["Permissions"]["Permission"] = kept


def ties_go_to_accept(documents: dict[str, cloud.Document]) -> None:
    _reranked(documents, lambda rule: (int(rule["Priority"]), _drops(rule)))


def drop_wins_at_any_priority(documents: dict[str, cloud.Document]) -> None:
    _reranked(documents, lambda rule: (not _drops(rule), int(rule["Priority"])))


def priorities_sort_as_text(documents: dict[str, cloud.Document]) -> None:
    _reranked(documents, lambda rule: (str(rule["Priority"]),))


def the_larger_priority_wins(documents: dict[str, cloud.Document]) -> None:
    _reranked(documents, lambda rule: (-int(rule["Priority"]),))


def drops_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    _without(documents, _drops)


def priority_110_is_refused(documents: dict[str, cloud.Document]) -> None:
    _without(documents, lambda rule: int(rule["Priority"]) > 100)


def the_destination_of_an_ingress_rule_is_overlooked(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        if rule["Direction"] == "ingress":
            rule["DestCidrIp"] = ""


def client_ports_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        rule["SourcePortRange"] = ""


def prefix_lists_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    _without(
        documents, lambda rule: rule["SourcePrefixListId"] and not rule["SourceCidrIp"] and not rule["SourceGroupId"]
    )


def port_lists_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    _without(documents, lambda rule: rule["PortRangeListId"] and not rule["PortRange"])


def a_port_list_beats_a_range(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        if rule["PortRangeListId"]:
            rule["PortRange"] = ""


def group_references_are_overlooked(documents: dict[str, cloud.Document]) -> None:
    _without(documents, lambda rule: rule["SourceGroupId"] and not rule["SourceCidrIp"])


def a_group_beats_a_cidr(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        if rule["SourceGroupId"]:
            rule["SourceCidrIp"] = ""


def a_prefix_list_beats_a_group(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        if rule["SourcePrefixListId"]:
            rule["SourceGroupId"] = ""


def only_the_first_group_counts(documents: dict[str, cloud.Document]) -> None:
    for interface in documents["DescribeNetworkInterfaces.json"]["NetworkInterfaceSets"]["NetworkInterfaceSet"]:
        del interface["SecurityGroupIds"]["SecurityGroupId"][1:]


def enterprise_is_taken_for_basic(documents: dict[str, cloud.Document]) -> None:
    for group in documents["DescribeSecurityGroups.json"]["SecurityGroups"]["SecurityGroup"]:
        group["SecurityGroupType"] = "normal"


def the_internal_policy_is_overlooked(documents: dict[str, cloud.Document]) -> None:
    for document in documents.values():
        if "InnerAccessPolicy" in document:
            document["InnerAccessPolicy"] = "Drop"


def egress_is_overlooked(documents: dict[str, cloud.Document]) -> None:
    _without(documents, lambda rule: rule["Direction"] == "egress" and _drops(rule))


def protocol_numbers_are_not_understood(documents: dict[str, cloud.Document]) -> None:
    _without(documents, lambda rule: rule["IpProtocol"].isdigit())


def udp_is_taken_for_tcp(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        if rule["IpProtocol"] in ("UDP", "udp", "17"):
            rule["IpProtocol"] = "TCP"


def a_range_is_only_its_first_port(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        if rule["PortRange"] not in ("", "-1/-1"):
            first = rule["PortRange"].split("/")[0]
            rule["PortRange"] = f"{first}/{first}"


def a_cidr_is_only_its_address(documents: dict[str, cloud.Document]) -> None:
    for rule in _rules(documents):
        rule["SourceCidrIp"] = rule["SourceCidrIp"].replace("192.168.10.77/24", "192.168.10.77")


WRONG_READINGS = (
    ties_go_to_accept,
    drop_wins_at_any_priority,
    priorities_sort_as_text,
    the_larger_priority_wins,
    drops_are_overlooked,
    priority_110_is_refused,
    the_destination_of_an_ingress_rule_is_overlooked,
    client_ports_are_overlooked,
    prefix_lists_are_overlooked,
    port_lists_are_overlooked,
    a_port_list_beats_a_range,
    group_references_are_overlooked,
    a_group_beats_a_cidr,
    a_prefix_list_beats_a_group,
    only_the_first_group_counts,
    enterprise_is_taken_for_basic,
    the_internal_policy_is_overlooked,
    egress_is_overlooked,
    protocol_numbers_are_not_understood,
    udp_is_taken_for_tcp,
    a_range_is_only_its_first_port,
    a_cidr_is_only_its_address,
)


@pytest.mark.parametrize("misread", WRONG_READINGS, ids=lambda misread: misread.__name__)
def test_a_wrong_reading_is_told_from_the_kernel(
    campaign: Campaign[Scenario], misread: Callable[[dict[str, cloud.Document]], None]
) -> None:
    for scenario, kernel in campaign.tried:
        documents = copy.deepcopy(scenario.documents)
        misread(documents)
        _recount(documents)
        if verdicts(documents, campaign.flows) != kernel:
            return
    pytest.fail(f"no pair of {campaign.pairs} shows that {misread.__name__} is wrong")
