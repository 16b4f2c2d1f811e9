"""Object mothers for reports. Each has just enough flows to show how it is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from diagnose.output.observation import ObservationFacts
from diagnose.remedies.model import (
    AclEdit,
    AclEntry,
    Edit,
    FileEdit,
    FindingRef,
    FurtherGroup,
    HostsEdit,
    LinesEdit,
    Rebinding,
    RouteEdit,
    RuleEdit,
    RuleFields,
    ServiceStart,
    SuggestedRule,
)
from diagnose.remedies.wording import suggested
from diagnose.report.finding_model import EvidenceFacts, FindingFacts, RemedyFacts
from diagnose.report.flow_model import DecidingFacts, DecisionFacts, FlowFacts, OriginFacts
from diagnose.report.model import BugFacts, CaseFacts, ClientFacts, ClusterFacts, InputFile, Report, SkippedFacts, Tool
from tests.support.factories import CLUSTER_ID, DOMAIN, EMR_CIDR, EMR_GROUP, RG_CIDR

NO_RULE = "no rule matches, and inbound traffic is denied by default"
FIRST = FindingRef("SG-KDC-UDP", 1)
"""The first finding of a report, which the mothers' repairs hang on."""

Need = Literal["required", "optional"]
Transport = Literal["tcp", "udp"]


def a_cluster(**changes: Any) -> ClusterFacts:
    cluster = ClusterFacts(
        id=CLUSTER_ID,
        name="emr-prod",
        type="DATALAKE",
        release="EMR-5.18.1",
        region="cn-hangzhou",
        account="1234567890123456",
        deploy_mode="HA",
        security_mode="KERBEROS",
        nodes=6,
    )
    return msgspec.structs.replace(cluster, **changes)


def a_decision(
    verdict: Literal["allowed", "denied", "partial", "unknown"],
    why: str = NO_RULE,
    rule: str | None = None,
    **changes: Any,
) -> DecisionFacts:
    group = EMR_GROUP if rule else None
    sources = {f"{verdict}_sources": [RG_CIDR]} if verdict != "partial" else {}
    decision = DecisionFacts(
        layer="security-group",
        direction="ingress",
        at=[EMR_GROUP],
        verdict=verdict,
        allowed_sources=[],
        denied_sources=[],
        unknown_sources=[],
        deciding=[DecidingFacts(group=group, rule=rule, verdict=verdict, why=why)],
        missing=[],
        assumed=[],
    )
    return msgspec.structs.replace(decision, **{**sources, **changes})


def an_observation(state: str, reason: str, **changes: Any) -> ObservationFacts:
    observation = ObservationFacts(
        vantage="here", state="open", reason=reason, offender=None, rtt_ms=0.8, attempts=1, detail={}
    )
    return msgspec.structs.replace(observation, state=state, **changes)


def a_flow(
    service: str,
    host: str,
    port: int,
    transport: Transport = "tcp",
    *,
    verdict: str = "reachable",
    need: Need = "required",
    decisions: Sequence[DecisionFacts] | None = None,
    observations: Sequence[ObservationFacts] = (),
) -> FlowFacts:
    name = host if "." in host else f"{host}.{DOMAIN}"
    flow = FlowFacts(
        id=f"{service.lower().replace(' ', '-')}/{host}:{port}/{transport}",
        service=service,
        host=name,
        address=None,
        port=port,
        last_port=None,
        transport=transport,
        sources=[RG_CIDR],
        need=need,
        why="tasks use it",
        origin=OriginFacts(file="core-site.xml", line=12, key="fs.defaultFS"),
        verdict="reachable",
        decisions=list(decisions if decisions is not None else [a_decision("allowed", "accept, priority 1", "sgr-ok")]),
        observations=list(observations),
    )
    return msgspec.structs.replace(flow, verdict=verdict)


def a_rule(**changes: Any) -> SuggestedRule:
    rule = SuggestedRule(
        finding=FIRST,
        option=1,
        security_group_id=EMR_GROUP,
        direction="ingress",
        policy="accept",
        ip_protocol="UDP",
        port_range="88/88",
        source_cidr_ip=RG_CIDR,
        dest_cidr_ip=None,
        priority=1,
        description="DataWorks resource group to KDC",
        fixes=["kdc/master-1-1:88/udp"],
    )
    return msgspec.structs.replace(rule, **changes)


