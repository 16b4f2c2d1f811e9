"""What is wrong with a service that accepts connections and does not answer?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import hadoop_login
from diagnose.findings.wording.zh.node_records import quoted
from diagnose.findings.wording.zh.phrases import ends, hosts, listed, ports, services

QUESTIONS: Mapping[str, str] = {
    "hadoop-rpc": "Hadoop RPC 客户端的第一条消息",
    "thrift": "SASL 登录的第一步和一次 Thrift 调用",
    "sql": "SASL 登录的第一步和一次 Thrift 调用",
    "web-service": "一个 HTTP GET 请求",
    "hive-http": "一个 HTTP POST 请求",
    "hbase-rpc": "HBase 客户端的第一条消息",
    "data-transfer": "一次共享内存请求（DataNode 在 TCP 上会拒绝它）",
    "zookeeper": "ZooKeeper 的 srvr 命令",
}
"""Kind of question -> what is sent."""


def metastore(s: Statement) -> Words:
    """SVC-HMS: the metastore hangs, or does not agree on SASL."""
    return hangs(s) if s.cause == "hangs" else hadoop_login.metastore_login(s)


def hangs(s: Statement) -> Words:
    """SVC-HANG, SVC-HMS: a service accepts connections and does not answer."""
    if s.cause == "full-queue":
        return _full_queue(s)
    asked = listed(QUESTIONS[kind] for kind in s.texts("asked"))
    sentence = (
        f"{ends(s)} 能建立连接，但没有任何应答。先后发送了两次请求（{asked}），"
        f"中间有间隔，第二次之后等待 {_seconds(s)} 秒，没有收到任何字节。"
    )
    if s.params.get("is_acknowledged") is False:
        return Words(
            f"{services(s)} 能建立连接，但之后发送的内容丢失",
            f"{sentence}对端内核没有确认收到这些内容。",
            "要么进程不再接受连接且队列已满，要么握手之后的报文在途中丢失：防火墙或负载均衡可能会截断连接。",
            (f"在 {hosts(s)} 上对 {ports(s)} 执行 ss -ltn。如果 Recv-Q 达到 Send-Q，请重启该进程。",),
        )
    if s.is_true("is_whole_host"):
        title = f"{hosts(s)} 上询问过的服务都能建立连接，但都不应答"
        advice = f"登录 {hosts(s)}，检查内存、swap 和磁盘（free、vmstat、dmesg），或重启这台主机。"
    else:
        title = f"{services(s)} 能建立连接，但不应答"
        advice = (
            f"在 {hosts(s)} 上对 {ports(s)} 执行 ss -ltnp 找到进程：Recv-Q 大于 0 表示它不再接受连接。"
            "用 jstack 保存线程信息，查看其日志，然后重启它。"
        )
    return Words(title, sentence, "".join(_excluding(s)), (advice,))


def _full_queue(s: Statement) -> Words:
    """SVC-HANG, by the list of sockets."""
    return Words(
        f"{services(s)} 不再接受新连接：队列已满",
        f"{ends(s)} 没有应答。在 {hosts(s)} 上，{quoted(s, 'listening')}：等待的连接数超过了队列长度。"
        "进程没有接受其中任何一个，所以内核直接丢弃新的连接，不作任何应答。这里不缺规则。",
        "",
        (
            (
                f"在 {hosts(s)} 上对 {ports(s)} 执行 ss -ltnp 找到进程，用 jstack 保存线程信息，查看其日志，"
                "然后重启它。如果它只是繁忙，请增加线程数。"
            ),
        ),
    )


def _excluding(s: Statement) -> Iterator[str]:
    """Yield what those that answer show, and what stays possible."""
    beside, elsewhere = listed(s.texts("beside")), listed(s.texts("elsewhere"))
    if s.is_true("is_acknowledged"):
        yield "对端内核已确认收到请求，所以请求没有丢包，也不缺规则。"
    if beside:
        yield f"同一台主机上的 {beside} 有应答，所以主机在运行。"
    if elsewhere:
        yield f"{elsewhere} 上的同类服务对同样的请求有应答。"
    yield "途中代主机接受连接的代理，或者在等待别的内容的另一个服务，看起来也是这样。"
    yield "客户端会一直等到自己超时，例如报“Read timed out”。"


def _seconds(s: Statement) -> str:
    waited = s.params.get("waited")
    return f"{waited:g}" if isinstance(waited, (int, float)) else "0"
