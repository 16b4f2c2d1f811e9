"""What do the host's own records show to be wrong? One function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.node_records import first_address
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import kdc_conf
from diagnose.findings.wording.zh.phrases import ends, hosts, listed, networks, seen_here, services

_REFUSED = "安全组丢弃报文时不作回应；连接被拒绝，说明是主机自己作出的回应。"


def bind(s: Statement) -> Words:
    """KDC-BIND, SVC-BIND: by kdc.conf, else by a list of sockets."""
    if s.cause == "kdc-conf":
        return kdc_conf.bind(s)
    if not s.is_true("on_loopback"):
        return _other_address(s)
    is_kdc = s.is_true("has_kdc")
    what, port = ("KDC" if is_kdc else services(s)), s.text("port")
    if is_kdc:
        change = _listen_everywhere(port)
    elif option := s.text("option"):
        change = f"设置 {option} = 0.0.0.0，并重启 {what}"
    else:
        change = f"将 {what} 的监听地址设为 0.0.0.0，并检查该主机的 hosts 文件中本机主机名是否对应 127.0.0.1"
    return Words(
        f"{what} 监听的地址，其他主机无法访问",
        f"{hosts(s)} 上，{quoted(s, 'listening')}。在 {hosts(s)} 本机上访问正常，其他主机访问一律被拒绝。"
        "安全组不缺规则。",
        _REFUSED,
        (f"在 {hosts(s)} 上：{change}。",),
    )


def _other_address(s: Statement) -> Words:
    """KDC-BIND, SVC-BIND: another address of the host than the one that clients dial."""
    is_kdc = s.is_true("has_kdc")
    what, port = ("KDC" if is_kdc else services(s)), s.text("port")
    dialled = listed(s.texts("dialled")) or f"{hosts(s)} 的另一个地址"
    if is_kdc:
        change = _listen_everywhere(port)
    elif option := s.text("option"):
        change = f"设置 {option} = 0.0.0.0，并重启 {what}"
    else:
        change = f"将 {what} 的监听地址设为 0.0.0.0，并重启 {what}"
    return Words(
        f"{what} 监听的地址与客户端连接的地址不是同一个",
        f"{hosts(s)} 上，{quoted(s, 'listening')}。客户端连接的是 {dialled}，该地址的 {port} 端口没有监听。"
        "安全组不缺规则。",
        _REFUSED,
        (f"在 {hosts(s)} 上：{change}。或者让客户端使用的主机名解析到实际监听的地址。",),
    )


def _listen_everywhere(port: str) -> str:
    return f"在 kdc.conf 中设置 kdc_listen = 0.0.0.0:{port} 和 kdc_tcp_listen = 0.0.0.0:{port}，并重启 krb5kdc"


def route_back(s: Statement) -> Words:
    """RET-ROUTE, as packets and records show it."""
    shown = quoted(s, "arrived")
    known = f"请求能够到达：{shown}" if shown else f"case 中没有任何配置会拦住发往 {ends(s)} 的请求"
    source = s.text("source") or "资源组的某个地址"
    return Words(
        "应答回不到资源组",
        f"{known}。{hosts(s)} 发给 {networks(s)} 的应答丢失了："
        "主机上的路由、路由表或返回途中的其他设备把应答引到了别处。添加入方向安全组规则没有用。",
        seen_here(s, f"{ends(s)} 没有应答"),
        (
            f"在 {hosts(s)} 上执行 ip route get {source}：应答应走主机平时的网关，而不是网桥（docker0、cni0）或隧道。",
            f"检查 {hosts(s)} 所在 vSwitch 的路由表：其中要有到 {networks(s)} 的路由。",
        ),
    )


def translated(s: Statement) -> Words:
    """NET-SNAT, as the KDC's log shows it."""
    other = listed(s.texts("translated"))
    return Words(
        "集群看到的源地址不是 vSwitch 的地址",
        f"{hosts(s)} 的日志中，本机的请求来自 {other}，不属于 {networks(s)}：途中做了地址转换。"
        "按 vSwitch 网段编写的安全组规则、proxyuser hosts 和白名单都匹配不上。",
        seen_here(s, f"{ends(s)} 没有应答"),
        (
            f"让资源组不经过地址转换（NAT 网关、SNAT 条目），或者为 {other} 也添加同样的规则。",
            "在 krb5.conf 中设置 noaddresses = true，可使票据在地址转换后仍然有效。",
        ),
    )


def stray(s: Statement) -> Words:
    """NET-OVERLAP, as the host's own routes show it."""
    rows = s.rows("stray")
    devices = listed(dict.fromkeys(row.text("device") for row in rows))
    what = "进了容器网络" if all(row.is_true("is_certain") for row in rows) else "进了隧道"
    return Words(
        f"节点把发给资源组的应答送到了 {devices}",
        f"{''.join(_stray_route(s, row) for row in rows)}所以请求能够到达，应答却{what}，或者无处可去。"
        "安全组不缺规则。",
        seen_here(s, f"{ends(s)} 没有应答"),
        tuple(dict.fromkeys(line for row in rows for line in _stray_repairs(s, row))),
    )


