"""A hosts line with a name where the address belongs: is it said, with the line to write?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.incident_cases import DOMAIN, MASTER, changed, healthy, report

REST = f"127.0.0.1 localhost\n192.168.20.21 core-1-1.{DOMAIN} core-1-1\n"


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (f"{MASTER} 192.168.20.11", f"192.168.20.11 {MASTER}"),
        (f"{MASTER} master-1-1 192.168.20.11", f"192.168.20.11 {MASTER} master-1-1"),
        (f"master-1-1 192.168.20.11 {MASTER}", f"192.168.20.11 master-1-1 {MASTER}"),
    ],
)
def test_a_line_with_swapped_columns_is_a_warning_with_the_line_to_write(tmp_path: Path, line: str, right: str) -> None:
    result = report(tmp_path, changed(healthy(), {"hosts": f"{REST}{line}\n"}))

    (finding,) = result["findings"]
    assert (finding["code"], finding["severity"]) == ("DNS-CLUSTER-NAME", "warning")
    assert finding["params"]["origin"]["line"] == 3
    assert f"hosts:3 write: {right}" in str(finding["remedies"])
    assert result["exit_code"] == 0, "a name server may know the host"


@pytest.mark.parametrize(
    "line",
    [
        f"{MASTER} 192.168.20.11\n192.168.20.11 {MASTER}",
        "elsewhere.example 10.1.1.1\n192.168.20.11 " + MASTER,
        f"192.168.20.11 {MASTER}\n{MASTER}",
    ],
    ids=["a right line as well", "a host of no flow", "a name alone"],
)
def test_a_line_that_hides_nothing_is_no_finding(tmp_path: Path, line: str) -> None:
    assert report(tmp_path, changed(healthy(), {"hosts": f"{REST}{line}\n"}))["findings"] == []
