"""Does the report say that packets of a host elsewhere tell nothing about the resource group?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.incident_cases import changed, check, group, healthy, report

FLOWS = {
    "namenode-rpc/master-1-1:9000": "192.168.20.11",
    "resourcemanager-client/master-1-1:8032": "192.168.20.11",
}


def records(source: str) -> str:
    rows = [
        {"flow": flow, "state": "open", "reason": "syn-ack", "vantage": "local", "source": source, "address": address}
        for flow, address in FLOWS.items()
    ]
    return json.dumps({"schema_version": "1", "observations": rows})


@pytest.mark.parametrize(("source", "is_told"), [("10.77.10.5", True), ("192.168.10.5", False)])
def test_the_third_line_names_a_host_outside_the_network(tmp_path: Path, source: str, is_told: bool) -> None:
    _, output = check(tmp_path, changed(healthy(), {"observations.json": records(source)}))

    head = " ".join(output.split("\n\n")[0].split())
    assert (f"This host ({source}) is not in 192.168.10.0/24" in head) == is_told


def test_packets_of_another_host_are_no_evidence_about_rules(tmp_path: Path) -> None:
    """Given open ports seen from elsewhere, and no rule for the resource group."""
    counted = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": 0} for name in ("sg-emr", "sg-rg")]
    empty = {
        "sg-emr.json": group("sg-emr", []),
        "groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": counted}}),
    }

    first = report(tmp_path, changed(healthy(), {**empty, "observations.json": records("10.77.10.5")}))["findings"][0]

    assert first["code"] == "SG-SVC"
    assert not [shown for shown in first["evidence"] if shown["kind"] == "observation"]
