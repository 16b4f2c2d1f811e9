"""What is wrong between two networks? One function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import MOST_NAMED, place
from diagnose.findings.wording.en.routes import is_added
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import node_records, path
from diagnose.findings.wording.zh.phrases import configured_hosts, ends, hosts, listed, networks, ports, seen_here

BRIDGE = "节点上的网桥（docker0、cni0）不会出现在任何 API 的返回中：在节点上执行 ip route get <资源组地址> 可以看到。"
COMPLETE = (
    "将两个路由表 DescribeRouteEntryList 的每一页，以及两个 vSwitch 的 DescribeVSwitchAttributes 补到 case 中，"
    "重新检查。"
)


def wrong_vpc(s: Statement) -> Words:
    """NET-WRONG-VPC."""
    ours, theirs = s.text("ours"), s.text("theirs")
    if s.is_true("is_all_unknown"):
        known = f"两者是否连通，取决于：{listed(s.texts('unread') or s.texts('missing'))}。"
    else:
        known = f"路由表显示：{_reasons(s)}。两个 VPC 没有连通之前，改安全组规则或网络 ACL 都没有用。"
    return Words(
        f"资源组绑定的 VPC 与集群不同：是 {ours}，而不是 {theirs}",
        f"{_from(s)} 在 {ours}，{hosts(s)} 在 {theirs}。{known}{_others(s)}",
        _silence(s),
        advice=(
            f"连通 {ours} 和 {theirs}（VPC 对等连接、云企业网 CEN），并在两端的路由表中各加一条到对端网段的路由。",
        ),
        manual=(
            (
                f"将资源组绑定到 {theirs} 中的 vSwitch（DataWorks 控制台 > 网络设置 > 专有网络绑定），"
                "然后在集群的安全组中放行该 vSwitch 的网段。"
            ),
        ),
    )


def forward(s: Statement) -> Words:
    """NET-ROUTE: as the tables show it, else as packets show it."""
    if s.cause != "route-table":
        return path.route(s)
    if not s.is_true("is_sure"):
        return Words(
            "到集群的路由未知",
            f"{_from(s)} 的报文能否到达 {hosts(s)}，取决于：{listed(s.texts('missing'))}。",
            _silence(s),
            (COMPLETE,),
        )
    return Words(
        "资源组的路由表中没有到集群的可用路由",
        f"{_from(s)} 发往 {hosts(s)} 的报文走路由表 {_tables(s)}：{_reasons(s)}。报文到不了任何安全组。{_others(s)}",
        _silence(s),
        advice=() if is_added(s) else tuple(_advice(s)),
        manual=tuple(_advice(s)) if is_added(s) else (),
    )


def backward(s: Statement) -> Words:
    """RET-ROUTE: as the tables show it, else as packets and records show it."""
    if s.cause == "host-route":
        return node_records.lost(s)
    if s.cause != "route-table":
        return node_records.route_back(s)
    if not s.is_true("is_sure"):
        return Words(
            "从集群返回的路由未知",
            f"{_from(s)} 的请求可能能够到达。{hosts(s)} 的应答能否返回，取决于：{listed(s.texts('missing'))}。",
            _silence(s),
            (COMPLETE, BRIDGE),
        )
    return Words(
        "集群的路由表中没有返回资源组的可用路由",
        f"{_from(s)} 的请求可能能够到达，而 {hosts(s)} 发给 {listed(s.texts('denied')) or networks(s)} 的应答"
        f"走路由表 {_tables(s)}：{_reasons(s)}。在客户端看来，这与报文被丢弃一样，都是没有应答。{_others(s)}",
        _silence(s) + BRIDGE,
        advice=() if is_added(s) else tuple(_advice(s)),
        manual=tuple(_advice(s)) if is_added(s) else (),
    )


def overlap(s: Statement) -> Words:
    """NET-OVERLAP: as the tables show it, else as the routes of the host show it."""
    if s.cause == "host-route":
        return node_records.stray(s)
    ours, theirs, is_reply = s.text("ours"), s.text("theirs"), s.is_true("is_reply")
    here, there = (theirs, ours) if is_reply else (ours, theirs)
    what = _from(s) if is_reply else f"{hosts(s)} 所在的网段"
    shown = _reasons(s) if s.is_true("is_sure") else f"{here} 中也有 vSwitch 使用这些地址"
    return Words(
        "两个 VPC 的地址重叠",
        f"{what} 与 {here} 的某个网段重叠，所以发往它的报文留在 {here} 内，到不了 {there}：{shown}。"
        "加路由没有用：在 VPC 内，自己的网段总是优先。",
        _silence(s),
        (
            f"为资源组换一个网段在两个 VPC 中都不重复的 vSwitch，最好选 {theirs} 中的。",
            BRIDGE,
        ),
    )


def translated(s: Statement) -> Words:
    """NET-SNAT: as the tables show it, else as the KDC's log shows it."""
    if s.cause != "route-table":
        return node_records.translated(s)
    return Words(
        "资源组与集群之间有 NAT 网关",
        f"{_from(s)} 发往 {hosts(s)} 的报文走路由表 {_tables(s)}：{_reasons(s)}。即使报文能够到达，"
        f"源地址也是 NAT 网关的地址：写了 {networks(s)} 的规则、白名单和 proxyuser hosts 都匹配不上。",
        advice=("按 NAT 网关的地址编写规则，或者让报文走对等连接或转发路由器。",),
    )


