"""How else may an answer spell the same thing? One spelling for every key, before the types of `answers` see it.

The consoles, the CLI, the SDKs of several languages and people who paste write `SecurityGroupId`, `securityGroupId` and `security_group_id`; one API
misspells its own field. Lists come wrapped (`{"Permissions": {"Permission": […]}}`) from RPC-style APIs and plain from the others.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from diagnose.case.api.jsontext import Pairs

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
    """Folded spelling -> the one used by `answers`."""
    from diagnose.case.api import answers, cluster_answers  # define some forty types

    names = {*_EXTRA, *WRAPPERS.values()}
    for member in (*vars(answers).values(), *vars(cluster_answers).values()):
        if isinstance(member, type) and issubclass(member, answers.Wire):
            names.update(member.__struct_encode_fields__)
    return {_folded(name): name for name in names} | _MISSPELT


@lru_cache(maxsize=4096)
def canonical(key: str) -> str:
    """The spelling that `answers` uses; a key that it does not know stays as it is."""
    return _known().get(_folded(key), key)


def collect(pairs: Pairs) -> dict[str, Any]:
    """Make one JSON object: canonical keys, no nulls, lists out of their wrapping. Of two spellings of one key the one that says something wins."""
    members: dict[str, Any] = {}
    for key, given in pairs:
        if given is None:
            continue
        name, value = canonical(key), _clean(given)
        inner = WRAPPERS.get(name)
        if inner is not None and isinstance(value, dict):
            value = value.get(inner, value or [])
        if value == "" and name in members:
            continue
        members[name] = value
    return members


def _clean(value: Any) -> Any:
    """Replace halves of surrogate pairs, which JSON can spell and no output can encode."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item) if isinstance(item, str) else item for item in value]
    return value
