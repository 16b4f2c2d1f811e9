"""Which function decides which rule, and how do broken rules become findings of the report?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta

from diagnose.findings.conclude import Conclusion
from diagnose.findings.model import Finding
from diagnose.findings.rank import SEVERITIES
from diagnose.findings.wording import worded
from diagnose.registration import (
    accounts,
    cluster,
    files,
    files_current,
    files_of_one_cluster,
    hook,
    identity,
    impersonation,
    initialization,
    lineage,
    network,
    operator,
    resource_group,
    standard_mode,
)
from diagnose.registration.model import Preflight, Rule, RuleAnswer, RuleVerdict, Stage
from diagnose.registration.rules import rules
from diagnose.scene.bugs import Bug, guarded
from diagnose.symptoms.log import LogReading
from probes.frozen import replace
from probes.language import tr

CHECKS: Mapping[str, Callable[[Preflight], RuleAnswer]] = {
    "cluster-type": cluster.cluster_type,
    "hadoop-release": cluster.hadoop_release,
    "hadoop-type": cluster.hadoop_type,
    "datalake-release": cluster.datalake_release,
    "serverless-region": cluster.serverless_region,
    "cluster-runs": network.cluster_runs,
    "task-types": resource_group.task_types,
    "resource-group-type": resource_group.type_of_group,
    "resource-group-network": network.network_bound,
    "security-group-type": network.group_is_basic,
    "kerberos-inbound": network.kerberos_inbound,
    "component-ports": network.component_ports,
    "lineage": lineage.lineage,
    "hook-hive": hook.hook_hive,
    "hook-spark": hook.hook_spark,
    "proxy-user-passed": impersonation.user_passed,
    "impersonation-permitted": impersonation.permitted,
    "files-present": files.files_present,
    "files-of-one-cluster": files_of_one_cluster.files_of_one_cluster,
    "files-current": files_current.files_current,
    "initialized-since-change": initialization.initialized_since_change,
    "initialized-off-peak": initialization.initialized_off_peak,
    "who-registers": operator.who_registers,
    "display-name": operator.display_name,
    "other-account-type": accounts.cluster_type,
    "other-account-metadata": accounts.metadata,
    "other-account-kerberos": accounts.kerberos,
    "other-account-role": accounts.ram_role,
    "one-account": accounts.one_account,
    "two-clusters": standard_mode.two_clusters,
    "separate-metadata": standard_mode.separate_metadata,
    "identity-offered": identity.offered,
    "identity-ram-users": identity.ram_users,
    "identity-account": identity.cloud_account,
    "identity-ldap-kerberos": identity.both_protocols,
}
"""Id of a rule -> the function that decides it. The keys are those of data/registration.toml."""

MOST_AGE = timedelta(days=366)
"""Age from which on a list may be out of date."""


def judged(preflight: Preflight, bugs: list[Bug], codes: Collection[str] | None = None) -> tuple[RuleVerdict, ...]:
    """Return the verdict of every rule. One that fails by a bug of ours is left out and noted in
    `bugs`. Those about both environments are left out of the second one: they are told once.

    codes: of these codes alone. None for all rules.
    """
    verdicts = []
    for rule in rules():
        if rule.compares and preflight.is_second:
            continue
        if codes is not None and not set(rule.codes) & set(codes):
            continue
        with guarded(f"rule {rule.id}", bugs):
            verdicts.append(_verdict(rule, CHECKS[rule.id](preflight), preflight.today))
    return tuple(verdicts)


def with_findings(
    conclusion: Conclusion, verdicts: Sequence[RuleVerdict], *, is_registered: bool = False
) -> Conclusion:
    """Return the findings with those of broken rules.

    An error that stops the registration comes first: until it is repaired nothing else matters.
    All others of rules come after the findings of the diagnosis of the same severity. A finding
    that the diagnosis has already is not repeated.

    is_registered: whether the registration is done, so that nothing stops it.
    """
    own = [(verdict.rule.stage, finding) for verdict in verdicts for finding in verdict.answer.findings]
    return _with(conclusion, own, is_registered=is_registered)


def with_refused(conclusion: Conclusion, preflight: Preflight, readings: Sequence[LogReading]) -> Conclusion:
    """Return the findings with those of users that may not act for others, as a log says."""
    rule = next(rule for rule in rules() if CHECKS[rule.id] is impersonation.permitted)
    own = [(rule.stage, _with_words(rule, finding)) for finding in impersonation.refused(preflight, readings)]
    return _with(conclusion, own, is_registered=True)


def _with(conclusion: Conclusion, own: Sequence[tuple[Stage, Finding]], *, is_registered: bool) -> Conclusion:
    known = {(finding.code, finding.title) for finding in conclusion.findings}
    fresh = [(stage, finding) for stage, finding in own if (finding.code, finding.title) not in known]
    first = [finding for stage, finding in fresh if stage == "register" and not is_registered]
    last = [finding for stage, finding in fresh if stage != "register" or is_registered]
    whole = sorted([*first, *conclusion.findings, *last], key=lambda finding: SEVERITIES.index(finding.severity))
    return replace(conclusion, findings=tuple(dict.fromkeys(whole)))


def _verdict(rule: Rule, answer: RuleAnswer, today: date) -> RuleVerdict:
    findings = tuple(_with_words(rule, finding) for finding in answer.findings)
    if findings:
        answer = replace(answer, findings=findings, why=answer.why or findings[0].title)
    return RuleVerdict(rule, answer, tuple(_notes(rule, answer, today)))


def _with_words(rule: Rule, finding: Finding) -> Finding:
    settle = finding.settle_by or rule.settle
    return worded(replace(finding, settle_by=settle))


def _notes(rule: Rule, answer: RuleAnswer, today: date) -> Iterator[str]:
    differs = rule.disagreement
    if differs is not None and answer.is_disputed:
        yield tr(
            "Official pages differ: {what} Followed: {page}, because {why}.",
            what=differs.what,
            page=differs.followed,
            why=differs.why,
        )
    for each in answer.lists:
        if today - each.dated > MOST_AGE:
            yield tr(
                "The list is that of {page} of {day}: it may be out of date.",
                page=each.source.title,
                day=each.dated.isoformat(),
            )
