"""When does a report say that the network ACLs were not checked?"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from diagnose.report.model import Report
from tests.support.incident_cases import BLOCK, changed, contents, group, healthy
from tests.support.removed_inputs import report_of

UNTOLD = "no file says which network ACL filters the traffic of {}"
NO_ACL = {"vsw-emr": "192.168.20.0/24", "vsw-rg": BLOCK}


def _cause(files: Mapping[str, bytes]) -> str | None:
    report = report_of(files)
    assert report is not None
    return _entry(report)


def _entry(report: Report) -> str | None:
    return next((entry.cause for entry in report.skipped if entry.check == "network ACLs"), None)


def _told(*idents: str) -> dict[str, bytes]:
    """Return answers that tell that these vSwitches have no network ACL."""
    return {
        f"{ident}.json": json.dumps(
            {"VSwitchId": ident, "VpcId": "vpc-a", "CidrBlock": NO_ACL[ident], "NetworkAclId": ""}
        ).encode()
        for ident in idents
    }


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ((), UNTOLD.format("vsw-rg, vsw-emr")),
        (("vsw-rg",), UNTOLD.format("vsw-emr")),
        (("vsw-emr",), UNTOLD.format("vsw-rg")),
        (("vsw-emr", "vsw-rg"), None),
    ],
)
def test_the_vswitches_are_named_whose_acl_no_file_tells(told: tuple[str, ...], cause: str | None) -> None:
    assert _cause({**contents(healthy()), **_told(*told)}) == cause


def test_a_node_in_no_known_vswitch_is_named_itself() -> None:
    files = contents(healthy())
    toml = files["case.toml"].replace(b'vswitch = "vsw-emr"\n', b"").replace(b"192.168.20.0/24", b"10.9.0.0/24")

    cause = _cause({**files, **_told("vsw-rg"), "case.toml": toml})

    assert cause is not None
    assert "master-1-1" in cause
    assert "vsw-rg" not in cause


def test_a_node_whose_address_lies_in_a_told_vswitch_is_told() -> None:
    files = contents(healthy())
    toml = files["case.toml"].replace(b'vswitch = "vsw-emr"\n', b"")

    assert _cause({**files, **_told("vsw-emr", "vsw-rg"), "case.toml": toml}) is None


def test_inside_one_vswitch_there_is_no_acl() -> None:
    files = contents(healthy())
    toml = files["case.toml"].replace(b'vswitch = "vsw-rg"\n', b'vswitch = "vsw-emr"\n')

    assert _cause({**files, "case.toml": toml}) is None


def test_a_case_that_allows_nothing_has_no_further_line() -> None:
    """Given no rules, or none that let anything in, an ACL would change nothing."""
    assert _cause(contents(changed(healthy(), {"sg-emr.json": None, "sg-rg.json": None, "groups.json": None}))) is None
    assert _cause(contents(changed(healthy(), {"sg-emr.json": group("sg-emr", []), "groups.json": None}))) is None
