"""Does an answer about connections or accounts keep what is harmless, and nothing else?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.collect.aliyun.masked_answer import masked

CANARY = "canary-9f3a"


def stored(value: Any) -> Any:
    return json.loads(masked(json.dumps(value).encode()))


def connection(given: Any) -> Any:
    """Return the connection of a computing resource as it is stored."""
    value = {"PagingInfo": {"ComputeResources": [{"Name": "n", "ComputeResource": [{"ConnectionProperties": given}]}]}}
    return stored(value)["PagingInfo"]["ComputeResources"][0]["ComputeResource"][0]["ConnectionProperties"]


@pytest.mark.parametrize(
    "secret",
    [
        {"password": CANARY},
        {"Password": [CANARY, {"x": CANARY}]},
        {"authInfo": {"deep": {"deeper": CANARY}}},
        {"oddKeyOfNextYear": CANARY},
        {"accessId": CANARY, "access_key": CANARY},
        {"clusterId": {"id": CANARY}},
        {"pin": 99173355},
        {"hiveConfig": json.dumps({"javax.jdo.option.ConnectionPassword": CANARY})},
    ],
)
def test_what_is_not_known_to_be_harmless_is_masked(secret: dict[str, Any]) -> None:
    kept = {"clusterId": "c-1", "envType": "Prod"}

    for given in ({**kept, **secret}, json.dumps({**kept, **secret}), [json.dumps(secret)]):
        found = json.dumps(connection(given))
        assert CANARY not in found
        assert "99173355" not in found
    assert connection({"envType": "Prod", **secret})["envType"] == "Prod"


@pytest.mark.parametrize("text", [CANARY, f"jdbc:mysql://u:{CANARY}@h/x", f'"{CANARY}"', f"{{cut {CANARY}", "9917335"])
def test_a_connection_that_is_no_object_is_masked_whole(text: str) -> None:
    assert connection(text) == "***"


def test_ids_and_flags_stay() -> None:
    given = {"clusterId": "c-1", "envType": "Dev", "regionId": "cn-x", "loginMode": "LDAP", "ssl": True, "note": ""}

    assert connection(given) == given
    assert json.loads(connection(json.dumps(given))) == given


def test_what_stands_outside_of_connections_stays() -> None:
    value = {"RequestId": "r", "PagingInfo": {"TotalCount": 1, "ComputeResources": [{"Name": "电商", "Type": "emr"}]}}

    assert stored(value) == value


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_not_stored(body: bytes) -> None:
    assert masked(body) == b"{}"
