"""What does a log say that no finding explains, and which two checks come next, in Chinese?"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from diagnose.findings import catalogue
from diagnose.findings.values import Params, Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.log_checks import filled
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.log_steps import CHECKS


def next_checks(params: Params) -> tuple[str, str]:
    """Return the two cheapest next checks for a failure of a log."""
    return filled(CHECKS, params, "服务端口")


OUTSIDE: Final = "日志可能来自更早的时间或别的客户端，也可能故障不在输入范围内。"
"""What may be, if a log has a failure and files and packets have none."""

BOTH: Final = "请求已到达 KDC，所以问题不在网络。"
"""What is known if the log of a KDC has the failure of a client."""


ALONE: Final = "只有日志无法下结论：同样的报错可能有不同的原因。"
"""What a log without any other file is worth."""


SHOWS: Final[Mapping[str, str]] = {
    "login": "服务端应答了该客户端的请求，所以当时它的连接和登录都正常。",
    "connection": "服务端应答了该客户端，所以当时它的连接正常。服务端拒绝了它的 token。",
    "ran": "该 executor 此前已连上 driver，所以那时这条连接正常。",
    "behind": "服务端接受了该客户端的登录，所以当时它的连接和登录都正常。",
    "unsent": "客户端在发送任何数据之前就停止了，所以这一行不能说明网络的情况。",
}
"""What the words of a message show -> the sentence that says so."""

MEANS: Final[Mapping[str, str]] = {
    "safe-mode": "安全模式下 HDFS 只能读，不能改。NameNode 启动后收到足够的数据块报告，就会自动退出。",
    "permission": "该用户没有权限在那里执行此操作。改规则或 krb5.conf 都没有用。",
    "token": "delegation token 已过期，或服务端已没有它。运行时间长的作业，或使用已结束作业的 token 的作业，会这样。",
    "file-system": "路径所在的文件系统不是客户端打开的那一个。",
    "releases": "客户端与服务的版本不同，一方不认识另一方的调用。",
    "scheme-capitals": "scheme 中有大写字母。Hadoop 按原样查找，没有这样的 scheme。",
    "executor-memory": "executor 占用的内存超出限制，被 YARN 或内核终止。",
    "thrift-size": "应答或请求超过了读取一方的上限。上限是该方的一项设置。",
    "kyuubi-engine": "引擎（一个 Spark 应用）没有及时启动。多半是 YARN 队列已满，或 spark-submit 失败。",
    "no-file-system": "客户端没有这种文件系统的库。改规则没有用。",
}
"""Topic of a message that lists no code -> what it means."""


NO_FAULT: Final = "这不是网络故障"
BEHIND: Final = "客户端已连上该服务"
"""What the title of a failure says that lists no code."""

UNCODED: Final[Mapping[str, str]] = {
    "resources": "多半是它在 YARN 的队列没有空闲的内存或核，或它要的超过单个节点所有。这种情况没有代码。",
    "executor": "多半是 executor 内存太小，或所在节点负载过高。这种情况没有代码。",
    "hs2-path": "多半是 JDBC URL 中的 httpPath 不是服务端的路径，或由前面的代理应答。这种情况没有代码。",
    "hs2-gateway": "多半是代理或负载均衡在应答，而它得不到后面 HiveServer2 的应答。这种情况没有代码。",
    "thrift-http": "该数字是 HTTP 报文的前四个字母被当作长度读取。所以有一方在说 HTTP：客户端、服务端或健康检查。",
    "thrift-tls": "该数字是 TLS 的前四个字节被当作长度读取。所以只有一方使用 TLS。",
    "thrift-sasl": "该数字是 SASL 登录（或不带登录的调用）的前四个字节被当作长度读取。所以只有一方使用 SASL。",
    "thrift": "一方读到的是另一种协议的数据。负载均衡的健康检查和其他版本的驱动也会这样：这种情况没有代码。",
    "metastore-database": (
        "metastore 的数据库没有应答，或关闭了连接。这条连接由 metastore 建立；"
        "只有 hive.metastore.uris 为空时，任务才会自己建立。"
    ),
}
"""Topic of a message -> what its words say, and what it comes from as well without a code."""


def unexplained(s: Statement) -> Words:
    """INPUT-LOG: a failure in a log that no finding explains."""
    said, file = s.text("said"), s.text("file").rpartition("/")[2]
    at = f"（{s.text('at')}）" if s.text("at") else ""
    to = f"，目标是 {s.text('target')}" if s.text("target") else ""
    says = f"{s.text('file')}:{s.text('line')} 报“{said}”{at}{to}{_whose(s)}"
    advice = (f"首先：{next_checks(s.params)[0]}。",)
    if s.cause == "log-contradicted":
        return Words(
            f"{file} 已过时或来自别的客户端：当时失败的连接现在正常",
            f"{says}，但现在从资源组发包，该服务有应答。",
            f"这份日志不能证明故障仍然存在。{_age(s)}",
            ("如果任务仍然失败，请取本次检查之后运行的日志。",),
        )
    if s.cause == "log-answered":
        return Words(
            f"{file} 报“{said}”，{BEHIND if s.text('shows') == 'behind' else NO_FAULT}",
            f"{says}。{_shows(s)}",
            f"{MEANS[s.text('topic')]}{_around(s)}",
            advice,
        )
    detail = "".join((_shows(s), _around(s), *_candidates(s), _excluded(s)))
    if s.cause == "log-disagrees":
        return Words(
            f"{file} 与检查结果不符：“{said}”",
            f"{says}。{'、'.join(s.texts('others'))} 在日志中的表现与此不同：日志已过时或来自别的客户端，"
            f"或者还有第二个故障。{_codes(s)}",
            detail,
            advice,
        )
    if s.cause == "log-unexplained" and s.row("kdc").params:
        kdc = s.row("kdc")
        return Words(
            f"{file} 与 KDC 的日志说的是同一次失败：“{said}”",
            f"{says}。KDC 对 {kdc.text('principal')} 报“{kdc.text('said')}”（{kdc.text('at')}，"
            f"{kdc.text('file')}:{kdc.text('line')}）。{_codes(s)}",
            f"{detail}{BOTH}",
            advice,
        )
    if s.cause == "log-unexplained":
        return Words(
            f"{file} 报“{said}”，输入中没有能解释它的问题", f"{says}。{_codes(s)}", f"{detail}{OUTSIDE}", advice
        )
    many = "：有几种故障都会这样报" if len(s.texts("candidates")) > 1 else ""
    return Words(f"{file} 报“{said}”{many}", f"{says}。{_codes(s)}", f"{ALONE}{detail}", advice)


def named(s: Statement) -> Words:
    """Word a fault that a log names (cause log-named)."""
    entry = catalogue.entry(s.code, "zh")
    at = f"（{s.text('at')}）" if s.text("at") else ""
    to = f"，目标是 {s.text('target')}" if s.text("target") else ""
    is_other = s.code == "SVC-HS2-PRINC"
    agrees = "与此不同。" if is_other else "与此相符。"
    fits = f"{place(s)} 把 {s.text('key')} 设为 {s.text('value')}，{agrees}" if s.text("key") else ONLY_THE_LOG
    return Words(
        f"{s.text('file').rpartition('/')[2]} 指出：{entry.title}",
        f"{s.text('file')}:{s.text('line')} 报“{s.text('said')}”{at}{to}。{entry.meaning}",
        f"{fits}{_around(s)}",
        (f"在 URL 中写 {s.text('value')}。",) if is_other else entry.repair,
    )


ONLY_THE_LOG: Final = "只有日志这样说。它可能已过时，或来自别的客户端。"


def _codes(s: Statement) -> str:
    """Return what else it comes from, and the codes that it may be."""
    return UNCODED.get(s.text("topic"), "") + _possible(s)


def _possible(s: Statement) -> str:
    codes = s.texts("candidates")
    if len(codes) == 1 and s.row("kdc").params:
        return f"两者都只符合 {codes[0]}。"
    if len(codes) == 1:
        return f"{'可能是' if s.text('topic') not in UNCODED else '也可能是'} {codes[0]}。"
    if more := s.number("more"):
        explain = f"emr-diagnose explain {shlex.quote(s.text('said'))}"
        return f"可能是 {'、'.join(codes)} 之一，可能性大的在前；另有 {more} 个：{explain}。"
    return f"可能是 {'、'.join(codes)} 之一，可能性大的在前。"


def _around(s: Statement) -> str:
    """Return what else the log tells: excluded DataNodes, another cluster, its age."""
    nodes = s.texts("datanodes")
    excluded = f"日志中排除了 DataNode {'、'.join(nodes[:4])}。" if nodes else ""
    elsewhere = f"输入中没有通往 {s.text('target')} 的连接。" if s.is_true("elsewhere") else ""
    return f"{excluded}{elsewhere}{_age(s)}"


def _whose(s: Statement) -> str:
    """Return what shows that the log is of another client than the files, or of another host."""
    unnamed = "，krb5.conf 的 kdc 行没有它" if s.is_true("unnamed_kdc") else ""
    client = s.text("client")
    return unnamed + (f"，客户端是 {client}，不是资源组的地址" if client else "")


def _shows(s: Statement) -> str:
    return SHOWS.get(s.text("shows"), "")


def _age(s: Statement) -> str:
    return "日志早于资源组的最近一次初始化。" if s.is_true("old") else ""


def _candidates(s: Statement) -> list[str]:
    return [f"{code}：{title}。" for code, title in zip(s.texts("candidates"), s.texts("titles"), strict=True)]


def _excluded(s: Statement) -> str:
    gone = s.texts("excluded")
    return f"输入中的文件已排除 {'、'.join(gone)}。" if gone else ""
