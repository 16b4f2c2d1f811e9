"""What is wrong with the login at a Hadoop or Hive service, in Chinese?

One function a code.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import logs
from diagnose.findings.wording.zh.phrases import AFTERWARDS, UPLOAD, listed, services

PRINCIPAL_FAULTS: Mapping[str, str] = {
    "no-host": "缺少主机部分，客户端在申请票据之前就会拒绝它",
    "case": "只有写成 _HOST（全大写）才会替换为主机名，其他写法会原样用于申请票据",
    "no-realm": "没有 realm 时 _HOST 不会被替换，与任何服务端的 principal 都对不上",
    "blanks": "值里有空格或换行，客户端会把它们当作名称的一部分",
    "odd-host": "中间部分既不是 _HOST，也不是主机名",
    "other-host": "它写死了一台主机，而客户端还要用它访问另一台",
    "spelling": "服务端通常用全小写的完整主机名，而客户端逐字符比较",
    "variable": "没有任何文件给这个变量赋值，没有值时客户端会原样使用这段文字",
}
"""Fault of a principal -> why no client gets to the service with it."""

HIVESERVER2 = "HiveServer2"


def principal(s: Statement) -> Words:
    """KRB-SVC-PATTERN: a principal that the client refuses, or not the server's, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    if s.cause == "other-login":
        right = s.text("right") or "该服务的 principal"
        return Words(
            f"{listed(s.texts('services'))} 以文件所写之外的 principal 运行",
            f"{place(s)} 将 {s.text('key')} 设为 {s.text('value')}。{listed(s.texts('ends'))} 应答说它以 "
            f"{listed(s.texts('runs_as'))} 运行。",
            "Hadoop 报“Server has invalid Kerberos principal”并中止。这些文件往往来自另一个集群。",
            (f"如果这确实是要访问的服务，请在 {place(s)} 中将 {s.text('key')} 设为 {right}。{UPLOAD}",),
        )
    fault, key = s.text("fault"), s.text("key")
    title = {
        "other-host": f"{key} 为所有服务器写死了同一台主机",
        "spelling": f"{key} 中主机名的写法与服务端不同",
        "variable": f"{key} 中有一个没有文件赋值的变量",
    }
    return Words(
        title.get(fault, f"{key} 不是客户端能接受的 principal"),
        f"{place(s)} 中 {key} 为 {s.text('value')}。{PRINCIPAL_FAULTS[fault]}。",
        "Hadoop 报“NOT have the expected hostname part”，或“Server has invalid Kerberos principal”。",
        (f"把 {place(s)} 的 {key} 设为 {s.text('right')}。{UPLOAD}",),
    )