def lost(s: Statement) -> Words:
    """RET-ROUTE, as the host's own routes show it."""
    rows = s.rows("stray")
    is_certain = all(row.text("fate") in ("no-route", "refused") for row in rows)
    title, end = "节点没有到资源组的回程路由", "应答根本发不出去"
    if not is_certain:
        title, end = "节点可能没有到资源组的回程路由", "应答可能到不了任何路由器"
    return Words(
        title,
        f"{''.join(_lost_route(s, row) for row in rows)}所以请求能够到达，{end}。安全组不缺规则。",
        seen_here(s, f"{ends(s)} 没有应答"),
        (*dict.fromkeys(line for row in rows for line in _lost_repair(s, row)), _keep(s)),
    )


def _lost_route(s: Statement, row: Values) -> str:
    sources, network = listed(row.texts("sources")), row.text("network")
    match row.text("fate"):
        case "no-route":
            return f"{hosts(s)} 上，列表（{place(row)} 及以下各行）中没有到 {sources} 的路由。"
        case "refused":
            return f"{hosts(s)} 上，{network} 为 {row.text('action')}（{place(row)}），{sources} 就在其中。"
        case "on-link":
            return (
                f"{hosts(s)} 上，{network} 是 {row.text('device')} 的直连网段（{place(row)}），比所在 vSwitch 更大，"
                f"资源组的 {sources} 就在其中，被节点当作邻居。"
            )
    gateway = row.text("gateway") or "某网关"
    return (
        f"{hosts(s)} 上，到 {network} 的路由指向 {gateway}（{place(row)}），它不在所在 vSwitch 中；"
        f"{sources} 也走这条路由。"
    )


def _lost_repair(s: Statement, row: Values) -> Iterator[str]:
    device = row.text("usual")
    match row.text("fate"):
        case "no-route":
            yield (
                f"在 {hosts(s)} 上：ip route add default via 网关 dev {device}。vSwitch 的网关是其倒数第三个地址，"
                "在 256 个地址的网段中为 .253；DHCP 会下发。"
            )
        case "refused":
            yield (
                f"在 {hosts(s)} 上：ip route del {row.text('action')} {row.text('network')}；"
                "如果是规则，则用 ip rule del。"
                "先找出是什么添加了它：安全软件、脚本或网络配置文件。"
            )
        case "on-link":
            yield f"在 {hosts(s)} 上：把 {device} 的前缀长度改为所在 vSwitch 的，与 DHCP 下发的一致。"
        case _:
            yield f"在 {hosts(s)} 上：把 {device} 的网关改为所在 vSwitch 的网关，与 DHCP 下发的一致。"


def _keep(s: Statement) -> str:
    return f"并写入 {hosts(s)} 的网络配置，使其在重启后仍然生效。"


def _stray_route(s: Statement, row: Values) -> str:
    down = "" if row.is_true("has_carrier") else "，该网卡未连接，但内核仍然使用这条路由"
    return (
        f"{hosts(s)} 上，到 {row.text('network')} 的路由指向 {row.text('device')}（{place(row)}）{down}，"
        f"而资源组的 {listed(row.texts('sources'))} 就在其中。"
    )


def _stray_repairs(s: Statement, row: Values) -> Iterator[str]:
    device, free = row.text("device"), row.text("free")
    for block in row.texts("route"):
        yield (
            f"在 {hosts(s)} 上，如果 {device} 后面没有任何地址属于 {block}，执行 ip route add {block} via "
            f"{row.text('gateway')} dev {row.text('usual')}；并写入网络配置，使其在重启后仍然生效。"
        )
    if row.text("maker") == "docker" and free:
        yield (
            f'在 {hosts(s)} 上，彻底的做法：在 /etc/docker/daemon.json 中设置 "bip": "{first_address(free)}"，'
            "然后重启 Docker。其他网段也可以，只要不含资源组和集群的地址。"
        )
    elif row.text("maker") == "docker-network" and free:
        yield (
            f"在 {hosts(s)} 上，彻底的做法：在 /etc/docker/daemon.json 中设置 "
            f'"default-address-pools": [{{"base": "{free}", "size": 28}}]，重启 Docker，'
            f"并重新创建 {device} 对应的 Docker 网络。"
        )
    else:
        yield f"在 {hosts(s)} 上，彻底的做法：让创建 {device} 的程序改用 {row.text('network')} 以外的网段。"
    yield "或者为资源组换一个网段不在任何节点路由中的 vSwitch。"


def quoted(values: Values, name: str) -> str:
    """Return what the records say, with file and line."""
    return listed(f"{row.text('text')}（{place(row)}）" for row in values.rows(name))