def an_egress_rule(**changes: Any) -> SuggestedRule:
    return a_rule(
        **{
            "security_group_id": "sg-bp1rg0001",
            "direction": "egress",
            "source_cidr_ip": None,
            "dest_cidr_ip": EMR_CIDR,
            **changes,
        }
    )


def a_drop(**changes: Any) -> RuleFields:
    """Return the fields of a rule that drops everything from the VPC."""
    rule = RuleFields(
        policy="drop",
        protocol="ALL",
        port_ranges=["-1/-1"],
        peers=["192.168.0.0/16"],
        priority=1,
        words="drop ALL -1/-1 from 192.168.0.0/16, priority 1",
    )
    return msgspec.structs.replace(rule, **changes)


def an_edit(**changes: Any) -> RuleEdit:
    """Return an edit that narrows the source of that rule."""
    edit = RuleEdit(
        finding=FIRST,
        option=1,
        fixes=["kdc/master-1-1:88/udp"],
        group=EMR_GROUP,
        rule="sgr-bp1drop",
        direction="ingress",
        action="narrow",
        before=a_drop(),
        after=a_drop(peers=["192.168.128.0/17"], words="drop ALL -1/-1 from 192.168.128.0/17, priority 1"),
    )
    return msgspec.structs.replace(edit, **changes)


def a_file_edit(**changes: Any) -> FileEdit:
    edit = FileEdit(
        finding=FIRST,
        option=1,
        fixes=["kdc/master-1-1:88/udp"],
        object="krb5.conf",
        file="krb5.conf",
        line=None,
        section="libdefaults",
        key="udp_preference_limit",
        before=None,
        after="1",
        reason="tcp-first",
    )
    return msgspec.structs.replace(edit, **changes)


def a_further_group(**changes: Any) -> FurtherGroup:
    edit = FurtherGroup(
        finding=FIRST,
        option=1,
        fixes=["kdc/master-1-1:88/udp"],
        name="emr-diagnose-dataworks",
        type="normal",
        vpc="vpc-bp1aaa",
        rules=[a_rule(security_group_id="emr-diagnose-dataworks")],
        nodes=["master-1-1 (192.168.20.11)"],
    )
    return msgspec.structs.replace(edit, **changes)


def a_lines_edit(**changes: Any) -> LinesEdit:
    edit = LinesEdit(FIRST, 1, [], "krb5.conf", 4, ["  udp_preference_limit = 0"], ["  udp_preference_limit = 1"])
    return msgspec.structs.replace(edit, **changes)


def a_hosts_edit(**changes: Any) -> HostsEdit:
    host = f"master-1-1.{DOMAIN}"
    edit = HostsEdit(FIRST, 1, [], host, None, f"192.168.20.11 {host} master-1-1", "no-address")
    return msgspec.structs.replace(edit, **changes)


def a_service_start(**changes: Any) -> ServiceStart:
    return msgspec.structs.replace(ServiceStart(FIRST, 1, [], "krb5kdc", "master-1-1"), **changes)


def a_route_edit(**changes: Any) -> RouteEdit:
    edit = RouteEdit(
        finding=FIRST,
        option=1,
        fixes=[],
        table="vtb-emr",
        destination=RG_CIDR,
        hop_type="VpcPeer",
        hop="pcc-1",
        replaces=None,
    )
    return msgspec.structs.replace(edit, **changes)


def a_rebinding(**changes: Any) -> Rebinding:
    edit = Rebinding(
        finding=FIRST,
        option=1,
        fixes=[],
        resource_group="rg-1",
        network=["vpc-a", "vsw-a", RG_CIDR],
        vpc="vpc-b",
        vswitch=None,
    )
    return msgspec.structs.replace(edit, **changes)


def an_acl_entry(**changes: Any) -> AclEntry:
    entry = AclEntry(
        id=None,
        policy="accept",
        protocol="UDP",
        port_range="88/88",
        peer=RG_CIDR,
        words=f"accept UDP 88/88 from {RG_CIDR}",
    )
    return msgspec.structs.replace(entry, **changes)


def an_acl_edit(*more: AclEntry, **changes: Any) -> AclEdit:
    """Return a list of a new entry, one that exists, and `more`."""
    kept = an_acl_entry(
        id="nae-1",
        policy="drop",
        protocol="ALL",
        port_range="-1/-1",
        peer="0.0.0.0/0",
        words="drop ALL -1/-1 from 0.0.0.0/0",
    )
    edit = AclEdit(
        finding=FIRST,
        option=1,
        fixes=[],
        acl="nacl-1",
        direction="ingress",
        before=[kept],
        after=[an_acl_entry(), kept, *more],
    )
    return msgspec.structs.replace(edit, **changes)


