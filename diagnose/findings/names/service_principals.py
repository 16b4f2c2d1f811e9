"""Will clients ask the KDC for the principal that the service has?

A client makes the host part of a service principal from the host that it dials. The resolver
decides what comes out, forward and reverse. The rule depends on the family:
- Hadoop RPC uses the canonical name of the address.
- SQL clients use the host of the URL. Some canonicalise it first.
- MIT follows krb5.conf.

Without Kerberos none of this matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from diagnose.case.derived import once
from diagnose.case.model import Case
from diagnose.findings.cause import NameCause
from diagnose.findings.model import CERTAINTY, Blame, Confidence
from diagnose.findings.names.accepted_names import FILES, AcceptedNames
from diagnose.findings.names.mit_settings import repairing_line, settings
from diagnose.findings.names.name_fault import NameFault
from diagnose.flows.cluster import View, view_of
from diagnose.flows.hosts import kerberized
from diagnose.flows.names import numeric
from diagnose.scene import name_notes
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.frozen import frozen
from probes.language import tr
from probes.names import canonical
from probes.names.resolver_view import ResolverView

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile

PRINCIPALS: Final = {
    "namenode-rpc": "dfs.namenode.kerberos.principal",
    "resourcemanager": "yarn.resourcemanager.principal",
    "jobhistory": "mapreduce.jobhistory.principal",
    "hive-metastore": "hive.metastore.kerberos.principal",
    "hiveserver2": "hive.server2.authentication.kerberos.principal",
}
"""Component, or the beginning of its key -> setting with its principal."""

CAUSES: Final[Mapping[str, NameCause]] = {"DNS-IP-URL": "address-in-url", "DNS-ALIAS": "alias"}
"""Code -> what is wrong with the name. Every other code is about the name of the address."""

_LOGIN: Final = {
    "hive-metastore": ("hive.metastore.sasl.enabled", "true"),
    "hiveserver2": ("hive.server2.authentication", "kerberos"),
}
"""Beginning of a component's key -> setting of its login method, and the value for tickets.

A cluster with Kerberos may have a HiveServer2 that asks LDAP instead.
"""


@frozen
class _HostNames:
    """The names of one host: those that it has, and those that are asked for."""

    known: ResolverView | None
    """What the resolver knows of the host. None if that is not known."""
    accepted: AcceptedNames
    """Names of the service on the host."""
    by_mit: str | None
    """Name that libkrb5 asks for, if it is wrong. None otherwise."""

    @classmethod
    def of(cls, case: Case, host: str, known: ResolverView | None) -> _HostNames:
        accepted = AcceptedNames.of(view_of(case), host, known)
        return cls(known, accepted, None if known is None else _asked_by_mit(case.krb5, known, accepted))


class _Files:
    """What the files of a case say of services and of hosts, read once for all their flows."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._logins: dict[str, tuple[str | None, bool]] = {}
        self._hosts: dict[str, _HostNames] = {}

    def login(self, component: str) -> tuple[str | None, bool]:
        """Return the principal of a service, and whether its clients log in with tickets."""
        if component not in self._logins:
            config = view_of(self._case)
            self._logins[component] = (_principal(config, component), _accepts_tickets(config, component))
        return self._logins[component]

    def host(self, host: str) -> _HostNames:
        """Return what the hosts file of the case knows of a host."""
        if host not in self._hosts:
            known = None if self._case.hosts is None else name_notes.from_hosts(self._case.hosts, host)
            self._hosts[host] = _HostNames.of(self._case, host, known)
        return self._hosts[host]


@once
def _files(case: Case) -> _Files:
    return _Files(case)


def blames(scene: Scene) -> Iterator[Blame]:
    if not kerberized(scene.case) or name_notes.is_on_loopback(scene):
        return
    by_host, files = name_notes.known_names(scene), _files(scene.case)
    for outcome in scene.outcomes:
        flow = outcome.flow
        if flow.need == "optional" or not name_notes.asks_by_name(flow):
            continue
        pattern, accepts_tickets = files.login(flow.component)
        if pattern is not None and "_HOST" not in pattern:
            continue  # the principal is written out, or any is accepted, so no name is looked up
        if not accepts_tickets:
            continue
        host = flow.endpoint.host
        known = by_host.get(host.lower())
        is_live = known is not None
        is_of_files = known is None and outcome.observed is None
        own = files.host(host) if is_of_files else _HostNames.of(scene.case, host, known)
        yield from _blame(scene, outcome, own, _certainty(is_live, outcome, pattern))


