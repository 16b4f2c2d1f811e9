"""Is the command that saves what a sentence misses one that can be pasted?"""

from __future__ import annotations

import pytest

from diagnose.case.api.calls import CALLS, saving

GROUP = "aliyun ecs DescribeSecurityGroupAttribute --RegionId cn-hangzhou --SecurityGroupId sg-bp1a --Direction all"


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        ("all ingress rules of sg-bp1a: no DescribeSecurityGroupAttribute answer for it", f"{GROUP} > sg-bp1a.json"),
        ("sg-bp1a 的全部入方向规则", f"{GROUP} > sg-bp1a.json"),
        (
            "the entries of pl-bp1x",
            "aliyun ecs DescribePrefixListAttributes --RegionId cn-hangzhou --PrefixListId pl-bp1x > pl-bp1x.json",
        ),
        (
            "the ports of prl-bp1x",
            "aliyun ecs DescribePortRangeListEntries --RegionId cn-hangzhou --PortRangeListId prl-bp1x > prl-bp1x.json",
        ),
        (
            "the type of sg-bp1a (DescribeSecurityGroups)",
            "aliyun ecs DescribeSecurityGroups --RegionId cn-hangzhou > DescribeSecurityGroups.json",
        ),
        (
            "sg-bp1a 的规则 sgr-bp1b 引用的前缀列表 pl-bp1x 的内容",
            "aliyun ecs DescribePrefixListAttributes --RegionId cn-hangzhou --PrefixListId pl-bp1x > pl-bp1x.json",
        ),
        ("the type of the group", ""),
    ],
)
def test_the_object_and_the_region_are_filled_in(missing: str, command: str) -> None:
    assert saving(missing, "cn-hangzhou") == command


def test_a_region_that_is_not_known_stays_to_be_filled_in() -> None:
    assert "--RegionId R " in saving("sg-bp1a", None)
    assert CALLS["ecs:DescribeSecurityGroupAttribute"].startswith("--RegionId R ")
