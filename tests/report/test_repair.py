"""In every form of the repair, each change stands under the code of the finding that it repairs."""

from __future__ import annotations

import json
from typing import get_args

import msgspec
import pytest

from diagnose.remedies.model import FindingRef
from diagnose.report.details import render
from diagnose.report.model import Report
from diagnose.report.remedy import remedies
from diagnose.report.repair import Form, emit
from tests.support import reports

SECOND = FindingRef("NACL-IN", 2)


def two_faults() -> Report:
    """Return a report with a rule for its first finding, and a list of an ACL for its second."""
    acl = reports.an_acl_edit(finding=SECOND)
    instead = reports.a_file_edit(option=2)
    second = reports.a_finding("NACL-IN", rank=2, title="A network ACL drops the packets", remedies=[])
    made = reports.with_edits(reports.failing(), instead, acl)
    rule = reports.a_rule()
    first = msgspec.structs.replace(made.findings[0], remedies=[])
    return msgspec.structs.replace(made, findings=[first, second], suggested_rules=[rule], suggested_edits=[])


def test_a_repair_is_one_option_of_one_finding() -> None:
    assert [(each.finding.code, each.option) for each in remedies(two_faults())] == [
        ("SG-KDC-UDP", 1),
        ("SG-KDC-UDP", 2),
        ("NACL-IN", 1),
    ]


@pytest.mark.parametrize("form", [form for form in get_args(Form) if form != "ros"])
def test_each_repair_stands_under_its_code_and_title(form: Form) -> None:
    text = emit(two_faults(), form)

    places = [text.index(words) for words in ("[SG-KDC-UDP] The KDC", "88/88", "[NACL-IN] A network ACL", "nacl-1")]
    assert places == sorted(places)
    assert "udp_preference_limit" not in text


def test_a_template_says_which_resource_repairs_which_finding() -> None:
    template = json.loads(emit(two_faults(), "ros"))

    (name,) = template["Resources"]
    assert f"[SG-KDC-UDP] is repaired by {name}." in template["Description"]
    assert "[NACL-IN] In network ACL nacl-1" in template["Description"]


def test_the_unknown_region_is_said_once_on_top() -> None:
    report = two_faults()
    nowhere = msgspec.structs.replace(report.case, cluster=reports.a_cluster(region=None))
    text = emit(msgspec.structs.replace(report, case=nowhere), "cli")

    assert text.startswith("# The case does not say the region.")
    assert text.count("The case does not say the region") == 1


def test_the_page_tells_a_second_fault_in_full_and_no_repair_before_its_finding() -> None:
    page = render(two_faults(), 100, colour=False)

    order = (
        "Fault 1 of 2: SG-KDC-UDP",
        "What to change for SG-KDC-UDP",
        "aliyun ecs AuthorizeSecurityGroup",
        "Or instead (option 2): In krb5.conf",
        "Fault 2 of 2: NACL-IN",
        "What to change for NACL-IN",
        "In network ACL nacl-1",
    )
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert page.count("Or instead") == 1


def test_a_repair_by_hand_alone_points_to_no_other_format() -> None:
    by_hand = reports.with_edits(msgspec.structs.replace(reports.failing(), suggested_rules=[]), reports.a_lines_edit())
    page = render(by_hand, 100, colour=False)

    assert "Replace krb5.conf:4" in page
    assert "Ready to apply" not in page
    assert "Ready to apply" in render(reports.drop_edit(), 100, colour=False)
