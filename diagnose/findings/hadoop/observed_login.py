"""Does a service want the login that the files make clients try?

- KRB-CLIENT-SIMPLE: the files do not log in, and Hadoop RPC answers that it wants Kerberos.
- KRB-SERVER-SIMPLE: the files log in with Kerberos, and Hadoop RPC answers that it wants none. A
  client refuses to go on, unless ipc.client.fallback-to-simple-auth-allowed permits it.
- KRB-SVC-PATTERN: Hadoop RPC answers that it runs as another user than the files name. A client
  refuses it. If the files name this user for another service, it may be that one, on a wrong port.
- SVC-HMS: hive.metastore.sasl.enabled says one thing, and the metastore answers the other.
- SVC-HS2-MECH: clients of hive.server2.authentication start SASL with a mechanism that HiveServer2
  does not have. The same for the Spark Thrift Server and Kyuubi. Over HTTP, HiveServer2 and the
  Spark Thrift Server answer which login they want.
Sources: Client.Connection and SaslRpcClient.getServerPrincipal, Hadoop 3.3.6; HiveMetaStoreClient,
Hive 3.1.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from diagnose.findings.hadoop.principals import KEYS
from diagnose.findings.hadoop.right_values import right_value
from diagnose.findings.model import Evidence, Finding, RightValue
from diagnose.findings.values import Params, origin_value, unique
from diagnose.flows.client_files import CORE
from diagnose.flows.cluster import View, view_of
from diagnose.flows.components import component
from diagnose.flows.hive_login import GSSAPI, LOGINS, OF_KERBEROS, PLAIN, HiveLogin, can_use_kerberos, hive_login
from diagnose.flows.model import Read
from diagnose.flows.zookeeper import HIVE_FILES
from diagnose.scene.other_service import DEMANDS, MECHANISMS, RUNS_AS, TRANSPORT
from diagnose.scene.outcome import Outcome
from diagnose.scene.scene import Scene
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

AUTHENTICATION = "hadoop.security.authentication"
FALLBACK = "ipc.client.fallback-to-simple-auth-allowed"
SASL = "hive.metastore.sasl.enabled"
PRINCIPAL = "hive.metastore.kerberos.principal"
OVER_HTTP = ("hiveserver2", "spark-thrift")
"""Servers that say over HTTP which login they want. Kyuubi only says that one is missing."""
_PARTS = regex(r"[/@]")
OWN_MODE = "metastore.client.auth.mode"
"""A client with it may log in in another way: hive.metastore.client.auth.mode of Hive 4."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Yield what services answered the resource group that does not agree with the files."""
    if not any(outcome.from_inside for outcome in scene.outcomes):
        return
    config = view_of(scene.case)
    yield from _client_simple(scene, config)
    yield from _simple(scene, config)
    yield from _principals(scene, config)
    yield from _metastore(scene, config)
    for name in LOGINS:
        yield from _mechanism(scene, config, name)
    for name in OVER_HTTP:
        yield from _http_login(scene, config, name)


def _client_simple(scene: Scene, config: View) -> Iterator[Finding]:
    """Yield KRB-CLIENT-SIMPLE, unless the cloud already says Kerberos: see `login_settings`.

    A core-site.xml that does not set it makes a client try none either, but may be a part of the
    real one.
    """
    if (scene.case.cluster.security_mode or "").upper() == "KERBEROS":
        return
    if not config.has(CORE) or config.is_unread(CORE):
        return
    read = config.read(AUTHENTICATION, CORE)
    concerned = wanting(scene, "kerberos")
    if concerned and read is None:
        unset = Read("", Origin(CORE, None, AUTHENTICATION))
        yield _finding("KRB-CLIENT-SIMPLE", unset, "kerberos", concerned, ())
    elif concerned and read is not None and read.value.lower() == "simple":
        yield _finding("KRB-CLIENT-SIMPLE", read, "kerberos", concerned, ())


def wanting(scene: Scene, login: str) -> list[Outcome]:
    """Return the required servers of Hadoop RPC that want this login."""
    return [
        o
        for o in _required(scene)
        if component(o.flow.component).protocol == "hadoop-ipc" and _word_of(o, DEMANDS) == login
    ]


