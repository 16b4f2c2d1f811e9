"""What is wrong with a krb5.conf, in Chinese?

One function for a line, and one for a file that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.krb5_conf import MOST_TITLE
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import hadoop, kdc, login
from diagnose.findings.wording.zh.phrases import listed
from diagnose.output.clean import clean
from diagnose.output.line_words import line_words

FAMILIES: Mapping[str, str] = {"mit": "MIT 客户端", "jdk": "Java"}


def line(s: Statement) -> Words:
    """Say what each family does with a line, and which edit of the file repairs it."""
    title = clean(s.text("what"))
    quoted = "；".join(map(_quoted, (s, *s.rows("others"))))
    return Words(
        title if len(title) <= MOST_TITLE else title[: MOST_TITLE - 1] + "…",
        clean(f"{quoted}。MIT（libkrb5）：{s.text('mit')}。Java（JDK）：{s.text('jdk')}。{_concerned(s)}"),
        advice=tuple(_advice(s)),
    )


def _quoted(values: Values) -> str:
    """Return a line with its place. The place alone of a line that does not exist."""
    return f"{place(values)}：“{values.text('line')}”" if values.text("line") else place(values)


def _concerned(s: Statement) -> str:
    """Return whom the fault concerns, if not all clients."""
    if s.is_true("is_harmless"):
        return "在这里无害：修改之后，客户端读到的内容没有任何变化。"
    concerns = s.texts("concerns")
    return f"只影响 {FAMILIES[concerns[0]]}。" if len(concerns) == 1 else ""


def _advice(s: Statement) -> Iterator[str]:
    """Yield the edits in one sentence and what else repairs it, or what has to be done by hand.

    The last lines come first, so that the numbers of the others stay right.
    """
    edits = sorted(s.rows("edits"), key=lambda edit: (edit.text("file"), -(edit.number("line") or 0)))
    only_if = f"{s.text('only_if')}：" if s.text("only_if") else ""
    if edits:
        yield clean(only_if + "，然后".join(map(_words, edits)) + "。")
        if s.text("otherwise"):
            yield clean(f"{s.text('otherwise')}。")
    elif s.text("by_hand"):
        yield clean(f"手工修改：{s.text('by_hand')}。")


def _words(edit: Values) -> str:
    return line_words(edit.text("file"), edit.number("line") or 1, edit.texts("from"), edit.texts("to"))


def syntax(s: Statement) -> Words:
    """KRB-CONF-SYNTAX: one line, or the whole file."""
    if s.cause == "file-line":
        return line(s)
    where = place(s)
    return Words(
        f"{where} 不是 krb5.conf，而是 {s.text('found')}",
        f"{where} 是 {s.text('found')}。客户端把它当作 krb5.conf 时，不认识任何 realm 和 KDC。",
        advice=(f"请换成{s.text('expected')}。",),
    )


def domain_realm(s: Statement) -> Words:
    """KRB-DOMAIN-REALM: in a line, or between krb5.conf and the Hadoop files."""
    if s.cause == "file-line":
        return line(s)
    asked, realm, hosts = s.text("asked"), s.text("realm"), listed(s.texts("hosts"))
    by = "[domain_realm] 中没有它，只能用默认 realm"
    if s.row("mapping").text("file"):
        by = f"{place(s, 'mapping')} 这样写"
    elif s.row("unmatched").text("file"):
        by = f"{place(s, 'unmatched')} 的写法与客户端比较的不同，只能用默认 realm"
    advice = " | ".join(map(_words, s.rows("edits"))) or f"在 [domain_realm] 下写 {s.text('line')}"
    return Words(
        f"Java 到 realm {asked} 中去找 {realm} 的服务",
        f"Java 到 {asked} 中申请 {hosts} 上的服务：{by}。{place(s)} 中 {s.text('key')} 为 {s.text('value')}，"
        f"属于 {realm}，但 Java 不用这个 realm。kinit 和 kvno 可能借助 referral 仍然正常。",
        "Hadoop 报“Server not found in Kerberos database (7)”或“Fail to create credential. (63)”。",
        (f"{advice}。",),
    )


def realm_case(s: Statement) -> Words:
    """KRB-REALM-CASE: in a line, or between principal and keytab or krb5.conf."""
    if s.cause == "principal-realm":
        return hadoop.realm_case(s)
    return line(s) if s.cause == "file-line" else login.keytab(s)


def kdc_port(s: Statement) -> Words:
    """KDC-PORT: in a line, or as packets show it."""
    return line(s) if s.cause == "file-line" else kdc.moved(s)
