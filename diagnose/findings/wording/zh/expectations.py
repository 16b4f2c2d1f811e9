"""What is open that must stay denied, in Chinese? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import listed


def still_open(s: Statement) -> Words:
    """DENY-OPEN."""
    named = [f"{row.text('group')} 的 {row.text('id')}（{row.text('why')}）" for row in s.rows("rules")]
    by = f"放行它的是 {listed(named)}" if named else "；".join(s.texts("why"))
    needed = s.texts("needed_by")
    detail = f"必需的连接要用到它：{listed(needed)}。两者不能同时成立。" if needed else ""
    remove = [f"删除 {row.text('group')} 的 {row.text('id')}，或缩小其范围。" for row in s.rows("rules")]
    return Words(
        f"{s.text('target')} 可以访问，但它必须保持禁止",
        f"{place(s)} 要求 {s.text('expectation')} 保持禁止，但 {listed(s.texts('sources'))} 可以访问 "
        f"{s.text('target')}：{by}。",
        detail,
        (*remove, f"如果允许开放，请把这一行从 deny 中去掉（{place(s)}）。"),
    )
