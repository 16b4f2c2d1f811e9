"""Which rules of a report may be added? No other rule is, whatever a report holds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.apply.selection import RuleToAdd, select
from diagnose.remedies.model import FindingRef, SuggestedRule
from diagnose.report.finding_model import DeniedFacts, RemedyFacts, WaivedFacts
from diagnose.report.flow_model import OriginFacts
from diagnose.report.model import Report
from probes.addresses import covers, parse, union
from tests.support import reports
from tests.support.factories import EMR_GROUP, RG_CIDR

KDC = FindingRef("SG-KDC-UDP", 1)
ORIGIN = OriginFacts("case.toml", 3, None)


def a_report(*rules: SuggestedRule, **changes: Any) -> Report:
    """Return the failing report with these rules. Its one finding is about UDP 88."""
    return msgspec.structs.replace(reports.failing(), suggested_rules=list(rules), **changes)


def with_finding(report: Report, **changes: Any) -> Report:
    findings = [msgspec.structs.replace(finding, **changes) for finding in report.findings]
    return msgspec.structs.replace(report, findings=findings)


def reasons(report: Report) -> list[str]:
    selection = select(report)
    assert selection.rules == ()
    return [left.reason for left in selection.left]


def test_an_inbound_rule_of_option_1_from_inside_the_networks_is_taken() -> None:
    (rule,) = select(a_report(reports.a_rule())).rules
    assert rule == RuleToAdd(EMR_GROUP, "UDP", (88, 88), parse(RG_CIDR), 1, "DataWorks resource group to KDC", (KDC,))


def test_a_block_inside_a_network_is_taken() -> None:
    assert len(select(a_report(reports.a_rule(source_cidr_ip="192.168.10.128/25"))).rules) == 1


def test_a_rule_of_another_option_is_not_even_told() -> None:
    selection = select(a_report(reports.a_rule(option=2)))
    assert (selection.rules, selection.left) == ((), ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source_cidr_ip": "192.168.0.0/16"}, "outside"),
        ({"source_cidr_ip": "10.0.0.0/24"}, "outside"),
        ({"source_cidr_ip": "0.0.0.0/0"}, "outside"),
        ({"source_cidr_ip": "::/0"}, "outside"),
        ({"source_cidr_ip": "sg-other"}, "unreadable"),
        ({"dest_cidr_ip": RG_CIDR}, "outbound"),
        ({"port_range": "1/65535"}, "wider"),
        ({"port_range": "88/89"}, "wider"),
        ({"port_range": "-1/-1"}, "unreadable"),
        ({"port_range": "89/88"}, "unreadable"),
        ({"port_range": "88/88,22/22"}, "unreadable"),
        ({"ip_protocol": "TCP"}, "wider"),
        ({"priority": 0}, "unreadable"),
        ({"priority": 101}, "unreadable"),
        ({"security_group_id": "sg-1&Policy=drop"}, "unreadable"),
        ({"security_group_id": "sg-bp1another"}, "other-group"),
        ({"fixes": []}, "wider"),
        ({"fixes": ["another/flow:88/udp"]}, "wider"),
        ({"finding": FindingRef("SG-KDC-UDP", 9)}, "no-finding"),
        ({"finding": FindingRef("SG-KDC-TCP", 1)}, "no-finding"),
    ],
)
def test_any_other_rule_is_left_to_a_person(change: dict[str, Any], reason: str) -> None:
    assert reasons(a_report(reports.a_rule(**change))) == [reason]


@pytest.mark.parametrize("block", ["0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/15", "::/0", "2001:db8::/48"])
def test_a_source_larger_than_a_vswitch_is_left_to_a_person(block: str) -> None:
    """Given a report whose networks were given as such a block, by --from or by hand."""
    report = a_report(reports.a_rule(source_cidr_ip=block))
    case = msgspec.structs.replace(report.case, sources=[block])
    assert reasons(msgspec.structs.replace(report, case=case)) == ["no-vswitch"]


def test_an_outbound_rule_is_left_to_a_person() -> None:
    assert reasons(a_report(reports.an_egress_rule())) == ["outbound"]


def test_a_rule_of_a_waived_finding_is_left_out_and_no_part_of_the_repair() -> None:
    report = with_finding(a_report(reports.a_rule()), waived=WaivedFacts("known", "2027-01-31", ORIGIN))
    assert reasons(report) == ["waived"]
    assert not select(report).is_partial


def test_a_repair_that_opens_what_must_stay_denied_is_left_to_a_person() -> None:
    denied = DeniedFacts("udp://master-1-1:88 from 192.168.10.0/24", ORIGIN)
    report = with_finding(a_report(reports.a_rule()), remedies=[RemedyFacts("rules", "add it", 1, [denied])])
    assert reasons(report) == ["denied"]


def test_a_flow_that_is_not_required_justifies_no_port() -> None:
    report = a_report(reports.a_rule())
    flows = [msgspec.structs.replace(flow, need="optional") for flow in report.flows]
    assert reasons(msgspec.structs.replace(report, flows=flows)) == ["wider"]


def test_edits_stay_words() -> None:
    report = reports.with_edits(a_report(), *(mother() for mother in reports.EDITS))
    selection = select(report)
    assert selection.rules == ()
    assert len(selection.edits) == len(reports.EDITS)
    assert selection.is_partial
    assert selection.known_drops == {"sgr-bp1drop"}


def test_equal_rules_of_two_findings_are_one() -> None:
    (rule,) = select(a_report(reports.a_rule(), reports.a_rule(description="again"))).rules
    assert rule.findings == (KDC,)


@pytest.mark.parametrize("purpose", ["x" * 600, "two\nlines\x1b[31m", "  spaces  ", "端口 " * 300])
def test_a_description_has_the_tool_and_the_day_and_fits_into_ecs(purpose: str) -> None:
    (rule,) = select(a_report(reports.a_rule(description=purpose))).rules
    text = rule.description("2026-11-29")
    assert text.startswith("emr-diagnose 2026-11-29: ")
    assert len(text) <= 512
    assert text == " ".join(text.split())
    assert text.isprintable()
    assert rule.is_described_by(text)
    assert rule.is_described_by(rule.description("2025-01-01"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "DataWorks resource group to KDC",
        "emr-diagnose: DataWorks resource group to KDC",
        "emr-diagnose 2026-11-29: ",
    ],
)
def test_another_description_is_not_that_of_the_tool(text: str) -> None:
    (rule,) = select(a_report(reports.a_rule())).rules
    assert not rule.is_described_by(text)


BLOCKS = st.sampled_from(
    [RG_CIDR, "192.168.10.0/25", "192.168.10.7", "192.168.0.0/16", "192.168.11.0/24", "0.0.0.0/0", "10.0.0.0/8", "::/0"]
)
NUMBERS = st.integers(min_value=-1, max_value=65536)
ANY_RULE = st.builds(
    lambda block, low, high, protocol, priority, option, direction: reports.a_rule(
        source_cidr_ip=block,
        port_range=f"{low}/{high}",
        ip_protocol=protocol,
        priority=priority,
        option=option,
        direction=direction,
    ),
    BLOCKS,
    st.sampled_from([88, 87, 1, -1]) | NUMBERS,
    st.sampled_from([88, 89, 65535]) | NUMBERS,
    st.sampled_from(["TCP", "UDP"]),
    st.integers(min_value=-1, max_value=101),
    st.sampled_from([1, 2]),
    st.sampled_from(["ingress", "egress"]),
)


@given(st.lists(ANY_RULE, max_size=6))
def test_nothing_is_ever_widened(rules: list[SuggestedRule]) -> None:
    networks = union(map(parse, reports.failing().case.sources))
    for rule in select(a_report(*rules)).rules:
        assert covers(networks, (rule.source,))
        assert (rule.protocol, rule.ports) == ("UDP", (88, 88))
        assert 1 <= rule.priority <= 100
