"""What is wrong with a name that is looked up, in Chinese? One function a code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import may_be_nameservice, place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import clauses, configured_hosts, listed
from diagnose.flows.authority import is_unspecified
from diagnose.output.line_words import line_words
from probes.names.resolver_view import NOT_CONFIGURED, SOMETIMES

REPLIES: Final = {
    "records": "返回了地址",
    "no-data": "有该名称，但没有地址记录",
    "no-such-name": "回答该名称不存在",
    "server-failed": "出错（SERVFAIL）",
    "refused": "拒绝回答（REFUSED）",
    "other-error": "返回错误",
    "alias-loop": "返回的别名指回自身",
    "truncated": "应答被截断，TCP 53 端口又没有应答",
    "garbage": "返回的内容不是 DNS 应答",
    "closed": "的 UDP 53 端口没有程序监听",
    "unreachable": "不可达",
    "silent": "没有应答",
    SOMETIMES: "对部分写法有应答，对其他写法没有",
    NOT_CONFIGURED: "没有应答（未配置 DNS 服务器，所以查询发到这里）",
    "not-asked": "未能查询",
}


def unknown(s: Statement) -> Words:
    """DNS-NX-KDC, DNS-CLUSTER-NAME."""
    if s.cause == "hosts-swapped":
        return Words(
            f"hosts 文件中 {s.text('host')} 所在行的行首不是地址",
            f"{place(s)} 以 {s.text('first')} 开头。每行应以地址开头，否则解析时会跳过该行。",
            f"除非 DNS 服务器有 {s.text('host')} 的记录，否则客户端解析不到它。",
            (f"把 {place(s)} 改为：{s.text('line')}",),
        )
    if s.cause == "no-flow":
        return _no_flow(s)
    if s.cause == "no-address":
        return _no_address(s)
    if s.cause == "no-hosts-line":
        return _no_hosts_line(s)
    is_kdc = s.is_true("only_kdc")
    names = configured_hosts(s)
    other = [row for row in s.rows("names") if row.text("given") and row.text("address")]
    beside, replies = s.texts("unknown_beside"), _replies(s)
    facts = (
        *([f"配置文件中的 {listed(beside)} 同样解析不到"] if beside else []),
        *(row.text("text") for row in s.rows("names") if row.text("text")),
        *(f"{row.text('host')} 以 {row.text('given')} 这个名称可以解析（{row.text('address')}）" for row in other),
        *([f"查询结果：{replies}"] if replies else []),
        *(["kinit 报“Cannot contact any KDC”，与 KDC 宕机时相同；Java 报“Name or service not known”"] * is_kdc),
    )
    rename = "，".join(f"把配置中的 {row.text('host')} 改为 {row.text('given')}" for row in other)
    lines = listed(s.texts("hosts_lines"))
    add = (
        f"在该 VPC 的 PrivateZone 或资源组的 hosts 中添加：{lines}。"
        if lines
        else f"在该 VPC 的 PrivateZone 或资源组的 hosts 中添加 {names}。"
    )
    return Words(
        "KDC 的主机名在本机解析不到" if is_kdc else "集群的主机名在本机解析不到",
        f"本机解析不到 {names}：解析结果为该名称不存在，因此没有向它的任何端口发包。",
        "".join(f"{text}。" for text in dict.fromkeys(facts)),
        (add, *([f"或者{rename}。"] if rename else [])),
    )


def _no_address(s: Statement) -> Words:
    hosts = listed(s.texts("hosts"))
    named = listed(place(row) for row in s.rows("places"))
    logical = "如果它是 HDFS nameservice，就加入定义它的 hdfs-site.xml，不要添加 DNS 记录。"
    return Words(
        f"输入中没有任何文件给出主机 {hosts} 的地址",
        f"{named} 写的是 {hosts}，节点列表和 hosts 文件里都没有这样的主机，也没有做过解析，所以不知道它的地址。",
        "如果客户端的 DNS 也没有该名称，客户端会报 UnknownHostException。",
        (
            f"在 {named} 中写上该服务实际所在的主机，并重新上传该文件。",
            *([logical] if may_be_nameservice(s) else []),
            f"如果名称无误，就在该 VPC 的 PrivateZone 或资源组的 hosts 中添加 {hosts}。",
        ),
    )


def _no_hosts_line(s: Statement) -> Words:
    hosts, lines = s.texts("hosts"), s.texts("hosts_lines")
    named = listed(place(row) for row in s.rows("places"))
    file = s.text("file")
    known = f"{file} 中没有对应的行" if file else "输入中没有 hosts 文件"
    more = f"：{'；'.join(lines)}" if lines else f"（名称和地址）：{listed(hosts)}"
    return Words(
        f"{listed(hosts)} 是只有集群节点才认识的名称",
        f"{named} 写的是 {listed(hosts)}。这种名称只写在节点的 /etc/hosts 里，DNS 服务器上没有。"
        f"{known}，也没有做过解析。",
        "客户端的 hosts 里没有对应的行时，会报 UnknownHostException。",
        (f"在资源组的 hosts 或该 VPC 的 PrivateZone 中添加集群的全部节点{more}。",),
    )


def _no_flow(s: Statement) -> Words:
    return Words(
        "配置文件中有解析不到的主机，但检查的连接都不用它们",
        f"本机解析不到 {listed(s.texts('hosts'))}，它们出现在 krb5.conf（admin_server）或 JDBC URL 中。"
        "只读写数据的任务用不到它们；但从本机修改密码、连接该数据库会失败。",
    )


def resolver(s: Statement) -> Words:
    """DNS-TIMEOUT."""
    if s.cause == "first-server-silent":
        return _first_server_silent(s)
    if s.cause == "servers-silent-mit":
        return _silent_to_mit(s)
    if any(row.text("reply") == NOT_CONFIGURED for row in s.rows("servers")):
        return _no_server(s)
    dead, replies = s.texts("dead"), _replies(s)
    if s.rows("servers") and not dead:
        title = "DNS 服务器拒绝回答或出错"
    elif dead:
        title = f"DNS 服务器 {listed(dead)} 没有应答"
    else:
        title = "DNS 服务器没有应答"
    return Words(
        title,
        f"解析 {configured_hosts(s)} 失败或超时，因此没有探测它的任何端口。" + (f"{replies}。" if replies else ""),
        "kinit 报“Resource temporarily unavailable”，不会提到 DNS；Java 报“Temporary failure in name resolution”。",
        (
            f"修复 {listed(dead)} 或到它 UDP、TCP 53 端口的链路，或者把它从本机的 /etc/resolv.conf 中删除。"
            if dead
            else "检查本机 /etc/resolv.conf 中的 DNS 服务器：UDP 和 TCP 53 端口。",
        ),
    )


def _no_server(s: Statement) -> Words:
    """DNS-TIMEOUT: resolv.conf names no server."""
    return Words(
        "没有配置 DNS 服务器",
        f"本机的 /etc/resolv.conf 没有 DNS 服务器，hosts 文件里也没有 {configured_hosts(s)}，"
        "因此没有探测它的任何端口。",
        "没有 DNS 服务器时会查询 127.0.0.1，而那里没有应答。kinit 报“Resource temporarily unavailable”；"
        "Java 报“Temporary failure in name resolution”。",
        (
            "把同一交换机下其他主机的 nameserver 行写入本机的 /etc/resolv.conf。",
            "或者把这些名称写入本机的 hosts 文件。",
        ),
    )


def _silent_to_mit(s: Statement) -> Words:
    dead = listed(s.texts("dead"))
    edits = [
        line_words(edit.text("file"), edit.number("line") or 1, edit.texts("from"), edit.texts("to"))
        for edit in s.rows("edits")
    ]
    write = "；".join(edits) or "在 krb5.conf 的 [libdefaults] 下写 dns_lookup_kdc = false"
    return Words(
        "DNS 服务器都没有应答，kinit 会一直等待",
        f"{dead} 没有应答。所有名称都来自 hosts 文件，所以 Java 不受影响。但 libkrb5 每次收到 KDC 应答后都要向 DNS "
        f"查询主 KDC：kinit 因此多耗 {s.text('login_s')} 秒，每张服务票据多耗 {s.text('ticket_s')} 秒。",
        advice=(f"{write}；或者修复 {dead}。",),
    )


def _first_server_silent(s: Statement) -> Words:
    dead = "、".join(s.texts("dead"))
    return Words(
        f"DNS 服务器 {dead} 没有应答，却排在最前",
        f"本机的 /etc/resolv.conf 把 {dead} 排在 {s.text('answers')} 之前，只有后者有应答。每次解析都要先等前者超时，"
        "未设置 options timeout 时每次 5 秒。",
        advice=(f"修复 {dead}，或者把它从 /etc/resolv.conf 或 VPC 的 DHCP 选项集中删除。",),
    )


def local_name(s: Statement) -> Words:
    """DNS-LOCALNAME."""
    host = s.text("host")
    return Words(
        "本机解析不到自己的主机名",
        f"本机解析不到自己的主机名 {host}（{s.text('error') or '名称不存在'}）。"
        "因此 Hadoop 在报告其他故障时，会夹带一条关于客户端自身的 UnknownHostException。",
        "这只是附带现象，本身不会导致连接失败。",
        (f"在本机 /etc/hosts 中添加 {host}，地址写本机网卡的地址。",),
    )


def nameservice(s: Statement) -> Words:
    """HA-NAMESERVICE: the files define another nameservice, or none."""
    if s.texts("known"):
        return _other_nameservice(s)
    service, lacking = s.text("nameservice"), "、".join(s.texts("missing"))
    return Words(
        f"HDFS nameservice {service} 没有在任何文件中定义，会被当作主机名",
        f"{place(s)} 写的是 hdfs://{service}，不含点号，而配置文件缺少 {lacking}。"
        f"客户端于是把 {service} 当作主机名去解析。",
        "Java 会报 UnknownHostException。没有主机叫这个名称，也不应该有，所以这里没有解析它。",
        (f"上传集群完整的 hdfs-site.xml，其中要有 {lacking}。不要为 {service} 添加 DNS 记录。",),
    )


def _other_nameservice(s: Statement) -> Words:
    service, known, meant = s.text("nameservice"), listed(s.texts("known")), s.text("meant")
    write = (
        f"把 {place(s)} 中的 hdfs://{service} 改为 hdfs://{meant}，再重新上传该文件。"
        if meant
        else f"如果本集群的 nameservice 是 {known} 之一，把 {place(s)} 中的 {service} 改为它。"
    )
    why = (
        "两个名称几乎相同，很可能有一个拼写错误。"
        if s.is_true("is_near")
        else "要么名称写错，要么这些文件来自两个集群。"
    )
    return Words(
        f"hdfs-site.xml 定义的是 {known}，没有定义 nameservice {service}",
        f"{place(s)} 写的是 hdfs://{service}，而 {place(s, 'defined')} 定义的是 {known}。客户端于是把 {service} "
        f"当作主机名去解析。{why}",
        "Java 会报 UnknownHostException。这里没有解析它。",
        (f"如果 {service} 才是正确的，上传定义它的 hdfs-site.xml。不要为 {service} 添加 DNS 记录。",),
        (write,),
    )


def stale(s: Statement) -> Words:
    """DNS-STALE-IP: by a look-up, or by a line of the hosts file in the case."""
    if s.cause == "hosts-line":
        return Words(
            f"hosts 文件中 {s.text('host')} 的地址与节点不符",
            f"{place(s)} 中 {s.text('host')} 的地址是 {s.text('given')}，而节点列表中该节点的地址是 {s.text('right')}。"
            f"使用这份 hosts 文件的客户端会连接 {s.text('given')}。",
            "很可能是写好 hosts 文件之后节点被替换过。",
            (f"把 {place(s)} 改为：{s.text('line')}",),
        )
    if s.cause == "address-beside":
        return _address_beside(s)
    rows = s.rows("names")
    facts = clauses(
        f"{row.text('host')} 解析为 {row.text('given')}{_in_brackets(row)}，而节点的地址是 {row.text('right')}"
        for row in rows
    )
    where = _lines_of(rows) or "对应的 DNS 记录或 hosts 行"
    return Words(
        f"{configured_hosts(s)} 解析到了另一台机器的地址",
        f"{facts}。连接发往了错误的机器，在那里遇到的问题与安全组规则、防火墙和服务都无关。",
        "节点自己的地址有应答。" if s.is_true("is_proven") else "",
        (f"更正 {where}：{listed(row.text('right_entry') for row in rows)}。然后重启会缓存解析结果的程序，例如 JVM。",),
    )


def _address_beside(s: Statement) -> Words:
    rows = s.rows("names")
    facts = clauses(
        f"{row.text('host')} 解析为 {row.text('right')}，有应答；还解析为 {row.text('given')}，没有应答" for row in rows
    )
    return Words(
        f"{configured_hosts(s)} 多出一个没有应答的地址",
        f"{facts}。登录可以成功。MIT 有时会等待这个失效的地址；如果解析结果把它排在最前，Java 会失败。",
        "",
        tuple(
            f"从 {row.text('line') or 'hosts 文件或 DNS'} 中删除 {row.text('host')} 的地址 {row.text('given')}，"
            "除非它是通往该机器的另一条路径。"
            for row in rows
        ),
    )


def _in_brackets(row: Values) -> str:
    return f"（{row.text('text')}）" if row.text("text") else ""


def loopback(s: Statement) -> Words:
    """DNS-LOOPBACK."""
    rows, names = s.rows("names"), configured_hosts(s)
    facts = clauses(
        f"{row.text('line') or '本机的解析结果'} 中 {row.text('host')} 的地址是 {row.text('given')}" for row in rows
    )
    if all(is_unspecified(row.text("given")) for row in rows):
        return Words(
            f"{names} 指向了 {rows[0].text('given')}，也就是客户端自己",
            f"{facts}。这样解析的客户端会连到自己。在节点上，这一行不影响任何客户端。",
            "",
            (f"在 {_lines_of(rows) or '该记录'} 中，把 {names} 的地址改为节点网卡的地址。",),
        )
    return Words(
        f"{names} 指向了回环地址",
        f"{facts}。这样解析的客户端会连到自己；服务如果按自己的主机名绑定，就只监听回环地址。",
        "",
        (f"从 {_lines_of(rows) or '该记录'} 中删除 {names}，改为节点网卡的地址，然后重启服务。",),
    )


def datanode(s: Statement) -> Words:
    """DN-HOSTNAME."""
    facts = clauses(
        f"{row.text('given')} 没有应答，而 {row.text('host')}（{row.text('right')}）有应答" for row in s.rows("names")
    )
    return Words(
        "客户端连接 DataNode 用的地址从本网络到不了",
        f"{facts}。NameNode 返回的是它自己所知的 DataNode 地址，这些地址属于另一个网络。",
        "HDFS 能列出文件，但不能读写：“could only be written to 0 of the …”。",
        ("在客户端的 hdfs-site.xml 中设置 dfs.client.use.datanode.hostname = true；这些主机名解析出的地址有应答。",),
    )


def _replies(s: Statement) -> str:
    """Return '192.168.20.53 没有应答；192.168.20.54 拒绝回答（REFUSED）'."""
    rows = s.rows("servers")
    return clauses(f"{row.text('server')} {REPLIES.get(row.text('reply'), '没有给出可用的应答')}" for row in rows)


def _lines_of(rows: Iterable[Values]) -> str:
    return listed(row.text("line") for row in rows if row.text("line"))
