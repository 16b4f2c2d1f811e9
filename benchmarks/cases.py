"""What does a large case look like? Generated directories that `check` reads, of any size.

The shape is that of a real cluster: three masters, core nodes with a DataNode each, an HA HDFS with
Kerberos, one security group on all nodes, and a resource group whose networks are let in only in
part. So there is a fault to find, and a repair to try.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "c-0a1b2c3d4e5f6071.cn-hangzhou.emr.aliyuncs.com"
REALM = "EMR.C-0A1B2C3D4E5F6071.COM"
MASTERS = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """How many of each thing a case has."""

    nodes: int = 30
    """Nodes of the cluster: masters, then core nodes."""
    kdcs: int = 30
    """Lines `kdc =` of krb5.conf, each with a host of its own beyond the masters."""
    networks: int = 2
    """Networks of the resource group, each with a vSwitch of its own."""
    rules: int = 30
    """Inbound rules of the cluster's security group."""
    entries: int = 30
    """Entries of the prefix list that one rule names."""
    groups: int = 1
    """Security groups of each node. Those beyond the first share further rules, which let in
    nothing of the resource group."""


def write(folder: Path, shape: Shape) -> None:
    """Write the files of one case into a folder, which is made."""
    folder.mkdir(parents=True)
    for name, text in _files(shape):
        (folder / name).write_text(text, encoding="utf-8")


def _files(shape: Shape) -> Iterator[tuple[str, str]]:
    yield "case.toml", _case_toml(shape)
    yield "hosts", "".join(f"{_address(number)} {_host(number)} {_node(number)}\n" for number in range(shape.nodes))
    yield "krb5.conf", _krb5_conf(shape)
    masters = [_host(number) for number in range(MASTERS)]
    yield "core-site.xml", _xml({"fs.defaultFS": "hdfs://emr", "hadoop.security.authentication": "kerberos"})
    yield (
        "hdfs-site.xml",
        _xml(
            {
                "dfs.nameservices": "emr",
                "dfs.ha.namenodes.emr": "nn1,nn2",
                "dfs.namenode.rpc-address.emr.nn1": f"{masters[0]}:8020",
                "dfs.namenode.rpc-address.emr.nn2": f"{masters[1]}:8020",
                "dfs.datanode.address": "0.0.0.0:9866",
                "dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}",
            }
        ),
    )
    yield "yarn-site.xml", _xml({"yarn.resourcemanager.address": f"{masters[0]}:8032"})
    yield "hive-site.xml", _xml({"hive.metastore.uris": ",".join(f"thrift://{host}:9083" for host in masters)})
    yield "DescribeSecurityGroupAttribute-emr.json", _group("sg-emr", _rules(shape))
    yield from (
        (f"DescribeSecurityGroupAttribute-{name}.json", _group(name, _elsewhere(shape.rules // shape.groups)))
        for name in _groups(shape)[1:]
    )
    yield "DescribeSecurityGroupAttribute-rg.json", _group("sg-rg", ())
    yield (
        "DescribePrefixListAttributes.json",
        _json(
            {
                "PrefixListId": "pl-1",
                "AddressFamily": "IPv4",
                "Entries": {
                    "Entry": [{"Cidr": f"{_dotted(100 << 24, 2 * place)}/32"} for place in range(shape.entries)]
                },
            }
        ),
    )


def _case_toml(shape: Shape) -> str:
    lines = ["[cluster]", 'type = "DATALAKE"', 'release = "EMR-5.18.1"', 'deploy_mode = "HA"', 'vpc = "vpc-1"']
    for number in range(shape.nodes):
        group = "MASTER" if number < MASTERS else "CORE"
        lines += ["", "[[cluster.nodes]]", f'name = "{_node(number)}"', f'address = "{_address(number)}"']
        lines += [f'group = "{group}"', 'vswitch = "vsw-emr"', f"security_groups = {json.dumps(_groups(shape))}"]
    lines += ["", "[resource_group]", 'type = "serverless"']
    for number in range(shape.networks):
        lines += ["", "[[resource_group.networks]]", 'vpc = "vpc-1"', f'vswitch = "vsw-rg-{number}"']
        lines += [f'cidr = "{_network(number)}"', 'security_group = "sg-rg"', 'status = "Running"']
    lines += ["", "[[vswitches]]", 'id = "vsw-emr"', 'vpc = "vpc-1"', 'cidr = "10.20.0.0/16"', ""]
    return "\n".join(lines)


def _krb5_conf(shape: Shape) -> str:
    hosts = [_host(number) if number < MASTERS else f"kdc-{number}.example.com" for number in range(shape.kdcs)]
    lines = ["[libdefaults]", f"  default_realm = {REALM}", "  dns_lookup_kdc = false", "[realms]", f"  {REALM} = {{"]
    lines += [f"    kdc = {host}:88" for host in hosts]
    return "\n".join([*lines, "  }", "[domain_realm]", f"  .{DOMAIN} = {REALM}", ""])


def _rules(shape: Shape) -> Iterator[Mapping[str, str]]:
    """Yield rules: two of three ports for every second network, then rules for hosts elsewhere.

    The first of those names the prefix list. The other networks lack every rule.
    """
    made: list[Mapping[str, str]] = []
    for number in range(0, shape.networks, 2):
        made += [{"PortRange": ports, "SourceCidrIp": _network(number)} for ports in ("88/88", "8020/8032")]
    made.append({"PortRange": "9866/9866", "SourcePrefixListId": "pl-1"})
    yield from made
    yield from _elsewhere(max(0, shape.rules - len(made)))


def _elsewhere(count: int) -> Iterator[Mapping[str, str]]:
    """Yield rules for hosts that have nothing to do with the resource group."""
    for number in range(count):
        port = 1024 + number % 60000
        yield {"PortRange": f"{port}/{port}", "SourceCidrIp": f"{_dotted(30 << 24, number * 256)}/24"}


def _groups(shape: Shape) -> list[str]:
    return ["sg-emr", *(f"sg-emr-{number}" for number in range(2, shape.groups + 1))]


def _group(ident: str, rules: Iterable[Mapping[str, str]]) -> str:
    common = {"Direction": "ingress", "IpProtocol": "TCP", "Policy": "Accept", "Priority": "1"}
    permissions = [
        {"SecurityGroupRuleId": f"sgr-{ident}-{number}", **common, **rule} for number, rule in enumerate(rules)
    ]
    return _json(
        {
            "SecurityGroupId": ident,
            "VpcId": "vpc-1",
            "InnerAccessPolicy": "Accept",
            "NextToken": "",
            "Permissions": {"Permission": permissions},
        }
    )


def _xml(settings: Mapping[str, str]) -> str:
    lines = [f"<property><name>{name}</name><value>{value}</value></property>" for name, value in settings.items()]
    return "\n".join(["<configuration>", *lines, "</configuration>", ""])


def _json(value: object) -> str:
    return json.dumps(value, indent=1)


def _node(number: int) -> str:
    return f"master-1-{number + 1}" if number < MASTERS else f"core-1-{number - MASTERS + 1}"


def _host(number: int) -> str:
    return f"{_node(number)}.{DOMAIN}"


def _address(number: int) -> str:
    return _dotted((10 << 24) + (20 << 16), number + 11)


def _network(number: int) -> str:
    return f"{_dotted((172 << 24) + (16 << 16), number * 256)}/24"


def _dotted(base: int, offset: int) -> str:
    value = base + offset
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))