EDITS = (
    a_further_group,
    a_file_edit,
    a_lines_edit,
    a_hosts_edit,
    a_service_start,
    a_route_edit,
    a_rebinding,
    an_acl_edit,
    an_edit,
)
"""One mother for each kind of edit."""


def with_edits(report: Report, *edits: Edit) -> Report:
    """Return the report with these edits, as values and in words."""
    return msgspec.structs.replace(report, changes=list(edits), suggested_edits=list(map(suggested, edits)))


def a_finding(code: str = "SG-KDC-UDP", **changes: Any) -> FindingFacts:
    finding = FindingFacts(
        code=code,
        severity="error",
        confidence="proven",
        rank=1,
        title="The KDC cannot be reached over UDP: no inbound rule allows it",
        detail="Seen from here: an AS-REQ over UDP got no answer.",
        cause=(
            f"{EMR_GROUP} lets no UDP from {RG_CIDR} in to UDP 88 on master-1-1. TCP is open, so telnet and "
            "even kinit work. Java clients (Hive, Spark, DataWorks) ask the KDC over UDP first and do not fall "
            "back to TCP when nothing answers, so after 3 x 30 s per KDC they report “Receive timed out”."
        ),
        params={"networks": [RG_CIDR], "groups": [EMR_GROUP], "tcp": "open"},
        flows=["kdc/master-1-1:88/udp"],
        evidence=[
            EvidenceFacts(
                kind="decision",
                ref="kdc/master-1-1:88/udp",
                origin=None,
                text=f"{EMR_GROUP}: {NO_RULE} (UDP 88 from {RG_CIDR})",
            ),
            EvidenceFacts(
                kind="observation",
                ref="kdc/master-1-1:88/udp",
                origin=None,
                text="3 requests over UDP to 192.168.20.11:88 were not answered",
            ),
            EvidenceFacts(
                kind="line",
                ref="krb5.conf:8",
                origin=OriginFacts("krb5.conf", 8, "kdc"),
                text="krb5.conf:8 names the KDC, port 88",
            ),
        ],
        settle_by=None,
        remedies=[
            RemedyFacts(kind="rules", text=f"add UDP 88/88 from {RG_CIDR} to {EMR_GROUP}", option=1),
            RemedyFacts(
                kind="advice",
                text=(
                    "On a client only, [libdefaults] udp_preference_limit = 1 in krb5.conf makes Java use TCP at once; "
                    "TCP must then be open."
                ),
            ),
        ],
    )
    return msgspec.structs.replace(finding, **changes)


def a_report(**changes: Any) -> Report:
    report = Report(
        schema_version="1",
        tool=Tool(name="emr-diagnose", version="0.1.0"),
        started_at="2026-11-23T09:00:00Z",
        duration_ms=6120,
        command="emr-diagnose check case",
        exit_code=0,
        case=CaseFacts(
            name="case",
            cluster=a_cluster(),
            sources=[RG_CIDR],
            inputs=[InputFile(file="krb5.conf", kind="krb5.conf", sha256="0" * 64)],
        ),
        status="pass",
        basis="packets",
        flows=working_flows(),
        findings=[],
        suggested_rules=[],
        suggested_edits=[],
        changes=[],
        clients=[],
        skipped=[],
        bugs=[],
    )
    return msgspec.structs.replace(report, **changes)


def working_flows() -> list[FlowFacts]:
    open_ports = [an_observation("open", "syn-ack")]
    masters = [
        a_flow(service, host, port, observations=open_ports)
        for host in ("master-1-1", "master-1-2")
        for service, port in (("NameNode RPC", 8020), ("ResourceManager", 8032), ("HiveServer2", 10000))
    ]
    nodes = [a_flow("DataNode transfer", f"core-1-{number}", 9866, observations=open_ports) for number in range(1, 5)]
    kdc = [
        a_flow("KDC", "master-1-1", 88, "tcp", observations=[an_observation("open", "kerberos-reply")], need="optional")
    ]
    return [*masters, *nodes, *kdc]


