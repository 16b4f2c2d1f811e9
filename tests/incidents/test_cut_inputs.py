"""What does a report say if one API answer of its case is cut in the middle, or not its own page?

It does not know the answer. So no connection is allowed that the whole case does not allow, and
none is blocked that it allows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from diagnose.report.model import Report
from tests.support.incident_cases import BLOCK, PORTS, changed, contents, group, healthy, rule
from tests.support.places import FIXTURES
from tests.support.removed_inputs import Files, report_of

CASES: dict[str, Files] = {
    folder.name: {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    for folder in sorted(FIXTURES.iterdir())
    if folder.is_dir()
}
LOGIN = b"<!DOCTYPE html><html><body>Sign in</body></html>"


def _report(files: Files) -> Report:
    found = report_of(files, BLOCK if "case.toml" not in files and "ListNetworks.json" not in files else None)
    assert found is not None
    return found


def _bolder(whole: Report, less: Report) -> Iterator[str]:
    """Yield the connections of which the report with less claims what the whole one denies."""
    before = {flow.id: flow.verdict for flow in whole.flows}
    for flow in less.flows:
        known = before.get(flow.id)
        if flow.verdict == "allowed" and known != "allowed":
            yield f"{flow.id} is allowed, was {known}"
        if flow.verdict in ("blocked", "partial") and known == "allowed":
            yield f"{flow.id} is {flow.verdict}, was allowed"


def _cut(files: Files) -> Iterator[tuple[str, Files]]:
    for name, content in files.items():
        if name.endswith(".json"):
            yield name, {**files, name: content[: len(content) // 2]}
            yield (
                f"{name} without a name",
                {
                    **{other: kept for other, kept in files.items() if other != name},
                    "saved.json": content[: len(content) // 2],
                },
            )


@pytest.mark.parametrize("name", CASES)
def test_a_cut_answer_makes_nothing_allowed_or_blocked_that_was_not(name: str) -> None:
    whole = _report(CASES[name])
    wrong = {}
    for cut, files in _cut(CASES[name]):
        less = report_of(files, BLOCK if name == "minimal" else None)
        if less is not None and (bolder := list(_bolder(whole, less))):
            wrong[cut] = bolder
    assert wrong == {}


CUT = b'{"RegionId": "cn-hangzhou", "Permissions": {"Permission": [{"Direction": "ingress", "IpPro'
EVERYTHING_OUT = group("sg-rg", [rule("ALL", "-1/-1", source="0.0.0.0/0", direction="egress")])


def _verdicts(report: Report) -> set[str]:
    return {flow.verdict for flow in report.flows if flow.need == "required"}


def _missing(report: Report) -> set[str]:
    return {text for flow in report.flows for decision in flow.decisions for text in decision.missing}


def _paged(rules: list[Any], token: str) -> str:
    answer: Any = {**json.loads(group("sg-emr", rules)), "NextToken": token}
    return json.dumps(answer)


def _in_two_pages() -> Files:
    """Return a case whose group is exported in two pages, of which nothing states the number."""
    rules = [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]
    pages = {"sg-emr.json": _paged(rules[:-3], "AAAA"), "sg-emr-2.json": _paged(rules[-3:], "")}
    return contents(changed(healthy(), {**pages, "sg-rg.json": EVERYTHING_OUT, "groups.json": None}))


def test_a_rule_that_may_be_on_a_page_that_is_cut_blocks_nothing() -> None:
    files = _in_two_pages()

    assert _verdicts(_report(files)) == {"allowed"}
    assert _verdicts(_report({**files, "sg-emr.json": CUT})) == {"unknown"}


def test_the_reason_names_the_file() -> None:
    report = _report({**contents(healthy()), "ListNetworks.json": LOGIN, "page.json": LOGIN})

    assert _verdicts(report) == {"unknown"}
    assert "what page.json says, which cannot be read" in _missing(report)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("ListComponentInstances.json", "allowed"),
        ("ListApplicationConfigs.json", "allowed"),
        ("ListNetworks.json", "allowed"),  # case.toml states every network whole
        ("ListNodes.json", "unknown"),
        ("DescribeVSwitchAttributes.json", "unknown"),
        ("DescribeNetworkAclAttributes.json", "unknown"),
        ("DescribeRouteEntryList.json", "unknown"),
        ("DescribeSecurityGroupAttribute.json", "unknown"),
        ("DescribePrefixListAttributes.json", "unknown"),
        ("anything.json", "unknown"),
    ],
)
def test_only_an_answer_that_may_decide_leaves_connections_unknown(name: str, verdict: str) -> None:
    report = _report({**contents(healthy()), name: LOGIN})

    assert _verdicts(report) == {verdict}
    assert report.exit_code == 2


def test_networks_that_case_toml_states_in_part_are_not_all_that_is_known() -> None:
    """Given no security group of the network, ListNetworks may name one that lets nothing out."""
    toml = contents(healthy())["case.toml"].replace(b'security_group = "sg-rg"\n', b"")

    report = _report({**contents(healthy()), "case.toml": toml, "ListNetworks.json": LOGIN})

    assert "allowed" not in _verdicts(report)


WITHOUT_UDP_88 = [rule("TCP", port) for port in PORTS]


@pytest.mark.parametrize("name", ["ListNetworks.json", "DescribeSecurityGroupAttribute.json", "page.json"])
def test_a_group_with_all_rules_that_are_counted_still_blocks(name: str) -> None:
    files = changed(healthy(kerberos=True), {"sg-emr.json": group("sg-emr", WITHOUT_UDP_88)})
    counted = contents(files)["groups.json"].replace(str(len(PORTS) + 1).encode(), str(len(PORTS)).encode())

    report = _report({**contents(files), "groups.json": counted, name: LOGIN})

    required = [flow for flow in report.flows if flow.need == "required"]
    assert {flow.id.partition("/")[0] for flow in required if flow.verdict == "blocked"} == {"kdc-udp"}
    assert [finding.code for finding in report.findings if finding.severity == "error"] == ["SG-KDC-UDP"]


def test_a_group_that_is_only_assumed_blocks_nothing() -> None:
    """Given no groups of the nodes, an answer that cannot be read may name other ones."""
    toml = contents(healthy())["case.toml"].replace(b'security_groups = ["sg-emr"]\n', b"")
    files = {**contents(changed(healthy(), {"sg-emr.json": group("sg-emr", [rule("TCP", 22)])})), "case.toml": toml}
    files["groups.json"] = files["groups.json"].replace(str(len(PORTS) + 1).encode(), b"1")

    assert _verdicts(_report(files)) == {"blocked"}
    assert _verdicts(_report({**files, "DescribeNetworkInterfaces.json": LOGIN})) == {"unknown"}


def test_a_route_that_may_be_on_a_page_that_is_cut_is_not_missing() -> None:
    files = CASES["other-vpc-no-return"]

    assert "RET-ROUTE" in {finding.code for finding in _report(files).findings}
    report = _report({**files, "DescribeRouteEntryList-2.json": LOGIN})
    assert not {"blocked", "partial", "allowed"} & {flow.verdict for flow in report.flows}
    assert not [one for one in report.findings if one.severity == "error" and one.confidence != "inferred"]
