"""What is wrong with a host? One function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.hosts import ABOUT_ITSELF, firewall_cmd
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.node_records import quoted
from diagnose.findings.wording.zh.path import HERE, RATE, traced_way
from diagnose.findings.wording.zh.phrases import ends, hosts, hosts_do, listed, networks, ports, seen_here, services


def service_down(s: Statement) -> Words:
    """SVC-DOWN."""
    if s.is_true("is_listed"):
        return Words(
            f"没有监听：{hosts(s)} 上的 {services(s)}",
            f"{hosts(s)} 的套接字列表中没有 {ports(s)} 的监听。安全组不缺规则。",
            "服务可能已停止，也可能监听在别的端口，或者列表早于服务的启动。",
            (_where_it_listens(s),),
        )
    refuses = f"{hosts_do(s, '立即拒绝')}：报文能够到达，但没有程序监听。"
    if why := listed(s.texts("assumed")):
        return Words(
            f"所查的主机上都没有 {services(s)} 监听",
            f"{refuses}在这些主机上查找的原因：{why}。",
            "它可能运行在其他节点上，也可能已停止。",
            (f"查明 {services(s)} 运行在哪个节点（ListComponentInstances），将结果补到 case 中。",),
        )
    firewall = "，或它前面的防火墙" if s.is_true("may_be_firewall") else ""
    return Words(
        f"没有监听：{hosts(s)} 上的 {services(s)}",
        f"{refuses}安全组不缺规则。",
        f"安全组丢弃报文时不作回应；连接被拒绝，说明作出回应的是主机自己{firewall}。"
        "服务可能已停止，也可能监听在别的端口或别的地址上。",
        (_where_it_listens(s),),
    )


def _where_it_listens(s: Statement) -> str:
    return (
        f"在 {hosts(s)} 上用 ss -lntp 查看 {services(s)} 是否监听、监听在哪里。没有监听就启动它；"
        f"如果监听的不是 {ports(s)}，就改正配置文件中的地址，或它的监听地址。"
    )


def os_reject(s: Statement) -> Words:
    """FW-OS-REJECT."""
    records = listed(text for name in ("filtered", "listening") if (text := quoted(s, name)))
    reject = "firewalld 或 iptables 的 REJECT 规则"
    if any(reason in ABOUT_ITSELF for reason in s.texts("icmp")):
        reject += "，或者主机把该端口转发到了已停止的机器或容器"
    if reasons := listed(s.texts("icmp")):
        how = f"{hosts_do(s, '拒绝')}，由主机自己返回 ICMP “{reasons}”：这是{reject}"
    elif s.is_true("is_reset"):
        how = f"{hosts_do(s, '拒绝')}，看似没有程序监听，其实是主机防火墙的 REJECT 规则所致"
    elif others := listed(s.texts("neighbours_icmp")):
        how = f"{hosts(s)} 对其他连接返回 ICMP “{others}”，对 {ends(s)} 则没有应答：这是{reject}"
    else:
        how = f"{hosts_do(s, '不应答')}，原因是{reject}"
    return Words(
        "主机自己的防火墙拒绝了连接",
        f"{how}{f'（{records}）' if records else ''}。安全组没有拦截，不缺规则。",
        "UDP 被这样拒绝时，Java 报错 “Receive timed out”，与缺少规则时一样。"
        + (RATE if s.is_true("is_any_silent") else ""),
        (f"在 {hosts(s)} 上执行：{firewall_cmd(s)}；或者在 REJECT 之前为 {networks(s)} 添加 iptables ACCEPT。",),
    )


def os_drop(s: Statement) -> Words:
    """FW-OS-DROP."""
    if s.is_true("drops_answers"):
        return Words(
            "主机自己的防火墙丢弃了发往资源组的应答",
            f"请求能到达主机，但发往 {networks(s)} 的应答被主机自己的防火墙规则丢弃：{quoted(s, 'filtered')}。"
            f"涉及 {ends(s)}。添加安全组规则没有用。",
            seen_here(s, f"{ends(s)} 没有应答"),
            (f"在 {hosts(s)} 上：删除该规则，或者在该规则之前放行发往 {networks(s)} 的应答。",),
        )
    if shown := quoted(s, "filtered"):
        return Words(
            "主机自己的防火墙丢弃了报文",
            f"来自 {networks(s)} 的报文到达主机后，被主机自己的防火墙规则丢弃：{shown}。涉及 {ends(s)}。"
            "添加安全组规则没有用。",
            seen_here(s, f"{ends(s)} 没有应答"),
            (f"在 {hosts(s)} 上执行：{firewall_cmd(s)}；或者在该规则之前为 {networks(s)} 添加 iptables ACCEPT。",),
        )
    return Words(
        "安全组已放行，但主机没有应答",
        f"{ends(s)} 没有应答，尽管所有规则都允许 {networks(s)} 访问。"
        "可能是主机的防火墙悄悄丢弃了报文，也可能是途中的其他设备。添加安全组规则没有用。",
        traced_way(s.row("trace")),
        (
            *((HERE,) if s.row("trace").text("nearest") else ()),
            (
                f"本检查运行期间，在 {hosts(s)} 上执行 iptables -vnL INPUT（看哪些计数在增长）和 "
                f"tcpdump -ni any port {s.text('port')}。"
            ),
            *_full_queues(s),
        ),
    )


def _full_queues(s: Statement) -> Iterator[str]:
    """Yield what else drops connections in silence, for ports of TCP."""
    if any(row.text("transport") == "tcp" for target in s.rows("targets") for row in target.rows("ports")):
        yield (
            "同时在那里执行 ss -lnt：如果该端口的 Recv-Q 大于 Send-Q，说明进程不再接受连接，内核会丢弃每个新连接。"
            "这时请重启该进程。"
        )
