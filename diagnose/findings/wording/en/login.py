"""Why does the login with the user's keytab fail?

One function for a step, and one for the keytab alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.values import Statement
from diagnose.findings.wording.en import logs
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.words import Words

MOST_NEAR = 3
MOST_QUOTED = 200
"""Characters of a tool's own message that are quoted."""

JAVA = "Java says “Unable to obtain password from user”."

TITLES: Mapping[str, str] = {
    "KRB-KEYTAB-PRINC": "The keytab has no key for the principal",
    "KRB-ETYPE-SELECT": "The keytab has no key of a type that krb5.conf permits",
    "KRB-ETYPE-KEYTAB": "The keytab has no key of an enctype that clients accept",
    "KRB-REALM-CASE": "The realm of the principal and that of the keytab differ in case",
    "KRB-ETYPE-KDC": "Keytab, configuration and KDC share no encryption type",
    "KRB-KEYTAB-STALE": "The key in the keytab is no longer the KDC's",
    "KRB-SVC-KEY": "The service's key in the keytab is no longer the KDC's",
    "KRB-CLIENT-UNKNOWN": "The KDC does not know the principal",
    "KRB-SVC-MISSING": "The KDC has no such service principal",
    "KRB-WRONG-REALM": "The KDC does not serve the principal's realm",
    "KRB-SKEW": "The clocks of this host and the KDC are too far apart",
    "KDC-TOOBIG-TCP": "The KDC's answer does not fit a datagram, and TCP does not work",
    "KRB-XREALM-KEY": "There is no way from the principal's realm to the service's",
    "KRB-PRINC-STATE": "The principal is expired or locked",
}

ADVICE: Mapping[str, str] = {
    "KRB-KEYTAB-PRINC": "Use a principal that the keytab has, or export the keytab of this one "
    "(kadmin: ktadd -norandkey).",
    "KRB-REALM-CASE": "Write the realm as the KDC and the keytab do: realms are case-sensitive and usually upper case.",
    "KRB-ETYPE-KEYTAB": "Export the keytab again with AES keys; RC4 and DES keys alone are refused by current Java.",
    "KRB-ETYPE-SELECT": "Export the keytab again with keys of the types that krb5.conf permits, or permit the type of "
    "its keys.",
    "KRB-ETYPE-KDC": "Give the principal a key of an enctype that the client permits, or permit the one it has.",
    "KRB-KEYTAB-STALE": "Export the keytab again (ktadd -norandkey) and hand it out: the key in the KDC was changed "
    "after this one was written.",
    "KRB-SVC-KEY": "Export the service's keytab again and restart the service.",
    "KRB-CLIENT-UNKNOWN": "Create the principal (addprinc), or ask the KDC of the right realm.",
    "KRB-SVC-MISSING": "Create the service principal and its keytab, or correct the host name that it is built from.",
    "KRB-WRONG-REALM": "Put the KDC of this realm behind kdc = in krb5.conf.",
    "KRB-SKEW": "Set the clock of the host that drifted; do not raise clockskew.",
    "KDC-TOOBIG-TCP": "Open the KDC's port over TCP: the answer does not fit a datagram.",
    "KRB-XREALM-KEY": "Create krbtgt/B@A on both KDCs with one password, key version and enctype.",
    "KRB-PRINC-STATE": "Unlock or renew the principal on the KDC (modprinc).",
}

