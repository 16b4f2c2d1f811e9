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
            # Network ACLs take the prefix lists of VPC, which ECS does not know
            "the entries of prefix list pl-bp1x, used by entry nae-bp1 of nacl-bp1",
            "aliyun vpc GetVpcPrefixListEntries --RegionId cn-hangzhou --PrefixListId pl-bp1x > pl-bp1x.json",
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
    assert saving(missing, "cn-hangzhou") == tuple(filter(None, [command]))


def test_a_region_that_is_not_known_stays_to_be_filled_in() -> None:
    assert "--RegionId R " in saving("sg-bp1a", None)[0]
    assert CALLS["ecs:DescribeSecurityGroupAttribute"].startswith("--RegionId R ")


def test_two_answers_that_do_not_fit_are_both_saved_anew() -> None:
    text = "the rules of sg-bp1a: DescribeSecurityGroupAttribute has 1 of the 2 that DescribeSecurityGroups counts"

    assert saving(text, "cn-hangzhou") == (
        f"{GROUP} > sg-bp1a.json",
        "aliyun ecs DescribeSecurityGroups --RegionId cn-hangzhou > DescribeSecurityGroups.json",
    )


def test_a_new_answer_takes_the_place_of_the_old_one() -> None:
    """Given a file of the case with that answer, then the two do not lie side by side."""
    files = {"sg-bp1a": "rules of emr.json", "ecs:DescribeSecurityGroups": "cloud/groups.json"}

    assert saving("sg-bp1a", "cn-hangzhou", files) == (f"{GROUP} > 'rules of emr.json'",)
    assert saving("DescribeSecurityGroups of sg-bp1a", "R", files)[0].endswith(" > cloud/groups.json")
