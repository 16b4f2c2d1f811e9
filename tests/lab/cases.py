"""A case of the lab's cluster as a support engineer would get it: configuration files and API
answers, healthy, broken in one way, or repaired.

One value serves both sides: written to a directory it is what `check` reads, and its answers are
what the router enforces.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import cloud
from .cloud import Document, permission
from .kdc import REALM
from .netns import CLUSTER, CLUSTER_CIDR, RG_CIDR
from .scene import DOMAIN, HOST_NAMES, hosts_file

MASTER_PORTS: Mapping[str, int] = {
    "namenode": 9000,
    "resourcemanager": 8032,
    "scheduler": 8030,
    "web": 8088,
    "jobhistory": 10020,
    "metastore": 9083,
    "hiveserver2": 10000,
}
COMFORTS = ("scheduler", "web")
"""Not required by any task of the lab's engines: a repair leaves them alone."""

DATANODE_PORT = 9866
NODE_GROUP, CLIENT_GROUP, OTHER_GROUP = "sg-emr", "sg-rg", "sg-gateway"


def full_name(role: str) -> str:
    return f"{HOST_NAMES[role][0]}.{DOMAIN}"


@dataclass(frozen=True)
class LabCase:
    """files: name -> text of what comes from the cluster; documents: name -> API answer; kdc_port:
    where the KDC really listens.
    """

    files: dict[str, str]
    documents: dict[str, Document]
    kdc_port: int = 88

    def write(self, directory: Path) -> Path:
        """Write the files of the case and return their new directory."""
        directory.mkdir(parents=True)
        for name, text in self.files.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text, encoding="utf-8")
        cloud.write(self.documents, directory)
        return directory

    def rules(self, group: str) -> list[Document]:
        rules: list[Document] = self.documents[f"{group}.json"]["Permissions"]["Permission"]
        return rules

    def with_rules(self, group: str, rules: Iterable[Document]) -> LabCase:
        """Return the same case with exactly these rules in one group."""
        return self.with_document(
            f"{group}.json", lambda document: document["Permissions"].update(Permission=list(rules))
        )

    def with_document(self, name: str, change: Callable[[Document], object]) -> LabCase:
        """Return the same case with one answer changed. RuleCount follows the rules."""
        documents = copy.deepcopy(self.documents)
        change(documents[name])
        counts = cloud.rule_counts(documents)
        for row in documents["DescribeSecurityGroups.json"]["SecurityGroups"]["SecurityGroup"]:
            row["RuleCount"] = counts[row["SecurityGroupId"]]
        return replace(self, documents=documents)

    def with_evidence(self, role: str, evidence: Mapping[str, str]) -> LabCase:
        """Return the same case with the files of one host, in a directory of the host's name."""
        brought = {f"{HOST_NAMES[role][0]}/{name}": text for name, text in evidence.items()}
        return replace(self, files={**self.files, **brought})

    def changed(self, rule_id: str, **fields: object) -> LabCase:
        """Return the same case with some fields of one rule of the nodes' group changed."""
        rules = [
            {**rule, **(fields if rule["SecurityGroupRuleId"] == rule_id else {})} for rule in self.rules(NODE_GROUP)
        ]
        assert rules != self.rules(NODE_GROUP), f"no rule {rule_id}"
        return self.with_rules(NODE_GROUP, rules)

    def without(self, *rule_ids: str) -> LabCase:
        """Return the same case without some rules of the nodes' group."""
        kept = [rule for rule in self.rules(NODE_GROUP) if rule["SecurityGroupRuleId"] not in rule_ids]
        assert len(kept) == len(self.rules(NODE_GROUP)) - len(rule_ids)
        return self.with_rules(NODE_GROUP, kept)


@dataclass(frozen=True)
class Repair:
    """One option of a report: rules to add, edits to make. Taken from the JSON report as it is."""

    rules: list[Document] = field(default_factory=list)
    edits: list[Document] = field(default_factory=list)

    @classmethod
    def of(cls, report: Mapping[str, Any], option: int = 1) -> Repair:
        return cls(
            [rule for rule in report["suggested_rules"] if rule["option"] == option],
            [edit for edit in report["suggested_edits"] if edit["option"] == option],
        )

    def parts(self) -> int:
        return len(self.rules) + len(self.edits)

    def lacking(self, number: int) -> Repair:
        """Without one of its parts."""
        rules = [rule for n, rule in enumerate(self.rules) if n != number]
        edits = [edit for n, edit in enumerate(self.edits, len(self.rules)) if n != number]
        return Repair(rules, edits)

    def applied_to(self, case: LabCase) -> LabCase:
        """Return what the account holds after a person has run every line."""
        for number, rule in enumerate(self.rules):
            group = rule["security_group_id"]
            added = permission(
                f"sgr-suggested-{number}",
                Direction=rule["direction"],
                Policy=rule["policy"],
                IpProtocol=rule["ip_protocol"],
                PortRange=rule["port_range"],
                SourceCidrIp=rule["source_cidr_ip"] or "",
                DestCidrIp=rule["dest_cidr_ip"] or "",
                Priority=str(rule["priority"]),
                Description=rule["description"],
            )
            case = case.with_rules(group, [*case.rules(group), added])
        for edit in self.edits:
            case = _edited(case, edit)
        return case


