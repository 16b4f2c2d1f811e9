"""Which command saves an answer? For a file that cannot be read, and for docs/case.md."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from shlex import quote
from types import MappingProxyType

from probes.regex import regex

CALLS: Mapping[str, str] = {
    "ecs:DescribeSecurityGroupAttribute": "--RegionId R --SecurityGroupId SG --Direction all",
    "ecs:DescribeSecurityGroups": "--RegionId R",
    "ecs:DescribeInstances": "--RegionId R --VpcId VPC",
    "ecs:DescribeNetworkInterfaces": "--RegionId R --VpcId VPC",
    "ecs:DescribePrefixListAttributes": "--RegionId R --PrefixListId PL",
    "ecs:DescribePortRangeListEntries": "--RegionId R --PortRangeListId PRL",
    "vpc:DescribeVSwitchAttributes": "--RegionId R --VSwitchId VSW",
    "vpc:DescribeVSwitches": "--RegionId R --VpcId VPC",
    "vpc:DescribeNetworkAclAttributes": "--RegionId R --NetworkAclId NACL",
    "vpc:GetVpcPrefixListEntries": "--RegionId R --PrefixListId PL",
    "vpc:DescribeRouteTableList": "--RegionId R --VpcId VPC",
    "vpc:DescribeRouteEntryList": "--RegionId R --RouteTableId VTB",
    "emr:GetCluster": "--RegionId R --ClusterId C",
    "emr:ListNodes": "--RegionId R --ClusterId C",
    "emr:ListNodeGroups": "--RegionId R --ClusterId C",
    "emr:ListComponentInstances": "--RegionId R --ClusterId C",
    "emr:ListApplicationConfigs": "--RegionId R --ClusterId C",
    "dataworks-public:GetResourceGroup": "--Id RG",
    "dataworks-public:ListResourceGroups": "",
    "dataworks-public:ListNetworks": "--ResourceGroupId RG",
    "dataworks-public:GetProject": "--Id WORKSPACE",
    "dataworks-public:ListProjects": "--PageSize 100",
    "dataworks-public:ListComputeResources": "--ProjectId WORKSPACE --PageSize 100",
    "dataworks-public:ListProjectMembers": "--ProjectId WORKSPACE --PageSize 100",
    "dataworks-public:GetComputeResourceAuthUserMappings": "--ProjectId WORKSPACE --ComputeResourceId CR",
}
"""Answer -> the options of its call. Upper-case words stand for what the reader puts in.

