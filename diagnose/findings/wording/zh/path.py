"""What is wrong on the way to a host? One function a code."""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.path import FIRST_ROUTER, TCP_HEADERS, TCP_HEADERS_V6
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import ends, hosts, listed, networks

_OR_BACK = "，也可能是返回途中的设备丢弃了应答"

RATE = "Linux 对同一个发送方大约每秒只回一个 ICMP 错误，所以大量被拒绝的连接看起来是没有应答。"

OR_HERE = "，本机防火墙的出方向规则也会"
HERE = "在本机上执行：nft list ruleset 或 iptables -vnL OUTPUT。如果其中有针对该端口的规则，原因就在这里。"


def mtu(s: Statement) -> Words:
    """NET-MTU-TCP."""
    passes, own, measured = s.number("passes"), s.number("own"), s.row("measured")
    limit = f"超过 {passes} 字节的报文" if passes is not None else "达到本机链路上限的大报文"
    how = (
        f"其中 {s.number('waiting')} 字节始终没有得到确认：丢失的是从本机发往主机的报文"
        if s.text("lost") == "requests"
        else "请求已全部得到确认，但没有收到应答：丢失的是主机发往本机的报文"
    )
    headers = TCP_HEADERS_V6 if s.is_true("is_ipv6") else TCP_HEADERS
    clamp = f"限制为 {passes - headers} 字节" if passes is not None and passes > headers else "调小"
    link = f"（本机链路的上限为 {own}）" if own is not None else ""
    return Words(
        "大报文在途中丢失，且没有任何错误提示",
        f"{hosts(s)} 能建立连接，也能应答小的请求；但{limit}{link}会丢失。"
        "票据较大的登录和所有数据传输都会卡住，直到报错 “Read timed out”。",
        f"发往 {ends(measured)} 的大请求卡住了：{how}。同样的请求改用小报文段发送就有应答，"
        "所以问题在于报文大小，而不在请求本身。没有路由器返回 “fragmentation needed”，或者它被过滤了。",
        (
            f"在两端的防火墙和网络 ACL 上放行 {networks(s)} 与 {hosts(s)} 之间的 ICMP type 3 code 4（ICMPv6 type 2）。",
            f"或者在途中的网关或隧道上将 MSS {clamp}，或者将网卡的 MTU 调低到路径能承载的大小。",
        ),
    )


def route(s: Statement) -> Words:
    """NET-ROUTE, as packets show it."""
    if s.cause == "loop":
        return _loop(s)
    if s.cause == "local-policy":
        return Words(
            "本机自己禁止发往该目标",
            f"发往 {hosts(s)} 的报文还没离开本机就被拒绝：原因是 prohibit 路由，或本机防火墙的出方向规则。"
            "报文到不了任何安全组。",
            advice=(
                (
                    f"在本机上执行：ip route get {s.text('address') or hosts(s)}，"
                    "以及 nft list ruleset 或 iptables -S OUTPUT。"
                ),
            ),
        )
    if s.cause == "no-local-route":
        known = f"本机没有到 {hosts(s)} 的路由"
    else:
        known = f"{listed(s.texts('offenders')) or '途中的路由器'} 报告没有到 {hosts(s)} 的路由"
        if s.is_true("is_answering"):
            return Words(
                "路由器报告没有路由，但只针对部分端口",
                f"{listed(s.texts('offenders')) or '途中的路由器'} 报告没有到 {ends(s)} 的路由，"
                "而同一主机的其他端口有应答。"
                "路由与端口无关，可见是那里的防火墙以此代替了禁止。",
                advice=(f"在 {listed(s.texts('offenders')) or '该路由器'} 上允许 {networks(s)} 访问 {ends(s)}。",),
            )
        if s.is_true("is_beside_others"):
            return Words(
                "没有到目标的路由",
                f"{known}，而同一 vSwitch 的其他主机有应答，可见路由表没有问题。"
                "很可能机器已停止或释放，或者地址已经变化。",
                advice=(
                    f"在 ECS 控制台查看 {hosts(s)} 是否在运行，以及它的地址。",
                    "如果它在运行，检查途中针对这一个地址的路由或规则。",
                ),
            )
    return Words(
        "没有到目标的路由",
        f"{known}。报文到不了任何安全组。",
        advice=("检查两端 vSwitch 的路由表；跨 VPC 时两端都要有路由。",),
    )


def _loop(s: Statement) -> Words:
    routers = listed(s.texts("routers"))
    return Words(
        "报文在途中形成环路",
        f"到 {hosts(s)} 的路由跟踪反复经过 {routers}：有路由器把发往该主机的报文又送回原处。报文到不了任何安全组。",
        "连接超时，或报错 “time to live exceeded”。",
        (
            (
                f"检查 {routers} 上到 {hosts(s)} 的路由：两条路由互相指向。常见情况是其中一台缺少网络实例连接的路由，"
                "走了默认路由。"
            ),
        ),
    )


