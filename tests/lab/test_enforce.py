"""Is the translation into nftables exact where it can be, and does it refuse where the documents
leave something open?
"""

from __future__ import annotations

import re

import pytest

from . import cloud
from .enforce import EnforceError, ruleset

TARGET = "192.168.20.11"


def _documents(*permissions: cloud.Document, inner: str = "Drop", **more: cloud.Document) -> list[cloud.Document]:
    return [
        cloud.attribute("sg-emr", permissions, inner),
        cloud.security_groups({"sg-emr": "normal"}),
        cloud.interfaces({TARGET: ["sg-emr"]}),
        *more.values(),
    ]


def _ingress(*documents: cloud.Document) -> list[str]:
    """Return matches and verdict of every rule of the target's inbound chain."""
    body = re.search(r"chain ingress_0 \{\n(.*?)\n  \}", ruleset(documents), re.DOTALL)
    assert body is not None
    return [line.partition(" comment")[0].strip() for line in body[1].splitlines()]


def test_one_permission_is_one_rule_with_all_that_it_says() -> None:
    rule = cloud.permission(
        "sgr-1",
        IpProtocol="udp",
        PortRange="88/89",
        SourceCidrIp="192.168.10.77/24",
        DestCidrIp=TARGET,
        SourcePortRange="1024/65535",
    )
    client = "udp sport { 1024-65535 }"
    assert _ingress(*_documents(rule)) == [
        (
            f"ip saddr {{ 192.168.10.0/24 }} ip daddr {{ {TARGET}/32 }} "
            f"meta l4proto udp udp dport {{ 88-89 }} {client} counter return"
        ),
        "counter drop",
    ]


def test_rules_stand_by_priority_as_a_number_and_dropping_ones_first() -> None:
    rules = [
        cloud.permission(name, IpProtocol="ALL", SourceCidrIp=f"10.0.0.{n}", Priority=priority, Policy=policy)
        for n, (name, priority, policy) in enumerate(
            [("a", "10", "Accept"), ("b", 2, "accept"), ("c", "10", "drop"), ("d", "110", "Drop"), ("e", "2", "Drop")]
        )
    ]
    addresses = [match[1] for line in _ingress(*_documents(*rules)) if (match := re.search(r"10\.0\.0\.(\d)", line))]
    assert addresses == ["4", "1", "2", "0", "3"]


def test_a_prefix_list_is_merged_and_an_empty_one_matches_nothing() -> None:
    listed = cloud.permission("sgr-1", IpProtocol="ALL", SourcePrefixListId="pl-1")
    full = cloud.prefix_list("pl-1", ["192.168.10.0/25", "192.168.10.128/25", "192.168.10.7"])
    assert _ingress(*_documents(listed, pl=full))[0] == "ip saddr { 192.168.10.0/24 } counter return"
    assert _ingress(*_documents(listed, pl=cloud.prefix_list("pl-1", []))) == ["counter drop"]


@pytest.mark.parametrize(
    ("documents", "cause"),
    [
        (_documents()[:1] + _documents()[2:], "exactly one known kind"),
        (_documents()[1:], "InnerAccessPolicy of sg-emr is not known"),
        (_documents(inner=""), "InnerAccessPolicy of sg-emr is not known"),
        (_documents(cloud.permission("sgr-1", SourcePrefixListId="pl-1")), "no content of pl-1"),
        (
            _documents(cloud.permission("sgr-1", PortRange="", PortRangeListId="prl-1", SourceCidrIp="10.0.0.0/8")),
            "no content of prl-1",
        ),
        (_documents(cloud.permission("sgr-1", DestCidrIp="192.168.10.0/24")), "names no source"),
        (
            _documents(cloud.permission("sgr-1", IpProtocol="SCTP", SourceCidrIp="10.0.0.0/8")),
            "protocol sctp is not known",
        ),
    ],
)
def test_what_the_documents_leave_open_is_refused(documents: list[cloud.Document], cause: str) -> None:
    with pytest.raises(EnforceError, match=cause):
        ruleset(documents)
