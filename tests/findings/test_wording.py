"""The text of a finding is made from code, cause and named values alone, for every code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.findings import catalogue
from diagnose.findings.cause import Cause
from diagnose.findings.values import Statement, Values
from diagnose.findings.wording import words
from diagnose.findings.wording.en.phrases import ends, hosts_do
from diagnose.findings.wording.writers import CODES, writer
from probes.language import Language
from tests.support.acl_cases import IN, KDC, NAMENODE, with_acl
from tests.support.factories import a_flow, a_group, a_rule, a_udp_rule, an_endpoint
from tests.support.places import FIXTURES
from tests.support.scenes import silence, the_case, the_conclusion, the_source

DECIDED = {code for code in catalogue.codes() if catalogue.entry(code).decided}
MANAGER = a_flow(
    "resourcemanager-client",
    service="ResourceManager",
    endpoint=an_endpoint("core-1-1", 8032, address="192.168.20.21"),
)


@pytest.mark.parametrize("language", get_args(Language))
def test_every_decided_code_has_a_text_and_no_other_code_has_one(language: Language) -> None:
    assert CODES == DECIDED
    assert all(callable(writer(code, language)) for code in CODES)


@pytest.mark.parametrize("case", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_the_text_can_be_made_again_from_the_report(case: str) -> None:
    options = ["--from", "192.168.10.0/24"] if case == "minimal" else []
    result = CliRunner().invoke(main, ["check", str(FIXTURES / case), *options, "--offline", "--format", "json"])
    for finding in json.loads(result.stdout)["findings"]:
        text = words(Statement(finding["params"], finding["code"], finding["params"]["cause"]))

        assert (text.title, text.sentence, text.detail) == (finding["title"], finding["cause"], finding["detail"])
        assert set(text.advice) <= {remedy["text"] for remedy in finding["remedies"]}
        assert finding["params"]["cause"] in (None, *_causes())


def _causes() -> set[str]:
    return {cause for part in get_args(Cause) for cause in (get_args(part) or (part,))}


@pytest.mark.parametrize("case", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_evidence_names_its_place_as_a_value(case: str) -> None:
    options = ["--from", "192.168.10.0/24"] if case == "minimal" else []
    result = CliRunner().invoke(main, ["check", str(FIXTURES / case), *options, "--offline", "--format", "json"])
    for finding in json.loads(result.stdout)["findings"]:
        for shown in finding["evidence"]:
            origin = shown["origin"]
            if shown["kind"] == "line":
                assert shown["ref"] in (origin["file"], f"{origin['file']}:{origin['line']}")


def test_only_the_ports_that_are_closed_are_named_for_each_host() -> None:
    # Given two services on two hosts, each host with the port of one of them
    found = the_conclusion(the_case(a_group(a_udp_rule(), a_rule((88, 88)))), (*KDC, NAMENODE, MANAGER))

    (finding,) = found.findings
    assert "in to TCP 8020 on master-1-1; TCP 8032 on core-1-1 (" in finding.sentence


def values(*targets: tuple[list[str], list[int]]) -> Values:
    rows: list[Any] = [{"hosts": hosts, "ports": [{"transport": "tcp", "ports": ports}]} for hosts, ports in targets]
    return Values({"targets": rows})


def test_verbs_agree_with_the_number_of_hosts() -> None:
    several = values((["a"], [1]), (["b", "c"], [1, 2]))

    assert hosts_do(several, "refuses", "refuse") == "a refuses TCP 1; b and c refuse TCP 1, 2"
    assert ends(several) == "TCP 1 on a; TCP 1, 2 on b and c"


@pytest.mark.parametrize(
    ("flows", "start"), [(KDC, "TCP 88 and UDP 88 have to be open"), (KDC[:1], "UDP 88 has to be open")]
)
def test_verbs_agree_with_the_number_of_ports(flows: tuple[Any, ...], start: str) -> None:
    ends = [an_endpoint("10.1.1.1", 88, transport=f.endpoint.transport, address="10.1.1.1") for f in flows]
    outside = tuple(replace(flow, endpoint=end) for flow, end in zip(flows, ends, strict=True))
    quiet = {flow.id: silence(address="10.1.1.1") for flow in outside}
    found = the_conclusion(the_case(a_group()), outside, quiet)

    (finding,) = found.findings
    assert finding.code == "KDC-EXTERNAL"
    assert start in finding.sentence


def test_without_an_export_no_sentence_says_what_a_rule_does() -> None:
    # Given silence from a node, and no file about any security group
    flows = (*KDC, NAMENODE)
    case = replace(the_case(nodes=()), security_groups={}, cluster=replace(the_case().cluster, security_group=None))
    quiet = {flow.id: silence() for flow in flows}
    found = the_conclusion(case, flows, quiet, sources=[the_source(groups=None)])

    (finding,) = found.findings
    assert (finding.code, finding.cause) == ("SG-SVC", "no-export")
    assert "the case has no export of the group" in finding.sentence
    assert "lets nothing" not in finding.sentence
    assert "No rule" not in finding.sentence
    assert "rules that guard" in finding.title


def test_without_a_log_no_sentence_says_that_it_shows_requests() -> None:
    # Given an ACL that lets requests in and no answer out, and no record of the host
    case = with_acl(IN)
    (finding,) = the_conclusion(case, KDC).findings

    assert finding.code == "NACL-RETURN"
    assert "log" not in finding.sentence.lower()
    assert "tcpdump on master-1-1 shows whether the requests arrive" in finding.sentence
