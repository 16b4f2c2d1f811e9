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

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "kdc-silent": (
        "在资源组所在交换机的主机上运行 {kdc_probes}：UDP 没有应答而 TCP 有应答，说明 UDP 被丢弃，多半是缺少规则",
        "对 KDC 所在节点调用 DescribeSecurityGroupAttribute，连同结果一起检查：是否有规则放行 UDP {port}",
    ),
    "kdc-refused": (
        "运行 {kdc_probes}：两者都被拒绝，说明那里没有 KDC 监听",
        "在 KDC 节点上运行 ss -lntu，查看端口 {port} 上是否有监听地址不是 127.0.0.1 的程序",
    ),
    "kdc-tcp": (
        "运行 {kdc_probes}：UDP 有应答而 TCP 没有应答，就是缺少 TCP 规则",
        "对 KDC 所在节点调用 DescribeSecurityGroupAttribute，连同结果一起检查：是否有规则放行 TCP {port}",
    ),
    "kdc-mit": (
        "看 kinit 用了多久：不到 1 秒是被拒绝或名称解析不到，15 秒以上是没有应答",
        "在同一台主机上运行 {kdc_probes}",
    ),
    "kdc-other": ("运行 {kdc_probes}：它会指出应答的是什么协议", "查看 krb5.conf 的 `kdc =` 行：主机和端口"),
    "service-silent": (
        "在资源组所在交换机的主机上运行 emr-diagnose probe {tcp}",
        "对该节点调用 DescribeSecurityGroupAttribute，连同结果一起检查：是否有规则放行 TCP {port}",
    ),
    "service-refused": (
        "运行 emr-diagnose probe {tcp}：再次被拒绝，说明网络是通的",
        "在该节点上运行 ss -lntp，查看端口 {port} 上是否有监听地址不是 127.0.0.1 的程序",
    ),
    "service-other": (
        "运行 emr-diagnose probe {tcp}：它会指出应答的是什么协议",
        "查看写有该端口的设置：RPC 端口和 Web 端口不同",
    ),
    "no-route": (
        "运行 emr-diagnose probe {tcp}：它会指出是哪个地址返回了 ICMP 错误",
        "在该节点上运行 iptables-save 或 firewall-cmd --list-all，查看是否有 reject 规则",
    ),
    "name": (
        "在写日志的主机上运行 getent hosts {name}",
        "查看写有该名称的设置：nameservice 应在 dfs.nameservices 中，主机名应在 hosts 文件中",
    ),
    "resolver": (
        "在写日志的主机上运行 getent hosts {name}",
        "查询该主机 /etc/resolv.conf 中的 DNS 服务器：emr-diagnose probe 'dns://SERVER?name={name}'",
    ),
    "krb5-conf": (
        "对客户端实际读取的 krb5.conf 运行 emr-diagnose kerberos FILE",
        "确认是哪个文件：客户端加 -Dsun.security.krb5.debug=true 运行，看“Java config name”",
    ),
    "principal": (
        "运行 klist -kte KEYTAB，核对 principal 的 realm 和写法",
        "在 KDC 上运行 kadmin.local getprinc {principal}",
    ),
    "keytab": (
        "以运行任务的用户运行 klist -kte KEYTAB：principal、密钥版本、加密类型",
        "设置 KRB5_TRACE=/dev/stderr，运行 kinit -kt KEYTAB {principal}",
    ),
    "clock": (
        "在同一秒内于客户端、KDC 和服务节点上运行 date -u",
        "运行 {kdc_clock}：它会显示 KDC 的时钟",
    ),
    "etypes": (
        "运行 klist -kte KEYTAB，查看密钥的加密类型",
        "对客户端实际读取的 krb5.conf 运行 emr-diagnose kerberos FILE",
    ),
    "ticket": (
        "以任务的用户和 KRB5CCNAME 运行 klist：有没有票据，有效期到何时",
        "查看客户端实际读取的 core-site.xml 中的 hadoop.security.authentication",
    ),
    "server-key": (
        "查看服务端同一时间的日志：出现“Checksum failed”或密钥版本，就是它的 keytab 有问题",
        "在服务节点上对其 keytab 运行 klist -kte，与该 principal 的 kvno 输出对比",
    ),
    "spn": (
        "确认申请的是哪个名称：KRB5_TRACE、-Dsun.security.krb5.debug=true，或 KDC 日志中的 UNKNOWN_SERVER",
        "在客户端运行 getent hosts ADDRESS：返回的名称就是 principal 中的名称",
    ),
    "settings": (
        "把客户端实际读取的文件与节点 /etc/taihao-apps 下的文件对比",
        "把这些文件放进输入目录：emr-diagnose check CASE --offline",
    ),
    "proxy": (
        "查看拒绝方服务的 core-site.xml 中的 hadoop.proxyuser.*",
        "在 NameNode 上对被代理的用户运行 hdfs groups USER",
    ),
    "user": ("在每台 NodeManager 上运行 id USER", "查看 container-executor.cfg 中的 banned.users 和 min.user.id"),
    "hs2": (
        "运行 emr-diagnose probe hive://{endpoint}：它会显示认证机制和传输模式",
        "查看 hive-site.xml 中的 hive.server2.authentication、hive.server2.transport.mode 和 hive.server2.use.SSL",
    ),
    "metastore": (
        "运行 emr-diagnose probe metastore://{endpoint}：它会显示是否应答，以及是否要求 SASL",
        "查看客户端 hive-site.xml 和节点 hivemetastore-site.xml 中的 hive.metastore.sasl.enabled",
    ),
    "zookeeper": (
        "对 quorum 中每台主机运行 emr-diagnose probe zookeeper://HOST:2181",
        "把 JDBC URL 中的 namespace 与 hive.server2.zookeeper.namespace 对比",
    ),
    "datanode": (
        "在资源组所在交换机的主机上运行 emr-diagnose probe {datanode}",
        "对 core 和 task 节点调用 DescribeSecurityGroupAttribute，连同结果一起检查",
    ),
    "datanode-login": (
        "对比客户端的 hdfs-site.xml 与 DataNode 上的 dfs.data.transfer.protection 和 dfs.encrypt.data.transfer",
        "查看 DataNode 自己在该时刻的日志：其中写明为何关闭连接",
    ),
    "service-hangs": (
        "在资源组交换机中的主机上运行 emr-diagnose probe {tcp}：现在是否应答",
        "在节点上运行 jstack 查看该进程，并查看它在该时刻的日志",
    ),
    "releases": (
        "对比客户端驱动与服务的版本：分别运行 hive --version",
        "查看是否由别的进程（例如 Spark Thrift Server）占用该端口：在节点上运行 ss -lntp",
    ),
    "no-file-system": (
        "查看是哪个路径或哪个 fs.defaultFS 写了该 scheme：客户端读取的文件，以及任务本身",
        "查看客户端的库：是否有该 scheme 的 jar，以及 core-site.xml 中的 fs.SCHEME.impl",
    ),
    "own-name": (
        "在运行 driver 的主机上运行 getent hosts $(hostname)：得到的是否是本机地址",
        "查看任务的 spark.driver.bindAddress、spark.driver.host 和 SPARK_LOCAL_IP",
    ),
    "datanode-inside": (
        "在 NameNode 上运行 hdfs dfsadmin -report，查看哪些 DataNode 存活",
        "在 core 节点上用 nc -vz 连接其他 DataNode 和 NameNode，并查看 DataNode 自己的日志",
    ),
    "tls": (
        "运行 emr-diagnose probe https://{endpoint} 或 openssl s_client，查看证书",
        "查看 hive.server2.use.SSL 和 URL 中的 ssl=",
    ),
    "python": (
        "在客户端运行 pluginviewer -c，查看机制中有没有 GSSAPI",
        "查看程序里的 kerberos_service_name：应为 hive，不是整个 principal",
    ),
    "web": (
        "有票据时对该页面运行 curl --negotiate -u : -v，查看申请的名称和状态码",
        "在该页面的节点上对其 keytab 运行 klist -kte，查找 HTTP 和完整主机名",
    ),
    "spark-login": (
        "查看 spark-defaults.conf 中的 spark.kerberos.principal 和 spark.yarn.principal，以及任务的 --principal",
        "查看 DataWorks 中该集群是否传递代理用户信息",
    ),
    "safe-mode": (
        "在 NameNode 上运行 hdfs dfsadmin -safemode get，并用 hdfs dfsadmin -report 查看缺少哪些 DataNode",
        "查看 NameNode 的日志：何时进入安全模式，是否由人手动开启",
    ),
    "permission": (
        "对报错中的路径运行 hdfs dfs -ls -d 和 hdfs dfs -getfacl，或查看 Ranger 的策略",
        "确认任务是否应以该用户运行：查看 DataWorks 中的默认访问身份和身份映射",
    ),
    "token": (
        "把作业运行的时长与 dfs.namenode.delegation.token.max-lifetime 和 renew-interval 对比",
        "确认作业是否有自己的 keytab：spark.kerberos.keytab 和 spark.kerberos.principal",
    ),
    "file-system": (
        "把客户端实际读取的 core-site.xml 中的 fs.defaultFS 与报错中的路径对比",
        "确认路径来自哪里：表的 location（DESCRIBE FORMATTED），还是任务本身",
    ),
    "callback": (
        "driver 运行期间，在 core 节点上运行 nc -vz {name} {port}",
        "查看 spark.submit.deployMode：cluster 模式下没有连接会回到资源组",
    ),
}
"""Topic of a message -> the two checks that cost least and part its candidates best."""