def _simple(scene: Scene, config: View) -> Iterator[Finding]:
    read, fallback = config.read(AUTHENTICATION, CORE), config.read(FALLBACK, CORE)
    is_allowed = fallback is not None and fallback.value.lower() == "true"
    if read is None or read.value.lower() != "kerberos" or is_allowed:
        return
    concerned = wanting(scene, "simple")
    if concerned:
        # If the cloud says Kerberos, the files or the answer are of another time.
        is_without = (scene.case.cluster.security_mode or "").upper() == "NORMAL"
        values = (right_value(config, CORE, AUTHENTICATION, "simple"),) if is_without else ()
        yield _finding("KRB-SERVER-SIMPLE", read, "simple", concerned, values)


def _principals(scene: Scene, config: View) -> Iterator[Finding]:
    """Yield KRB-SVC-PATTERN for each key whose servers all run as one other user.

    No edit is suggested: the files may be right, and the server that of another cluster.
    """
    written = {key: read for key in KEYS if (read := config.read(key.key, key.file)) is not None}
    users = {key: _PARTS.split(read.value)[0] for key, read in written.items()}
    for key, read in written.items():
        concerned = [o for o in _required(scene) if o.flow.component == key.component and _word_of(o, RUNS_AS)]
        said = {_PARTS.split(_word_of(o, RUNS_AS) or "")[0] for o in concerned}
        others = {user for other, user in users.items() if other is not key}
        if len(said) != 1 or said & {users[key], *others}:
            continue
        realm = read.value.rpartition("@")[2] if "@" in read.value else ""
        right = f"{said.pop()}/_HOST@{realm}" if realm else None
        yield _finding("KRB-SVC-PATTERN", read, right, concerned, ())


def _metastore(scene: Scene, config: View) -> Iterator[Finding]:
    """Yield SVC-HMS. A hive-site.xml that does not set the key may be a part of the real one."""
    read = config.read(SASL, *HIVE_FILES)
    has_own_mode = any(config.read(key, *HIVE_FILES) is not None for key in (OWN_MODE, f"hive.{OWN_MODE}"))
    if read is None or read.value.lower() not in ("true", "false") or has_own_mode:
        return
    wanted = "sasl" if read.value.lower() == "true" else "nosasl"
    found = [o for o in _required(scene) if o.flow.component == "hive-metastore"]
    concerned = [o for o in found if _word_of(o, TRANSPORT) not in (None, wanted)]
    if concerned:
        right = "false" if wanted == "sasl" else "true"
        file = next(file for file in HIVE_FILES if config.read(SASL, file) is not None)
        is_enough = right == "false" or _can_log_in(config)
        yield _finding(
            "SVC-HMS", read, right, concerned, (right_value(config, file, SASL, right),) if is_enough else ()
        )


def _can_log_in(config: View) -> bool:
    """Return True if the files have what a login at the metastore needs beside SASL."""
    login = config.read(AUTHENTICATION, CORE)
    is_on = login is not None and login.value.lower() == "kerberos"
    return is_on and config.read(PRINCIPAL, *HIVE_FILES) is not None


def _mechanism(scene: Scene, config: View, name: str) -> Iterator[Finding]:
    """Yield SVC-HS2-MECH for servers that have the other mechanism alone.

    Every such server has one of the two. The right value is known of those that have GSSAPI. PLAIN
    is that of several logins.
    """
    login = hive_login(config, name)
    if login is None:
        return
    other = GSSAPI if login.mechanism == PLAIN else PLAIN
    own = (o for o in _required(scene) if o.flow.component == name)
    lacking = [o for o in own if _word_of(o, MECHANISMS[login.mechanism]) == "unsupported"]
    concerned = [o for o in lacking if _word_of(o, MECHANISMS[other]) in HAS]
    if not concerned:
        return
    yield _other_mechanism(config, name, login, concerned, is_http=False)


