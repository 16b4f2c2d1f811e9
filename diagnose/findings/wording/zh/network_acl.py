"""What is wrong with a network ACL? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.node_records import quoted
from diagnose.findings.wording.zh.phrases import ends, hosts, listed, networks, seen_here
from probes.rules.ruleset import CLIENT_PORTS, LINUX_CLIENT_PORTS


def inbound(s: Statement) -> Words:
    """NACL-IN."""
    way = "进入集群的 vSwitch" if s.text("direction") == "ingress" else "离开资源组的 vSwitch"
    return Words(
        "报文还没到安全组，就被网络 ACL 丢弃",
        f"{_acl(s)} 不允许从 {listed(s.texts('denied')) or networks(s)} 到 {ends(s)} 的报文{way}：{_why(s)}。"
        "两个 vSwitch 之间的报文，必须网络 ACL 和安全组都放行。",
        seen_here(s, f"{ends(s)} 没有应答"),
    )


def reply(s: Statement) -> Words:
    """NACL-RETURN."""
    way = "离开集群的 vSwitch" if s.text("direction") == "egress" else "进入资源组的 vSwitch"
    shown = quoted(s, "arrived")
    requests = f"请求能够到达（{shown}）" if shown else "该网络 ACL 不拦请求"
    return Words(
        "应答在返回途中被网络 ACL 丢弃",
        f"{requests}，但 {_acl(s)} 不允许应答{way}：{_why(s)}。网络 ACL 是无状态的，应答需要单独一条规则，"
        f"放行到客户端使用的端口（{CLIENT_PORTS[0]}/{CLIENT_PORTS[1]}）。"
        + ("" if shown else f"在 {hosts(s)} 上用 tcpdump 可以看到请求是否到达。"),
        seen_here(s, f"{ends(s)} 没有应答"),
    )


def ephemeral(s: Statement) -> Words:
    """NACL-EPHEMERAL."""
    return Words(
        "网络 ACL 只放行到部分客户端端口的应答",
        f"{_acl(s)} 按客户端端口决定是否放行 {ends(s)} 的应答：{_why(s)}。"
        "所以连接时通时不通，取决于客户端系统碰巧选用的端口。资源组运行在 Linux 上，"
        f"Linux 从 {LINUX_CLIENT_PORTS[0]}/{LINUX_CLIENT_PORTS[1]} 中选取。",
        advice=(f"放行到 {CLIENT_PORTS[0]}/{CLIENT_PORTS[1]} 全部端口的应答。",),
    )


def _acl(s: Statement) -> str:
    return listed(s.texts("acl"))


def _why(s: Statement) -> str:
    rows = s.rows("reasons")
    return listed(f"{row.text('rule')}，{row.text('why')}" if row.text("rule") else row.text("why") for row in rows)
