"""When is every node of the cluster known, so that a missing one is gone?"""

from __future__ import annotations

import pytest

from diagnose.case.model import Input, Skipped
from diagnose.findings.network.outside_cluster import LISTING, nodes_are_whole
from tests.support.factories import a_case

LISTED = Input("nodes.json", LISTING, "0" * 64)


@pytest.mark.parametrize(
    ("skipped", "is_whole"),
    [
        (None, True),
        (Skipped("nodes of c-1", "a page is missing", "ListNodes", hides=True, about="nodes"), False),
        (Skipped("nodes of c-1", "one field is unknown", ""), True),
        (Skipped("rules of sg-1", "a page is missing", "DescribeSecurityGroupAttribute", hides=True), True),
    ],
)
def test_the_nodes_are_whole_unless_a_page_of_them_is_missing(skipped: Skipped | None, is_whole: bool) -> None:
    case = a_case(inputs=(LISTED,), skipped=(skipped,) if skipped else ())
    assert nodes_are_whole(case) is is_whole


def test_without_a_listing_nobody_knows_which_nodes_there_are() -> None:
    assert not nodes_are_whole(a_case())
    assert not nodes_are_whole(a_case(inputs=(LISTED,), nodes=()))