def failing() -> Report:
    """Return the case of the registration page: everything is open but UDP to the KDC."""
    silent = an_observation("open|filtered", "no-response", attempts=3)
    return a_report(
        status="fail",
        exit_code=1,
        flows=[
            a_flow(
                "KDC",
                "master-1-1",
                88,
                "udp",
                verdict="blocked",
                decisions=[a_decision("denied")],
                observations=[silent],
            ),
            *working_flows(),
        ],
        findings=[
            a_finding(),
            a_finding(
                "KRB-INCLUDEDIR",
                severity="warning",
                confidence="proven",
                rank=2,
                title="krb5.conf includes a directory that is not in the case",
                flows=[],
                remedies=[],
            ),
        ],
        suggested_rules=[
            a_rule(),
            a_rule(ip_protocol="TCP", description="DataWorks resource group to KDC, large tickets"),
        ],
        clients=[
            ClientFacts(family="jdk", exchange="as", works="no", seconds=90.0, message="Receive timed out"),
            ClientFacts(family="mit", exchange="as", works="yes", seconds=1.0, message=None),
        ],
        skipped=[
            SkippedFacts(
                check="network ACL",
                cause="both ends are in different vSwitches and no ACL is in the case",
                needs="vpc DescribeNetworkAclAttributes",
            )
        ],
    )


def passing() -> Report:
    return a_report()


def inconclusive() -> Report:
    """Return a report without packets whose export lacks a prefix list."""
    doubt = a_decision(
        "unknown",
        "depends on the entries of prefix list pl-bp1dw, used by rule sgr-bp1pl of sg-bp1emr0001",
        "sgr-bp1pl",
    )
    flows = [
        *(
            a_flow("DataNode transfer", f"core-1-{number}", 9866, verdict="unknown", decisions=[doubt])
            for number in range(1, 21)
        ),
        a_flow("HiveServer2", "master-1-1", 10000, verdict="allowed"),
        a_flow("Spark History Server", "master-1-1", 18080, verdict="unknown", need="optional", decisions=[doubt]),
    ]
    return a_report(
        status="inconclusive",
        basis="configuration",
        exit_code=3,
        flows=flows,
        findings=[
            a_finding(
                "SG-UNRESOLVED",
                severity="info",
                confidence="inferred",
                title="The security groups cannot be evaluated: part of them is not in the case",
                cause=(
                    "Whether TCP 9866 from 192.168.10.0/24 gets through depends on the entries of prefix list pl-bp1dw."
                ),
                detail="",
                flows=[flow.id for flow in flows if flow.verdict == "unknown"],
                evidence=[],
                settle_by="ecs DescribePrefixListAttributes of pl-bp1dw",
                remedies=[
                    RemedyFacts(
                        kind="advice",
                        text=(
                            "Add what is missing to the case and run the check again; until then these flows are "
                            "neither open nor closed."
                        ),
                    )
                ],
            )
        ],
        skipped=[
            SkippedFacts(
                check="live probes",
                cause="--offline",
                needs="a run without --offline from the resource group's network",
            )
        ],
    )


def drop_edit() -> Report:
    """Return a report with a drop of priority 1. Option 1 narrows it, option 2 removes it."""
    why = "drop, priority 1, ALL from 192.168.0.0/16"
    wanted: list[tuple[str, int, Transport]] = [("KDC", 88, "udp"), ("KDC", 88, "tcp"), ("NameNode RPC", 8020, "tcp")]
    flows = [
        a_flow(
            service,
            "master-1-1",
            port,
            transport,
            verdict="blocked",
            decisions=[a_decision("denied", why, "sgr-bp1drop")],
            observations=[an_observation("filtered", "no-response", attempts=3)],
        )
        for service, port, transport in wanted
    ]
    report = a_report(
        status="fail",
        exit_code=1,
        flows=flows,
        findings=[
            a_finding(
                "SG-SHADOWED",
                confidence="strong",
                title="A drop rule wins over the rule that should let the resource group in",
                cause=(
                    f"sgr-bp1drop in {EMR_GROUP} ({why}) is tried before sgr-bp1accept (accept, priority 10, "
                    f"TCP 1/65535 from {RG_CIDR}): the smaller priority number wins, and at equal priority drop wins."
                ),
                flows=[flow.id for flow in flows],
                evidence=[
                    EvidenceFacts(
                        kind="rule", ref="sgr-bp1drop", origin=None, text=f"sgr-bp1drop in {EMR_GROUP}: {why}"
                    )
                ],
                settle_by="a packet from 192.168.10.0/24 that is counted by the drop rule",
                remedies=[],
            )
        ],
    )
    return with_edits(report, an_edit(), an_edit(option=2, action="remove", before=a_drop(words=why), after=None))


