"""Which of two exports that differ has to be taken out of the case, in Chinese?"""

from __future__ import annotations

from collections.abc import Sequence

from diagnose.findings.values import Values
from diagnose.findings.wording.zh.phrases import listed


def which_export(exports: Values, subject: str, files: Sequence[str]) -> str:
    """Return what to do. subject: what was exported twice. files: where it stands."""
    holder, other, rule = (exports.text(name) for name in ("holder", "other", "rule"))
    if exports.text("older"):
        return (
            f"从 case 中移除 {holder}，然后重新检查：它比 {other} 旧。其中的规则 {rule} 创建早于 {other} 里的某条规则，"
            f"而 {other} 里已经没有它。"
        )
    if rule:
        return (
            f"在控制台查看规则 {rule} 是否存在：存在则 {other} 是旧的，不存在则 {holder} 是旧的。"
            "移除旧的一份，然后重新检查。"
        )
    return f"重新导出 {subject}，替换 {listed(files)} 中的内容，然后重新检查。"
