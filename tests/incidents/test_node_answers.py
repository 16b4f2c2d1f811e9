"""Does the report see what keeps the answers of a node from the resource group?

Firewalls and routes as nodes have them, beside rules of the cloud that let every request in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, changed, gaps, healthy, report

FILTER = "*filter\n:INPUT ACCEPT [10:600]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [10:600]\n{}COMMIT\n"


def _codes(result: Any) -> list[str]:
    return [each["code"] for each in result["findings"]]


def _with_firewall(folder: Path, rules: str, *, kerberos: bool = False, log: str = "") -> Any:
    files = {"iptables-master-1-1.txt": FILTER.format(rules), **({"task.log": log} if log else {})}
    return report(folder, changed(healthy(kerberos=kerberos), files))


@pytest.mark.parametrize(
    "rules",
    [
        "-A OUTPUT -d 192.168.10.0/24 -j DROP\n",
        "-A OUTPUT -d 192.168.0.0/16 -p tcp -j REJECT --reject-with icmp-port-unreachable\n",
        "-N OUT\n-A OUT -o lo -j RETURN\n-A OUT ! -d 192.168.20.0/24 -j DROP\n-A OUTPUT -j OUT\n",
        "-A OUTPUT -p tcp -m multiport --sports 8032,9000,9083,10000,10020 -j DROP\n",
    ],
)
def test_a_node_that_drops_its_answers_is_silent_whatever_it_lets_in(tmp_path: Path, rules: str) -> None:
    result = _with_firewall(tmp_path, rules)

    (finding,) = result["findings"]
    assert (result["exit_code"], finding["code"], finding["confidence"]) == (1, "FW-OS-DROP", "strong")
    assert "answers to 192.168.10.0/24" in finding["cause"]
    assert "--add-port" not in str(finding["remedies"])
    assert result["suggested_rules"] == []


@pytest.mark.parametrize(
    "rules",
    [
        # Hardening pages keep users of the node away from the metadata service of the cloud
        "-A OUTPUT -d 100.100.100.200/32 -m owner --uid-owner 1000 -j DROP\n",
        "-A OUTPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A OUTPUT -m state --state NEW -j DROP\n",
        "-A OUTPUT -p tcp -m tcp --dport 25 -j DROP\n-A OUTPUT -p udp -m udp --dport 53 -j REJECT\n",
        "-A OUTPUT -o lo -j DROP\n-A OUTPUT -s 10.0.0.0/8 -j DROP\n",
    ],
)
def test_a_node_that_only_sends_nothing_of_its_own_answers(tmp_path: Path, rules: str) -> None:
    result = _with_firewall(tmp_path, rules)

    assert (result["exit_code"], _codes(result), gaps(result)) == (0, [], [])


def test_a_drop_of_answers_explains_the_silence_of_a_log(tmp_path: Path) -> None:
    log = (
        "2026-11-20 10:00:01,000 WARN ipc.Client: Failed to connect to server: "
        f"{MASTER}/192.168.20.11:9000: try once and fail.\njava.net.SocketTimeoutException: 20000 millis timeout while "
        "waiting for channel to be ready for connect.\n"
    )

    result = _with_firewall(tmp_path, "-A OUTPUT -d 192.168.10.0/24 -j DROP\n", log=log)

    (finding,) = result["findings"]
    assert finding["code"] == "FW-OS-DROP"
    assert any("task.log" in shown["ref"] for shown in finding["evidence"])


def test_a_set_of_addresses_that_is_in_no_file_leaves_its_port_open(tmp_path: Path) -> None:
    rules = "-A INPUT -m set --match-set emr-allow src -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 9083 -j DROP\n"

    result = _with_firewall(tmp_path, rules)

    assert (result["exit_code"], _codes(result)) == (0, [])
    assert [entry["cause"] for entry in gaps(result)] == ["it does not tell whether TCP 9083 gets through"]


def test_a_limit_of_questions_a_second_does_not_decide_about_the_kdc(tmp_path: Path) -> None:
    rule = "-A INPUT -p udp -m udp --dport 88 -m hashlimit --hashlimit-above 20/sec --hashlimit-name kdc -j DROP\n"

    result = _with_firewall(tmp_path, rule, kerberos=True)

    assert (result["exit_code"], _codes(result)) == (0, [])
    assert [entry["cause"] for entry in gaps(result)] == ["it does not tell whether UDP 88 gets through"]
