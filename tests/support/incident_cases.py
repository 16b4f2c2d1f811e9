"""A small healthy cluster as files, and the same with one thing changed.

Every fault of `tests/incidents` is a change of this case. So what the report says besides the
fault is nothing but noise.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from click.testing import CliRunner

from diagnose.cli import main
from diagnose.report import brief
from diagnose.report.json import decode
from diagnose.report.model import Report
from probes.language import use
from tests.support.answers import require_known

CLUSTER = "c-00fe11ed5ca1ab1e"
DOMAIN = f"{CLUSTER}.cn-hangzhou.emr.aliyuncs.com"
REALM = f"EMR.{CLUSTER.upper()}.COM"
MASTER, SECOND, CORE = (f"{name}.{DOMAIN}" for name in ("master-1-1", "master-1-2", "core-1-1"))
SERVICE = "etl-ha"
BLOCK = "192.168.10.0/24"

PORTS = (88, 9000, 8020, 8032, 8088, 8042, 9864, 9866, 9870, 9083, 10000, 10020, 19888, 2181)

Settings = Mapping[str, str]
Content = Settings | str | bytes
Change = Mapping[str, Content | None]
"""File -> settings that are laid over those of the file, its whole content, or None to remove it.
"""

NODES = {"master-1-1": ("192.168.20.11", "MASTER"), "core-1-1": ("192.168.20.21", "CORE")}
HA_NODES = {**NODES, "master-1-2": ("192.168.20.12", "MASTER")}

INSTANCES = {
    "MASTER": ("NameNode", "ResourceManager", "JobHistoryServer", "HiveMetaStore", "HiveServer"),
    "CORE": ("DataNode", "NodeManager"),
}
"""Group of nodes -> services that ListComponentInstances shows on each."""


def healthy(*, kerberos: bool = False, ha: bool = False) -> dict[str, Content]:
    """Return a cluster in which every required connection is allowed."""
    nodes = HA_NODES if ha else NODES
    masters = [MASTER, SECOND] if ha else [MASTER]
    files: dict[str, Content] = {
        "case.toml": case_toml(nodes, kerberos=kerberos, ha=ha),
        "hosts": "127.0.0.1 localhost\n" + "".join(f"{at} {name}.{DOMAIN} {name}\n" for name, (at, _) in nodes.items()),
        "core-site.xml": {"fs.defaultFS": f"hdfs://{SERVICE}" if ha else f"hdfs://{MASTER}:9000"},
        "hdfs-site.xml": _nameservice() if ha else {},
        "yarn-site.xml": _resource_managers() if ha else {"yarn.resourcemanager.hostname": MASTER},
        "mapred-site.xml": {"mapreduce.jobhistory.address": f"{MASTER}:10020"},
        "hive-site.xml": {"hive.metastore.uris": ",".join(f"thrift://{host}:9083" for host in masters)},
        "sg-emr.json": group("sg-emr", [rule("TCP", port) for port in PORTS] + [rule("UDP", 88)]),
        "sg-rg.json": group("sg-rg", []),
        "groups.json": {
            "SecurityGroups": {  # type: ignore[dict-item]
                "SecurityGroup": [
                    {"SecurityGroupId": "sg-rg", "SecurityGroupType": "normal", "RuleCount": 0},
                    {"SecurityGroupId": "sg-emr", "SecurityGroupType": "normal", "RuleCount": len(PORTS) + 1},
                ]
            }
        },
    }
    return changed(files, _KERBEROS) if kerberos else files


_KERBEROS: Change = {
    "core-site.xml": {"hadoop.security.authentication": "kerberos"},
    "hdfs-site.xml": {f"dfs.{name}.kerberos.principal": f"hdfs/_HOST@{REALM}" for name in ("namenode", "datanode")},
    "yarn-site.xml": {"yarn.resourcemanager.principal": f"yarn/_HOST@{REALM}"},
    "hive-site.xml": {
        "hive.metastore.sasl.enabled": "true",
        "hive.metastore.kerberos.principal": f"hive/_HOST@{REALM}",
        "hive.server2.authentication": "KERBEROS",
        "hive.server2.authentication.kerberos.principal": f"hive/_HOST@{REALM}",
    },
    "krb5.conf": f"[libdefaults]\n  default_realm = {REALM}\n  dns_lookup_realm = false\n  dns_lookup_kdc = false\n"
    f"[realms]\n  {REALM} = {{\n    kdc = {MASTER}:88\n  }}\n[domain_realm]\n  .{DOMAIN} = {REALM}\n",
}


def _nameservice() -> Settings:
    proxy = "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider"
    return {
        "dfs.nameservices": SERVICE,
        f"dfs.ha.namenodes.{SERVICE}": "nn1,nn2",
        f"dfs.namenode.rpc-address.{SERVICE}.nn1": f"{MASTER}:8020",
        f"dfs.namenode.rpc-address.{SERVICE}.nn2": f"{SECOND}:8020",
        f"dfs.client.failover.proxy.provider.{SERVICE}": proxy,
    }


def _resource_managers() -> Settings:
    return {
        "yarn.resourcemanager.ha.enabled": "true",
        "yarn.resourcemanager.ha.rm-ids": "rm1,rm2",
        "yarn.resourcemanager.hostname.rm1": MASTER,
        "yarn.resourcemanager.hostname.rm2": SECOND,
    }


def case_toml(
    nodes: Mapping[str, tuple[str, str]] = NODES, *, kerberos: bool = False, ha: bool = False, more: str = ""
) -> str:
    """Return the case.toml. `more` is text that stands at its end."""
    listed = "".join(
        f'[[cluster.nodes]]\nname = "{name}"\naddress = "{address}"\ngroup = "{kind}"\nvswitch = "vsw-emr"\n'
        'security_groups = ["sg-emr"]\n'
        for name, (address, kind) in nodes.items()
    )
    mode, security = "HA" if ha else "NORMAL", "KERBEROS" if kerberos else "NORMAL"
    return (
        f'[cluster]\nid = "{CLUSTER}"\ntype = "DATALAKE"\nrelease = "EMR-5.18.1"\nregion = "cn-hangzhou"\n'
        f'deploy_mode = "{mode}"\nsecurity_mode = "{security}"\n{listed}'
        '[resource_group]\ntype = "serverless"\n[[resource_group.networks]]\nvpc = "vpc-a"\nvswitch = "vsw-rg"\n'
        f'cidr = "{BLOCK}"\nstatus = "Running"\nsecurity_group = "sg-rg"\n'
        '[[vswitches]]\nid = "vsw-emr"\nvpc = "vpc-a"\ncidr = "192.168.20.0/24"\n'
        f'[[vswitches]]\nid = "vsw-rg"\nvpc = "vpc-a"\ncidr = "{BLOCK}"\n{more}'
    )


def with_instances(files: dict[str, Content]) -> dict[str, Content]:
    """Return the case with the services that each of its nodes runs."""
    toml = str(files["case.toml"])
    for group_name, names in INSTANCES.items():
        listed = ", ".join(f'"{name}"' for name in names)
        toml = toml.replace(f'group = "{group_name}"', f'group = "{group_name}"\ncomponents = [{listed}]')
    return changed(files, {"case.toml": toml})


def rule(protocol: str, ports: int | str, *, source: str = BLOCK, direction: str = "ingress", **fields: Any) -> Any:
    """Return one rule of a security group, as ECS exports it."""
    span = ports if isinstance(ports, str) else f"{ports}/{ports}"
    peer = {"SourceCidrIp": source} if direction == "ingress" else {"DestCidrIp": source}
    return {
        "SecurityGroupRuleId": f"sgr-{protocol.lower()}-{span.replace('/', '-')}-{direction}",
        "Direction": direction,
        "IpProtocol": protocol,
        "PortRange": span,
        "Policy": "Accept",
        "Priority": "1",
        **peer,
        **fields,
    }


def group(name: str, rules: list[Any]) -> str:
    """Return an export of one security group."""
    answer = {
        "RegionId": "cn-hangzhou",
        "SecurityGroupId": name,
        "VpcId": "vpc-a",
        "InnerAccessPolicy": "Accept",
        "NextToken": "",
        "Permissions": {"Permission": rules},
    }
    return json.dumps(answer, indent=1)


def group_of_nodes(rules: list[Any]) -> dict[str, Content]:
    """Return the export of the nodes' group with these rules, and the answer that counts them."""
    counts = {"sg-rg": 0, "sg-emr": len(rules)}
    listed = [{"SecurityGroupId": name, "SecurityGroupType": "normal", "RuleCount": n} for name, n in counts.items()]
    return {
        "sg-emr.json": group("sg-emr", rules),
        "groups.json": json.dumps({"SecurityGroups": {"SecurityGroup": listed}}),
    }


