"""Given exported pages, when groups are built, then nothing that may be missing looks as if it were
not there."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from diagnose.case.api import documents, security_groups
from diagnose.case.api.documents import ApiAnswers
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.addresses import parse
from probes.rules.group_rule import ListUse, weight
from probes.rules.security_group import Group, Unresolved
from tests.support.group_answers import IN, OUT, listing, page, prefix_list, rule


def build(
    *answers: dict[str, Any], names: tuple[str, ...] = (), conflicts: list[Conflict] | None = None
) -> tuple[dict[str, Group], list[Skipped]]:
    items = []
    for index, answer in enumerate(answers):
        name = names[index] if index < len(names) else f"{index}.json"
        found, skipped = documents.read(name, json.dumps(answer, indent=1).encode())
        assert not skipped
        items += found
    return security_groups.read(ApiAnswers(tuple(items)), [] if conflicts is None else conflicts)


def group_of(*answers: dict[str, Any]) -> Group:
    return build(*answers)[0]["sg-1"]


ONE_PAGE = "0.json is one page of several: NextToken is set and no last page is in the case"


def no_rule(
    direction: str, other: str, why: str = "RuleCount from DescribeSecurityGroups would tell"
) -> tuple[str, str]:
    return direction, f"the export shows no {direction} rule; it may have been taken with Direction={other} ({why})"


@pytest.mark.parametrize(
    ("answers", "gaps"),
    [
        pytest.param([page(IN, OUT)], (), id="both-directions"),
        pytest.param([page(IN)], (no_rule("egress", "ingress"),), id="ingress-only"),
        pytest.param([page(OUT)], (no_rule("ingress", "egress"),), id="egress-only"),
        pytest.param([page()], (no_rule("ingress", "egress"), no_rule("egress", "ingress")), id="no-rules"),
        pytest.param([page(), listing(0)], (), id="no-rules-and-none-announced"),
        pytest.param([page(IN), listing(1)], (), id="count-says-the-other-direction-is-empty"),
        pytest.param([page(IN, NextToken="t"), listing(1)], (), id="count-beats-the-token"),
        pytest.param(
            [page(IN, OUT, NextToken="t")], (("ingress", ONE_PAGE), ("egress", ONE_PAGE)), id="first-page-only"
        ),
        pytest.param(
            [page(IN, NextToken="t")], (("ingress", ONE_PAGE), ("egress", ONE_PAGE)), id="first-page-one-direction"
        ),
        pytest.param([page(IN, OUT, NextToken="t"), page(rule("sgr-3"), rule("sgr-4", "egress"))], (), id="two-pages"),
        pytest.param(
            [page(IN, NextToken="t"), page(OUT)], (("ingress", ONE_PAGE),), id="last-page-of-the-other-direction"
        ),
        pytest.param([page(IN, NextToken="t"), page(rule("sgr-3")), page(OUT)], (), id="pages-of-each-direction"),
        pytest.param(
            [page(IN, OUT), listing(3)],
            tuple(
                (d, "DescribeSecurityGroupAttribute has 2 of the 3 rules that DescribeSecurityGroups counts")
                for d in ("ingress", "egress")
            ),
            id="fewer-than-announced",
        ),
        pytest.param(
            [page(IN, rule("x")), listing(1)],
            (
                ("ingress", "RuleCount is 1, and the case has 2 rules"),
                ("egress", "RuleCount is 1, and the case has 2 rules"),
            ),
            id="more-than-announced",
        ),
        pytest.param(
            [listing(2)],
            (
                ("ingress", "no DescribeSecurityGroupAttribute answer for it"),
                ("egress", "no DescribeSecurityGroupAttribute answer for it"),
            ),
            id="listed-only",
        ),
    ],
)
def test_gaps(answers: list[dict[str, Any]], gaps: tuple[tuple[str, str], ...]) -> None:
    assert group_of(*answers).gaps == gaps


def test_pages_are_merged_and_the_same_rule_twice_is_one() -> None:
    group = group_of(page(IN, NextToken="t"), page(IN, OUT))
    assert [(r.id, r.origin.file, r.origin.line) for r in group.rules if r.origin] == [
        ("sgr-1", "0.json", 5),
        ("sgr-2", "1.json", 14),
    ]


def test_two_contents_under_one_id_are_a_conflict_and_both_rules_doubtful() -> None:
    conflicts: list[Conflict] = []

    group = build(page(IN), page({**IN, "PortRange": "1/2"}), conflicts=conflicts)[0]["sg-1"]

    assert [bool(each.doubt) for each in group.rules] == [True, True]
    assert [(each.subject, len(each.places)) for each in conflicts] == [("security group sg-1", 2)]


@pytest.mark.parametrize("field", ["Description", "SourceGroupName", "SourcePrefixListName", "PortRangeListName"])
def test_a_rule_of_another_description_is_the_same_rule(field: str) -> None:
    """Given a text that was changed between two exports, then the rule itself is in no doubt."""
    conflicts: list[Conflict] = []
    one, other = (rule("sgr-1", **{field: text}) for text in ("old", "new"))
    group = build(page(one, OUT), page(other, OUT), conflicts=conflicts)[0]["sg-1"]
    assert [each.doubt for each in group.rules] == ["", ""]
    assert conflicts == []


def test_a_rule_that_one_of_two_whole_exports_lacks_is_doubtful() -> None:
    conflicts: list[Conflict] = []

    group = build(page(IN, rule("sgr-9")), page(IN), conflicts=conflicts)[0]["sg-1"]

    assert {each.id: bool(each.doubt) for each in group.rules} == {"sgr-1": False, "sgr-9": True}
    (conflict,) = conflicts
    assert [origin.file for origin in conflict.places] == ["0.json", "1.json"]
    assert conflict.accounts[1] == "1 rules"


def test_a_count_that_one_of_two_exports_has_is_no_second_conflict() -> None:
    """Given a list of groups as old as the old export, then only what differs is doubtful."""
    conflicts: list[Conflict] = []

    group = build(page(IN, OUT), page(IN, OUT, rule("sgr-9")), listing(2), conflicts=conflicts)[0]["sg-1"]

    assert (len(conflicts), conflicts[0].object, group.gaps) == (1, "sg-1", ())
    assert {rule.id: bool(rule.doubt) for rule in group.rules} == {"sgr-1": False, "sgr-2": False, "sgr-9": True}


def test_exports_of_one_direction_each_and_pages_of_one_export_are_no_conflict() -> None:
    conflicts: list[Conflict] = []

    build(page(IN), page(OUT), conflicts=conflicts)
    build(page(IN, OUT, NextToken="t"), page(rule("sgr-3")), conflicts=conflicts)
    build(page(IN, OUT), page(IN, OUT), conflicts=conflicts)

    assert conflicts == []


def test_two_internal_access_policies_are_unknown() -> None:
    assert group_of(page(IN, InnerAccessPolicy="Drop"), page(InnerAccessPolicy="Accept")).inner_accept is None


def test_a_rule_of_tcp_without_ports_is_unresolved() -> None:
    assert isinstance(group_of(page(rule("r", PortRange=""))).rules[0].ports, Unresolved)


@pytest.mark.parametrize("priority", ["0", "101", "111"])
def test_a_priority_that_no_rule_can_have_costs_its_rule(priority: str) -> None:
    groups, skipped = build(page(rule("r", Priority=priority), OUT))
    odd, whole = groups["sg-1"].rules
    assert (odd.priority, bool(odd.doubt), whole.doubt) == (0, True, "")
    assert "expected a number from 1 to 100" in skipped[0].cause


def test_rules_without_an_id_are_told_apart_by_content() -> None:
    group = group_of(page(rule(""), rule("", Priority=2)), page(rule("")))
    assert [r.priority for r in group.rules] == [1, 2]


def test_what_the_listing_adds() -> None:
    group = group_of(
        page(IN, OUT, InnerAccessPolicy="accept", VpcId="vpc-1"),
        listing(2, SecurityGroupType="Normal", SecurityGroupName="emr", ServiceManaged="true", ServiceID=12),
    )
    assert (group.kind, group.name, group.managed_by, group.inner_accept) == ("normal", "emr", "12", True)
    assert (group.vpc, group.rule_count) == ("vpc-1", 2)


@pytest.mark.parametrize(("said", "meant"), [("Accept", True), ("DROP", False), ("", None), (None, None)])
def test_inner_access_policy(said: str | None, meant: bool | None) -> None:
    assert group_of(page(IN, InnerAccessPolicy=said)).inner_accept is meant


@pytest.mark.parametrize(
    ("answers", "check", "cause"),
    [
        (
            [page(IN, InnerAccessPolicy="Maybe")],
            "InnerAccessPolicy of sg-1",
            r"0\.json:\d+: found InnerAccessPolicy 'Maybe', expected Accept or Drop",
        ),
        (
            [page(rule("r", Policy="perhaps"))],
            "rule r of sg-1",
            r"0\.json:5: found Policy 'perhaps', expected Accept.*",
        ),
        (
            [page(rule("r", Priority="high"))],
            "rule r of sg-1",
            r"0\.json:5: found Priority 'high', expected a number.*",
        ),
        ([page(rule("r", Priority="9" * 5000))], "rule r of sg-1", r"0\.json:5: found .{,99}, expected a.*"),
        (
            [page(rule("r", IpProtocol="SCTP?"))],
            "rule r of sg-1",
            r"0\.json:5: found IpProtocol 'SCTP\?', expected TCP.*",
        ),
        ([page(rule("r", PortRange="80-90"))], "rule r of sg-1", r"0\.json:5: found PortRange '80-90', expected .*"),
        ([page(rule("r", SourceCidrIp="n/a"))], "rule r of sg-1", r"0\.json:5: found 'n/a' is not .*"),
        ([page(rule("r", Direction="both"))], "rule r of sg-1", r"0\.json:5: found Direction 'both', expected .*"),
    ],
)
def test_an_odd_value_costs_its_own_item(answers: list[dict[str, Any]], check: str, cause: str) -> None:
    groups, skipped = build(*answers)
    assert [entry.check for entry in skipped] == [check]
    assert re.fullmatch(cause, skipped[0].cause)
    assert all(rule.doubt for rule in groups["sg-1"].rules if check.startswith("rule"))


@pytest.mark.parametrize(
    ("field", "count"), [({"Policy": "perhaps"}, 2), ({"Direction": "both"}, 2), ({"Direction": "", "Policy": ""}, 4)]
)
def test_a_rule_that_cannot_be_read_is_all_that_it_may_be(field: dict[str, str], count: int) -> None:
    group = group_of(page(rule("r", **field), OUT), listing(2))
    assert len([each for each in group.rules if each.doubt]) == count
    assert group.gaps == ()


def test_two_listings_that_count_otherwise_are_a_conflict() -> None:
    conflicts: list[Conflict] = []
    groups, _ = build(page(IN), listing(1), listing(2), conflicts=conflicts)
    assert groups["sg-1"].rule_count is None
    assert conflicts[0].accounts == ("RuleCount 1", "RuleCount 2")
    assert [origin.file for origin in conflicts[0].places] == ["1.json", "2.json"]


BY_LIST = rule("r", SourceCidrIp="", SourcePrefixListId="pl-1")
BY_PORTS = rule("r", PortRange="", PortRangeListId="prl-1")


def test_a_prefix_list_that_is_there_is_resolved() -> None:
    assert group_of(page(BY_LIST), prefix_list("10.0.0.0/8", "11.0.0.0/8")).rules[0].source == (
        (parse("10.0.0.0/8")[0], parse("11.0.0.0/8")[1]),
    )


@pytest.mark.parametrize("lists", [[], [prefix_list("10.0.0.0/8", NextToken="t")]])
def test_a_prefix_list_that_is_not_whole_stays_unresolved(lists: list[dict[str, Any]]) -> None:
    assert group_of(page(BY_LIST), *lists).rules[0].source == Unresolved("prefix list", "pl-1")


def test_a_wrong_block_costs_its_prefix_list() -> None:
    groups, skipped = build(page(BY_LIST), prefix_list("10.0.0"))
    assert isinstance(groups["sg-1"].rules[0].source, Unresolved)
    assert skipped[0].cause.startswith("1.json:6: found '10.0.0', expected")


def test_a_port_list_is_known_by_its_file_name() -> None:
    groups, skipped = build(
        page(BY_PORTS),
        {"Entries": [{"PortRange": "88/88"}, {"PortRange": "750/751"}]},
        names=("sg.json", "x/prl-1.json"),
    )
    assert groups["sg-1"].rules[0].ports == ((88, 88), (750, 751))
    assert not skipped


def test_a_port_list_that_does_not_say_which_is_skipped() -> None:
    groups, skipped = build(page(BY_PORTS), {"Entries": [{"PortRange": "88/88"}]})
    assert groups["sg-1"].rules[0].ports == Unresolved("port list", "prl-1")
    assert [entry.check for entry in skipped] == ["port list in 1.json"]


@pytest.mark.parametrize(
    ("most", "count", "whole"),
    [
        # The list counts as its maximum, so 1 + 20 rules are all
        (20, 21, True),
        # 22 are not
        (20, 22, False),
        # Of a list whose size is not in the case nobody can tell: the pages decide
        (None, 22, True),
    ],
)
def test_a_rule_with_a_prefix_list_counts_as_the_most_that_the_list_holds(
    most: int | None, count: int, whole: bool
) -> None:
    size = {} if most is None else {"MaxEntries": most}
    group = group_of(page(BY_LIST, OUT), listing(count), prefix_list("10.0.0.0/8", **size))
    assert (group.gaps == ()) is whole
    (by_list, _) = group.rules
    assert by_list.lists == (ListUse("source", "pl-1", most),)
    assert weight(by_list) == (most or 1)


def test_a_list_that_another_field_hides_is_no_list() -> None:
    hidden = rule("r", SourcePrefixListId="pl-1", PortRangeListId="prl-1")
    assert group_of(page(hidden)).rules[0].lists == ()


def test_every_end_of_a_rule_may_name_a_list() -> None:
    both = rule("r", SourcePrefixListId="pl-1", SourceCidrIp="", DestPrefixListId="pl-2")
    uses = group_of(page(both, BY_PORTS)).rules
    assert [(use.field, use.id) for each in uses for use in each.lists] == [
        ("source", "pl-1"),
        ("dest", "pl-2"),
        ("ports", "prl-1"),
    ]
