"""What does `probe` ask the servers that a cluster needs beside its own: MySQL, LDAP, TLS and SSH?

A server that speaks its protocol and serves nobody does not work, although it answered.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

from diagnose.probing.answers import AnswerLine
from diagnose.probing.services import certificate_lines, instead, is_service
from diagnose.probing.target import Asker, Target, TargetAnswer
from probes.frozen import replace
from probes.language import marked, tr
from probes.observation import Observation
from probes.questions import Question

_ADMITS: Mapping[object, str] = {
    "not-this-host": marked("this host: no account of it may log in from here"),
    "blocked-host": marked("this host, after too many broken connections, until FLUSH HOSTS is run there"),
    "too-many": marked("everybody: all its connections are in use"),
    "no": marked("this connection"),
}
_LOGIN: Mapping[object, str] = {
    "denied": marked("a user and a password"),
    "open": marked("nothing: an account without a name lets everybody in"),
    "wants-tls": marked("TLS before any login"),
    "unknown": marked("not told"),
}
_ANONYMOUS: Mapping[object, str] = {
    "allowed": marked("accepted"),
    "refused": marked("not accepted"),
    "wants-tls": marked("accepted inside TLS alone"),
    "unavailable": marked("not accepted: it serves nobody now"),
}
_STARTTLS: Mapping[object, str] = {
    "done": marked("works"),
    "refused": marked("not offered"),
    "failed": marked("begun and broken off"),
}


async def mysql(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Read the greeting of MySQL or MariaDB.

    A server that does not admit this host does not work from here.
    """
    answer = await ask(Question("mysql", target.endpoint))
    reply = answer.detail
    if not is_service(answer):
        yield TargetAnswer(answer, instead(answer))
        return
    text = None if reply.get("text") is None else str(reply["text"])
    if reply["admits"] != "yes":
        line = AnswerLine(tr("turns away"), tr(_ADMITS[reply["admits"]]), text)
        yield TargetAnswer(replace(answer, reason="syn-ack"), (line,))
        return
    yield TargetAnswer(
        answer,
        (
            AnswerLine(tr("version"), f"{reply['product']} {reply['version']}"),
            AnswerLine("TLS", tr("offered") if reply["tls"] else tr("not offered")),
            AnswerLine(tr("demands"), tr(_LOGIN[reply["login"]]), text),
        ),
    )


async def ldap(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Read the root entry, then try StartTLS unless the server says that it has none."""
    answer = await ask(Question("ldap", target.endpoint))
    first = _root_entry(answer)
    yield first
    if not is_service(answer) or answer.detail["starttls"] is False:
        return
    upgrade = await ask(Question("ldap-starttls", target.endpoint))
    how = upgrade.detail.get("starttls")
    if how is not None:
        text = str(upgrade.detail["text"]) or None
        lines = (AnswerLine("StartTLS", tr(_STARTTLS[how]), text), *certificate_lines(upgrade))
        yield replace(first, lines=(*first.lines, *lines))


async def ldaps(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Read the root entry inside TLS, and the certificate."""
    answer = await ask(Question("ldap", target.endpoint, {"secure": True}))
    first = _root_entry(answer)
    yield replace(first, lines=(*first.lines, *certificate_lines(answer)))


def _root_entry(answer: Observation) -> TargetAnswer:
    if not is_service(answer):
        return TargetAnswer(answer, instead(answer))
    reply = answer.detail
    text = str(reply["text"]) or None
    lines = [AnswerLine(tr("a client without a name"), tr(_ANONYMOUS[reply["anonymous"]]), text)]
    if reply["product"] is not None:
        lines.append(AnswerLine(tr("server"), str(reply["product"])))
    if reply["readable"]:
        lines.append(AnswerLine(tr("naming contexts"), _listed(reply["naming_contexts"])))
        lines.append(AnswerLine(tr("SASL mechanisms"), _listed(reply["mechanisms"]), _kerberos(reply["mechanisms"])))
    else:
        lines.append(AnswerLine(tr("naming contexts"), tr("not told"), tr("it shows its root entry to nobody unnamed")))
    if reply["starttls"] is False and "tls" not in reply:
        lines.append(AnswerLine("StartTLS", tr("not offered")))
    serves = reply["anonymous"] != "unavailable"
    return TargetAnswer(answer if serves else replace(answer, reason="syn-ack"), tuple(lines))


def _listed(values: object) -> str:
    texts = [str(value) for value in values] if isinstance(values, Sequence) else []
    return ", ".join(texts) or tr("none")


def _kerberos(mechanisms: object) -> str:
    has = isinstance(mechanisms, Sequence) and "GSSAPI" in mechanisms
    return tr("Kerberos logs in with GSSAPI") if has else tr("without GSSAPI, so without Kerberos")


async def tls(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Read the certificates, and say what clients make of them."""
    answer = await ask(Question("tls", target.endpoint))
    if is_service(answer):
        yield TargetAnswer(answer, tuple(_tls(answer)))
    else:
        yield TargetAnswer(answer, instead(answer))


def _tls(answer: Observation) -> Iterator[AnswerLine]:
    match answer.detail:
        case {"tls": {"version": str(version), "cipher": str(cipher)}}:
            yield AnswerLine(tr("TLS version"), version, cipher)
    yield from certificate_lines(answer)
    match answer.detail:
        case {"tls": {"names": list(names)}}:
            yield AnswerLine(tr("made for"), ", ".join(map(str, names[:8])) or tr("no name"))
    match answer.detail:
        case {"chain": [_, *above]}:
            yield from (AnswerLine(tr("issued by"), _lasts(one)) for one in above)
    match answer.detail:
        case {"trust": str(issuer)}:
            yield AnswerLine(tr("trust store needs"), issuer, tr("a client that has no such issuer refuses it"))


def _lasts(certificate: object) -> str:
    match certificate:
        case {"subject": str(subject), "until": str(until)}:
            return tr("{subject}, until {day}", subject=subject, day=until[:10])
        case _:
            return tr("not told")


async def ssh(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Read the banner of an SSH server. No login begins."""
    answer = await ask(Question("ssh", target.endpoint))
    if not is_service(answer):
        yield TargetAnswer(answer, instead(answer))
        return
    reply = answer.detail
    comment = None if reply["comment"] is None else str(reply["comment"])
    yield TargetAnswer(
        answer,
        (AnswerLine(tr("server"), str(reply["software"]), comment), AnswerLine("SSH", str(reply["protocol"]))),
    )
