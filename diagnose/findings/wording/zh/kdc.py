"""What is wrong with a KDC that packets or the configuration show? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.kdc import WITHOUT_RULE
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import kdc_conf, kdc_start
from diagnose.findings.wording.zh.phrases import (
    configured_hosts,
    ends,
    groups,
    hosts,
    hosts_do,
    listed,
    networks,
    ports,
    seen_here,
    services,
)
from diagnose.findings.wording.zh.routes import to_open, way_out


def external(s: Statement) -> Words:
    """KDC-EXTERNAL."""
    opened = [f"{rule.text('group')} 的 {rule.text('id')}" for rule in s.rows("useless_rules")]
    useless = f"{listed(opened)} 放行的是集群上的这个端口，对集群之外的主机不起作用。" if opened else ""
    what = "KDC" if s.is_true("has_kdc") else services(s)
    return Words(
        f"{what} 在集群之外，集群的安全组管不到它",
        f"{place(s)} 中写的是 {configured_hosts(s)}，它不是集群的节点。{useless}{to_open(s)}{way_out(s)}",
        seen_here(s, "它对本机没有应答"),
        (f"在 {hosts(s)} 的安全组或防火墙上对 {networks(s)} 放行 {ports(s)}，并检查往返两个方向的路由。",),
    )


def down(s: Statement) -> Words:
    """KDC-DOWN: by its records, else as packets show it."""
    if s.cause == "kdc-start":
        return kdc_start.down(s)
    return Words(
        "KDC 端口没有监听",
        f"{hosts_do(s, '立即拒绝')}：报文能够到达，但没有程序在 {ports(s)} 上接收。安全组不缺规则。",
        "安全组丢弃报文时不作回应；连接被拒绝，说明是主机自己作出的回应。"
        "KDC 可能已停止，也可能监听在别的端口或别的地址上。",
        (
            (
                f"在 {hosts(s)} 上用 ss -lntu 查看 KDC 是否监听、监听在哪里。没有监听：systemctl start krb5kdc。"
                "监听在别处：将实际的端口和地址写入 krb5.conf。"
            ),
        ),
    )


def moved(s: Statement) -> Words:
    """KDC-PORT: by kdc.conf, else as packets show it."""
    if s.cause == "kdc-conf":
        return kdc_conf.moved(s)
    port = s.text("answers_on")
    return Words(
        f"krb5.conf 中的 KDC 端口不对：KDC 在 {port} 端口上应答",
        f"{hosts_do(s, '拒绝')}（{place(s)}），而同一主机的 {port} 端口上有 KDC 应答。",
        advice=(
            (
                f"在 krb5.conf 的 {configured_hosts(s)} 后面写上端口 {port}（EMR 控制台 > Kerberos 服务 > 配置），"
                "然后重新初始化资源组。"
            ),
        ),
    )


def half(s: Statement) -> Words:
    """KDC-UDP-OFF, KDC-TCP-OFF: by kdc.conf, else as packets show it."""
    if s.cause == "kdc-conf":
        return kdc_conf.off(s)
    off, on = ("UDP", "TCP") if s.text("off") == "udp" else ("TCP", "UDP")
    harm = "Java 客户端会立即失败" if off == "UDP" else "一个数据报装不下的应答会失败，报错 “Connection refused”"
    return Words(
        f"KDC 没有监听 {off}",
        f"{hosts(s)} 以 {on} 应答 Kerberos，但拒绝 {off}：{harm}。",
        advice=(f"在 kdc.conf 中将 {'kdc_listen' if off == 'UDP' else 'kdc_tcp_listen'} 设为该端口，并重启 krb5kdc。",),
    )


def not_kerberos(s: Statement) -> Words:
    """KDC-NOT-KRB."""
    by_datagram = all(port.text("transport") == "udp" for target in s.rows("targets") for port in target.rows("ports"))
    how, java = (
        ("应答数据报，但应答不是 Kerberos", "Identifier doesn't match expected value (906)")
        if by_datagram
        else ("能建立连接，但不应答 Kerberos 请求", "Cannot get a KDC reply")
    )
    return Words(
        "监听 KDC 端口的不是 KDC",
        f"{ends(s)} {how}。Java 报错 “{java}”。",
        advice=(f"查明 {hosts(s)} 的 {ports(s)} 上是什么程序在监听，或者改正 {place(s)} 处的主机和端口。",),
    )


_HOW = {
    "KDC-DOWN": "没有运行，或不在这个端口上",
    "KDC-UDP-OFF": "拒绝 UDP",
    "KDC-BIND": "监听在另一个地址上",
    "FW-OS-REJECT": "被自己的防火墙挡住",
}


def first_dead(s: Statement) -> Words:
    """KDC-FIRST-DEAD."""
    code = s.text("host_code")
    if instead := s.text("instead"):
        return Words(
            "krb5.conf 中排第一的 KDC 拒绝连接，由另一台代替",
            f"{hosts(s)}（{place(s)}）{_HOW.get(code, '没有应答')}（{code}）。"
            f"主机立即拒绝，客户端不用等待就转向 {instead}，所有登录都只靠它：一旦它停止，登录就全部失败。",
            advice=(
                (
                    f"修复 {hosts(s)}（emr-diagnose explain {code}），或者在 krb5.conf 中把它移到其他 KDC 之后："
                    "如果它变成不应答，Java 每次登录要在它上面等待 3 x 30 s。"
                ),
            ),
        )
    return Words(
        "krb5.conf 中排第一的 KDC 不可用，后面的 KDC 有应答",
        f"{hosts(s)}（{place(s)}）{_HOW.get(code, '没有应答')}；同一 realm 中排在后面的 KDC 有应答。"
        "Java 按文件中的顺序请求，先在第一台上等待 3 x 30 s 才换下一台。"
        "所以登录要几分钟才成功，而资源组初始化的一两分钟早已超时。",
        seen_here(s, f"{ends(s)} 没有应答"),
        (
            (
                f"修复 {hosts(s)}，或者在 krb5.conf 中把它移到其他 KDC 之后；"
                "设置 kdc_timeout = 3s 和 max_retries = 1 可缩短等待。"
            ),
            f"主机本身如何修复，见 emr-diagnose explain {code}。",
        ),
    )


def spare(s: Statement) -> Words:
    """KDC-SPARE."""
    code, instead = s.text("host_code"), s.text("instead")
    return Words(
        "该 realm 的一个备用 KDC 不可达，或可能不可达",
        f"{hosts(s)}（{place(s)}）的 {ports(s)} 有问题 {code}。客户端先请求 krb5.conf 中排在它前面的 {instead}，"
        f"所有登录都只靠它：一旦它停止，登录就全部失败。",
        seen_here(s, f"{ends(s)} 没有应答"),
        (
            (
                f"在 {instead} 停止之前修复它：{groups(s)} 缺少放行来自 {networks(s)} 的 {ports(s)} 的规则。"
                if code in WITHOUT_RULE
                else f"在 {instead} 停止之前修复它：修复方法见 emr-diagnose explain {code}。"
            ),
            f"如果 {hosts(s)} 已经永久下线：从 krb5.conf 删除它那一行。",
        ),
    )


def asymmetric(s: Statement) -> Words:
    """KDC-ASYM-SRC."""
    return Words(
        "KDC 应答的源地址与所请求的地址不同",
        f"请求发往 {ends(s)}，应答却来自 {listed(s.texts('answered_from'))}。"
        "Java 以及所有使用已连接套接字的客户端都会丢弃这样的应答，报错 “Receive timed out”。",
        advice=("将 KDC 写成它应答时所用的地址，或者改正它前面的地址转换或负载均衡；TCP 不受影响。",),
    )


def reset(s: Statement) -> Words:
    """KDC-RESET."""
    if s.cause == "closed-early":
        return Words(
            "KDC 的端口能建立 TCP 连接，但立即关闭",
            f"{ends(s)} 能建立连接，但一个字节也不应答就关闭。Java 报错 “Cannot get a KDC reply”。"
            "后端没有 KDC 的代理或负载均衡、连接过多的 KDC，以及其他服务都会这样。",
            advice=(f"在 {hosts(s)} 上执行 ss -lntp，查看是哪个进程在监听 {ports(s)}，并查看它的日志。",),
        )
    return Words(
        "到 KDC 的连接被重置",
        f"{ends(s)} 能建立连接，但一收到请求就重置连接。Java 报错 “Connection reset”。",
        advice=(f"查看 {hosts(s)} 上 krb5kdc 的日志；途中做连接检测的设备也可能造成同样的现象。",),
    )


def tcp_hole(s: Statement) -> Words:
    """KDC-TCP-HOLE."""
    return Words(
        "KDC 的 TCP 端口能建立连接，但一直没有应答",
        f"{ends(s)} 完成 TCP 握手后就没有应答。Java 等到报错 “Read timed out”；kinit 则无限期等待。",
        advice=(f"检查 {hosts(s)} 的 {ports(s)} 上监听的程序：可能是 KDC 卡死、代理半开，也可能是大报文在途中丢失。",),
    )