def changed(files: Mapping[str, Content], change: Change) -> dict[str, Content]:
    """Return the files with a change laid over them."""
    result = dict(files)
    for name, content in change.items():
        before = result.get(name)
        if content is None:
            result.pop(name, None)
        elif isinstance(content, Mapping) and isinstance(before, Mapping):
            result[name] = {**before, **content}
        else:
            result[name] = content
    return result


def site(settings: Settings) -> str:
    """Return a Hadoop file, one line a tag, or JSON if the values are no text."""
    if any(not isinstance(value, str) for value in settings.values()):
        return json.dumps(settings, indent=1)
    properties = "".join(
        f"  <property>\n    <name>{escape(key)}</name>\n    <value>{escape(value)}</value>\n  </property>\n"
        for key, value in settings.items()
    )
    return f'<?xml version="1.0"?>\n<configuration>\n{properties}</configuration>\n'


def write(folder: Path, files: Mapping[str, Content]) -> None:
    """Write the files of a case."""
    for name, content in contents(files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def contents(files: Mapping[str, Content]) -> dict[str, bytes]:
    """Return the files of a case as they stand on disk."""
    texts = {name: site(content) if isinstance(content, Mapping) else content for name, content in files.items()}
    return {name: text if isinstance(text, bytes) else text.encode() for name, text in texts.items()}


def check(folder: Path, files: Mapping[str, Content], *options: str) -> tuple[int, str]:
    """Write a case, and return exit code and standard output of `check --offline`, or its error."""
    write(folder, files)
    result = CliRunner().invoke(main, ["check", str(folder), "--offline", "--from", BLOCK, *options])
    return result.exit_code, result.stdout or result.output


def report(folder: Path, files: Mapping[str, Content], *options: str) -> Any:
    """Return the JSON report of a case. Its answer has to fit on a screen of 80 x 24, and to be the
    one that is kept for this test.
    """
    _, output = check(folder, files, "--format", "json", *options)
    found = decode(output.encode())
    _require_one_screen(found)
    _require_one_chinese_screen(folder, found, options)
    require_known(found)
    return json.loads(output)


def gaps(result: Any) -> list[Any]:
    """Return what was not checked, but for the network ACLs, which no file of these cases tells."""
    return [entry for entry in result["skipped"] if entry["check"] != "network ACLs"]


def _require_one_chinese_screen(folder: Path, found: Report, options: Sequence[str]) -> None:
    """Require that the Chinese answer of the same case fits as well, and has the same codes."""
    given = ["check", str(folder), "--offline", "--from", BLOCK, "--lang", "zh", *options]
    page = CliRunner().invoke(main, given).stdout
    use("en")
    assert page.count("\n") <= brief.HEIGHT, page
    assert page.endswith(f"退出码 {found.exit_code}。\n"), page
    faults = [one for one in found.findings if one.severity == "error"]
    assert all(one.code in page for one in faults[:5]), page
    if faults and faults[0].remedies:
        assert any(f"\n   {word}" in page for word in ("添加", "操作")), page


def _require_one_screen(found: Report) -> None:
    page = brief.render(found, 80, colour=False)
    faults = [one for one in found.findings if one.severity == "error"]
    assert page.count("\n") <= brief.HEIGHT, page
    assert page.endswith(f"Exit code {found.exit_code}.\n"), page
    assert all(one.code in page for one in faults[:5]), page
    if faults and faults[0].remedies:
        assert any(f"\n   {word}" in page for word in ("Add", "Do")), page
