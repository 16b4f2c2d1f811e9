"""Is a rule named that opens nearly the right port, beside the rule that is missing?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import PORTS, changed, group_of_nodes, healthy, report, rule


def _report(folder: Path, closed: int, *others: Any) -> Any:
    """Return the report if the rule for one port is another one."""
    rules = [rule("TCP", port) for port in PORTS if port != closed] + [rule("UDP", 88), *others]
    return report(folder, changed(healthy(), group_of_nodes(rules)))


@pytest.mark.parametrize(
    ("opened", "needed", "code"),
    [
        # Two digits are swapped, one is missing, or one is too many.
        (9038, 9083, "SG-SVC"),
        (8302, 8032, "SG-SVC"),
        (1000, 10000, "SG-SVC"),
        # https://github.com/alibaba/DataX/issues/663 opens the port of Hadoop 2.
        (50010, 9866, "SG-DATANODE"),
        (9686, 9866, "SG-DATANODE"),
    ],
)
def test_the_rule_with_nearly_the_right_port_is_named_and_the_missing_one_is_the_repair(
    tmp_path: Path, opened: int, needed: int, code: str
) -> None:
    result = _report(tmp_path, needed, rule("TCP", opened))

    (finding,) = result["findings"]
    assert (finding["code"], result["exit_code"]) == (code, 1)
    assert f"sgr-tcp-{opened}-{opened}-ingress opens {opened}: perhaps {needed} was meant." in finding["cause"]
    assert [each["port_range"] for each in result["suggested_rules"]] == [f"{needed}/{needed}"]


@pytest.mark.parametrize(
    "other",
    [
        # For another service, network, node or protocol, for many ports, a drop, or outbound.
        rule("TCP", 9090),
        rule("TCP", 9038, source="172.16.0.0/16"),
        rule("TCP", 9038, DestCidrIp="192.168.20.99/32"),
        rule("TCP", "9030/9040"),
        rule("UDP", 9038),
        rule("TCP", 9038, Policy="Drop"),
        rule("TCP", 9038, direction="egress"),
    ],
)
def test_a_rule_that_was_made_for_something_else_is_not_named(tmp_path: Path, other: Any) -> None:
    result = _report(tmp_path, 9083, other)

    assert [each["code"] for each in result["findings"]] == ["SG-SVC"]
    assert "perhaps" not in result["findings"][0]["cause"]


def test_the_port_of_another_service_is_no_typing_mistake(tmp_path: Path) -> None:
    # Given 10002, the web page of HiveServer2, and 8020, the NameNode's port with two masters
    assert "perhaps" not in _report(tmp_path / "a", 10020, rule("TCP", 10002))["findings"][0]["cause"]
    assert "opens 8020: perhaps 9000 was meant" in _report(tmp_path / "b", 9000)["findings"][0]["cause"]
