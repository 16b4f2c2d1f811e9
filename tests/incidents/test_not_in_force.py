"""Is a value that is saved and not in force, or a file that is included and absent, a gap?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.incident_cases import MASTER, REALM, changed, gaps, healthy, report


def configs(state: str, *items: tuple[str, str, str]) -> str:
    """Return an answer of ListApplicationConfigs, whose first item alone has this state."""
    rows = [
        {"ConfigFileName": file, "ConfigItemKey": key, "ConfigItemValue": value, "ConfigEffectState": "EFFECT"}
        for file, key, value in items
    ]
    rows[0]["ConfigEffectState"] = state
    return json.dumps({"ApplicationConfigs": rows, "TotalCount": len(rows), "MaxResults": 100}, indent=1)


HOST = ("yarn-site.xml", "yarn.resourcemanager.hostname", MASTER)
PORT = ("yarn-site.xml", "yarn.resourcemanager.webapp.https.address", f"{MASTER}:8090")


@pytest.mark.parametrize(("state", "code"), [("EFFECT", 0), ("", 0), ("WAIT_EFFECT", 3), ("unheard of", 3)])
def test_a_value_that_is_not_in_force_is_no_setting_of_the_cluster(tmp_path: Path, state: str, code: int) -> None:
    files = changed(healthy(), {"yarn-site.xml": None, "configs.json": configs(state, HOST, PORT)})
    result = report(tmp_path, files)

    gaps = [skip for skip in result["skipped"] if skip["check"] == f"setting {HOST[1]} of yarn-site.xml"]
    assert result["exit_code"] == code
    assert result["suggested_rules"] == []
    assert [state in gap["cause"] and "configs.json:" in gap["cause"] for gap in gaps] == [True] * (code // 3)


def test_a_file_of_the_case_holds_whatever_is_saved(tmp_path: Path) -> None:
    later = (HOST[0], HOST[1], "master-1-2.elsewhere")
    result = report(tmp_path, changed(healthy(), {"configs.json": configs("WAIT_EFFECT", later, PORT)}))

    assert (result["exit_code"], result["findings"], gaps(result)) == (0, [], [])


@pytest.mark.parametrize(("line", "code"), [("include /etc/krb5.realm.conf", 3), ("includedir /etc/krb5.conf.d/", 0)])
def test_a_named_include_that_is_absent_may_decide(tmp_path: Path, line: str, code: int) -> None:
    files = healthy(kerberos=True)
    result = report(tmp_path, changed(files, {"krb5.conf": f"{line}\n{files['krb5.conf']!s}"}))

    (gap,) = gaps(result)
    assert gap["cause"].startswith(f"krb5.conf:1 ({line})")
    assert "probably has it" in gap["cause"]
    assert (result["exit_code"], result["findings"]) == (code, [])


@pytest.mark.parametrize("line", ["include /etc/krb5.realm.conf", "includedir /etc/krb5.conf.d/"])
def test_without_a_kdc_in_the_file_an_absent_include_may_have_it(tmp_path: Path, line: str) -> None:
    text = f"{line}\n[libdefaults]\n  default_realm = {REALM}\n"
    result = report(tmp_path, changed(healthy(kerberos=True), {"krb5.conf": text}))

    assert result["exit_code"] == 3
    assert not [finding for finding in result["findings"] if finding["confidence"] != "inferred"]
