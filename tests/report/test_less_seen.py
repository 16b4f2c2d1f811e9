"""What does an earlier report look at that the later one does not, and is that told?"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from diagnose.report.difference import compare
from diagnose.report.difference_page import render
from diagnose.report.environments import paired
from diagnose.report.flow_model import OriginFacts
from diagnose.report.model import BugFacts, ExpectationFacts, InputFile, PlaceFacts, Report
from tests.report.test_rules import a_preflight, a_rule
from tests.support.reports import a_cluster, a_flow, a_report, failing

KEPT = "tcp://master-1-1:22 from 0.0.0.0/0"


def with_verdict(verdict: str, need: str = "required") -> Report:
    flow = msgspec.structs.replace(failing().flows[0], verdict=verdict, need=need)
    return a_report(flows=[flow])


def with_expectation(verdict: str) -> Report:
    known = ExpectationFacts(KEPT, OriginFacts("case.toml", 1, None), "denied", None, [], [], [])
    return a_report(expectations=[msgspec.structs.replace(known, verdict=verdict)])


def given(*files: InputFile) -> Report:
    return a_report(case=msgspec.structs.replace(a_report().case, inputs=list(files)))


def unseen(before: Report, after: Report) -> list[tuple[str, str]]:
    """Return what is no longer looked at, of two reports of which neither is worse."""
    found = compare(before, after)
    assert not found.is_worse
    assert found.sees_less == bool(found.unseen)
    assert found.has_changes or not found.unseen
    last = render(found, 200, colour=False).splitlines()[-1]
    assert last == (
        "Nothing is known to have got worse, but the later report looks at less."
        if found.unseen
        else "Nothing got worse."
    )
    return [(entry.kind, entry.name) for entry in found.unseen]


def test_an_input_that_is_gone_is_no_improvement() -> None:
    krb5, site = InputFile("krb5.conf", "krb5.conf", "0" * 64), InputFile("hive-site.xml", "hive-site.xml", "1" * 64)
    assert unseen(given(krb5, site), given(site)) == [("input", "krb5.conf")]
    assert unseen(given(site), given(site, krb5)) == []


def test_a_file_under_another_name_and_one_of_two_exports_of_a_thing_are_not_missed() -> None:
    first, second = (InputFile(f"{name}.json", "emr:ListNodes", name * 64) for name in "01")
    assert unseen(given(first), given(second)) == []
    assert unseen(given(first, second), given(second)) == []


def test_a_service_that_is_asked_nowhere_is_missed_and_a_host_that_left_is_not() -> None:
    udp = a_flow("KDC-udp", "master-1-1", 88, "udp", verdict="blocked")
    tcp, other = a_flow("KDC-tcp", "master-1-1", 88), a_flow("NameNode RPC", "master-1-1", 8020)
    assert unseen(a_report(flows=[udp, other]), a_report(flows=[other])) == [("service", "KDC-udp")]
    assert unseen(a_report(flows=[udp, other]), a_report(flows=[tcp, other])) == []


def test_a_service_that_nobody_needs_is_not_missed() -> None:
    page = a_flow("Spark History Server", "master-1-1", 18080, need="optional")
    assert unseen(a_report(flows=[page]), a_report(flows=[])) == []


@pytest.mark.parametrize(
    ("verdict", "need", "kind"),
    [("unknown", "required", "verdict"), ("blocked", "optional", "need"), ("blocked", "required", None)],
)
def test_a_connection_that_fails_is_followed_until_it_works(verdict: str, need: str, kind: str | None) -> None:
    after = with_verdict(verdict, need)
    ident = after.flows[0].id
    assert unseen(with_verdict("blocked"), after) == ([(kind, ident)] if kind else [])


def test_a_check_that_is_left_out_is_no_improvement() -> None:
    skip = failing().skipped[0]
    assert unseen(a_report(), a_report(skipped=[skip])) == [("check", "network ACL")]
    assert unseen(a_report(skipped=[skip]), a_report(skipped=[msgspec.structs.replace(skip, cause="another")])) == []


def test_checks_of_two_languages_are_not_compared_by_their_names() -> None:
    skip = failing().skipped[0]
    chinese = a_report(skipped=[msgspec.structs.replace(skip, check="ACL")], language="zh")
    assert unseen(a_report(skipped=[skip]), chinese) == []


@pytest.mark.parametrize(
    ("changes", "kind", "name"),
    [
        ({"basis": "configuration"}, "packets", ""),
        ({"exit_code": 2}, "unread", ""),
        ({"exit_code": 130}, "interrupted", ""),
        ({"bugs": [BugFacts("clients", "ValueError")]}, "bug", "clients"),
    ],
)
def test_a_look_that_did_not_come_to_its_end_is_no_improvement(changes: Any, kind: str, name: str) -> None:
    assert unseen(a_report(), a_report(**changes)) == [(kind, name)]
    assert unseen(a_report(**changes), a_report()) == []


def test_a_host_that_sent_nothing_this_time_is_missed() -> None:
    here, there = (PlaceFacts(f"ssh://{name}", "sent") for name in ("a", "b"))
    silent = PlaceFacts("ssh://b", "", "no route")
    assert unseen(a_report(places=[here, there]), a_report(places=[here, silent])) == [("place", "ssh://b")]
    assert unseen(a_report(places=[here, silent]), a_report(places=[here, there])) == []


def test_what_need_no_longer_stay_denied_is_missed() -> None:
    assert unseen(with_expectation("denied"), a_report()) == [("expectation", KEPT)]
    assert unseen(with_expectation("allowed"), with_expectation("unknown")) == [("expectation", KEPT)]
    assert unseen(with_expectation("unknown"), a_report()) == []


def test_a_broken_rule_of_registration_that_nobody_decides_is_missed() -> None:
    def with_rule(state: Any) -> Report:
        return a_preflight(a_rule(1, state))

    ident = a_rule(1).id
    assert unseen(with_rule("failed"), with_rule("not-checkable")) == [("rule", ident)]
    assert unseen(with_rule("failed"), a_preflight()) == [("rules", "")]
    assert unseen(with_rule("failed"), with_rule("passed")) == []


def test_the_environment_that_only_the_earlier_report_has_is_missed() -> None:
    """Given a later report of production alone, then that is compared with production."""
    dev, prod = (msgspec.structs.replace(an_environment(name), environment=name) for name in ("dev", "prod"))
    found = compare(paired(dev, prod), prod)
    assert [(entry.kind, entry.name) for entry in found.unseen] == [("environment", "Development: dev")]
    assert [warning for warning in found.warnings if "different clusters" in warning] == []


def an_environment(name: str) -> Report:
    case = msgspec.structs.replace(a_report().case, name=name, cluster=a_cluster(id=f"c-{name}"))
    return a_report(case=case)


KMS_KEY = "hadoop.security.key.provider.path"


def named(key: str | None = KMS_KEY, file: str = "core-site.xml") -> Report:
    """Return the report of a case whose KMS is named by a key of a file, which has others too."""
    flow = a_flow("KMS", "master-1-1", 9600, verdict="blocked")
    flow = msgspec.structs.replace(flow, origin=OriginFacts(file, 3, key))
    return msgspec.structs.replace(settings(file, ["fs.defaultFS", key or ""]), flows=[flow])


def settings(file: str, keys: list[str] | None, kind: str = "core-site.xml") -> Report:
    return given(InputFile(file, kind, "0" * 64, keys))


@pytest.mark.parametrize("file", ["core-site.xml", "conf/core-site.xml"])
def test_a_service_whose_key_left_a_file_that_is_there_is_not_missed(file: str) -> None:
    after = settings(file, ["fs.defaultFS"])
    found = compare(named(), after)
    assert unseen(named(), after) == []
    assert [each.text for each in found.removed] == [f"KMS: core-site.xml ({KMS_KEY})"]
    page = render(found, 200, colour=False)
    assert "Services that the later files no longer name: 1" in page
    assert f"- KMS: core-site.xml ({KMS_KEY})" in page


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (named(), settings("core-site.xml", ["fs.defaultFS", KMS_KEY])),
        (named(), settings("core-site.xml", None)),
        (named("a.b"), settings("core-site.xml", [])),
        (named(None), settings("core-site.xml", [])),
        (named(file="components.toml"), settings("hive-site.xml", [], "hive-site.xml")),
    ],
    ids=["the key is there", "its keys are not known", "no such key is listed", "no key named it", "no input named it"],
)
def test_a_service_is_missed_if_the_files_do_not_tell_that_it_is_gone(before: Report, after: Report) -> None:
    found = compare(before, after)
    assert (found.removed, ("service", "KMS") in {(each.kind, each.name) for each in found.unseen}) == ([], True)


def test_a_service_is_missed_if_the_file_that_named_it_is_gone() -> None:
    after = settings("hive-site.xml", [], "hive-site.xml")
    assert unseen(named(), after) == [("input", "core-site.xml"), ("service", "KMS")]


def test_a_service_is_missed_if_one_of_the_keys_that_named_it_is_there() -> None:
    other = msgspec.structs.replace(named().flows[0], origin=OriginFacts("core-site.xml", 4, "fs.defaultFS"))
    before = msgspec.structs.replace(named(), flows=[*named().flows, other])
    assert unseen(before, settings("core-site.xml", ["fs.defaultFS"])) == [("service", "KMS")]
