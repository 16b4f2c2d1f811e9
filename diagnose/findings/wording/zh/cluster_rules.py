"""Which rules harm the cluster itself? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.cluster_rules import MOST_PAIRS
from diagnose.findings.wording.words import Words


def intra(s: Statement) -> Words:
    """SG-INTRA: one finding for all pairs of groups, because it is one omission."""
    pairs = s.rows("pairs")
    ports = "、".join(sorted(f"{row.text('transport').upper()} {row.text('port')}" for row in s.rows("ports")))
    more = f"共有 {len(pairs)} 对安全组存在同样的问题。" if len(pairs) > 1 else ""
    first = pairs[0]
    advice = dict.fromkeys(_let_in(pair) for pair in pairs)
    return Words(
        "集群节点之间无法互通",
        f"{_groups(first, 'from')} 中的节点不能以 {ports} 访问 {_groups(first, 'to')} 中的节点：{s.text('why')}。{more}"
        "EMR 要求所有节点两两互通。即使资源组能连通，连不上 KDC 或 NameNode 的服务也会失败。",
        advice=tuple(advice)[:MOST_PAIRS],
    )


def _groups(pair: Values, end: str) -> str:
    return "、".join(pair.texts(end))


def _let_in(pair: Values) -> str:
    source, target = _groups(pair, "from"), _groups(pair, "to")
    blocks = "、".join(pair.texts("by_address")[:MOST_PAIRS])
    if blocks:
        return (
            f"按地址（{blocks}）放行 {source} 中的节点访问 {target}，两个方向都要放行："
            "企业级安全组的规则不能以安全组为授权对象，也没有组内连通策略。"
            "更好的办法：改用普通安全组，这也是 EMR 的要求。"
        )
    if source == target:
        return f"将 {target} 的组内连通策略改为组内互通"
    return f"放行 {source} 访问 {target}：添加一条以该安全组为授权对象的规则，或将所有节点放到同一个普通安全组中。"


def control(s: Statement) -> Words:
    """SG-CTRL."""
    rules = s.rows("rules")
    named = "；".join(f"{rule.text('group')} 的规则 {rule.text('id')}（{rule.text('rule')}）" for rule in rules)
    ids = "、".join(rule.text("id") for rule in rules)
    return Words(
        "拒绝规则覆盖了 EMR 管控集群所用的网段",
        f"{named} 覆盖了 {s.text('range')}。EMR 控制台上的操作会失败，节点显示为异常。",
        advice=(f"删除 {ids}，或缩小其范围，使 {s.text('range')} 保持放行。",),
    )