def next_checks(params: Params) -> tuple[str, str]:
    """Return the two cheapest next checks for a failure of a log."""
    return filled(CHECKS, params, "服务端口")


OUTSIDE: Final = "日志可能来自更早的时间或别的客户端，也可能故障不在输入范围内。"
"""What may be, if a log has a failure and files and packets have none."""

ALONE: Final = "只有日志无法下结论：同样的报错可能有不同的原因。"
"""What a log without any other file is worth."""


SHOWS: Final[Mapping[str, str]] = {
    "login": "服务端应答了该客户端的请求，所以当时它的连接和登录都正常。",
    "connection": "服务端应答了该客户端，所以当时它的连接正常。服务端拒绝了它的 token。",
    "unsent": "客户端在发送任何数据之前就停止了，所以这一行不能说明网络的情况。",
}
"""What the words of a message show -> the sentence that says so."""

MEANS: Final[Mapping[str, str]] = {
    "safe-mode": "安全模式下 HDFS 只能读，不能改。NameNode 启动后收到足够的数据块报告，就会自动退出。",
    "permission": "该用户没有权限在那里执行此操作。改规则或 krb5.conf 都没有用。",
    "token": "delegation token 已过期，或服务端已没有它。运行时间长的作业，或使用已结束作业的 token 的作业，会这样。",
    "file-system": "路径所在的文件系统不是客户端打开的那一个。",
    "releases": "客户端与服务的版本不同，一方不认识另一方的调用。",
    "no-file-system": "客户端没有这种文件系统的库。改规则没有用。",
}
"""Topic of a message that lists no code -> what it means."""


def told(s: Statement) -> Words:
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
            f"{file} 报“{said}”，这不是网络故障",
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
    codes = s.texts("candidates")
    if len(codes) == 1:
        return f"可能是 {codes[0]}。"
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