def a_bug() -> Report:
    return a_report(
        status="bug",
        exit_code=4,
        bugs=[BugFacts(check="probe kdc/master-1-1:88/udp", error="ValueError: negative length")],
    )


IN_CHINESE = {
    NO_RULE: "没有规则匹配，入方向默认拒绝",
    "accept, priority 1": "允许，优先级 1",
    "The KDC cannot be reached over UDP: no inbound rule allows it": "KDC 的 UDP 端口不通：没有入方向规则放行",
    "Seen from here: an AS-REQ over UDP got no answer.": "实测：UDP 上的 AS-REQ 没有应答。",
    "3 requests over UDP to 192.168.20.11:88 were not answered": "向 192.168.20.11:88 发送的 3 个 UDP 请求没有应答",
    "krb5.conf:8 names the KDC, port 88": "krb5.conf:8 写明了 KDC，端口 88",
    f"{EMR_GROUP}: {NO_RULE} (UDP 88 from {RG_CIDR})": f"{EMR_GROUP}：没有规则匹配（来自 {RG_CIDR} 的 UDP 88）",
    f"add UDP 88/88 from {RG_CIDR} to {EMR_GROUP}": f"在 {EMR_GROUP} 添加 UDP 88/88，访问来源 {RG_CIDR}",
    "krb5.conf includes a directory that is not in the case": "krb5.conf 包含的目录不在资料中",
    "network ACL": "网络 ACL",
    "both ends are in different vSwitches and no ACL is in the case": "两端在不同的交换机，资料中没有网络 ACL",
    "tasks use it": "任务会用到",
}
"""What the texts of these mothers are in a Chinese report."""


def chinese() -> Report:
    """Return the failing report as a Chinese check makes it."""
    cause = (
        f"{EMR_GROUP} 没有放行 {RG_CIDR} 到 master-1-1 的 UDP 88。TCP 是通的，所以 telnet 甚至 kinit 都正常。"
        "Java 客户端（Hive、Spark、DataWorks）先用 UDP 访问 KDC，没有应答也不会改用 TCP，"
        "每台 KDC 等待 3 x 30 秒后报“Receive timed out”。"
    )
    advice = (
        "也可只改客户端：在 krb5.conf 的 [libdefaults] 设置 udp_preference_limit = 1，Java 会直接用 TCP；TCP 须放行。"
    )

    def said(value: Any) -> Any:
        match value:
            case list():
                return [said(inner) for inner in value]
            case FindingFacts():
                ours = msgspec.structs.replace(value, cause=cause, settle_by="在该网段的主机上运行本检查")
                return msgspec.structs.replace(ours, **{f: said(getattr(ours, f)) for f in ours.__struct_fields__})
            case RemedyFacts(kind="advice"):
                return msgspec.structs.replace(value, text=advice)
            case msgspec.Struct():
                return msgspec.structs.replace(value, **{f: said(getattr(value, f)) for f in value.__struct_fields__})
            case str():
                return IN_CHINESE.get(value, value)
            case _:
                return value

    report = failing()
    edit = a_file_edit(option=2)
    report = msgspec.structs.replace(report, changes=[edit], suggested_edits=[suggested(edit)])
    found: Report = said(msgspec.structs.replace(report, language="zh"))
    return found


def hostile(text: str) -> Report:
    """Return a report in which every text from outside emr-diagnose is `text`."""

    def spoil(value: Any) -> Any:
        match value:
            case list():
                return [spoil(inner) for inner in value]
            case msgspec.Struct():
                fixed = {
                    "schema_version",
                    "verdict",
                    "state",
                    "severity",
                    "confidence",
                    "need",
                    "transport",
                    "direction",
                    "packet",
                    "layer",
                    "family",
                }
                fixed |= {
                    "kind",
                    "object",
                    "action",
                    "policy",
                    "ip_protocol",
                    "exchange",
                    "works",
                    "status",
                    "basis",
                    "code",
                    "started_at",
                    "reason",
                    "protocol",
                    "language",
                    "type",
                }
                return msgspec.structs.replace(
                    value, **{f: spoil(getattr(value, f)) for f in value.__struct_fields__ if f not in fixed}
                )
            case str():
                return text
            case _:
                return value

    report = failing()
    changed = with_edits(report, *(mother(option=2) for mother in EDITS))
    edited = msgspec.structs.replace(changed, bugs=a_bug().bugs, skipped=report.skipped)
    spoilt: Report = spoil(edited)
    return spoilt
