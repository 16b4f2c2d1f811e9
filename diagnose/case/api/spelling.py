"""How else may an answer spell the same thing? Every key gets one spelling before it is decoded.

Consoles, CLI, SDKs and people who paste write `SecurityGroupId`, `securityGroupId` and
`security_group_id`. One API misspells its own field. RPC-style APIs wrap lists (`{"Permissions":
{"Permission": […]}}`), the others do not.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from diagnose.case.api.jsontext import Pairs, RepeatedKeyError

WRAPPERS = {
    "AdditionalSecurityGroupIds": "AdditionalSecurityGroupId",
    "EgressAclEntries": "EgressAclEntry",
    "Entries": "Entry",
    "IngressAclEntries": "IngressAclEntry",
    "Instances": "Instance",
    "Ipv6Sets": "Ipv6Set",
    "NetworkInterfaceSets": "NetworkInterfaceSet",
    "NetworkInterfaces": "NetworkInterface",
    "NextHops": "NextHop",
    "Permissions": "Permission",
    "PrivateIpAddress": "IpAddress",
    "PrivateIpSets": "PrivateIpSet",
    "Resources": "Resource",
    "RouteEntrys": "RouteEntry",
    "RouterTableList": "RouterTableListType",
    "SecurityGroupIds": "SecurityGroupId",
    "SecurityGroups": "SecurityGroup",
    "VswitchIds": "VswitchId",
    "Vswitches": "Vswitch",
}
"""List key -> the key inside it that holds the elements."""

_EXTRA = ("Code", "Message", "ErrorCode", "ErrorMessage", "RequestId", "Success")
_MISSPELT = {"defaultvswicthid": "DefaultVswitchId", "privateip": "PrivateIp", "routeentries": "RouteEntrys"}


def _folded(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


@cache
def _known() -> dict[str, str]:
    """Return folded spelling -> the spelling that `answers` uses."""
    from diagnose.case.api import answers, cluster_answers, workspace_answers  # define some forty types

    names = {*_EXTRA, *WRAPPERS.values()}
    shapes = (answers, cluster_answers, workspace_answers)
    for member in (member for module in shapes for member in vars(module).values()):
        if isinstance(member, type) and issubclass(member, answers.Wire):
            names.update(member.__struct_encode_fields__)
    return {_folded(name): name for name in names} | _MISSPELT


@lru_cache(maxsize=4096)
def canonical(key: str) -> str:
    """Return the spelling that `answers` uses. An unknown key stays as it is."""
    return _known().get(_folded(key), key)


def collect(pairs: Pairs) -> dict[str, Any]:
    """Return one JSON object with canonical keys, without nulls, and with lists out of their
    wrapping.

    If one key stands in two spellings, the one with a value wins. RepeatedKeyError if both have
    values that differ, and for lists and objects always, because their lines could not be told.
    """
    members: dict[str, Any] = {}
    spelt: dict[str, str] = {}
    for key, given in pairs:
        if given is None:
            continue
        name, value = canonical(key), _clean(given)
        inner = WRAPPERS.get(name)
        if inner is not None and isinstance(value, dict):
            value = value.get(inner, value or [])
        if value == "" and name in members:
            continue
        if name in spelt and _differ(name, members[name], value):
            raise RepeatedKeyError(spelt[name], key)
        members[name], spelt[name] = value, key
    return members


def _differ(name: str, one: Any, other: Any) -> bool:
    """Return True if two values of one key cannot both be taken. Only known keys are read."""
    if isinstance(one, list | dict) and isinstance(other, list | dict):
        return True
    return one not in ("", other) and _folded(name) in _known()


def _clean(value: Any) -> Any:
    """Return the value without halves of surrogate pairs, which no output can encode."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item) if isinstance(item, str) else item for item in value]
    return value
