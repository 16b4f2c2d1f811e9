"""What becomes of a rule if ECS adds it, refuses it, is slow, lies, or has changed in between?

The real SDK asks groups on loopback that change as ECS documents it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diagnose.cli import apply as command
from diagnose.report.model import Report
from tests.support import reports
from tests.support.applied import Applied, cloud_of, group_answer
from tests.support.cloud_account import KEY, SECRET, TOKEN
from tests.support.factories import EMR_GROUP, RG_CIDR
from tests.support.fake_cloud import CANARY
from tests.support.fake_groups import ADD, READ, REMOVE, FakeGroups, does_nothing, loses_answer, says
from tests.support.group_answers import rule
from tests.support.sdk_names import is_known

pytestmark = pytest.mark.needs("alibaba-sdk")

OTHER = "sg-bp1core001"
OLD = rule("sgr-old", PortRange="22/22", SourceCidrIp="10.0.0.0/8", Description="ssh")


def equal(ident: str = "sgr-equal", **fields: Any) -> dict[str, Any]:
    """Return a rule that lets in what the suggested one does."""
    return rule(ident, **{"IpProtocol": "UDP", "SourceCidrIp": RG_CIDR, **fields})


def a_report(*groups: str, **changes: Any) -> Report:
    rules = [reports.a_rule(security_group_id=group) for group in groups or (EMR_GROUP,)]
    report = reports.failing()
    judged = [reports.a_decision("denied", at=list(groups or (EMR_GROUP,)))]
    flows = [msgspec.structs.replace(report.flows[0], decisions=judged), *report.flows[1:]]
    return msgspec.structs.replace(report, flows=flows, suggested_rules=rules, changes=[], **changes)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    groups = FakeGroups(group_answer(EMR_GROUP, OLD), group_answer(OTHER, OLD))
    with cloud_of(groups, tmp_path, monkeypatch) as applied:
        yield applied


def made(cloud: Applied, group: str = EMR_GROUP) -> list[dict[str, Any]]:
    return [each for each in cloud.groups.rules(group) if each["SecurityGroupRuleId"].startswith("sgr-made")]


def test_a_rule_is_added_with_a_description_and_read_back(cloud: Applied) -> None:
    ran = cloud.run(cloud.saved(a_report()))
    (added,) = made(cloud)
    assert ran.exit_code == 0, ran.output
    assert re.fullmatch(r"emr-diagnose \d{4}-\d\d-\d\d: DataWorks resource group to KDC", added["Description"])
    assert {**added, "Description": ""} == {
        **added,
        "Description": "",
        "Policy": "Accept",
        "Priority": "1",
        "IpProtocol": "UDP",
        "PortRange": "88/88",
        "SourceCidrIp": RG_CIDR,
        "DestCidrIp": "",
    }
    assert cloud.calls() == [READ, READ, ADD, READ]
    assert "added, and in force (sgr-made1)" in " ".join(ran.stdout.split())


def test_each_parameter_is_one_of_the_sdk(cloud: Applied) -> None:
    cloud.run(cloud.saved(a_report()))
    cloud.run(cloud.saved(a_report()), "--undo")
    sent = {(request.action, name) for request in cloud.cloud.requests for name in request.query}
    assert {action for action, _ in sent} == {ADD, READ, REMOVE}
    assert [pair for pair in sent if not is_known("ecs20140526", *pair)] == []
    tokens = [r.query["ClientToken"] for r in cloud.cloud.requests if r.action in (ADD, REMOVE)]
    assert len(set(tokens)) == len(tokens) == 2
    assert all(len(token) <= 64 and token.isascii() for token in tokens)


@pytest.mark.parametrize(
    "same",
    [
        equal(),
        equal(IpProtocol="udp", Policy="accept", Priority=1, SourceCidrIp="192.168.10.99/24"),
        equal(IpProtocol="17", Description="by hand"),
    ],
)
def test_a_rule_that_is_there_is_told_and_not_added(cloud: Applied, same: dict[str, Any]) -> None:
    cloud.groups.rules(EMR_GROUP).append(same)
    ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, cloud.calls()) == (0, [READ])
    assert "there already, so it is not added again (sgr-equal)" in " ".join(ran.stdout.split())
    assert "There is nothing to add." in ran.stderr


@pytest.mark.parametrize(
    "other",
    [
        equal(IpProtocol="TCP"),
        equal(PortRange="88/89"),
        equal(SourceCidrIp="192.168.10.0/25"),
        equal(Priority="2"),
        equal(DestCidrIp="192.168.20.11/32"),
        equal(SourcePortRange="1024/65535"),
        equal(Direction="egress"),
        equal(Policy="Drop", Priority="2"),
        equal(Policy="Sometimes"),
    ],
)
def test_a_rule_that_differs_in_one_field_is_another_one(cloud: Applied, other: dict[str, Any]) -> None:
    cloud.groups.rules(EMR_GROUP).append(other)
    assert cloud.run(cloud.saved(a_report())).exit_code == 0
    assert len(made(cloud)) == 1


def test_all_pages_are_read_before_a_rule_is_called_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [rule(f"sgr-{port}", PortRange=f"{port}/{port}") for port in range(1000, 1007)]
    groups = FakeGroups(group_answer(EMR_GROUP, *others, equal()), size=2)
    with cloud_of(groups, tmp_path, monkeypatch) as cloud:
        ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, cloud.calls()) == (0, [READ] * 4)


@pytest.mark.parametrize(
    ("source", "port", "priority"),
    [(RG_CIDR, "88/88", "1"), ("0.0.0.0/0", "1/65535", "1"), ("192.168.10.5", "80/90", "1")],
)
def test_a_drop_since_the_report_stops_it_before_anything_is_sent(
    cloud: Applied, source: str, port: str, priority: str
) -> None:
    drop = rule("sgr-drop", IpProtocol="ALL", Policy="Drop", SourceCidrIp=source, PortRange=port, Priority=priority)
    cloud.groups.rules(EMR_GROUP).append(drop)
    ran = cloud.run(cloud.saved(a_report(EMR_GROUP, OTHER)))
    assert (ran.exit_code, set(cloud.calls())) == (1, {READ})
    assert "sgr-drop would be tried before the rule" in " ".join(ran.stdout.split())
    assert "Check the case again" in ran.stderr


def test_a_drop_that_the_report_changes_as_well_is_no_change(cloud: Applied) -> None:
    drop = rule("sgr-bp1drop", IpProtocol="ALL", Policy="Drop", SourceCidrIp="192.168.0.0/16", PortRange="-1/-1")
    cloud.groups.rules(EMR_GROUP).append(drop)
    report = reports.with_edits(a_report(), reports.an_edit())
    ran = cloud.run(cloud.saved(report))
    assert ran.exit_code == 1
    assert len(made(cloud)) == 1
    shown = " ".join(ran.stdout.split())
    assert "in force once sgr-bp1drop is changed" in shown
    assert "Left to you" in shown
    assert "the fault remains until it is done" in ran.stderr


def test_a_full_group_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [rule(f"sgr-{port}", PortRange=f"{port}/{port}") for port in range(1000, 2000)]
    with cloud_of(FakeGroups(group_answer(EMR_GROUP, *many)), tmp_path, monkeypatch) as cloud:
        ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, cloud.calls()) == (1, [READ])
    assert "the group takes no more rules" in " ".join(ran.stdout.split())


def test_a_group_that_is_gone_is_told(cloud: Applied) -> None:
    ran = cloud.run(cloud.saved(a_report("sg-gone", EMR_GROUP)))
    assert (ran.exit_code, set(cloud.calls())) == (1, {READ})
    assert "ECS does not know the group" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (says("AuthorizationLimitExceed"), "the group takes no more rules"),
        (says("InvalidOperation.ResourceManagedByCloudProduct"), "a cloud service manages the group"),
        (says("Forbidden.RAM"), "allow the RAM action ecs:AuthorizeSecurityGroup"),
        (
            says("Forbidden.RAM", AccessDeniedDetail={"AuthAction": "ecs:AuthorizeSecurityGroupX"}),
            "allow the RAM action ecs:AuthorizeSecurityGroupX",
        ),
        (says("InvalidParameter.Conflict", 400), "InvalidParameter.Conflict"),
    ],
)
def test_the_first_refusal_ends_it_and_tells_what_was_done(cloud: Applied, trouble: Any, words: str) -> None:
    cloud.groups.trouble[ADD] = [None, trouble]
    ran = cloud.run(cloud.saved(three(cloud)))
    shown = " ".join(ran.stdout.partition("What was done")[2].split())
    assert ran.exit_code == 1, ran.output
    assert words in shown
    assert (shown.count("added, and in force"), shown.count("ECS refused it"), shown.count("not tried")) == (1, 1, 1)
    assert cloud.calls().count(ADD) == 2


def three(cloud: Applied) -> Report:
    third = "sg-bp1task001"
    cloud.groups.groups[third] = group_answer(third)
    return a_report(EMR_GROUP, OTHER, third)


def test_a_permission_to_read_that_is_missing_is_named(cloud: Applied) -> None:
    cloud.groups.trouble[READ] = [says("Forbidden.RAM")]
    ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, cloud.calls()) == (3, [READ])
    assert "allow the RAM action ecs:DescribeSecurityGroupAttribute" in " ".join(ran.stdout.split())


def test_throttling_is_waited_out(cloud: Applied) -> None:
    cloud.groups.trouble = {ADD: [says("Throttling.User", 400)] * 2, READ: [says("Throttling", 503)] * 3}
    assert cloud.run(cloud.saved(a_report())).exit_code == 0
    assert len(made(cloud)) == 1


def test_throttling_without_an_end_is_a_refusal(cloud: Applied) -> None:
    cloud.groups.trouble[ADD] = [says("Throttling.User", 400)] * 9
    ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, made(cloud)) == (1, [])


def test_a_lost_answer_is_asked_for_again_with_the_same_token(cloud: Applied) -> None:
    cloud.groups.trouble[ADD] = [loses_answer]
    assert cloud.run(cloud.saved(a_report())).exit_code == 0
    assert len(made(cloud)) == 1
    tokens = {request.query["ClientToken"] for request in cloud.cloud.requests if request.action == ADD}
    assert (cloud.calls().count(ADD), len(tokens)) == (2, 1)


def test_a_rule_whose_answer_is_lost_each_time_is_found_by_reading(cloud: Applied) -> None:
    cloud.groups.trouble[ADD] = [loses_answer] * 9
    ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, len(made(cloud))) == (0, 1)
    assert "added, and in force" in ran.stdout


@pytest.mark.parametrize("trouble", [does_nothing, says("InternalError", 500)])
def test_a_rule_that_the_group_does_not_show_is_not_called_added(cloud: Applied, trouble: Any) -> None:
    cloud.groups.trouble[ADD] = [trouble] * 9
    ran = cloud.run(cloud.saved(a_report(EMR_GROUP, OTHER)))
    shown = " ".join(ran.stdout.split())
    assert ran.exit_code == 3
    assert "sent, but the group does not show it" in shown
    assert "not tried" in shown
    assert cloud.groups.rules(OTHER) == [OLD]


def test_a_group_that_cannot_be_read_back_is_told(cloud: Applied) -> None:
    cloud.groups.trouble[READ] = [None, None, says("Forbidden.RAM")]
    ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, len(made(cloud))) == (3, 1)
    assert "the group could not be read" in " ".join(ran.stdout.partition("What was done")[2].split())


def test_a_drop_that_comes_while_it_is_added_is_told(cloud: Applied) -> None:
    def dropping(groups: FakeGroups, request: Any) -> None:
        groups.rules(EMR_GROUP).append(equal("sgr-late", Policy="Drop"))

    cloud.groups.trouble[ADD] = [dropping]
    ran = cloud.run(cloud.saved(a_report()))
    assert ran.exit_code == 1
    assert "the rule is there (sgr-made1), but sgr-late is tried before it" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(("code", "status"), [("InvalidAccessKeyId.NotFound", 404), ("SignatureDoesNotMatch", 400)])
def test_refused_credentials_are_wrong_usage(cloud: Applied, code: str, status: int) -> None:
    cloud.groups.trouble[READ] = [says(code, status)] * 9
    ran = cloud.run(cloud.saved(a_report()))
    assert (ran.exit_code, made(cloud)) == (2, [])
    assert f"the credentials were not accepted ({code})" in ran.stderr


def test_undo_removes_its_own_rule_alone(cloud: Applied) -> None:
    cloud.groups.rules(EMR_GROUP)[:0] = [equal("sgr-hand", Description="DataWorks resource group to KDC", Priority="2")]
    was = cloud.groups.bytes_of(EMR_GROUP)
    cloud.run(cloud.saved(a_report()))
    assert len(made(cloud)) == 1
    ran = cloud.run(cloud.saved(a_report()), "--undo")
    assert ran.exit_code == 0
    assert cloud.groups.bytes_of(EMR_GROUP) == was
    removed = [dict(request.query) for request in cloud.cloud.requests if request.action == REMOVE]
    assert [each["SecurityGroupRuleId.1"] for each in removed] == ["sgr-made1"]
    assert [name for name in removed[0] if name.startswith(("Permissions", "SourceCidrIp", "PortRange"))] == []


@pytest.mark.parametrize(
    "description", ["", "DataWorks resource group to KDC", "emr-diagnose 2026-11-29: another purpose"]
)
def test_undo_keeps_an_equal_rule_of_another_hand(cloud: Applied, description: str) -> None:
    cloud.groups.rules(EMR_GROUP).append(equal(Description=description))
    ran = cloud.run(cloud.saved(a_report()), "--undo")
    assert (ran.exit_code, cloud.calls()) == (0, [READ])
    assert "not added by this tool, so it stays (sgr-equal)" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    "change", [{"PortRange": "1/65535"}, {"SourceCidrIp": "0.0.0.0/0"}, {"Priority": "50"}, {"Policy": "Drop"}]
)
def test_undo_tells_of_its_rule_that_somebody_changed(cloud: Applied, change: dict[str, str]) -> None:
    cloud.run(cloud.saved(a_report()))
    cloud.groups.rules(EMR_GROUP)[-1].update(change)
    ran = cloud.run(cloud.saved(a_report()), "--undo")
    assert (ran.exit_code, REMOVE in cloud.calls()) == (0, False)
    assert "changed since, so it stays: remove it by hand (sgr-made1)" in " ".join(ran.stdout.split())


def test_undo_of_a_rule_that_is_gone_does_nothing(cloud: Applied) -> None:
    ran = cloud.run(cloud.saved(a_report(EMR_GROUP, "sg-gone")), "--undo")
    assert (ran.exit_code, set(cloud.calls())) == (0, {READ})
    assert "There is nothing to remove." in ran.stderr


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        (says("Forbidden.RAM"), 1, "allow the RAM action ecs:RevokeSecurityGroup"),
        (does_nothing, 3, "sent, but the group does not show it"),
    ],
)
def test_an_undo_that_fails_is_told(cloud: Applied, trouble: Any, code: int, words: str) -> None:
    cloud.run(cloud.saved(a_report()))
    cloud.groups.trouble[REMOVE] = [trouble] * 9
    ran = cloud.run(cloud.saved(a_report()), "--undo")
    assert ran.exit_code == code
    assert words in " ".join(ran.stdout.split())


def test_an_undo_whose_answer_is_lost_is_found_by_reading(cloud: Applied) -> None:
    cloud.run(cloud.saved(a_report()))
    cloud.groups.trouble[REMOVE] = [loses_answer] * 9
    assert cloud.run(cloud.saved(a_report()), "--undo").exit_code == 0
    assert made(cloud) == []


def test_added_undone_and_added_again(cloud: Applied) -> None:
    for options in ((), ("--undo",), ()):
        assert cloud.run(cloud.saved(a_report()), *options).exit_code == 0
    assert len(made(cloud)) == 1


@pytest.mark.parametrize(("answer", "rules"), [("y\n", 1), ("n\n", 0), ("\n", 0)])
def test_only_yes_adds(cloud: Applied, monkeypatch: pytest.MonkeyPatch, answer: str, rules: int) -> None:
    monkeypatch.setattr(command, "can_be_asked", lambda: True)
    ran = cloud.run(cloud.saved(a_report()), answer=answer)
    assert "Add 1 rule? [y/N]" in ran.stderr
    assert (len(made(cloud)), ran.exit_code) == (rules, 0 if rules else 1)


def test_without_a_terminal_and_without_yes_nothing_is_asked_of_ecs(cloud: Applied) -> None:
    ran = cloud.run(cloud.saved(a_report()), answer="y\n")
    assert (ran.exit_code, cloud.calls()) == (2, [])
    assert "add --yes" in ran.stderr


def test_a_wrong_report_is_told_before_the_missing_terminal(cloud: Applied, tmp_path: Path) -> None:
    """Given a mistyped name, then `--yes` would not help."""
    ran = cloud.run(tmp_path / "nosuch.json", answer="y\n")
    assert (ran.exit_code, "cannot read" in ran.stderr, "--yes" in ran.stderr) == (2, True, False)


def test_a_case_in_which_nothing_can_be_checked_is_refused_before_a_rule_is_added(cloud: Applied) -> None:
    """Given the report in place of its case, then nothing would tell whether the fault is gone."""
    saved = cloud.saved(a_report())
    ran = cloud.run(saved, "--yes", "--case", str(saved))
    assert (ran.exit_code, made(cloud), "nothing to check" in ran.stderr) == (2, [], True)


@pytest.mark.parametrize("action", [ADD, READ])
def test_ctrl_c_tells_what_was_done(cloud: Applied, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    from diagnose.apply.cloud import EcsCloud

    method = {ADD: "add", READ: "read"}[action]
    real, calls = getattr(EcsCloud, method), []

    def stopping(self: EcsCloud, what: Any) -> Any:
        calls.append(what)
        # Given groups that are looked at first, then Ctrl-C while the second rule is taken
        if len(calls) == (2 if action == ADD else 5):
            raise KeyboardInterrupt
        return real(self, what)

    monkeypatch.setattr(EcsCloud, method, stopping)
    ran = cloud.run(cloud.saved(three(cloud)))
    shown = " ".join(ran.stdout.partition("What was done")[2].split())
    assert ran.exit_code == 130, ran.output
    assert "added, and in force" in shown or action == READ
    assert ("interrupted: not known whether it took place" in shown) or "not tried" in shown


def test_no_key_and_no_text_of_the_service_reaches_anybody(cloud: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "sdk")
    said = ""
    for trouble in (says("SignatureDoesNotMatch", 400), says("Forbidden.RAM"), loses_answer, None):
        cloud.groups.trouble[ADD] = [trouble]
        said += cloud.run(cloud.saved(a_report()), "--verbose").output
        said += cloud.run(cloud.saved(a_report()), "--verbose", "--undo").output
    assert "AuthorizeSecurityGroup" in said
    assert [secret for secret in (KEY, SECRET, TOKEN, CANARY, "Signature=") if secret in said] == []


@pytest.mark.parametrize(
    ("options", "words"), [(("--lang", "zh"), "要添加的规则"), (("--lang", "zh", "--undo"), "要删除的规则")]
)
def test_both_languages(cloud: Applied, options: tuple[str, ...], words: str) -> None:
    cloud.groups.trouble[ADD] = [says("Forbidden.RAM")]
    shown = cloud.run(cloud.saved(a_report()), *options).output
    assert words in shown
    assert not re.search(r"\b(the|rule|group|added)\b", shown.replace("DataWorks resource group to KDC", ""))