VOICES: Mapping[str, str] = {
    "http": "以 HTTP 应答",
    "closed": "不应答就关闭",
    "silent": "没有任何应答",
}
"""How every port behaves -> what it does."""


def appliance(s: Statement) -> Words:
    """FW-VPC."""
    if s.cause == "taken-connections":
        return Words(
            "途中的设备代替主机接受了连接",
            f"{ends(s)} 都能建立连接，但{VOICES[s.text('voice')]}。经 TCP 询问的服务没有一个以自己的协议应答，"
            "而这么多服务不会同时以同样的方式出错：两个网络之间有代理、防火墙或负载均衡代替它们应答。",
            advice=(
                (
                    f"在两个网络之间的防火墙或代理上，让 {networks(s)} 到这些端口的连接原样通过。"
                    "在节点上运行 tcpdump，可以看出连接是否到达。"
                ),
            ),
        )
    if s.cause == "forged-reset":
        return _forged_reset(s)
    offenders = listed(s.texts("offenders"))
    if not offenders:
        how = (
            f"到 {ends(s)} 的连接被冒用主机的名义拒绝"
            if s.is_true("is_refused")
            else f"发往 {ends(s)} 的报文没有到达主机就丢失了"
        )
        return Words(
            "途中的设备拦截了连接",
            f"{how}：两个网络之间有防火墙。安全组已放行这些报文。",
            advice=(f"在两个网络之间的防火墙（云防火墙或第三方设备）上，允许 {networks(s)} 访问 {ends(s)}。",),
        )
    what = "这些连接" if s.is_true("is_own") else "同一方向的其他连接"
    return Words(
        "途中的设备拒绝了连接",
        f"{offenders} 不是目标主机，它对{what}返回了 ICMP 禁止：两个网络之间有防火墙。因此报文到不了 {ends(s)}。",
        RATE if s.is_true("is_any_silent") else "",
        (f"在 {offenders} 上允许 {networks(s)} 访问 {ends(s)}。",),
    )


def _forged_reset(s: Statement) -> Words:
    distance, ttl, host_ttl = (s.number(name) for name in ("distance", "ttl", "host_ttl"))
    clues = []
    if distance is not None:
        clues.append(f"主机距此 {distance} 跳，而只能走 {distance - 1} 跳的报文也收到了 RST")
    if ttl is not None and host_ttl is not None and ttl != host_ttl:
        clues.append(f"RST 的 TTL 为 {ttl}，而主机自己的报文为 {host_ttl}")
    here = distance == FIRST_ROUTER + 1
    return Words(
        "途中的设备冒用主机的名义重置了连接",
        f"{ends(s)} 看似关闭，但 RST 不像是主机自己发出的：两个网络之间的防火墙会发出这样的 RST"
        f"{OR_HERE if here else ''}。"
        "服务很可能在正常运行。",
        f"{'；'.join(clues)}。经同一路径，该主机的其他端口有应答。" if clues else "",
        (*((HERE,) if here else ()), f"在两者之间的防火墙上，允许 {networks(s)} 访问 {ends(s)}。"),
    )


def traced_way(trace: Values) -> str:
    """Return how far packets were seen, as one sentence. Empty if nothing was traced."""
    if not trace.params:
        return ""
    last, refusal = trace.text("last"), trace.text("refusal")
    if trace.is_true("is_reached"):
        return "后来路由跟踪的一个报文得到了应答，可见并非所有报文都没有应答。改动任何配置之前，请先重新检查。"
    if nearest := trace.text("nearest"):
        return (
            f"对同一主机开放端口的路由跟踪，第一跳路由器 {nearest} 有应答；对本端口的跟踪没有任何路由器应答。"
            "可见报文是被本机或这台路由器丢弃的。"
        )
    if not last:
        return "路由跟踪时，途中没有路由器应答。这很常见，不能说明任何问题。"
    if refusal:
        return (
            f"{last} 拒绝了路由跟踪的一个报文（{refusal}）。路由器每秒只回很少几个这样的应答，"
            "所以那些没有应答的报文很可能也是它拒绝的。"
        )
    place, whole = trace.number("place") or 0, trace.number("distance")
    if whole is not None and place == whole - 1:
        return f"路由跟踪中最后一台应答的路由器是 {last}，它的下一跳就是主机：报文在该处或其后被丢弃{_OR_BACK}。"
    of = f"（到该主机开放端口的途中共 {whole - 1} 台）" if whole is not None and place < whole else ""
    return f"路由跟踪中最后一台应答的路由器是 {last}，即第 {place} 台{of}：报文在该处或其后被丢弃{_OR_BACK}。"
