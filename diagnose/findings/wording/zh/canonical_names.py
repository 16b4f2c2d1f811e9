"""What is wrong with the name of a service that goes into its tickets, in Chinese?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import clauses, configured_hosts, listed

HOSTS: Final = "资源组和各节点的 /etc/hosts，或添加到带反向解析区域的 PrivateZone"


def no_reverse(s: Statement) -> Words:
    """DNS-NO-PTR."""
    rows, names = s.rows("names"), configured_hosts(s)
    addresses = listed(row.text("address") for row in rows)
    if unsure := _first_text(rows):
        return Words(
            "反向解析失败；查不到名称时，Java 会用 IP 地址去申请票据",
            f"本机未能查到 {addresses} 的名称：{unsure}。查不到名称时，Java 把 {names} 的 IP 地址当作它的名称，"
            "而 KDC 里没有带 IP 地址的 principal。",
            "kinit 和 klist 看不出异常。",
            (
                "查明本机的哪台 DNS 服务器负责该反向解析区域，以及它是否应答。",
                f"或者添加到{HOSTS}：{_hosts_lines(rows)}。",
            ),
        )
    return Words(
        "没有反向解析记录，Java 会用 IP 地址去申请票据",
        f"本机查不到 {addresses} 的名称，{names} 的规范名就成了它的 IP 地址。Java 向 KDC 申请带 IP 地址的 principal，"
        "而 KDC 里没有这样的 principal。",
        "rdns = false 不起作用：Java 不读取该设置。kinit 和 klist 看不出异常。",
        (f"添加到{HOSTS}：{_hosts_lines(rows)}。",),
    )


def other_reverse(s: Statement) -> Words:
    """DNS-PTR-OTHER."""
    rows = s.rows("names")
    if s.cause == "mit-name":
        return _mit_name(rows)
    facts = clauses(
        f"{row.text('host')} 的地址是 {row.text('address')}，而 {row.text('address')} 反向解析为 {row.text('given')}"
        for row in rows
    )
    astray = _first_text(rows)
    if astray and all(row.text("text") and _is_right(row) for row in rows):
        return Words(
            "反向解析得到的名称不能再解析回原地址",
            f"{facts}；{astray}。名称能解析回原地址，Java 才采用它，而 KDC 里没有带 IP 地址的 principal。",
            "",
            (f"添加该名称的地址记录，或者添加到{HOSTS}：{_hosts_lines(rows)}。",),
        )
    return Words(
        "反向解析记录给出的是另一个名称",
        f"{facts}{f'；{astray}' if astray else ''}。"
        "采用反向解析名称的客户端，会向 KDC 申请该服务并不持有的 principal。",
        "MIT 客户端只需在 krb5.conf 的 [libdefaults] 下设置 rdns = false；Java 不读取该设置。",
        (f"更正反向解析记录，或者添加到{HOSTS}：{_hosts_lines(rows)}。",),
    )


def _mit_name(rows: Iterable[Values]) -> Words:
    rows = tuple(rows)
    line = _first_text(rows)
    asked = clauses(f"对 {row.text('host')}，libkrb5 申请的是 {row.text('given')}" for row in rows)
    return Words(
        "MIT 客户端申请票据用的名称与服务的名称不同",
        f"{asked}。Java 用的名称正确，所以 Java 任务正常，Python 或 C 客户端失败。",
        "",
        (f"在 krb5.conf 的 [libdefaults] 下设置 {line}。" if line else f"添加到{HOSTS}：{_hosts_lines(rows)}。",),
    )


def _is_right(row: Values) -> bool:
    return bool(row.text("right")) and row.text("given").lower() == row.text("right").lower()


def short_first(s: Statement) -> Words:
    """DNS-CANON."""
    if s.cause == "refused-name":
        return _refused_first(s)
    rows = s.rows("names")
    places = listed(row.text("line") or f"{row.text('address')} 的名称记录" for row in rows)
    facts = clauses(
        f"{row.text('line') or '解析结果'} 中 {row.text('address')} 的名称是 {row.text('given')}" for row in rows
    )
    return Words(
        "hosts 文件中短主机名排在完整主机名之前",
        f"{facts}，而服务的 principal 用的是完整主机名。"
        "_HOST 会替换为排在最前的名称，客户端申请的 principal 就与服务的不同。",
        "Hadoop 报“Server has invalid Kerberos principal: …, expecting: …”。",
        (f"把 {places} 改为：{_hosts_lines(rows)}。",),
    )


def _refused_first(s: Statement) -> Words:
    rows = s.rows("names")
    lines = _hosts_lines([row for row in rows if row.text("hosts_line")])
    places = listed(row.text("line") or f"{row.text('address')} 的名称记录" for row in rows)
    facts = clauses(
        f"{row.text('line') or '解析结果'} 中 {row.text('address')} 的名称是 {row.text('given')}" for row in rows
    )
    return Words(
        "metastore 地址的第一个名称是 Java 不接受的",
        f"{facts}。Hive 3 的客户端会用这个名称替换 hive.metastore.uris 中的主机，而 java.net.URI 不接受它，"
        "客户端在连接之前就停止。",
        "Hive 报“Illegal character in hostname”。Spark 3 自带的 Hive 2.3 客户端不受影响。",
        manual=(
            f"把 {places} 改为：{lines}。"
            if lines
            else f"在 {places} 中把只含字母、数字、连字符和点的名称放在第一位。",
        ),
    )


def address_in_url(s: Statement) -> Words:
    """DNS-IP-URL."""
    right = listed(row.text("right") for row in s.rows("names") if row.text("right"))
    is_sure = any(not row.text("text") for row in s.rows("names"))
    becomes = "_HOST 会替换为 IP 地址" if is_sure else "hosts 中没有它的名称：DNS 里也没有时，_HOST 会替换为 IP 地址"
    return Words(
        "配置中写的是 IP 地址，而不是主机名",
        f"{listed(s.texts('files'))} 写的是 {configured_hosts(s)}。{becomes}，而没有 principal 叫这个名称。",
        "如果 hosts 文件或 DNS 里有该地址的名称，Hadoop RPC 仍可用；HiveServer2 和 metastore 不可用。",
        (f"改写为 {right or '服务 principal 中的完整主机名'}。",),
    )


def alias(s: Statement) -> Words:
    """DNS-ALIAS."""
    rows, names = s.rows("names"), configured_hosts(s)
    facts = clauses(
        f"{row.text('host')} 的地址是 {row.text('address')}"
        + (f"，该地址反向解析为 {row.text('given')}" if row.text("given") else "")
        for row in rows
    )
    right = listed(row.text("right") for row in rows if row.text("right") not in ("", row.text("host")))
    return Words(
        "使用了别名或负载均衡的域名",
        f"{facts}。服务的 principal 用的是节点自己的名称{f'（{right}）' if right else ''}，没有 {names} 的 principal。",
        "",
        (f"改为连接 {right or '节点的完整主机名'}，或者为 {names} 创建 principal，并把它的密钥加入服务的 keytab。",),
    )


def _first_text(rows: Iterable[Values]) -> str:
    return next((row.text("text") for row in rows if row.text("text")), "")


def _hosts_lines(rows: Iterable[Values]) -> str:
    """Return lines for a hosts file, the full name first."""
    lines = listed(row.text("hosts_line") for row in rows if row.text("hosts_line"))
    return lines or "地址、完整主机名、短主机名"
