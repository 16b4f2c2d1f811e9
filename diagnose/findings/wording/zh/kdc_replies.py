"""What do the replies of a KDC show to be wrong? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.words import Words
from diagnose.findings.wording.zh import login
from diagnose.findings.wording.zh.phrases import listed


def skew(s: Statement) -> Words:
    """KRB-SKEW."""
    if s.cause == "login-step":
        return login.step(s)
    if s.cause == "service-login":
        return login.refused_by_service(s)
    seconds = s.number("ahead_s") or 0
    amount = f"{'快' if seconds > 0 else '慢'} {abs(seconds)} s"
    return Words(
        f"时钟相差超过 {s.text('allowed_s')} s",
        f"{s.text('host')} 的时钟比本机{amount}。Java 和所有服务都会拒绝票据，报错 “Clock skew too great (37)”；"
        "kinit 会自动修正时差，不给任何提示就成功。",
        advice=("校正走偏的那台主机的时钟（在两台上都用 chronyc tracking 查看）；不要调大 clockskew。",),
    )


def wrong_realm(s: Statement) -> Words:
    """KRB-WRONG-REALM."""
    if s.cause == "login-step":
        return login.step(s)
    realm = s.text("realm")
    when = "排在它前面的 KDC 没有应答时，" if s.is_true("is_after_right") else ""
    own = f"；它自己的 realm 是 {s.text('own_realm')}" if s.text("own_realm") else ""
    return Words(
        "该 KDC 不提供 krb5.conf 指给它的 realm",
        f"{s.text('host')} 在运行，但没有 realm {realm}{own}。{when}登录报错 "
        "“Client not found in Kerberos database (6)”，与缺少 principal 时一样。",
        advice=(
            f"删除 {s.text('line')}：客户端按文件中的顺序请求，而提供 {realm} 的是 {listed(others)}。"
            if (others := s.texts("others"))
            else f"在 krb5.conf 的 kdc = 后面写上 {realm} 的 KDC，或者改正 realm 的名称（区分大小写）。",
        ),
    )


def fragments(s: Statement) -> Words:
    """KDC-FRAG."""
    who = "所有用户" if s.is_true("loses_tickets") else "票据较大的用户（含授权数据、用户组多）"
    return Words(
        "KDC 的大应答在 UDP 上丢失",
        f"{s.text('host')} 能应答小的请求，但在 UDP 上，{s.text('lost_bytes')} 字节及以上的应答都收不到："
        f"分片被丢弃，或者途中只能通过更小的报文。{who}用 Java 登录时会报错 “Receive timed out”。",
        advice=(
            (
                "在 krb5.conf 中设置 udp_preference_limit = 1 并放行 TCP，或者放行分片；"
                "在 KDC 上调小 kdc_max_dgram_reply_size，可使客户端自动改用 TCP。"
            ),
        ),
    )