def gone(s: Statement) -> Words:
    """NET-NODE-GONE."""
    addresses = listed(s.texts("addresses"))
    named = f"{place(s)} 中写的是 {configured_hosts(s)}{f'（{addresses}）' if addresses else ''}，"
    if near := s.text("near"):
        return Words(
            f"配置中的主机不是集群的节点，与节点 {near} 的名称相近",
            f"{named}而完整的节点列表（ListNodes）中没有它。{near} 是集群的节点，两个名称只有一处不同："
            "可能是写错了，也可能是该节点已释放。",
            _silence(s),
            (f"如果是写错了，在 {place(s)} 中改为 {near}；否则重新导出配置。然后上传，并重新初始化资源组。",),
        )
    return Words(
        "配置中的主机已不是集群的节点",
        f"{named}而完整的节点列表（ListNodes）中没有它。节点会被释放和替换，导出的文件里仍是旧的主机名。",
        _silence(s),
        ("重新导出配置并上传，然后重新初始化资源组。",),
    )


def metastore(s: Statement) -> Words:
    """HMS-EXTERNAL."""
    return Words(
        "Hive metastore 在集群之外，集群的安全组管不到它",
        f"{place(s)} 中写的是 {configured_hosts(s)}，它不是集群的节点。{to_open(s)}{way_out(s)}",
        seen_here(s, "它对本机没有应答"),
        (f"在 {configured_hosts(s)} 上对 {networks(s)} 放行 {ports(s)}，并检查往返两个方向的路由。",),
    )


def to_open(s: Statement) -> str:
    """Return which ports have to be open at a host outside the cluster, as one sentence."""
    return f"需要在该主机自己的防火墙或安全组上对 {networks(s)} 放行 {ports(s)}，并且往返都有路由。"


def way_out(s: Statement) -> str:
    """Return one sentence if the resource group's own table does not lead to the target.

    Empty if it may.
    """
    reasons = listed(s.texts("no_way"))
    return f"资源组的路由表中没有到该主机的可用路由：{reasons}。" if reasons else ""


def _silence(s: Statement) -> str:
    return seen_here(s, f"{ends(s)} 没有应答")


def _from(s: Statement) -> str:
    return listed(s.texts("from"))


def _tables(s: Statement) -> str:
    return listed(s.texts("tables"))


def _reasons(s: Statement) -> str:
    return listed(s.texts("reasons"))


def _others(s: Statement) -> str:
    others = s.texts("others")
    return f"同一资源组的 {listed(others)} 没有这个问题；任务可能运行在其中任意一个网络中。" if others else ""


def _advice(s: Statement) -> Iterator[str]:
    """Yield one line for each entry to add."""
    entries = s.rows("entries")
    for entry in entries[:MOST_NAMED]:
        table, hop = entry.text("table"), _hop(entry)
        if old := entry.text("replaces"):
            yield f"在 {table} 中，将 {old} 替换为{hop}的路由；如果是该链路断开，先恢复链路。"
        else:
            yield f"在 {table} 中添加到 {entry.text('destination')} 的路由，{hop}。"
    if len(entries) > MOST_NAMED:
        yield f"另有 {len(entries) - MOST_NAMED} 个目标网段需要同样处理；也可以只加一条到能覆盖全部目标的大网段的路由。"
    if not entries:
        yield "检查两端 vSwitch 的路由表；跨 VPC 时，每一端都要有到对端网段的路由。"


def _hop(entry: Values) -> str:
    kind, ident = entry.text("hop_type"), entry.text("hop")
    if ident:
        return f"下一跳为 {kind} {ident}"
    if kind:
        return f"下一跳类型为 {kind}（反方向所用链路在本 VPC 的一端）"
    return "下一跳为两个 VPC 之间的链路（对等连接为 VpcPeer，转发路由器为 Attachment）"
