"""What do the replies of a KDC show to be wrong? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import login
from diagnose.findings.wording.en.phrases import listed
from diagnose.findings.wording.words import Words


def skew(s: Statement) -> Words:
    """KRB-SKEW."""
    if s.cause == "login-step":
        return login.step(s)
    if s.cause == "service-login":
        return login.refused_by_service(s)
    seconds = s.number("ahead_s") or 0
    amount = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'}"
    return Words(
        f"The clocks differ by more than {s.text('allowed_s')} s",
        f"The clock of {s.text('host')} is {amount} the clock of this host. Java and every service then refuse tickets "
        "with “Clock skew too great (37)”; kinit corrects the difference silently and succeeds.",
        advice=("Set the clock of the host that drifted (chronyc tracking on both); do not raise clockskew.",),
    )


def wrong_realm(s: Statement) -> Words:
    """KRB-WRONG-REALM."""
    if s.cause == "login-step":
        return login.step(s)
    realm = s.text("realm")
    own = f"; its own realm is {s.text('own_realm')}" if s.text("own_realm") else ""
    when = "While the KDCs before it are silent, logins" if s.is_true("is_after_right") else "Logins"
    return Words(
        "The KDC does not serve the realm that krb5.conf sends to it",
        f"{s.text('host')} is alive and has no realm {realm}{own}. {when} fail with “Client not found in Kerberos "
        "database (6)”, as for a missing principal.",
        advice=(
            f"Remove {s.text('line')}: clients ask in the order of the file, and {listed(others)} serves {realm}."
            if (others := s.texts("others"))
            else f"Put the KDC of {realm} behind kdc = in krb5.conf, or correct the name of the realm (it is "
            "case-sensitive).",
        ),
    )


def fragments(s: Statement) -> Words:
    """KDC-FRAG."""
    who = "every user" if s.is_true("loses_tickets") else "users with large tickets (authorization data, many groups)"
    return Words(
        "Large answers of the KDC are lost over UDP",
        f"{s.text('host')} answers small questions, and no answer of {s.text('lost_bytes')} bytes or more arrives over "
        "UDP: fragments are dropped, or the path takes smaller packets. "
        f"Java logins of {who} end in “Receive timed out”.",
        advice=(
            (
                "Set udp_preference_limit = 1 in krb5.conf and open TCP, or let fragments through; a smaller "
                "kdc_max_dgram_reply_size at the KDC makes clients change to TCP by themselves."
            ),
        ),
    )
