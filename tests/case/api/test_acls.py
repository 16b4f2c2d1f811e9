"""Given two exports of one network ACL, what of it is known?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from diagnose.case.api import documents
from diagnose.case.api.acls import network_acls
from diagnose.case.api.documents import ApiAnswers
from diagnose.case.faults import Conflict
from diagnose.case.model import Skipped
from probes.rules.network_acl import Acl

ENTRY = {
    "NetworkAclEntryId": "nae-1",
    "NetworkAclEntryName": "kdc",
    "Description": "for the KDC",
    "Policy": "accept",
    "Protocol": "udp",
    "Port": "88/88",
    "SourceCidrIp": "192.168.10.0/24",
    "EntryType": "custom",
}


def both(first: dict[str, Any], second: dict[str, Any]) -> tuple[Acl, list[Conflict]]:
    """Return the ACL of two exports, and what they contradict each other in."""
    found = []
    for name, entry in (("a.json", first), ("b.json", second)):
        acl = {"NetworkAclId": "nacl-1", "IngressAclEntries": {"IngressAclEntry": [entry]}}
        read, _ = documents.read(name, json.dumps({"NetworkAclAttribute": acl}).encode())
        found += read
    conflicts: list[Conflict] = []
    skipped: list[Skipped] = []
    return network_acls(ApiAnswers(tuple(found)), {}, conflicts, skipped)["nacl-1"], conflicts


@pytest.mark.parametrize("field", ["NetworkAclEntryName", "Description"])
def test_an_entry_of_another_name_is_the_same_entry(field: str) -> None:
    acl, conflicts = both(ENTRY, {**ENTRY, field: "changed"})
    assert [entry.id for entry in acl.ingress or ()] == ["nae-1"]
    assert conflicts == []


@pytest.mark.parametrize(
    ("field", "text"), [("Port", "89/89"), ("Policy", "drop"), ("SourceCidrIp", "192.168.11.0/24"), ("Protocol", "tcp")]
)
def test_an_entry_that_does_something_else_makes_its_direction_unknown(field: str, text: str) -> None:
    acl, conflicts = both(ENTRY, {**ENTRY, field: text})
    assert acl.ingress is None
    assert [conflict.subject for conflict in conflicts] == ["network ACL nacl-1"]
