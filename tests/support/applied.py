"""Runs `apply` with the real SDK against security groups on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from diagnose.cli import main
from diagnose.report.json import encode
from diagnose.report.model import Report
from tests.support.fake_cloud import FakeCloud, served
from tests.support.fake_groups import FakeGroups


@dataclass(frozen=True)
class Applied:
    """A cloud that runs, and the command beside it."""

    groups: FakeGroups
    cloud: FakeCloud
    endpoint: str
    folder: Path

    def run(self, report: Path, *options: str, answer: str | None = None) -> Result:
        """Run the command. `answer`: what is typed. None answers with --yes."""
        yes = ["--yes"] if answer is None else []
        args = ["apply", str(report), "--endpoint", f"ecs={self.endpoint}", *yes, *options]
        return CliRunner().invoke(main, args, input=answer)

    def saved(self, report: Report) -> Path:
        """Return the file of a report."""
        file = self.folder / "report.json"
        file.write_bytes(encode(report))
        return file

    def calls(self) -> list[str]:
        """Return the calls in their order."""
        return [request.action for request in self.cloud.requests]


@contextmanager
def cloud_of(groups: FakeGroups, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    """Serve the groups until the block ends."""
    cloud = FakeCloud({}, groups)
    with served(cloud, folder) as place:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.authority))
        yield Applied(groups, cloud, place.endpoint, folder)


def group_answer(ident: str, *rules: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of DescribeSecurityGroupAttribute."""
    return {
        "RequestId": "A-1",
        "RegionId": "cn-hangzhou",
        "SecurityGroupId": ident,
        "VpcId": "vpc-bp1aaa",
        "InnerAccessPolicy": "Accept",
        "NextToken": "",
        "Permissions": {"Permission": list(rules)},
    }


def answers_of(case: Path) -> list[dict[str, Any]]:
    """Return the groups of a case on disk."""
    found = (json.loads(path.read_bytes()) for path in sorted(case.glob("DescribeSecurityGroupAttribute*.json")))
    return list(found)
