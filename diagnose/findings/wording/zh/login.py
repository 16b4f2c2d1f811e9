"""Why does the login with the user's keytab fail, in Chinese?

One function for a step, and one for the keytab alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.en.login import MOST_NEAR, MOST_QUOTED
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import logs

JAVA = "Java 报“Unable to obtain password from user”。"

TITLES: Mapping[str, str] = {
    "KRB-KEYTAB-PRINC": "keytab 中没有该 principal 的密钥",
    "KRB-ETYPE-SELECT": "keytab 中没有 krb5.conf 允许的加密类型的密钥",
    "KRB-ETYPE-KEYTAB": "keytab 中没有客户端接受的加密类型的密钥",
    "KRB-REALM-CASE": "principal 与 keytab 的 realm 大小写不一致",
    "KRB-ETYPE-KDC": "keytab、配置和 KDC 没有共同的加密类型",
    "KRB-KEYTAB-STALE": "keytab 中的密钥已与 KDC 中的不一致",
    "KRB-SVC-KEY": "服务 keytab 中的密钥已与 KDC 中的不一致",
    "KRB-CLIENT-UNKNOWN": "KDC 中没有该 principal",
    "KRB-SVC-MISSING": "KDC 中没有该服务 principal",
    "KRB-WRONG-REALM": "KDC 不负责该 principal 的 realm",
    "KRB-SKEW": "本机与 KDC 的时钟相差太大",
    "KDC-TOOBIG-TCP": "KDC 的应答超出一个数据报，而 TCP 不通",
    "KRB-XREALM-KEY": "从 principal 的 realm 没有通往服务 realm 的信任路径",
    "KRB-PRINC-STATE": "principal 已过期或被锁定",
}

ADVICE: Mapping[str, str] = {
    "KRB-KEYTAB-PRINC": "改用 keytab 中已有的 principal，或者导出该 principal 的 keytab（kadmin：ktadd -norandkey）。",
    "KRB-REALM-CASE": "realm 的写法要与 KDC 和 keytab 一致：realm 区分大小写，通常为大写。",
    "KRB-ETYPE-KEYTAB": "重新导出带 AES 密钥的 keytab；当前版本的 Java 不接受只含 RC4 和 DES 密钥的 keytab。",
    "KRB-ETYPE-SELECT": "重新导出带 krb5.conf 所允许加密类型的 keytab，或者在 krb5.conf 中允许其现有密钥的类型。",
    "KRB-ETYPE-KDC": "为该 principal 添加客户端允许的加密类型的密钥，或者在客户端允许它现有的类型。",
    "KRB-KEYTAB-STALE": "重新导出 keytab（ktadd -norandkey）并分发：这份 keytab 写出之后，KDC 中的密钥又改过。",
    "KRB-SVC-KEY": "重新导出该服务的 keytab，并重启服务。",
    "KRB-CLIENT-UNKNOWN": "创建该 principal（addprinc），或者改用正确 realm 的 KDC。",
    "KRB-SVC-MISSING": "创建该服务 principal 及其 keytab，或者更正用来拼出它的主机名。",
    "KRB-WRONG-REALM": "在 krb5.conf 的 kdc = 中写该 realm 的 KDC。",
    "KRB-SKEW": "校准偏差主机的时钟；不要调大 clockskew。",
    "KDC-TOOBIG-TCP": "放行 KDC 的 TCP 端口：应答超出一个数据报。",
    "KRB-XREALM-KEY": "在两个 KDC 上都创建 krbtgt/B@A，密码、密钥版本和加密类型要一致。",
    "KRB-PRINC-STATE": "在 KDC 上解锁该 principal 或延长有效期（modprinc）。",
}

STAGES: Mapping[str, str] = {
    "keytab": "读取 keytab",
    "as": "AS-REQ（不带预认证）",
    "preauth": "AS-REQ（预认证）",
    "as-reply": "解密 AS-REP",
    "cross-realm": "申请跨 realm 票据",
    "tgs": "申请服务票据",
    "service-key": "用服务密钥解密票据",
}
"""Step of a login -> its name for people."""

FAILURES: Mapping[str, str] = {
    "no-entry": "keytab 中没有密钥",
    "missing-enctype": "没有共同的加密类型",
    "stale-key": "密钥不一致",
    "unknown-client": "客户端 principal 不存在",
    "unknown-service": "服务 principal 不存在",
    "wrong-realm": "realm 不对",
    "skew": "时钟偏差过大",
    "too-big": "应答过大",
    "cross-realm": "没有跨 realm 信任路径",
    "locked": "已锁定",
    "expired": "已过期",
    "password-expired": "密码已过期",
}
"""Why a step failed -> how it is said. Only causes that have a code of the catalogue."""

SERVICE_ADVICE: Mapping[str, str] = {
    "KRB-SVC-KEY": "在 {host} 上，用 klist -kt 查看 {service} 的 keytab，并与 kvno {service} 的结果比较；"
    "重新导出 keytab（kadmin: ktadd -norandkey），并重启服务。",
    "KRB-SKEW": "校正 {host} 的时钟（在两台主机上运行 chronyc tracking）；不要调大 clockskew。",
    "KRB-REPLAY": "再运行一次检查；如果再次出现，请让每个程序使用自己的 principal。",
}
"""Code -> what to do, where a login at a service was refused."""


def keytab(s: Statement) -> Words:
    """KRB-KEYTAB-PRINC, KRB-ETYPE-KEYTAB, KRB-ETYPE-SELECT, KRB-REALM-CASE: nothing was sent, the
    file alone cannot work.
    """
    if s.code == "KRB-ETYPE-SELECT":
        return _not_permitted(s)
    if s.cause == "weak-keys":
        return _weak_keys(s)
    principal, near = s.text("principal"), "、".join(s.texts("near")[:MOST_NEAR])
    if s.code == "KRB-ETYPE-KEYTAB":
        sentence = f"keytab 中 {principal} 的密钥只有 {'、'.join(s.texts('enctypes'))} 类型。"
    elif s.code == "KRB-REALM-CASE":
        sentence = f"keytab 中是 {near}，而要用的是 {principal}。"
    else:
        sentence = f"keytab 中没有 {principal}{f'，只有 {near}' if near else ''}。"
    return Words(TITLES[s.code], f"{sentence}{JAVA}", advice=(ADVICE[s.code],))


def _weak_keys(s: Statement) -> Words:
    """Return the words about keys that this login could use, and Java cannot."""
    held = "、".join(s.texts("enctypes"))
    return Words(
        "keytab 中只有弱密钥，Java 不使用它们",
        f"keytab 中 {s.text('principal')} 的密钥只有 {held} 类型。kinit 可以用这样的密钥登录，"
        f"以下版本的 Java 不能：{s.text('releases')}。",
        advice=(ADVICE[s.code],),
    )


def _not_permitted(s: Statement) -> Words:
    held, permitted = "、".join(s.texts("enctypes")), "、".join(s.texts("permitted"))
    return Words(
        TITLES[s.code],
        f"keytab 中 {s.text('principal')} 的密钥只有 {held} 类型，而 {place(s)} 只允许 {permitted}。Java 报“Do not "
        "have keys of types listed in default_tkt_enctypes available”，kinit 报“Generic preauthentication failure”。",
        advice=(ADVICE[s.code],),
    )


def no_key(s: Statement) -> Words:
    """KRB-KEYTAB-PRINC, from the keytab alone or from a step of a login."""
    return keytab(s) if s.cause == "keytab" else step(s)


REFUSED_BY_SERVICE: Mapping[str, str] = {
    "KRB-SVC-KEY": "{service} 拒绝 KDC 为其签发的票据",
    "KRB-SKEW": "本机与 {host} 的时钟相差过大",
    "KRB-REPLAY": "{service} 把登录当作重放",
}
"""Code -> title, where a login at a service was refused."""


def service_key(s: Statement) -> Words:
    """KRB-SVC-KEY: from the keytab alone, or refused by the service itself."""
    return refused_by_service(s) if s.cause == "service-login" else step(s)


def replay(s: Statement) -> Words:
    """KRB-REPLAY: refused by the service itself, or named by a log."""
    return logs.named(s) if s.cause == "log-named" else refused_by_service(s)


def refused_by_service(s: Statement) -> Words:
    """Say that a service refused a login whose ticket the KDC gave."""
    service, host, beside = s.text("target"), s.text("host"), s.texts("accepted_beside")
    means = {
        "KRB-SVC-KEY": f"该服务 keytab 中的密钥比 KDC 中的旧，或没有 {service} 的密钥。",
        "KRB-SKEW": f"{host} 与本机的时钟偏差超出该服务允许的范围。",
        "KRB-REPLAY": "服务之前收到过同样的请求：多个程序同时使用同一 principal，或同一数据包到达两次。",
    }[s.code]
    clock = ""
    if s.code == "KRB-SVC-KEY" and beside:
        clock = f"同一主机上的 {beside[0]} 接受登录，因此该主机的时钟正确。"
    elif s.code == "KRB-SVC-KEY":
        clock = f"{host} 的时钟不准时，报错也相同。"
    if s.code == "KRB-SVC-KEY" and not s.is_true("names_itself"):
        clock += "服务以文件所写之外的 principal 运行时，报错也相同。"
    return Words(
        REFUSED_BY_SERVICE[s.code].format(service=service, host=host),
        f"{host} 上的 {s.text('service')} 拒绝 {s.text('principal')} 登录：“{s.text('said')}”。"
        f"KDC 已签发 {service} 的票据。{means}",
        clock,
        (SERVICE_ADVICE[s.code].format(service=service, host=host),),
    )


def step(s: Statement) -> Words:
    """Say which step of the login failed, and why."""
    number, e_text, why = s.number("error"), s.text("error_text"), s.text("why")
    stage, failure = s.text("stage"), s.text("failure")
    answer = ""
    if number is not None:
        answer = f"KDC 返回错误码 {number}" + (f"（{e_text}）。" if e_text else "。")
    return Words(
        TITLES[s.code],
        f"以 {s.text('principal')} 登录，在“{STAGES.get(stage, stage)}”这一步失败（目标 {s.text('target')}）："
        f"{FAILURES.get(failure, failure)}。{f'{why}。' if why else ''}{answer}",
        "".join(text for text in (_keys(s), _second_opinion(s)) if text),
        (ADVICE[s.code],),
    )


def _keys(s: Statement) -> str:
    """Name the enctypes that the KDC tells every client with the right principal."""
    enctypes = "、".join(s.texts("kdc_enctypes"))
    return f"KDC 中 {s.text('principal')} 的密钥有 {enctypes} 类型。" if enctypes else ""


def _second_opinion(s: Statement) -> str:
    """libkrb5's own tools may end otherwise: they forgive a wrong clock and change to TCP by
    themselves.
    """
    tool = s.row("second_opinion")
    if not tool.params:
        return ""
    code = tool.number("exit_code")
    end = "超时后被终止" if code is None else f"退出码 {code}"
    words = " ".join(tool.text("text").split())[:MOST_QUOTED]
    return f"用 {tool.text('tool')}（{tool.text('by')}）复核：{end}" + (f"，{words}" if words else "") + "。"