def name_rules(s: Statement) -> Words:
    """KRB-A2L: by the rules of core-site.xml, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    key, right, value = s.text("key"), s.text("right").replace("\n", " "), s.text("value").replace("\n", " ")
    repair = f"在 {place(s)} 把 {key} 设为：{right}。{UPLOAD}"
    if s.text("rest"):
        return Words(
            f"{key} 中有 Hadoop 读不了的规则",
            f"{place(s)} 设置了 {key}。Hadoop 读到“{s.text('rest')}”就停下，客户端都启动不了。",
            "报错是 IllegalArgumentException: Invalid rule。这条规则原来的用意需要重新补上。",
            (repair,),
        )
    who = f"{place(s.row('login'))} 中的 {s.text('principal')}" if s.text("login") else s.text("principal")
    rules = f"{value}（{place(s)}）" if s.row("origin").number("line") is not None else "Hadoop 默认的 DEFAULT"
    why = (
        f"规则 {rules} 中没有一条匹配它"
        if s.text("kind") == "no-rule"
        else f"规则 {rules} 得到的名称里还有 / 或 @，Hadoop 不接受"
    )
    realm = f"DEFAULT 只匹配 realm {s.text('default')}。" if s.text("default") else ""
    return Words(
        f"Hadoop 无法把 {s.text('principal')} 转换成用户名",
        f"客户端以 {who} 登录。{why}。",
        f"Hadoop 报“Illegal principal name”，以及“No rules applied to”或“Non-simple name”。{realm}",
        (repair,),
    )


def renewer(s: Statement) -> Words:
    """KRB-RENEWER: a pattern stands in place of the principal, or a log says so."""
    if s.cause == "log-named":
        return logs.named(s)
    right = s.text("right") or "ResourceManager 的 principal"
    return Words(
        f"没有设置 {s.text('key')}，作业都提交不了",
        f"{place(s, 'at')} 把 {s.text('key')}.pattern 设为 {s.text('pattern')}，这只够建立连接。"
        "提交作业需要 principal 本身：令牌由 ResourceManager 续期。",
        "MapReduce 和 Spark 报“Can't get Master Kerberos principal for use as renewer”。",
        (f"在 {place(s)} 把 {s.text('key')} 设为 {right}。{UPLOAD}",),
    )


def proxy_user(s: Statement) -> Words:
    """RUN-PROXY-KEYTAB: by spark-defaults.conf, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    return Words(
        f"{s.text('key')} 与 DataWorks 传递的代理用户互斥",
        f"{place(s)} 把 {s.text('key')} 设为 {s.text('value')}。DataWorks 给 Spark 传递 --proxy-user，"
        "spark-submit 把该设置当作 --principal。",
        "spark-submit 报“Only one of --proxy-user or --principal can be provided”后退出。",
        (f"删除 {place(s)} 中的 {s.text('key')} 及其 keytab，或选择不传递代理用户信息。{UPLOAD}",),
    )


def protection(s: Statement) -> Words:
    """SVC-QOP: by the uploaded file beside the cluster's settings, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    key, right = s.text("key"), s.text("right")
    return Words(
        f"{key} 在客户端和集群两边没有交集",
        f"{place(s)} 把 {key} 设为 {s.text('value')}。集群的值是 {right}（{place(s, 'listed')}），"
        f"所以 {listed(s.texts('services'))} 在登录后拒绝客户端。",
        "客户端报“No common protection layer between client and server”。",
        (f"在 {place(s)} 把 {key} 设为 {right}。{UPLOAD}",),
    )


def server_simple(s: Statement) -> Words:
    """KRB-SERVER-SIMPLE: by the answer of Hadoop RPC, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    return Words(
        f"{listed(s.texts('services'))} 不要求 Kerberos，客户端的 core-site.xml 却要用",
        f"{place(s)} 把 {s.text('key')} 设为 {s.text('value')}，而 {listed(s.texts('ends'))} 的应答是不要求登录。",
        "Hadoop 报“Server asks us to fall back to SIMPLE auth”。这些文件往往属于另一个集群。",
        (f"使用本集群的 core-site.xml。如果它没有 Kerberos，{place(s)} 应为 {s.text('right')}。{UPLOAD}",),
    )


def metastore_login(s: Statement) -> Words:
    """SVC-HMS: by the answer of the metastore."""
    key, right = s.text("key"), s.text("right")
    wants = "要求 SASL" if right == "true" else "不用 SASL"
    return Words(
        "Hive metastore 与 hive-site.xml 在 SASL 上不一致",
        f"{place(s)} 把 {key} 设为 {s.text('value')}，而 {listed(s.texts('ends'))} 的应答表明它{wants}。",
        "客户端挂起，或报“Could not connect to meta store using any of the URIs provided”。",
        (f"在 {place(s)} 把 {key} 设为 {right}。{UPLOAD}",),
    )


