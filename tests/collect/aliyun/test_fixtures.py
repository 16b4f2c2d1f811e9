"""Given a cloud made of the answers of a bundled case, when it is collected, then the new case has
the findings of the bundled one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from tests.support.fake_cloud import FakeCloud, served
from tests.support.places import FIXTURES

pytestmark = pytest.mark.needs("alibaba-sdk")

CASES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir() and path.name != "minimal")
"""All but the one that has no cluster, of which nothing could be asked."""


def report(case: Path) -> dict[str, Any]:
    ran = CliRunner().invoke(main, ["check", str(case), "--offline", "--format", "json"])
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def without_places(value: Any) -> Any:
    """Return a part of a report without files and lines, which differ."""
    if isinstance(value, dict):
        return {key: without_places(each) for key, each in value.items() if key not in ("origin", "ref", "evidence")}
    return [without_places(each) for each in value] if isinstance(value, list) else value


def ids(cloud: FakeCloud) -> tuple[str, str]:
    """Return the cluster and the resource group of a case. An old one has no answer of EMR."""
    cluster, group = "c-of-old", ""
    for name, content in cloud.files.items():
        if name.startswith("GetCluster"):
            cluster = json.loads(content)["Cluster"]["ClusterId"]
        if name.startswith("GetResourceGroup"):
            group = json.loads(content)["ResourceGroup"]["Id"]
    return cluster, group


@pytest.mark.parametrize("name", CASES)
def test_a_collected_case_has_the_findings_of_the_exported_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = {path.name: path.read_bytes() for path in (FIXTURES / name).iterdir()}
    cloud = FakeCloud(fixture)
    cluster, group = ids(cloud)
    target = tmp_path / name
    with served(cloud, tmp_path) as place:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.authority))
        source = f"aliyun://{cluster}?region=cn-hangzhou&resource_group={group}"
        ran = CliRunner().invoke(main, ["collect", source, "-o", str(target), "--endpoint", place.endpoint])
    assert ran.exit_code == 3, ran.output  # a bundled case has no routes and no network ACLs
    for file, content in fixture.items():
        if not file.endswith((".json", ".md")):
            (target / file).write_bytes(content)

    collected, exported = report(target), report(FIXTURES / name)

    for part in ("exit_code", "findings", "flows", "suggested_rules", "suggested_edits", "clients"):
        assert without_places(collected[part]) == without_places(exported[part]), part
    stored = [path.read_bytes() for path in target.iterdir() if path.name != "collected.json"]
    assert all(content in fixture.values() for content in stored)
    assert {content for file, content in fixture.items() if file.endswith(".json")} <= set(stored)
