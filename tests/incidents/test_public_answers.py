"""Does a cluster that the answers of the cloud describe alone come out the same however they are
saved?

The whole healthy cluster of `fixtures/healthy`: no file says what the answers do not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import Content, group, report, rule
from tests.support.places import PROJECT

FOLDER = PROJECT / "fixtures" / "healthy"
FILES: dict[str, Content] = {
    path.name: path.read_text() for path in sorted(FOLDER.iterdir()) if path.suffix in (".json", ".xml", ".conf", "")
}
ANSWERS: dict[str, Any] = {name: json.loads(str(text)) for name, text in FILES.items() if name.endswith(".json")}
OTHERS = {name: content for name, content in FILES.items() if not name.endswith(".json")}


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _each(save: Callable[[Any], str | bytes]) -> dict[str, Content]:
    return {name: save(answer) for name, answer in ANSWERS.items()}


def _of_an_sdk(answer: Any) -> str:
    """Return what an SDK prints: small first letters, and the answer in `body`."""
    return json.dumps({"headers": {"date": "x"}, "statusCode": 200, "body": _small(answer)})


def _small(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _small(inner) for key, inner in value.items()}
    return [_small(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "saved",
    [
        _each(json.dumps),
        _each(lambda answer: json.dumps({"code": "200", "data": answer, "httpStatusCode": "200"}, indent=2)),
        _each(_of_an_sdk),
        _each(lambda answer: json.dumps(answer, indent=4).replace("\n", "\r\n").encode("utf-16")),
        {f"export/{number}.json": json.dumps(answer) for number, answer in enumerate(ANSWERS.values())},
        {"all.jsonl": "\n".join(map(json.dumps, ANSWERS.values()))},
        {"all.json": json.dumps(list(ANSWERS.values()))},
        {"all.json": "\n".join(json.dumps(answer, indent=1) for answer in ANSWERS.values())},
        {"all.json": json.dumps({"result": list(ANSWERS.values())})},
    ],
    ids=["one-line", "console", "sdk", "powershell", "names", "lines", "list", "joined", "list-in-a-result"],
)
def test_answers_are_the_same_however_they_are_saved(tmp_path: Path, saved: dict[str, Content]) -> None:
    result = report(tmp_path, {**OTHERS, **saved})

    assert (result["exit_code"], _codes(result)) == (0, [])
    assert sum(flow["need"] == "required" and flow["verdict"] == "allowed" for flow in result["flows"]) == 18


def _changed(name: str, change: Callable[[Any], None], *without: str) -> dict[str, Content]:
    answer = json.loads(json.dumps(ANSWERS[name]))
    change(answer)
    kept = {each: content for each, content in FILES.items() if each not in without}
    return {**kept, name: json.dumps(answer, indent=1)}


def _of_the_core_nodes(answer: Any) -> None:
    for each in answer["NodeGroups"]:
        if each["NodeGroupType"] == "CORE":
            each["AdditionalSecurityGroupIds"] = ["sg-bp1core"]


@pytest.mark.parametrize(
    ("export", "exit_code", "codes"),
    [
        (None, 3, ["SG-UNRESOLVED"]),
        ([rule("TCP", 9866, source="0.0.0.0/0", Policy="Drop", SecurityGroupRuleId="sgr-base")], 1, ["SG-SHADOWED"]),
        ([rule("TCP", 22, source="10.0.0.0/8")], 0, []),
    ],
    ids=["not-exported", "drops", "harmless"],
)
def test_a_group_of_a_node_group_counts_for_its_nodes(
    tmp_path: Path, export: list[Any] | None, exit_code: int, codes: list[str]
) -> None:
    # Given no interfaces, so that the groups of the nodes are those that EMR gave them
    files = _changed("ListNodeGroups.json", _of_the_core_nodes, "DescribeNetworkInterfaces.json")
    more = {} if export is None else {"core.json": group("sg-bp1core", export)}

    result = report(tmp_path, {**files, **more})

    assert (result["exit_code"], _codes(result), result["suggested_rules"]) == (exit_code, codes, [])
    open_ends = {
        flow["port"] for flow in result["flows"] if flow["need"] == "required" and flow["verdict"] != "allowed"
    }
    assert open_ends == ({9866} if codes else set())


def _first_page(answer: Any) -> None:
    answer["Nodes"] = [each for each in answer["Nodes"] if each["NodeGroupType"] == "MASTER"]
    answer["NextToken"] = "AAAAAV3MpHK1AP0pfERHZN5pu6l"


def test_nodes_of_a_page_that_is_missing_are_not_taken_for_none(tmp_path: Path) -> None:
    result = report(tmp_path, _changed("ListNodes.json", _first_page))

    assert (result["exit_code"], _codes(result)) == (3, [])
    assert "NextToken is set" in str(result["skipped"])


@pytest.mark.parametrize(("state", "exit_code"), [("TERMINATED", 1), ("RUNNING", 0)])
def test_a_cluster_is_judged_by_the_state_that_its_answer_has(tmp_path: Path, state: str, exit_code: int) -> None:
    result = report(tmp_path, _changed("GetCluster.json", lambda answer: answer["Cluster"].update(ClusterState=state)))

    assert (result["exit_code"], _codes(result)) == (exit_code, ["STATE-CLUSTER"] if exit_code else [])