def _certainty(is_live: bool, outcome: Outcome, pattern: str | None) -> Confidence:
    """Return the confidence in a wrong name.

    `is_live`: the resolver was asked in this run.

    It is only "inferred" for a SQL service without a known setting. Whether its clients log in with
    Kerberos is then not known.
    """
    if (is_live and not outcome.from_inside) or (
        outcome.flow.area in name_notes.SQL_AREAS and _principal_key(outcome.flow.component) is None
    ):
        return "inferred"
    return "proven" if is_live and pattern is not None else "strong"


def _accepts_tickets(config: View, component: str) -> bool:
    """Return False if the files say that clients of this service log in without tickets."""
    key, word = next((login for prefix, login in _LOGIN.items() if component.startswith(prefix)), (None, ""))
    read = config.read(key, *FILES) if key is not None else None
    return read is None or read.value.strip().lower() == word


def _principal_key(component: str) -> str | None:
    return next((key for prefix, key in PRINCIPALS.items() if component.startswith(prefix)), None)


def _principal(config: View, component: str) -> str | None:
    """Return the principal of the service as configured, None if it is not known.

    "" if the client accepts any principal of the server.
    """
    key = _principal_key(component)
    if key is None:
        return None
    if config.read(f"{key}.pattern", *FILES) is not None:
        return ""
    read = config.read(key, *FILES)
    return read.value if read is not None else None


def _blame(scene: Scene, outcome: Outcome, own: _HostNames, certainty: Confidence) -> Iterator[Blame]:
    known, accepted, asked, host = own.known, own.accepted, own.by_mit, outcome.flow.endpoint.host
    if known is None:
        if numeric(host) is not None:
            yield _of_an_address(outcome, host, accepted, certainty)
        return
    code = _code(outcome, known, accepted)
    if code is None:
        yield from _mit_blame(scene, outcome, known, accepted, asked, certainty)
        return
    address = known.names.preferred_address
    back = known.names.back.get(address or "", canonical.Back())
    kind = CAUSES.get(code, "reverse-name")
    as_written = kind != "reverse-name" and outcome.flow.area in name_notes.SQL_AREAS
    full = host.lower() if as_written else (canonical.jvm_canonical(known.names) or host).lower()
    missing = [_try_at(host)]
    text = ""
    if not as_written and _is_unanswered(back, accepted):
        certainty, missing = (
            "inferred",
            [tr("getent hosts {address} on a host in the vSwitch, once the name servers answer", address=address)],
        )
        text = tr("the name servers failed, or gave no answer in time")
    elif kind == "reverse-name" and back.name is not None and address not in back.addresses:
        text = tr("that name does not lead back to the address, so Java asks for the address itself")
    elif kind == "reverse-name" and back.name is not None:
        # The name that this host resolves was observed. The name of the service itself was not.
        certainty = _at_most("strong", certainty)
        missing = [tr("the principal of the service behind {host}: klist -k of its keytab", host=host)]
    line = f"{_file(scene, outcome)}:{known.line.number}" if known.line is not None else None
    asks = (("jdk", full), *((("mit", asked),) if asked is not None else ()))
    fault = NameFault(kind, host, address, back.name, accepted.suggested, line, text=text, asks=asks)
    settling = () if certainty == "proven" else tuple(missing)
    yield Blame(code, fault.cause, outcome, certainty, missing=settling, cause=fault.cause, name=fault)


def _of_an_address(outcome: Outcome, host: str, accepted: AcceptedNames, certainty: Confidence) -> Blame:
    """Return the blame for an address that no file of the case gives a name.

    SQL clients put it into the principal. Hadoop RPC asks the name servers for its name.
    """
    by_sql = outcome.flow.area in name_notes.SQL_AREAS
    without = "" if by_sql else tr("no file gives it a name")
    fault = NameFault("address-in-url", host, host, right=accepted.suggested, text=without, asks=(("jdk", host),))
    looked_up = tr("getent hosts {address} on a host in the vSwitch", address=host)
    return Blame(
        "DNS-IP-URL",
        fault.cause,
        outcome,
        _at_most("strong" if by_sql else "inferred", certainty),
        missing=(_try_at(host) if by_sql else looked_up,),
        cause=fault.cause,
        name=fault,
    )