def _http_login(scene: Scene, config: View, name: str) -> Iterator[Finding]:
    """Yield SVC-HS2-MECH for servers in HTTP mode that want the other login alone."""
    login = hive_login(config, name)
    if login is None:
        return
    other = "kerberos" if login.mechanism == PLAIN else "password"
    own = (o for o in _required(scene) if o.flow.component == f"{name}-http")
    concerned = [o for o in own if _word_of(o, DEMANDS) == other]
    if concerned:
        yield _other_mechanism(config, name, login, concerned, is_http=True)


def _other_mechanism(config: View, name: str, login: HiveLogin, concerned: list[Outcome], *, is_http: bool) -> Finding:
    """Return SVC-HS2-MECH for these servers."""
    keys, read = LOGINS[name], login.read
    right = OF_KERBEROS if login.mechanism == PLAIN else None
    is_enough = right is not None and read.value and can_use_kerberos(config, name)
    values = (right_value(config, login.file, keys.login, right),) if is_enough and right else ()
    more: Params = {
        "file": login.file,
        "mechanism": login.mechanism,
        "other": GSSAPI if login.mechanism == PLAIN else PLAIN,
        "logins": list(keys.passwords),
        # One of four values of PLAIN: tried in the undoing, and suggested to nobody.
        "tried": keys.passwords[0] if right is None else None,
        "is_http": is_http,
    }
    return _finding("SVC-HS2-MECH", read, right, concerned, values, more)


def _required(scene: Scene) -> Iterator[Outcome]:
    return (o for o in scene.outcomes if o.flow.need == "required" and o.from_inside)


def _word_of(outcome: Outcome, key: str) -> str | None:
    """Return what the service said of its login. None if it was not asked, or said nothing."""
    return next((word for seen in outcome.observations if (word := seen.word(key)) is not None), None)


HAS = ("continue", "complete", "failed")
"""Answers of a server that has the mechanism."""

SHOWN: Mapping[str, str] = {"SVC-HMS": TRANSPORT, "KRB-SVC-PATTERN": RUNS_AS}
"""Code -> what of the answer shows it. The login that is wanted, for all others."""


def _finding(
    code: str,
    read: Read,
    right: str | None,
    concerned: list[Outcome],
    values: tuple[RightValue, ...],
    more: Params | None = None,
) -> Finding:
    """Return a finding about a value of a file.

    read: an empty value of no line if the file does not set it. more: values of this code alone.
    """
    origin = read.origin
    is_set = bool(read.value) or origin.line is not None
    ends = unique(f"{o.flow.endpoint.host}:{o.flow.endpoint.port}" for o in concerned)
    shown = []
    if is_set:
        place = f"{origin.file}:{origin.line}"
        text = tr("{place} sets {key} to {value}", place=place, key=origin.key, value=read.value)
        shown.append(Evidence("line", place, text, origin))
    for outcome in concerned:
        said = _mechanisms(outcome) if more and not more["is_http"] else _word_of(outcome, SHOWN.get(code, DEMANDS))
        host = outcome.flow.endpoint.host
        shown.append(Evidence("observation", host, tr("{host} answers: {said}", host=host, said=said)))
    return Finding(
        code=code,
        severity="error",
        confidence="strong" if is_set else "inferred",
        cause="other-login",
        params={
            "key": origin.key,
            "value": read.value if is_set else None,
            "right": right,
            "ends": ends,
            "runs_as": unique(said for o in concerned if (said := _word_of(o, RUNS_AS))),
            "services": unique(o.flow.service for o in concerned),
            "origin": origin_value(origin),
            **(more or {}),
        },
        flows=tuple(o.flow.id for o in concerned),
        evidence=tuple(shown),
        settle_by=tr("{key} in the {file} that the resource group uses", key=origin.key, file=origin.file),
        values=values,
    )


def _mechanisms(outcome: Outcome) -> str:
    """Return what the server answers to each mechanism: "PLAIN: unsupported, GSSAPI: continue"."""
    said = {mechanism: _word_of(outcome, key) for mechanism, key in MECHANISMS.items()}
    return ", ".join(f"{mechanism}: {says}" for mechanism, says in said.items() if says is not None)