Flat parameters run on every build of the command line client from 3.0.280 to 3.4.11 (2026-11-28).
"""

_KEYS = {
    "Permissions": "ecs:DescribeSecurityGroupAttribute",
    "SecurityGroups": "ecs:DescribeSecurityGroups",
    "NetworkInterfaceSets": "ecs:DescribeNetworkInterfaces",
    "Instances": "ecs:DescribeInstances",
    "NetworkAclAttribute": "vpc:DescribeNetworkAclAttributes",
    "VSwitches": "vpc:DescribeVSwitches",
    "PrefixListEntry": "vpc:GetVpcPrefixListEntries",
    "RouterTableList": "vpc:DescribeRouteTableList",
    "RouteEntrys": "vpc:DescribeRouteEntryList",
    "NodeGroups": "emr:ListNodeGroups",
    "Nodes": "emr:ListNodes",
    "ComponentInstances": "emr:ListComponentInstances",
    "ApplicationConfigs": "emr:ListApplicationConfigs",
    "NetworkList": "dataworks-public:ListNetworks",
    "Project": "dataworks-public:GetProject",
    "Projects": "dataworks-public:ListProjects",
    "ComputeResources": "dataworks-public:ListComputeResources",
    "ProjectMembers": "dataworks-public:ListProjectMembers",
    "HadoopAuthType": "dataworks-public:GetComputeResourceAuthUserMappings",
}
"""Keys that an answer has even if it is cut, in the order in which they are looked for."""

_HEAD = 64 << 10
"""Characters of a text that are searched for its keys."""


def command(kind: str) -> str:
    """Return the command that prints an answer."""
    product, call = kind.split(":")
    return " ".join(filter(None, ("aliyun", product, call, CALLS[kind])))


_BY_ID = {
    "pl": "ecs:DescribePrefixListAttributes",
    "prl": "ecs:DescribePortRangeListEntries",
    "nacl": "vpc:DescribeNetworkAclAttributes",
    "vtb": "vpc:DescribeRouteEntryList",
    "vsw": "vpc:DescribeVSwitchAttributes",
    "sg": "ecs:DescribeSecurityGroupAttribute",
}
"""Beginning of an id -> the answer that describes its object. What a rule refers to goes before its
group."""

_ID = regex(r"\b(?P<kind>sg|pl|prl|nacl|vtb|vsw)-[0-9a-z]{1,40}\b")


def saving(text: str, region: str | None, files: Mapping[str, str] = MappingProxyType({})) -> tuple[str, ...]:
    """Return the commands that save the answers about the object that a text names by its id.

    () if it names none. APIs that the text names go before the one that describes the object. If it
    names several, any of them may be the faulty one.

    files: id of an object, or answer -> the file that a new answer takes the place of.
    """
    # Not the first one of the sentence: each language has another order.
    found = min(_ID.finditer(text), key=lambda each: [*_BY_ID].index(each["kind"]), default=None)
    if found is None:
        return ()
    subject = _BY_ID[found["kind"]]
    if found["kind"] == "pl" and any(each["kind"] == "nacl" for each in _ID.finditer(text)):
        subject = "vpc:GetVpcPrefixListEntries"  # entries of network ACLs take prefix lists of VPC
    named = [kind for kind in CALLS if re.search(rf"\b{kind.partition(':')[2]}\b", text)]
    return tuple(_filled_in(kind, found, region, files) for kind in named or [subject])


def _filled_in(kind: str, found: re.Match[str], region: str | None, files: Mapping[str, str]) -> str:
    """Return the command that saves an answer about the object with this id."""
    placeholder = CALLS[_BY_ID[found["kind"]]].split()[3]
    is_of_it = placeholder in CALLS[kind].split()
    values = {placeholder: found[0], "R": region or "R"}
    words = " ".join(values.get(word, word) for word in command(kind).split())
    subject, name = (found[0], found[0]) if is_of_it else (kind, kind.partition(":")[2])
    return f"{words} > {quote(files.get(subject, f'{name}.json'))}"


def to_save(file: str, content: bytes) -> str:
    """Return the command that prints what should be in a file. "" if that is not known.

    Its name says which answer it should be, else the keys that are left of it.
    """
    kind = _kind(file, content)
    return "" if kind is None else command(kind)


def kind_of(file: str, content: bytes) -> str | None:
    """Return which answer a file surely is. None if its name and its keys do not tell one.

    The keys of one answer count. Behind the end of several, an answer of another call may be lost.
    """
    is_one = _is_one_answer(content.replace(b"\0", b"").decode("utf-8", "replace"))
    kinds = {*_kinds_in_name(file), *(_kinds_in(_text(content)) if is_one else ())}
    return kinds.pop() if len(kinds) == 1 else None


def _is_one_answer(text: str) -> bool:
    """Return True if the text is one JSON object, or the beginning of one."""
    text = text.lstrip("\ufeff \t\r\n")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError:
        return text.startswith("{")
    except (RecursionError, ValueError):
        return False
    return text.startswith("{") and not text[end:].strip()


def _kind(file: str, content: bytes) -> str | None:
    return next(iter([*_kinds_in_name(file), *_kinds_in(_text(content))]), None)


def _kinds_in_name(file: str) -> list[str]:
    """Return the answer that a name tells, in a list. [] if it tells none."""
    name = re.sub("[^a-z]", "", file.rpartition("/")[2].lower())
    return sorted((kind for kind in CALLS if kind.partition(":")[2].lower() in name), key=len)[-1:]


def _kinds_in(text: str) -> list[str]:
    return [kind for key, kind in _KEYS.items() if f'"{key}"' in text]


def _text(content: bytes) -> str:
    return content[:_HEAD].replace(b"\0", b"").decode("utf-8", "replace")
