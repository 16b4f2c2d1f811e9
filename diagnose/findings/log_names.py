"""Which fault does a log name in words of its own, and which setting of the case says the same?

Most messages are printed for several faults. A few are printed for one alone. A finding of that
code then says so, as a warning: a log is of the past, and may be of another client. It is inferred,
unless a file of the case says the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.flows.cluster import view_of
from diagnose.flows.model import Read
from diagnose.flows.zookeeper import SERVER_FILES
from diagnose.output.clean import clean
from diagnose.scene.scene import Scene
from diagnose.symptoms.jdbc_url import DEFAULT_NAMESPACE, UrlPrincipal
from diagnose.symptoms.log import Symptom
from probes.frozen import frozen


@frozen
class Agreement:
    """A setting with which the words of a log fit."""

    files: tuple[str, ...]
    """Files that have it, the first one first."""
    key: str
    """Its key."""
    values: frozenset[str]
    """Values that fit, in lower case."""


SERVER2 = "hive.server2.authentication"
PRINCIPAL = "hive.server2.authentication.kerberos.principal"
OF_URL = "SVC-HS2-PRINC"
SERVER2_FLOWS = ("hiveserver2", "hiveserver2-http")
TLS = "hive.server2.use.SSL"

AGREEMENTS: Mapping[str, Agreement] = {
    "SVC-HS2-MECH": Agreement(SERVER_FILES, SERVER2, frozenset({"kerberos"})),
    "SVC-HS2-LDAP": Agreement(SERVER_FILES, SERVER2, frozenset({"ldap"})),
    "SVC-HS2-NOSASL": Agreement(SERVER_FILES, SERVER2, frozenset({"nosasl"})),
    "SVC-HS2-MODE": Agreement(SERVER_FILES, "hive.server2.transport.mode", frozenset({"http", "all"})),
    "TLS-PLAIN-CLIENT": Agreement(SERVER_FILES, TLS, frozenset({"true"})),
    "TLS-PLAIN-SERVER": Agreement(SERVER_FILES, TLS, frozenset({"false"})),
    "KRB-SERVER-SIMPLE": Agreement(("core-site.xml",), "hadoop.security.authentication", frozenset({"kerberos"})),
}
"""Code -> the setting that says the same as the log. Other codes have none."""


@frozen
class NamedByLog:
    """A fault that a log names."""

    code: str
    """Its code."""
    key: str | None = None
    """Setting that says the same. None if no file does."""
    read: Read | None = None
    """Its value and its place."""
    said: str | None = None
    """What the log says of it. None for the words of the failure itself."""
    line: int | None = None
    """Number of the line that says it."""


def named(symptom: Symptom, left: tuple[str, ...], scene: Scene) -> NamedByLog | None:
    """Return the fault that the words name. None if they leave it open, or a file excludes it.

    left: the candidates that the files of the case leave.
    """
    other = _other_principal(symptom, left, scene)
    if other is not None:
        return other
    code = symptom.message.names
    if code is None or code not in left:
        return None
    agreement = AGREEMENTS.get(code)
    read = None if agreement is None else view_of(scene.case).read(agreement.key, *agreement.files)
    if agreement is None or read is None or read.value.lower() not in agreement.values:
        return None if symptom.message.names_with_file else NamedByLog(code)
    return NamedByLog(code, agreement.key, read)


def _other_principal(symptom: Symptom, left: tuple[str, ...], scene: Scene) -> NamedByLog | None:
    """Return the fault if the JDBC URL of the log names another principal than HiveServer2 has.

    The host may be written or be _HOST. None for the port or the namespace of another service, for
    a host that the case does not know, and for the principal of the web page over HTTP.
    """
    url, read = symptom.url, view_of(scene.case).read(PRINCIPAL, *SERVER_FILES)
    if url is None or read is None or OF_URL not in left or not _is_of_server2(url, scene):
        return None
    if _without_host(url.principal) == _without_host(read.value):
        return None
    if url.is_http and url.principal.startswith("HTTP/"):
        return None
    return NamedByLog(OF_URL, PRINCIPAL, read, f"principal={clean(url.principal)}", url.line)


def _without_host(principal: str) -> tuple[str, int, str]:
    """Return service, number of parts and realm."""
    names, _, realm = principal.partition("@")
    parts = names.split("/")
    return parts[0], len(parts), realm


def _is_of_server2(url: UrlPrincipal, scene: Scene) -> bool:
    """Return True if a URL leads to HiveServer2 of this cluster, and not to a server with its
    protocol."""
    place = view_of(scene.case).names.place
    own_hosts = {place(outcome.flow.endpoint.host).label for outcome in scene.outcomes}
    if not any(place(host).node is not None or place(host).label in own_hosts for host in url.hosts):
        return False
    if url.namespace is not None:
        own = view_of(scene.case).read("hive.server2.zookeeper.namespace", *SERVER_FILES)
        return url.namespace.strip("/") == (own.value.strip("/") if own else DEFAULT_NAMESPACE)
    flows = [outcome.flow for outcome in scene.outcomes if outcome.flow.endpoint.port in url.ports]
    return bool(flows) and all(flow.component in SERVER2_FLOWS for flow in flows)
