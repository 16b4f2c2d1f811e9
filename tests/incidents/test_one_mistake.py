"""Are rules that all have the same mistake one finding?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import BLOCK, PORTS, changed, group_of_nodes, healthy, report, rule

OF_A_GROUP = {"source": "", "SourceGroupId": "sg-app"}
TO_THE_BLOCK = {"source": "0.0.0.0/0", "DestCidrIp": BLOCK}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (OF_A_GROUP, "SG-GROUPREF"),
        (TO_THE_BLOCK, "SG-DIRECTION"),
        ({"direction": "egress"}, "SG-DIRECTION"),
        ({"source": "192.168.1.0/24"}, "SG-SOURCE"),
    ],
)
def test_the_same_mistake_in_each_rule_is_one_fault(tmp_path: Path, fields: dict[str, Any], code: str) -> None:
    rules = [rule("TCP", port, **fields) for port in PORTS]

    result = report(tmp_path, changed(healthy(), group_of_nodes(rules)))

    assert [each["code"] for each in result["findings"]] == [code]
    assert {each["source_cidr_ip"] for each in result["suggested_rules"]} == {BLOCK}
    ports = {each["port_range"] for each in result["suggested_rules"]}
    assert ports == {f"{port}/{port}" for port in (8032, 9000, 9083, 9866, 10000, 10020)}


def test_two_mistakes_are_two_faults(tmp_path: Path) -> None:
    # Given rules for two groups, an outbound rule, and one with the vSwitch as its destination
    slips = [
        rule("TCP", 8032, **OF_A_GROUP),
        rule("TCP", 9083, source="", SourceGroupId="sg-bi"),
        rule("TCP", 10000, direction="egress"),
        rule("TCP", 10020, **TO_THE_BLOCK),
    ]
    kept = [rule("TCP", port) for port in PORTS if port not in (8032, 9083, 10000, 10020)]

    result = report(tmp_path, changed(healthy(), group_of_nodes([*kept, *slips])))

    codes = sorted(each["code"] for each in result["findings"])
    assert codes == ["SG-DIRECTION", "SG-DIRECTION", "SG-GROUPREF", "SG-GROUPREF"]