def _edited(case: LabCase, edit: Document) -> LabCase:
    """One edit of a rule: the words of the report, read back. A kind of edit that is not known here
    fails the test.
    """
    assert edit["object"] == "security-group-rule", edit
    for group in (NODE_GROUP, CLIENT_GROUP, OTHER_GROUP):
        rules = case.rules(group)
        if edit["id"] not in {rule["SecurityGroupRuleId"] for rule in rules}:
            continue
        if edit["action"] == "remove":
            return case.with_rules(group, [rule for rule in rules if rule["SecurityGroupRuleId"] != edit["id"]])
        words = {"port range": "PortRange", "source": "SourceCidrIp", "priority": "Priority"}
        name, value = str(edit["to"]).rsplit(" ", 1)
        change = {words[name]: value}
        return case.with_rules(
            group, [{**rule, **(change if rule["SecurityGroupRuleId"] == edit["id"] else {})} for rule in rules]
        )
    raise AssertionError(f"the edit names {edit['id']}, which no group has")


def healthy() -> LabCase:
    """Everything that a resource group needs is let in, by one rule a service."""
    accept = {"SourceCidrIp": RG_CIDR, "Description": "dataworks"}
    rules = [
        permission("sgr-kdc-udp", IpProtocol="UDP", PortRange="88/88", **accept),
        permission("sgr-kdc-tcp", IpProtocol="TCP", PortRange="88/88", **accept),
        permission("sgr-datanode", PortRange=f"{DATANODE_PORT}/{DATANODE_PORT}", **accept),
        *(permission(f"sgr-{name}", PortRange=f"{port}/{port}", **accept) for name, port in MASTER_PORTS.items()),
        permission("sgr-ssh", PortRange="22/22", SourceCidrIp="10.8.0.0/16", Description="administrators"),
    ]
    documents = {
        f"{NODE_GROUP}.json": cloud.attribute(NODE_GROUP, rules, "Accept"),
        f"{CLIENT_GROUP}.json": cloud.attribute(CLIENT_GROUP, [], "Accept"),
        f"{OTHER_GROUP}.json": cloud.attribute(OTHER_GROUP, [], "Accept"),
        "DescribeNetworkInterfaces.json": cloud.interfaces({address: [NODE_GROUP] for address in CLUSTER.values()}),
        "DescribeVSwitches.json": cloud.vswitches({"vsw-emr": CLUSTER_CIDR, "vsw-rg": RG_CIDR}),
        "ListNetworks.json": cloud.networks({"vsw-rg": CLIENT_GROUP}),
        "ListNodes.json": cloud.nodes({names[0]: CLUSTER[role] for role, names in HOST_NAMES.items()}),
        "GetCluster.json": cloud.cluster(DOMAIN.split(".", maxsplit=1)[0], NODE_GROUP),
    }
    kinds = dict.fromkeys((NODE_GROUP, CLIENT_GROUP, OTHER_GROUP), "normal")
    documents["DescribeSecurityGroups.json"] = cloud.security_groups(kinds, cloud.rule_counts(documents))
    return LabCase({**_configuration(), "krb5.conf": krb5_conf(88), "hosts": hosts_file()}, documents)


def krb5_conf(port: int) -> str:
    return (
        f"[libdefaults]\n  default_realm = {REALM}\n"
        "  dns_lookup_kdc = false\n  dns_lookup_realm = false\n  rdns = false\n"
        f"  ticket_lifetime = 24h\n\n[realms]\n  {REALM} = {{\n    kdc = {full_name('kdc')}:{port}\n"
        f"    admin_server = {full_name('kdc')}\n  }}\n\n[domain_realm]\n  .{DOMAIN} = {REALM}\n  {DOMAIN} = {REALM}\n"
    )


def _configuration() -> dict[str, str]:
    """Return the XML files, and the values of the registration form."""
    master, port = full_name("master"), MASTER_PORTS
    return {
        "core-site.xml": _xml(
            {
                "fs.defaultFS": f"hdfs://{master}:{port['namenode']}",
                "hadoop.security.authentication": "kerberos",
                "hadoop.security.authorization": "true",
            }
        ),
        "hdfs-site.xml": _xml(
            {
                "dfs.datanode.address": f"0.0.0.0:{DATANODE_PORT}",
                "dfs.namenode.kerberos.principal": f"hdfs/_HOST@{REALM}",
                "dfs.datanode.kerberos.principal": f"hdfs/_HOST@{REALM}",
            }
        ),
        "yarn-site.xml": _xml(
            {
                "yarn.resourcemanager.hostname": master,
                "yarn.resourcemanager.address": f"{master}:{port['resourcemanager']}",
                "yarn.resourcemanager.scheduler.address": f"{master}:{port['scheduler']}",
                "yarn.resourcemanager.webapp.address": f"{master}:{port['web']}",
                "yarn.resourcemanager.principal": f"yarn/_HOST@{REALM}",
            }
        ),
        "mapred-site.xml": _xml(
            {"mapreduce.framework.name": "yarn", "mapreduce.jobhistory.address": f"{master}:{port['jobhistory']}"}
        ),
        "hive-site.xml": _xml(
            {
                "hive.metastore.uris": f"thrift://{master}:{port['metastore']}",
                "hive.metastore.sasl.enabled": "true",
                "hive.metastore.kerberos.principal": f"hive/_HOST@{REALM}",
                "hive.server2.thrift.port": str(port["hiveserver2"]),
                "hive.server2.authentication": "KERBEROS",
                "hive.server2.authentication.kerberos.principal": f"hive/_HOST@{REALM}",
            }
        ),
        "case.toml": '[registration]\nengines = ["hive", "mapreduce"]\n',
    }


def _xml(properties: Mapping[str, str]) -> str:
    rows = "".join(
        f"  <property>\n    <name>{k}</name>\n    <value>{v}</value>\n  </property>\n" for k, v in properties.items()
    )
    return f'<?xml version="1.0"?>\n<configuration>\n{rows}</configuration>\n'
