"""What is wrong with the rules of a security group? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import MOST_NAMED, place
from diagnose.findings.wording.en.security_group import USUAL_KDC_PORT, wanted_ports
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import (
    ends,
    groups,
    hosts,
    listed,
    networks,
    ports,
    quoted_rules,
    rule_ids,
    seen_here,
    services,
    udp_ends,
)
from diagnose.findings.wording.zh.two_exports import which_export


def kdc_udp(s: Statement) -> Words:
    if s.cause == "no-export":
        return _not_exported(s, "KDC 对 UDP 无应答，而 case 中没有相关安全组的规则")
    tcp = {
        "denied": "TCP 也未放行，而大的票据需要 TCP。",
        "open": "TCP 已放行，所以 telnet 能通，甚至 kinit 也能成功。",
    }
    return Words(
        "UDP 到 KDC 不通：没有入方向规则放行",
        f"{groups(s)} 没有规则允许 {networks(s)} 以 UDP 访问 {udp_ends(s)}。{tcp.get(s.text('tcp'), '')}"
        "Java 客户端（Hive、Spark、DataWorks）先用 UDP 请求 KDC，收不到应答也不会改用 TCP；"
        "每台 KDC 等待 3 x 30 s 之后报错 “Receive timed out”。",
        seen_here(s, "UDP 的 AS-REQ 没有应答"),
    )


def kdc_tcp(s: Statement) -> Words:
    if s.cause == "no-export":
        return _not_exported(s, "KDC 对 TCP 无应答，而 case 中没有相关安全组的规则")
    return Words(
        "TCP 到 KDC 不通：只放行了 UDP",
        f"{groups(s)} 没有规则允许 {networks(s)} 以 TCP 访问 {ends(s)}。小的票据可以走 UDP；"
        "但一个数据报装不下的应答，以及所有优先使用 TCP 的客户端，都需要 TCP，结果报错 “Connect timed out”。",
        seen_here(s, "到 KDC 的 TCP 连接没有应答"),
    )


def kdc_port(s: Statement) -> Words:
    """SG-KDC-PORT: krb5.conf names an unusual port, or the rules open one."""
    wanted = wanted_ports(s)
    if wanted != USUAL_KDC_PORT:
        named = f"{listed(s.texts('places') or [place(s)])} 把 KDC 的端口写成 {wanted}"
        siblings = s.texts("siblings")
        either = (
            f"，而同一 realm 的 {listed(siblings)} 用的是常用端口 {USUAL_KDC_PORT}。多半是写错了；"
            f"如果没有写错，就是 KDC 监听 {wanted}，但缺少对应的规则。"
            if siblings
            else f"，而常用端口是 {USUAL_KDC_PORT}。可能是写错了，也可能 KDC 确实监听 {wanted}，但缺少对应的规则。"
        )
        return Words(
            f"krb5.conf 中 KDC 的端口是 {wanted}，规则放行的是 {USUAL_KDC_PORT}",
            f"{named}{either}放行 {networks(s)} 的是 {quoted_rules(s)}。发往端口 {wanted} 的报文没有匹配的规则。",
            seen_here(s, "配置的端口没有应答"),
        )
    return Words(
        f"规则放行的端口与 KDC 端口不一致：krb5.conf 中是 {wanted}",
        f"krb5.conf 指定端口 {wanted}（{place(s)}）；放行 {networks(s)} 的规则是 {quoted_rules(s)}。"
        f"发往端口 {wanted} 的报文匹配不到任何规则。",
        seen_here(s, "所配置的端口没有应答"),
        (f"将该规则的端口范围改为 {wanted}/{wanted}，前提是没有其他服务使用原来的端口。",),
    )


def _unusual_port(s: Statement) -> Words:
    """SG-SVC, SG-DATANODE: the file names another port than the usual one, which the rules open."""
    wanted, usual = wanted_ports(s), s.text("usual")
    either = (
        f"，而另一台写的是常用端口 {usual}：很可能写错了。如果没有写错，则缺少 {wanted} 的规则。"
        if s.texts("siblings")
        else f"，而规则放行的是常用端口 {usual}：可能是文件写错了，也可能缺少 {wanted} 的规则。"
    )
    return Words(
        f"{place(s).partition(':')[0]} 中 {services(s)} 的端口是 {wanted}，规则放行的是 {usual}",
        f"{listed(s.texts('places'))} 把 {hosts(s)} 上 {services(s)} 的端口写成 {wanted}{either}",
        f"{groups(s)} 没有规则允许 {networks(s)} 访问 {ends(s)}。",
    )


def direction(s: Statement) -> Words:
    is_outbound = any(row.text("direction") == "egress" for row in s.rows("rules"))
    how = (
        "是出方向规则，而这里缺少的是入方向规则"
        if is_outbound
        else "把 vSwitch 网段填成了访问目的。入方向规则应把发送方填为访问来源，所以这条规则匹配不到发往集群的报文"
    )
    return Words(
        "规则已添加，但方向填反了",
        f"{quoted_rules(s)}{how}。注册页面提示“Set Destination to the vSwitch CIDR block”（将目的设为 vSwitch 网段），"
        "实际应填写的是访问来源（旧版控制台为授权对象）。",
        seen_here(s, _no_answer(s)),
        (f"添加正确的规则后，删除 {rule_ids(s)}：它不起作用。",),
    )


def source(s: Statement) -> Words:
    """SG-SOURCE: rules for a part of the vSwitch, or for other addresses alone."""
    of = s.number("addresses")
    if of is None:
        return Words(
            "这些端口的规则只放行其他地址，没有放行资源组",
            f"{groups(s)} 不允许 {listed(s.texts('denied'))} 中的任何地址访问 {ends(s)}。"
            f"这些端口现有的规则是 {quoted_rules(s)}，授权对象都不含资源组的网段。",
            seen_here(s, _no_answer(s)),
        )
    share = f"共 {of} 个地址中的 {s.text('denied_addresses')} 个"
    return Words(
        "规则没有覆盖资源组的整个 vSwitch 网段",
        f"{groups(s)} 不允许 {listed(s.texts('denied'))}（{share}）访问 {ends(s)}。这些端口现有的规则是 "
        f"{quoted_rules(s)}。资源组会使用 vSwitch 中任意一个空闲地址，所以能否连通取决于碰巧分到哪个地址。",
        seen_here(s, "从未覆盖的地址访问没有应答"),
    )


def wrong_group(s: Statement) -> Words:
    owners = listed(row.text("group") for row in s.rows("rules"))
    return Words(
        "规则加到了目标不属于的安全组",
        f"{quoted_rules(s)} 本可以放行 {networks(s)}，但 {hosts(s)} 所在的安全组是 {groups(s)}，不是 {owners}。",
        seen_here(s, _no_answer(s)),
    )


def shadowed(s: Statement) -> Words:
    rows = s.rows("rules")
    drops = (f"{r.text('group')} 的 {r.text('id')}（{r.text('rule')}）" for r in rows if r.text("policy") == "drop")
    accepts = (f"{r.text('id')}（{r.text('rule')}）" for r in rows if r.text("policy") == "accept")
    return Words(
        "应放行资源组的规则被一条拒绝规则压过",
        f"{listed(drops)} 先于 {listed(accepts)} 生效：优先级数字小的先匹配，优先级相同时拒绝优先。"
        f"因此从 {networks(s)} 到 {ends(s)} 的报文被丢弃。",
        seen_here(s, "该端口没有应答"),
    )


def proto(s: Statement) -> Words:
    return Words(
        "端口已放行，但协议类型不对",
        f"{quoted_rules(s)} 放行了这个端口号，但 {services(s)} 需要 {ports(s)}。",
        seen_here(s, _no_answer(s)),
    )


def enterprise(s: Statement) -> Words:
    if not s.rows("targets"):
        return Words(
            "节点在企业级安全组中",
            f"{groups(s)} 是企业级安全组（SecurityGroupType 为 enterprise）。EMR 只支持普通安全组。",
            "目前的规则允许资源组访问。新增节点或端口时，两个方向都要另加规则。",
            ("将节点移到普通安全组。",),
        )
    return Words(
        "节点在企业级安全组中",
        f"{groups(s)} 是企业级安全组：没有规则放行的出入流量一律拒绝，而没有规则允许 {networks(s)} 访问 {ends(s)}。"
        "EMR 只支持普通安全组。",
        seen_here(s, "所有端口都没有应答"),
        ("比继续加规则更好的办法：把节点移到普通安全组，这也是 EMR 的要求。",),
    )


def group_ref(s: Statement) -> Words:
    is_known = s.is_true("is_member_known")
    how = "资源组的弹性网卡不在该安全组中" if is_known else "但没有文件能说明资源组的弹性网卡是否在该安全组中"
    then = "资源组连不上" if is_known else "资源组只有也在其中才能连上"
    return Words(
        "规则的授权对象是安全组，而不是 vSwitch 网段",
        f"{quoted_rules(s)} 放行的是某个安全组的成员，{how}。该安全组内的 ECS 实例可以连上；{then}。",
        seen_here(s, _no_answer(s)),
    )


def service(s: Statement) -> Words:
    if s.cause == "unusual-port":
        return _unusual_port(s)
    if s.cause == "no-export":
        return _not_exported(s, f"{_what(s)} 无应答，而 case 中没有相关安全组的规则")
    kerberos = "其中包括 KDC。" if s.is_true("has_kdc") else ""
    return Words(
        f"没有入方向规则允许资源组访问 {_what(s)}",
        f"{groups(s)} 不允许 {networks(s)} 访问 {ends(s)}（{services(s)}）。{kerberos}"
        f"在同一个 VPC 或 vSwitch 中也没有用：安全组只放行规则写明的来源。{_perhaps_meant(s)}",
        seen_here(s, "这些端口没有应答"),
    )


def _perhaps_meant(s: Statement) -> str:
    """Return a sentence about each rule that opens nearly the right port."""
    rows = s.rows("meant")
    return "".join(
        f"{row.text('rule')} 放行的是 {row.text('opened')}，可能本应是 {row.text('needed')}。" for row in rows
    )


def _what(s: Statement) -> str:
    flows = sum(
        len(target.texts("hosts")) * len(row.texts("ports"))
        for target in s.rows("targets")
        for row in target.rows("ports")
    )
    return "集群的端口" if flows > MOST_NAMED else services(s)


def datanode(s: Statement) -> Words:
    if s.cause == "unusual-port":
        return _unusual_port(s)
    if s.cause == "no-export":
        return _not_exported(s, "DataNode 无应答，而 case 中没有相关安全组的规则")
    return Words(
        "NameNode 能访问，DataNode 不能访问",
        f"{groups(s)} 没有规则允许 {networks(s)} 访问 {ends(s)}。列目录正常，读写文件则失败，"
        f"报错 “could only be replicated to 0 nodes” 或 BlockMissingException。{_perhaps_meant(s)}",
        seen_here(s, "DataNode 没有应答"),
    )


def rg_egress(s: Statement) -> Words:
    by = f"命中规则 {quoted_rules(s)}" if s.rows("rules") else "没有出方向规则放行，默认拒绝"
    return Words(
        "资源组自己的安全组拦住了出方向流量",
        f"资源组弹性网卡上的 {listed(s.texts('own_groups'))} 不允许访问 {ends(s)}（{by}）。"
        "在集群的安全组里加规则解决不了这个问题。",
        seen_here(s, "所有目标都没有应答"),
    )


def callback(s: Statement) -> Words:
    """RUN-CALLBACK."""
    stops = [
        f"{whose}弹性网卡上 {listed(s.texts(side))} 的{way}规则"
        for side, whose, way in (("outbound", "节点", "出方向"), ("inbound", "资源组", "入方向"))
        if s.texts(side)
    ]
    by = f"（{quoted_rules(s)}）" if s.rows("rules") else ""
    return Words(
        "集群连不回 Spark driver",
        f"按 {place(s)}，部署模式为 client，driver 运行在资源组中。{networks(s)} 上的 container 需要连接 {ends(s)}，"
        f"但{'和'.join(stops)}不放行{by}。作业报错 “Failed to connect to driver” 或 "
        "“Yarn application has already ended”。",
        "从资源组发包看不出这个问题：连接是作业运行期间由集群发起的。",
        ("或者提交时设置 spark.submit.deployMode cluster，让 driver 运行在集群中。",),
    )


def stale(s: Statement) -> Words:
    """INPUT-STALE."""
    if s.cause == "records-contradicted":
        shown = listed(f"{row.text('place')}：{row.text('text')}" for row in s.rows("records"))
        return Words(
            "主机的记录与实测矛盾：记录取自别的时间或别的机器",
            f"{ends(s)} 的实测结果与记录不符（{shown}）。以实测为准。",
            advice=(f"在本检查运行期间，到 {hosts(s)} 上重新执行 ss -tunlp 和 iptables-save。",),
        )
    event = "收到了本机的请求（主机自己的记录可以证明）" if s.is_true("is_silent") else "应答了本机的连接"
    return Words(
        "导出的规则与实测矛盾：输入过期或不完整",
        f"{ends(s)} {event}，而按导出的 {listed(s.texts('denying')) or groups(s)} 规则应当不通。以实测为准："
        "可能是导出过期或来自别的集群，可能是弹性网卡上还有别的安全组，也可能是本机并非 case 中写的那台。",
        advice=(("重新导出目标弹性网卡上的安全组（DescribeNetworkInterfaces 会列出其中所有安全组），然后重新检查。"),),
    )


def unresolved(s: Statement) -> Words:
    """SG-UNRESOLVED."""
    differing = tuple(which_export(row, row.text("group"), row.texts("files")) for row in s.rows("differing"))
    cause = f"{networks(s)} 能否访问 {ends(s)}，取决于：{listed(s.texts('missing'))}。"
    if s.is_true("only_differing"):
        return Words("规则无法判定：同一安全组的两次导出不一致", cause, advice=differing)
    return Words(
        "规则无法判定：case 中缺少部分规则",
        cause,
        advice=(
            *differing,
            "将缺少的内容补到 case 中，重新检查；在此之前，无法判定这些连接通还是不通。"
            + ("在 case 目录中运行：" if s.texts("commands") else ""),
            *s.texts("commands"),
        ),
    )


def _not_exported(s: Statement, title: str) -> Words:
    """Say that the target is silent and that its rules are not known."""
    return Words(
        title,
        f"{ends(s)} 对来自 {networks(s)} 的报文没有应答。安全组规则是否放行未知："
        "case 中没有目标弹性网卡所属安全组的导出。安全组丢弃报文时不作任何回应，所以最常见的原因是缺少规则。",
        seen_here(s, _no_answer(s)),
        ("将该安全组的 DescribeSecurityGroupAttribute 结果补到 case 中，重新检查。",),
    )


def _no_answer(s: Statement) -> str:
    return f"{ends(s)} 没有应答"
