"""What remains of a case once its security groups are as they were read back?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date

from diagnose.apply.live_group import LiveGroup
from diagnose.case.directory import of_tree
from diagnose.case.model import Case
from diagnose.case.sources import with_sources
from diagnose.case.tree import Tree
from diagnose.engine import Diagnosis, diagnose
from diagnose.flows.networks import sources
from diagnose.scene.observed import CaseObservations
from probes.addresses import cidrs
from probes.frozen import replace

FOLDER = "read-back"
"""Folder of the answers that were read back, beside the files of the case. It is never written."""


def diagnosed_again(tree: Tree, networks: Sequence[str], groups: Iterable[LiveGroup], today: date) -> Diagnosis:
    """Return the diagnosis of the configuration of a case with these groups in place of its own.

    What packets and logs showed before the change is left out. networks: those of the report.
    """
    case = of_tree(tree, _answers(groups))
    case = replace(case, recorded=(), texts=tuple(text for text in case.texts if not text.kind.startswith("log")))
    return diagnose(_from(case, networks), CaseObservations(), today=today)


def _from(case: Case, networks: Sequence[str]) -> Case:
    """Return the case with the networks of the report, which may be those of --from."""
    own = {block for source in sources(case) for block in cidrs(source.ranges)}
    return case if own == set(networks) or not networks else with_sources(case, networks)


def _answers(groups: Iterable[LiveGroup]) -> dict[str, bytes]:
    """Return the answers as files of a case. All pages were read, so the number of rules is
    known."""
    files: dict[str, bytes] = {}
    counts: list[dict[str, object]] = []
    for group in groups:
        counts.append({"SecurityGroupId": group.id, "RuleCount": len(group.permissions)})
        for number, page in enumerate(group.pages, 1):
            files[f"{FOLDER}/DescribeSecurityGroupAttribute-{group.id}-page{number}.json"] = page
    listing = {"PageNumber": 1, "PageSize": 100, "TotalCount": len(counts), "SecurityGroups": {"SecurityGroup": counts}}
    return {**files, f"{FOLDER}/DescribeSecurityGroups.json": json.dumps(listing).encode()}
