"""How are hosts, ports, groups and rules named in a Chinese sentence?

Names, ports and settings keep their own spelling, with a space between them and Chinese text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagnose.findings.values import Values
from diagnose.findings.wording.en import phrases as english
from probes.regex import regex

MOST_NAMED = english.MOST_NAMED
"""So many hosts, rules or groups are named one by one. The others are counted."""

UPLOAD = "然后重新上传该文件，并重新初始化资源组。"
"""Last sentence of advice that changes an uploaded file."""

AFTERWARDS = "修改后重新上传该文件，并重新初始化资源组。"
"""The whole advice if an edit of the report says the change already."""

_WORD, _MARK = "\u4e00-\u9fff", "，。；：、？（）"
_GAP = regex(f"(“[^”]*”)|(?<=[{_WORD}]) +(?=[{_WORD}])|(?<=[{_MARK}]) +| +(?=[{_MARK}])")


def without_gaps(text: str) -> str:
    """Return the text without spaces between Chinese words or beside Chinese punctuation.

    A sentence has a space on both sides of each value, because most values are Latin text. What
    stands in quotation marks stays as it is.
    """
    return _GAP.sub(r"\1", text)


def listed(items: Iterable[str]) -> str:
    """Return 'a、b、c 等 8 个'."""
    texts = list(dict.fromkeys(items))
    if len(texts) > MOST_NAMED + 1:
        return f"{'、'.join(texts[:MOST_NAMED])} 等 {len(texts)} 个"
    return "、".join(texts)


def clauses(items: Iterable[str]) -> str:
    """Return 'a；b；另有 5 项'."""
    texts = list(dict.fromkeys(items))
    more = f"；另有 {len(texts) - MOST_NAMED} 项" if len(texts) > MOST_NAMED else ""
    return "；".join(texts[:MOST_NAMED]) + more


def hosts(values: Values) -> str:
    return listed(english.all_hosts(values))


def configured_hosts(values: Values) -> str:
    """Return the hosts exactly as the files name them."""
    return listed(values.texts("configured_hosts"))


def ports(values: Values) -> str:
    """Return 'TCP 8020、9083 和 UDP 88'."""
    return _ports(values.rows("targets"))


def ends(values: Values) -> str:
    """Return exactly which port on which host: 'a 的 TCP 8020；b、c 的 TCP 9083'."""
    return clauses(f"{listed(target.texts('hosts'))} 的 {_ports([target])}" for target in values.rows("targets"))


def udp_ends(values: Values) -> str:
    """Return 'a、b 的 88 端口', of the UDP flows alone."""
    rows = [(target, row) for target in values.rows("targets") for row in target.rows("ports")]
    udp = [(target, row) for target, row in rows if row.text("transport") == "udp"]
    numbers = listed(sorted({port for _, row in udp for port in row.texts("ports")}))
    return f"{listed(host for target, _ in udp for host in target.texts('hosts'))} 的 {numbers} 端口"


def hosts_do(values: Values, verb: str) -> str:
    """Return 'a 拒绝 TCP 88；b、c 拒绝 TCP 8020'. verb: it stands between hosts and ports."""
    return clauses(
        f"{listed(names)} {verb} {_ports([target])}"
        for target in values.rows("targets")
        if (names := target.texts("hosts"))
    )


def _ports(targets: Sequence[Values]) -> str:
    by_transport: dict[str, set[str]] = {}
    for target in targets:
        for row in target.rows("ports"):
            by_transport.setdefault(row.text("transport").upper(), set()).update(row.texts("ports"))
    return " 和 ".join(
        f"{transport} {'、'.join(sorted(texts, key=english.first_port))}"
        for transport, texts in sorted(by_transport.items())
    )


def services(values: Values) -> str:
    return listed(values.texts("services"))


def networks(values: Values) -> str:
    return listed(values.texts("networks"))


def groups(values: Values) -> str:
    """Return the ids of the security groups that decided inbound."""
    return listed(values.texts("groups")) or "安全组"


def quoted_rules(values: Values) -> str:
    """Return each rule with its group and what it says."""
    rows = values.rows("rules")[:MOST_NAMED]
    return "；".join(f"{row.text('group')} 的规则 {row.text('id')}（{row.text('rule')}）" for row in rows)


def rule_ids(values: Values) -> str:
    return listed(row.text("id") for row in values.rows("rules"))


def seen_here(values: Values, silence: str) -> str:
    """Return what was seen from this host, if that was silence."""
    return f"从本机实测：{silence}。" if values.is_true("is_silent") else ""
