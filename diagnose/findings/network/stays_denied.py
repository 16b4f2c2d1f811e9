"""Which connection gets through although case.toml says that it must stay denied?"""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.decisions.expected import Judgement, judge
from diagnose.findings.model import Evidence, Finding
from diagnose.findings.network.other_filters import whether
from diagnose.findings.values import Params, origin_value
from diagnose.scene.scene import Scene
from probes.addresses import cidrs
from probes.endpoint import Endpoint
from probes.rules.decision import Deciding


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield DENY-OPEN for each expectation that does not hold."""
    for judgement in judge(scene.model, [outcome.flow for outcome in scene.outcomes]):
        if judgement.verdict == "allowed":
            yield _open(judgement)


def _open(judgement: Judgement) -> Finding:
    expected = judgement.expectation
    place = f"{expected.origin.file}:{expected.origin.line}"
    rules: list[Params] = [
        {"id": each.rule, "group": each.owner, "why": each.why} for each in judgement.deciding if each.rule is not None
    ]
    return Finding(
        code="DENY-OPEN",
        severity="error",
        confidence="strong" if judgement.assumed else "proven",
        params={
            "expectation": expected.text,
            "origin": origin_value(expected.origin),
            "target": str(Endpoint(judgement.host or expected.host, judgement.port or 0, expected.transport)),
            "sources": cidrs(judgement.allowed),
            "rules": rules,
            "why": [each.why for each in judgement.deciding if each.rule is None],
            "needed_by": list(judgement.needed_by),
        },
        evidence=(
            Evidence("line", place, f"{place}: {expected.text} must stay denied", expected.origin),
            *map(_rule, judgement.deciding),
        ),
        settle_by=next(iter(whether(judgement.assumed)), None),
    )


def _rule(deciding: Deciding) -> Evidence:
    named = f"{deciding.rule or 'the default'} in {deciding.owner or 'the group'}"
    return Evidence("rule", deciding.rule or "", f"{named}: {deciding.why}")
