"""Which KDCs does DNS name for the realms that krb5.conf leaves to it?

A live check asks as the clients do: URI and SRV records as libkrb5, SRV records as the JDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.case.model import Case, FoundKdcs
from diagnose.flows.cluster import view_of
from diagnose.flows.kerberos import realms
from probes.frozen import replace
from probes.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from probes.files.krb5conf.discovery import AskDns, ServerRecord
    from probes.files.krb5conf.dns_questions import DnsQuestion

QUESTION_SECONDS = 5.0
"""Seconds for one question to DNS, at most."""


def with_found_kdcs(case: Case, ask: AskDns | None = None, *, seconds: float = QUESTION_SECONDS) -> Case:
    """Return the case with the KDCs that DNS names. Ask nothing if krb5.conf names all.

    - `ask`: None for the name servers of this host.
    - `seconds`: for each question.
    """
    profile = case.krb5
    if profile is None:
        return case
    found: dict[str, FoundKdcs] = {}
    for realm in realms(view_of(case)):
        if not profile.relations("realms", realm.name, "kdc"):
            asking = ask or _own_resolver(seconds)
            kdcs = None if asking is None else _discovered(case, realm.name, asking)
            if kdcs is not None:
                found[realm.name] = kdcs
    return replace(case, found_kdcs=found) if found else case


def _discovered(case: Case, realm: str, ask: AskDns) -> FoundKdcs | None:
    """Return the answer for one realm. None if no client asks for it."""
    from probes.files.krb5conf import Krb5ConfError, jdk
    from probes.files.krb5conf.discovery import DiscoveryError, discover
    from probes.files.krb5conf.dns_questions import jdk_questions, mit_questions
    from probes.files.krb5conf.sources import sources_of

    assert case.krb5 is not None
    by_mit = mit_questions(case.krb5, realm)
    try:
        sources = sources_of(case.krb5)
        by_java = jdk_questions(jdk.read(*sources.files[0], sources), realm)
    except (jdk.JdkRejected, jdk.JdkShapeError, Krb5ConfError):
        by_java = ()
    if not by_mit and not by_java:
        return None
    errors: list[str] = []

    def forgiving(question: DnsQuestion) -> Sequence[ServerRecord]:
        """Ask, and take a failure for no record, as both clients do."""
        try:
            return ask(question)
        except DiscoveryError as error:
            errors.append(str(error))
            return ()

    found = FoundKdcs(discover(by_mit, forgiving), discover(by_java, forgiving))
    is_known = found.mit or found.jdk or not errors
    return found if is_known else FoundKdcs(error=tr("DNS gave no answer ({error})", error=errors[0]))


def _own_resolver(seconds: float) -> AskDns | None:
    """Return a question to the name servers of this host. None if it has none."""
    import dns.exception
    import dns.resolver

    from probes.files.krb5conf.discovery import dns_asker

    try:
        return dns_asker(dns.resolver.Resolver(), seconds)
    except dns.exception.DNSException:
        return None