def _try_at(host: str) -> str:
    return tr(
        "the host part of the principal that the client asks for: klist or the KDC's log after a try at {host}",
        host=host,
    )


def _at_most(most: Confidence, certainty: Confidence) -> Confidence:
    return min(most, certainty, key=CERTAINTY.index)


def _is_unanswered(back: canonical.Back, accepted: AcceptedNames) -> bool:
    """Return True if the only fault is a name server that gave no answer.

    The missing answer is the name of the address, or the address of the right name.
    """
    if back.name is None:
        return back.reason == "resolver-failed"
    return back.lost == "resolver-failed" and accepted.accepts(back.name)


def _file(scene: Scene, outcome: Outcome) -> str:
    hosts = scene.case.hosts
    if outcome.observed is None and hosts is not None and hosts.entries:
        return hosts.entries[0].origin.file
    return "/etc/hosts"


def _code(outcome: Outcome, known: ResolverView, accepted: AcceptedNames) -> str | None:
    """Return the code for the names that Java makes of this host.

    None if they are right or not known.
    """
    resolved, full = known.names, canonical.jvm_canonical(known.names)
    address = resolved.preferred_address
    back = resolved.back.get(address) if address is not None else None
    if back is None or full is None:
        return None
    fits = accepted.accepts(full) and full != address
    sql = outcome.flow.area in name_notes.SQL_AREAS
    if resolved.is_numeric:
        return None if fits and not sql else "DNS-IP-URL"
    if _is_alias(known, accepted):
        return "DNS-ALIAS" if sql or not fits else None
    if fits:
        return None
    if back.name is None:
        return "DNS-NO-PTR"
    short = "." not in back.name and any(name.startswith(f"{back.name.lower()}.") for name in accepted.full_names)
    return "DNS-CANON" if short else "DNS-PTR-OTHER"


def _is_alias(known: ResolverView, accepted: AcceptedNames) -> bool:
    """Return True if the host is a full name that is not the machine's own.

    Either the case has another name for the node, or DNS leads from the host to another name.
    """
    host = known.names.host.lower().rstrip(".")
    if "." not in host:
        return False
    if accepted.node is not None and accepted.suggested is not None:
        return host not in accepted.full_names
    end = (known.names.canonical or host).lower().rstrip(".")
    return known.line is None and "." in end and end != host and not end.startswith(f"{host}.")


def _asked_by_mit(profile: Profile | None, known: ResolverView, accepted: AcceptedNames) -> str | None:
    """Return the name that libkrb5 asks for, if it is wrong. None otherwise."""
    if profile is None or known.names.preferred_address is None:
        return None
    asked = canonical.mit_hosts(known.names, settings(profile, known.search))
    return None if any(accepted.accepts(name) for name in asked) else asked[0]


def _mit_blame(
    scene: Scene,
    outcome: Outcome,
    known: ResolverView,
    accepted: AcceptedNames,
    asked: str | None,
    certainty: Confidence,
) -> Iterator[Blame]:
    """Yield a blame if Java asks for the right name and MIT does not.

    Python and C clients then fail. Tasks in Java work.
    """
    if asked is None or scene.case.krb5 is None:
        return
    line = repairing_line(known.names, settings(scene.case.krb5, known.search), accepted.accepts)
    fault = NameFault(
        "mit-name",
        known.names.host,
        known.names.addresses[0],
        asked,
        accepted.suggested,
        text=line or "",
        asks=(("mit", asked),),
    )
    by_kvno = tr("the principal that kvno -S asks for with {host}", host=known.names.host)
    missing = () if certainty == "proven" else (by_kvno,)
    yield Blame(
        "DNS-PTR-OTHER", fault.cause, outcome, certainty, missing=missing, mild=True, cause=fault.cause, name=fault
    )
