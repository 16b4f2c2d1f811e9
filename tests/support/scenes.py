"""Scenes for the tests of findings and remedies: flows, groups and observations, laid side by side
as the " "engine does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from diagnose.case.model import Case
from diagnose.decisions.model import Model
from diagnose.findings import Conclusion, conclude
from diagnose.findings.wording import worded
from diagnose.flows.model import Flow, Source
from diagnose.scene.outcome import outcomes
from diagnose.scene.scene import Scene, scene
from probes.observation import Observation
from probes.rules.group_rule import Group
from tests.support.factories import EMR_GROUP, a_case, a_group, a_source, some_nodes

INSIDE = "192.168.10.7"
"""An address of the resource group's vSwitch."""

RG_GROUP = "sg-bp1rg"


def attached(*groups: str) -> tuple[Any, ...]:
    """Return the nodes of the case, all with these groups on their interface."""
    return tuple(replace(node, security_groups=groups or (EMR_GROUP,)) for node in some_nodes())


def the_case(*groups: Group, nodes: Sequence[Any] | None = None, **changes: Any) -> Case:
    """Return a case with these groups, and an open group on the resource group's side."""
    known = {group.id: group for group in (*groups, a_group(id=RG_GROUP))}
    return a_case(security_groups=known, nodes=attached() if nodes is None else tuple(nodes), **changes)


def the_source(*blocks: str, **changes: Any) -> Source:
    return a_source(*blocks, **{"groups": frozenset({RG_GROUP}), "vpc": "vpc-bp1aaa", **changes})


def the_scene(
    case: Case,
    flows: Sequence[Flow],
    seen: Mapping[str, Observation | Sequence[Observation]] | None = None,
    sources: Sequence[Source] | None = None,
) -> Scene:
    model = Model(case, sources or [the_source()])
    by_flow = {key: (each,) if isinstance(each, Observation) else tuple(each) for key, each in (seen or {}).items()}
    return scene(case, model, outcomes(model, flows, by_flow), live=bool(by_flow))


def the_conclusion(*args: Any, **kwargs: Any) -> Conclusion:
    """Return the conclusion.

    The text of each finding is held against that from its values as JSON.
    """
    conclusion = conclude(the_scene(*args, **kwargs))
    assert not conclusion.bugs, conclusion.bugs
    for finding in conclusion.findings:
        assert (finding.settle_by is None) is (finding.confidence == "proven"), finding
        again = worded(replace(finding, params=json.loads(msgspec.json.encode(finding.params)), title="", sentence=""))
        assert replace(again, params=finding.params) == finding
    return conclusion


def codes(conclusion: Conclusion) -> list[str]:
    return [finding.code for finding in conclusion.findings]


def silence(**changes: Any) -> Observation:
    return saw("filtered", "no-response", **changes)


def saw(state: str, reason: str, **changes: Any) -> Observation:
    given: dict[str, Any] = {"source": INSIDE, "address": "192.168.20.11", "attempts": 1}
    return Observation("local", state, reason, **{**given, **changes})  # type: ignore[arg-type]
