"""What do `probe krb5+udp://` and udp:// ask a KDC, and what do kadmin:// and kpasswd:// ask?"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Any

from diagnose.probing.answers import AnswerLine
from diagnose.probing.target import Asker, Target, TargetAnswer
from probes.language import marked, tr
from probes.principal import Principal
from probes.questions import Question

ANY_REALM = "EXAMPLE.COM"
"""A realm that no KDC of a cluster serves."""


async def kadmin(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask if kadmind's port accepts connections."""
    yield TargetAnswer(await ask(Question("tcp", target.endpoint)))


async def kpasswd(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask if the port of kpasswd accepts connections, and which realm it names."""
    answer = await ask(Question("kdc-own-realm", target.endpoint))
    realm = answer.detail.get("own_realm")
    yield TargetAnswer(answer, (AnswerLine(tr("its realm"), str(realm)),) if realm else ())


async def any_realm(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask if a KDC answers over UDP, as reports name the endpoint.

    A KDC answers for a realm that it does not serve as well, with an error.
    """
    yield TargetAnswer(await ask(Question("kerberos", target.endpoint, {"realm": ANY_REALM})))


async def kdc(target: Target, ask: Asker) -> AsyncGenerator[TargetAnswer, None]:
    """Ask all that a KDC answers without a credential.

    No question could be answered with a ticket.
    """
    endpoint = target.endpoint
    first = await ask(Question("kerberos", endpoint, {"realm": target.options["realm"]}))
    other = first.detail.get("answered_from")
    lines = () if other is None else (AnswerLine(tr("answered from"), str(other)),)
    yield TargetAnswer(first, lines)
    if first.reason == "kerberos-reply":
        async for line in _facts(target, ask):
            lines = (*lines, line)
            yield TargetAnswer(first, lines)


async def _facts(target: Target, ask: Asker) -> AsyncIterator[AnswerLine]:
    endpoint, options, realm = target.endpoint, target.options, target.options["realm"]
    served = (await ask(Question("kdc-realm", endpoint, {"realm": realm}))).detail["realm_served"]
    yield _line(tr("serves {realm}", realm=realm), served, "served")
    made = (await ask(Question("kdc-implementation", endpoint, {"realm": realm}))).detail["implementation"]
    yield _line(tr("implementation"), made, "name")
    exact = isinstance(made, Mapping) and made["name"] == "heimdal"
    clock = (await ask(Question("kdc-clock", endpoint, {"realm": realm, "exact": exact}))).detail.get("clock_s")
    if isinstance(clock, list | tuple):
        low, high = clock
        yield AnswerLine(tr("clock, KDC minus here"), tr("{low:+.1f} to {high:+.1f} s", low=low, high=high))
    if endpoint.transport == "udp":
        sizes = (await ask(Question("kdc-reply-sizes", endpoint, {"realm": realm}))).detail["reply_sizes"]
        yield _sizes(sizes)
    if "principal" in options:
        client = Principal.parse(options["principal"], realm)
        asked = {"realm": realm, "principal": options["principal"]}
        answer = await ask(Question("kdc-principal", endpoint, asked))
        yield _line(tr("principal {name}", name=client), answer.detail["principal"], "state")
    if "service" in options:
        service = Principal.parse(options["service"], realm)
        asked = {"realm": realm, "service": options["service"]}
        answer = await ask(Question("kdc-service", endpoint, asked))
        yield _line(tr("service {name}", name=service), answer.detail["service"], "known")


def _line(what: str, answer: Any, key: str) -> AnswerLine:
    return AnswerLine(what, answer[key], answer["why"])


def _sizes(sizes: Any) -> AnswerLine:
    """Return up to which size replies over UDP arrive, in bytes of payload."""
    what = tr("answers over UDP")
    if sizes["lost"] is not None:
        ends = marked("arrive up to {arrived} bytes, are lost from {lost} bytes on")
        return AnswerLine(what, tr(ends, arrived=sizes["arrived"], lost=sizes["lost"]))
    if sizes["why"]:
        return AnswerLine(what, tr("sizes not known"), sizes["why"])
    if sizes["refused"] is not None:
        refers = marked("arrive up to {arrived} bytes, and the KDC refers to TCP from {refused} bytes on")
        return AnswerLine(what, tr(refers, arrived=sizes["arrived"], refused=sizes["refused"]))
    return AnswerLine(what, tr("arrive up to {arrived} bytes", arrived=sizes["arrived"]))
