"""Which value of a setting is refused, or taken as another one, in Chinese?"""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh.phrases import AFTERWARDS, UPLOAD, listed

FORMS = {
    "integer": "整数，不带单位和其他符号",
    "size": "字节数，或数字后面加 k、m、g 或 t",
    "time": "数字，后面紧跟 ns、us、ms、s、m、h 或 d",
}


def value(s: Statement) -> Words:
    """HADOOP-CONF-VALUE: refused, without what it needs, or taken as another value."""
    key = s.text("key")
    sets = f"{place(s)} 中 {key} 为“{s.text('value')}”"
    if s.text("needs"):
        return Words(
            f"{key} 为 KERBEROS，而 core-site.xml 没有启用 Kerberos",
            f"{sets}。只有 {s.text('needs')} 为 kerberos 时 HiveServer2 才接受它，否则无法启动。",
            f"HiveServer2 报“{s.text('said')} KERBEROS”。{_running(s)}",
            (f"集群使用 Kerberos 时把 {s.text('needs')} 设为 kerberos，否则把 {key} 改成实际的登录方式。{UPLOAD}",),
        )
    if s.cause == "value-read-otherwise":
        return Words(
            f"{key} 被当成 {s.text('reads')}",
            f"{sets}。它不是 {listed(s.texts('words'))} 中的任何一个，因此被当成 {s.text('reads')}。",
            "没有任何报错提示这一点。",
            (_advice(s),),
        )
    services = listed(s.texts("services"))
    ends = f"{services} 无法启动" if s.text("side") == "server" else f"{services} 的客户端无法启动"
    ends += "（如果服务端也是这个值）" if s.is_true("copy") else ""
    return Words(
        f"{key} 的值被拒绝",
        f"{sets}。只接受{_form(s)}，因此 {ends}。",
        f"报错为“{s.text('said')}”。{_running(s)}",
        (_advice(s),),
    )


def _form(s: Statement) -> str:
    form = FORMS.get(s.text("form"))
    if form is not None:
        return form
    words = _words(s)
    return f"由 {words} 组成的列表" if s.text("form") == "list" else f" {words} 之一，前后不能有空格"


def _running(s: Statement) -> str:
    if s.is_true("copy"):
        return "这个文件可能是副本：服务端自己读到的值未知。"
    return "云端显示它在运行：那么它读的不是这个文件，或文件是之后改的。" if s.is_true("running") else ""


def _advice(s: Statement) -> str:
    if s.text("right"):
        if s.text("side") == "server":
            return f"如果集群上也是这个值：在集群上修改，并重启 {listed(s.texts('services'))}。{AFTERWARDS}"
        return AFTERWARDS
    form = FORMS.get(s.text("form")) or _words(s)
    return f"在 {place(s)} 中把 {s.text('key')} 改成正确的值：{form}。{UPLOAD}"


def _words(s: Statement) -> str:
    """Return all words, such as "binary、http 或 all"."""
    *first, last = s.texts("words")
    return f"{'、'.join(first)} 或 {last}"
