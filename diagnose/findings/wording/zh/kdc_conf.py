"""What does the kdc.conf of the case show to be wrong? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.kdc_conf import OPTIONS
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import configured_hosts, hosts, listed, ports


def off(s: Statement) -> Words:
    """KDC-UDP-OFF, KDC-TCP-OFF."""
    transport = s.text("off")
    harm = "Java 先用 UDP，并且不会改用 TCP" if transport == "udp" else "一个数据报装不下的应答会失败"
    repair = (
        (
            f"在 {hosts(s)} 上：在 kdc.conf 的这一行中加上 {s.text('port')}，或者改为 {OPTIONS.get(transport, '')} = "
            f"{s.text('port')}，并重启 krb5kdc。"
        ),
        *(("或者在客户端的 krb5.conf 中设置 udp_preference_limit = 1。",) if transport == "udp" else ()),
    )
    return Words(
        f"KDC 没有监听 {ports(s)}",
        f"{_said(s)}。所以 {hosts(s)} 没有监听该端口，而客户端要连接它（{place(s)}）：{harm}。",
        "改安全组规则没有用：没有程序接收请求。",
        repair,
    )


def moved(s: Statement) -> Words:
    """KDC-PORT."""
    port = s.text("answers_on")
    return Words(
        f"krb5.conf 与 kdc.conf 中的 KDC 端口不同：KDC 监听的是 {port}",
        f"{_said(s)}。客户端连接的是 {hosts(s)} 的 {ports(s)}（{place(s)}），KDC 没有监听。",
        f"放行 {ports(s)} 没有用，需要放行的是端口 {port}。",
        (
            (
                f"在 krb5.conf 的 {configured_hosts(s)} 后面写上端口 {port}（EMR 控制台 > Kerberos 服务 > 配置），"
                "然后重新初始化资源组。"
            ),
            (
                f"或者在 {hosts(s)} 的 kdc.conf 中，在 {' 和 '.join(OPTIONS.values())} 中加上 {s.text('port')}，"
                "并重启 krb5kdc。"
            ),
        ),
    )


def bind(s: Statement) -> Words:
    """KDC-BIND."""
    dialled = listed(s.texts("dialled"))
    options = " 和 ".join(f"{option} = {s.text('port')}" for option in OPTIONS.values())
    return Words(
        "kdc.conf 让 KDC 监听的地址与客户端连接的地址不同",
        f"{_said(s)}。客户端连接的是 {dialled}，KDC 没有在该地址上监听 {ports(s)}。",
        "改安全组规则没有用：是主机自己在拒绝。",
        (f"在 {hosts(s)} 上：在 kdc.conf 中设置 {options}，并重启 krb5kdc。",),
    )


def _said(s: Statement) -> str:
    """Return the lines of kdc.conf, each with its place."""
    return listed(f"{row.text('text')}（{place(row)}）" for row in s.rows("said"))