SERVICE_ADVICE: Mapping[str, str] = {
    "KRB-SVC-KEY": "On {host}, compare klist -kt of the keytab of {service} with kvno {service}; export it again "
    "(kadmin: ktadd -norandkey) and restart the service.",
    "KRB-SKEW": "Set the clock of {host} (chronyc tracking on both hosts); do not raise clockskew.",
    "KRB-REPLAY": "Run the check again; if it repeats, give each program a principal of its own.",
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
    principal, near = s.text("principal"), ", ".join(s.texts("near")[:MOST_NEAR])
    if s.code == "KRB-ETYPE-KEYTAB":
        sentence = f"{principal} is in the keytab with enctypes {', '.join(s.texts('enctypes'))} only."
    elif s.code == "KRB-REALM-CASE":
        sentence = f"The keytab has {near}, and {principal} was asked for."
    else:
        sentence = f"{principal} is not in the keytab{f'; it has {near}' if near else ''}."
    return Words(TITLES[s.code], f"{sentence} {JAVA}", advice=(ADVICE[s.code],))


def _weak_keys(s: Statement) -> Words:
    """Return the words about keys that this login could use, and Java cannot."""
    held = ", ".join(s.texts("enctypes"))
    return Words(
        "The keytab has weak keys only, which Java leaves out",
        f"{s.text('principal')} is in the keytab with enctypes {held} only. kinit may log in with such "
        f"keys. These releases of Java do not: {s.text('releases')}.",
        advice=(ADVICE[s.code],),
    )


def _not_permitted(s: Statement) -> Words:
    held, permitted = ", ".join(s.texts("enctypes")), ", ".join(s.texts("permitted"))
    return Words(
        TITLES[s.code],
        f"{s.text('principal')} is in the keytab with keys of {held} only, and {place(s)} permits {permitted}. "
        "Java says “Do not have keys of types listed in default_tkt_enctypes available”, kinit “Generic "
        "preauthentication failure”.",
        advice=(ADVICE[s.code],),
    )


def no_key(s: Statement) -> Words:
    """KRB-KEYTAB-PRINC, from the keytab alone or from a step of a login."""
    return keytab(s) if s.cause == "keytab" else step(s)


REFUSED_BY_SERVICE: Mapping[str, str] = {
    "KRB-SVC-KEY": "{service} refuses tickets that the KDC gives for it",
    "KRB-SKEW": "The clocks of this host and {host} are too far apart",
    "KRB-REPLAY": "{service} takes the login for a replay",
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
        "KRB-SVC-KEY": f"The keytab of the service has an older key than the KDC, or none for {service}.",
        "KRB-SKEW": f"The clock of {host} differs from the one of this host by more than the service allows.",
        "KRB-REPLAY": "It had the same request before: several programs use one principal at once, or a packet came "
        "twice.",
    }[s.code]
    clock = ""
    if s.code == "KRB-SVC-KEY" and beside:
        clock = f"{beside[0]} on the same host accepts a login, so the clock there is right."
    elif s.code == "KRB-SVC-KEY":
        clock = f"A wrong clock of {host} can give the same words."
    if s.code == "KRB-SVC-KEY" and not s.is_true("names_itself"):
        clock += " So can a server that runs as another principal than the files name."
    return Words(
        REFUSED_BY_SERVICE[s.code].format(service=service, host=host),
        f"{s.text('service')} on {host} refuses the login of {s.text('principal')}: “{s.text('said')}”. The KDC gave "
        f"the ticket for {service}. {means}",
        clock,
        (SERVICE_ADVICE[s.code].format(service=service, host=host),),
    )


def step(s: Statement) -> Words:
    """Say which step of the login failed, and why."""
    number, e_text, why = s.number("error"), s.text("error_text"), s.text("why")
    answer = ""
    if number is not None:
        answer = f" The KDC answered with error {number}" + (f" ({e_text})." if e_text else ".")
    reason = f" {why[0].upper()}{why[1:]}." if why else ""
    return Words(
        TITLES[s.code],
        f"A login as {s.text('principal')} failed at the step “{s.text('stage')}” for {s.text('target')}: "
        f"{s.text('failure').replace('-', ' ')}.{reason}{answer}",
        " ".join(text for text in (_keys(s), _second_opinion(s)) if text),
        (ADVICE[s.code],),
    )


def _keys(s: Statement) -> str:
    """Name the enctypes that the KDC tells every client with the right principal."""
    enctypes = ", ".join(s.texts("kdc_enctypes"))
    return f"The KDC has keys of {enctypes} for {s.text('principal')}." if enctypes else ""


def _second_opinion(s: Statement) -> str:
    """libkrb5's own tools may end otherwise: they forgive a wrong clock and change to TCP by
    themselves.
    """
    tool = s.row("second_opinion")
    if not tool.params:
        return ""
    code = tool.number("exit_code")
    end = "was stopped when its time was up" if code is None else f"ended with {code}"
    words = " ".join(tool.text("text").split())[:MOST_QUOTED]
    return (
        f"Second opinion of {tool.text('tool')} ({tool.text('by')}): it {end}" + (f": {words}" if words else "") + "."
    )