def hive_mechanism(s: Statement) -> Words:
    """SVC-HS2-MECH: by the answer of a server, or by a log."""
    if s.cause == "log-named":
        return logs.named(s)
    key, value, right, server = s.text("key"), s.text("value"), s.text("right"), services(s)
    file, is_http = s.text("file"), s.is_true("is_http")
    said = f"{place(s)} 把 {key} 设为 {value}" if value else f"{file} 没有设置 {key}，默认为 NONE"
    if right:
        title = f"{server} 要求 Kerberos，客户端用的是密码"
        example = "hive/_HOST@<realm>" if server == HIVESERVER2 else "<它的 principal>"
        repair = (
            f"在 {place(s)} 把 {key} 设为 {right}，并在 JDBC URL 中写明 {server} 的 principal"
            f"（;principal={example}）。{UPLOAD}"
        )
    else:
        logins = s.texts("logins")
        title, plain = f"{server} 不支持 {file} 所写的登录方式", "密码" if is_http else " PLAIN"
        repair = (
            f"查看 {server} 运行时使用的 {file} 中的 {key}，以它为准。"
            f"它是 {'、'.join(logins[:-1])} 或 {logins[-1]}：它们都使用{plain}。{UPLOAD}"
        )
    if is_http:
        own, other = ("密码", "Kerberos") if right else ("Kerberos", "密码")
        return Words(
            title,
            f"{said}，所以客户端用{own}登录。{listed(s.texts('ends'))} 通过 HTTP 应答：要求{other}。",
            "客户端报“HTTP Response code: 401”。",
            (repair,),
        )
    return Words(
        title,
        f"{said}，所以客户端以 {s.text('mechanism')} 开始 SASL。{listed(s.texts('ends'))} 的应答表明它支持 "
        f"{s.text('other')}，不支持 {s.text('mechanism')}。",
        f"客户端报“Peer indicated failure: Unsupported mechanism type {s.text('mechanism')}”。",
        (repair,),
    )


def principal_unset(s: Statement) -> Words:
    """KRB-SVC-UNSET: no file has the principal of a service."""
    keys, files = listed(s.texts("keys")), listed(s.texts("files"))
    return Words(
        f"没有文件写明 {listed(s.texts('services'))} 的 Kerberos principal",
        f"core-site.xml 启用了 Kerberos，但 {files} 没有设置 {keys}。",
        "客户端在申请票据之前就会停下：“Failed to specify server's Kerberos principal name”。",
        (f"从集群自己的 {files} 中取 {keys}。{UPLOAD}",),
    )


def client_simple(s: Statement) -> Words:
    """KRB-CLIENT-SIMPLE: the cluster has Kerberos, and the client's file does not."""
    key, value = s.text("key"), s.text("value")
    said = f"{place(s)} 中 {key} 为 {value}" if value else f"core-site.xml 没有设置 {key}"
    if s.cause == "other-login":
        return Words(
            "服务端要求 Kerberos，而客户端的 core-site.xml 没有启用",
            f"{listed(s.texts('ends'))} 的 {listed(s.texts('services'))} 要求 Kerberos，而 {said}，"
            "所以客户端不会登录。",
            "Hadoop 报“SIMPLE authentication is not enabled. Available:[TOKEN, KERBEROS]”。",
            (f"在 {place(s)} 中把 {key} 设为 {s.text('right')}，或者使用集群自己的文件。{UPLOAD}",),
        )
    if s.is_true("refused"):
        return Words(
            "core-site.xml 写的登录方式 Hadoop 不认识",
            f"{place(s)} 中 {key} 为“{value}”。这里只能写 simple 或 kerberos，前后不能有空白，否则客户端都无法启动。",
            f"Hadoop 报“Invalid attribute value for {key}”。",
            (AFTERWARDS if s.text("right") else f"在 {place(s)} 中把 {key} 设为 simple 或 kerberos。{UPLOAD}",),
        )
    return Words(
        "集群启用了 Kerberos，而客户端的 core-site.xml 没有启用",
        f"云上显示集群的安全模式是 Kerberos，而 {said}，所以客户端不会登录。",
        "Hadoop 报“SIMPLE authentication is not enabled. Available:[TOKEN, KERBEROS]”。",
        (f"在 core-site.xml 中把 {key} 设为 kerberos，或者使用集群自己的文件。{UPLOAD}",),
    )
