"""If DataWorks passes on who runs a task: do the services of the cluster permit that?

Kyuubi gets the name as hive.server2.proxy.user, Spark as -proxy-user. In both cases the default
access identity acts for that user, and NameNode, ResourceManager and Kyuubi ask core-site.xml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from diagnose.findings.model import Evidence, Finding, RightValue
from diagnose.findings.values import Params, origin_value
from diagnose.registration.known import CONFIGS, is_known, why_unknown
from diagnose.registration.model import Need, Preflight, RuleAnswer, broken, failed, not_checkable, passed
from diagnose.registration.needs import answer_of, answer_or_file, key_of
from diagnose.symptoms.acting_user import acting_user
from diagnose.symptoms.log import LogReading
from probes.addresses import Ranges, cidrs, covers, parse, subtract, union
from probes.files.hadoopconf import EMPTY, Configuration
from probes.files.hadoopconf.impersonation import ALL, MachineList, impersonation, keys_of
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin

FILE = "core-site.xml"
REFUSED_USER, REFUSED_ADDRESS = "not-allowed-to-impersonate", "unauthorized-super-user"
"""Messages of Hadoop: for nobody, and not from there."""

ENGINES = frozenset({"kyuubi", "spark"})
"""Engines to which DataWorks passes the user. It passes none to the others."""

HADOOP = "hadoop"
"""The account of the cluster that is the default access identity unless another one is chosen."""


def user_passed(preflight: Preflight) -> RuleAnswer:
    """DW-PROXY: the same task has other permissions in DataStudio than in Operation Center."""
    if (otherwise := _nobody_acts(preflight)) is not None:
        return otherwise
    identity = _identity(preflight)
    if identity == "task-owner":
        return passed(tr("the default access identity is that of the person who owns the task"))
    return failed(broken("DW-PROXY", {"identity": identity}))


def permitted(preflight: Preflight) -> RuleAnswer:
    """PROXY-USER, PROXY-HOST: core-site.xml does not permit the identity to act for others."""
    form, settings = preflight.case.registration, preflight.case.settings.get(FILE, EMPTY)
    if (otherwise := _nobody_acts(preflight)) is not None:
        return otherwise
    identity = _identity(preflight)
    if identity != HADOOP and form.cluster_account is None:
        why = tr("the account of the cluster that stands for {identity} is not known", identity=identity)
        return not_checkable(why, key_of("registration", "cluster_account"))
    if FILE not in preflight.case.settings:
        return not_checkable(tr("no file has the settings of {name}", name=FILE), answer_or_file(CONFIGS, FILE))
    user = form.cluster_account or HADOOP
    permits = impersonation(settings, user)
    unseen = [key for key in keys_of(user) if not is_known(preflight.case, FILE, key)]
    by_users = [] if set(unseen) & set(keys_of(user)[:2]) else _of_users(settings, user, form.proxied_users)
    by_hosts = [] if keys_of(user)[2] in unseen else _of_hosts(_networks(preflight), settings, user)
    found = [*by_users, *by_hosts]
    if found:
        return failed(*found)
    people = zip(keys_of(user), (permits.users, permits.groups), strict=False)
    is_for_all = any(who == (ALL,) and key not in unseen for key, who in people)
    if keys_of(user)[2] in unseen or (unseen and not is_for_all):
        return _settings_open(preflight, unseen)
    unknown = _users_open(preflight, user) or _hosts_open(preflight, user, permits.hosts)
    return unknown or passed(
        tr("{file} permits {user} to act for others from the resource group", file=FILE, user=user)
    )


def refused(preflight: Preflight, readings: Iterable[LogReading]) -> Iterator[Finding]:
    """Yield PROXY-USER or PROXY-HOST for each user of whom a log says that a service refused it.

    A log shows that this user acts for others, whatever the form and the engines say. Nothing is
    said if core-site.xml permits it, because the file of the service is then another one, or if the
    address is none of the resource group.
    """
    settings = preflight.case.settings.get(FILE)
    if settings is None:
        return
    for symptom in (each for reading in readings for each in reading.symptoms):
        user = acting_user(symptom)
        if user is None or not all(is_known(preflight.case, FILE, key) for key in keys_of(user)):
            continue
        if symptom.message.id == REFUSED_USER:
            yield from _of_users(settings, user, preflight.case.registration.proxied_users)
        elif symptom.message.id == REFUSED_ADDRESS and symptom.address is not None:
            caller, networks = (parse(symptom.address),), _networks(preflight)
            if covers(networks, caller) and not covers(_permitted(settings, user), caller):
                yield from _of_hosts(networks, settings, user)


def _permitted(settings: Configuration, user: str) -> Ranges:
    hosts = impersonation(settings, user).hosts
    return () if hosts is None else hosts.ranges


def _identity(preflight: Preflight) -> str:
    """Return the default access identity as case.toml has it, in lower case. "" if it has none."""
    return (preflight.case.registration.default_access_identity or "").strip().lower()


def _nobody_acts(preflight: Preflight) -> RuleAnswer | None:
    """Return the answer if nobody acts for others, or if that is not known. Else None."""
    form = preflight.case.registration
    if form.pass_proxy_user is None:
        return not_checkable(
            tr("no file states whether proxy user information is passed"), key_of("registration", "pass_proxy_user")
        )
    if not form.pass_proxy_user:
        return passed(tr("no proxy user information is passed"))
    if form.engines is not None and not ENGINES & set(form.engines):
        return passed(tr("none of the engines gets proxy user information"))
    if form.default_access_identity is None:
        return not_checkable(
            tr("no file states the default access identity"), key_of("registration", "default_access_identity")
        )
    return None


def _of_users(settings: Configuration, user: str, people: Sequence[str]) -> Iterator[Finding]:
    """Yield PROXY-USER if the user may act for nobody.

    people: those who run tasks. Only they are a value to write; without them it is not known.
    """
    permits = impersonation(settings, user)
    if permits.is_for_nobody:
        users, groups, _ = keys_of(user)
        params: Params = {"user": user, "users_key": users, "groups_key": groups, "file": FILE}
        finding = broken("PROXY-USER", {**params, "is_value_known": bool(people)})
        yield replace(finding, values=(_right(settings, users, ",".join(people)),) if people else ())


def _of_hosts(wanted: Ranges, settings: Configuration, user: str) -> Iterator[Finding]:
    """Yield PROXY-HOST if the user may not act for others from all of these addresses."""
    permits, key = impersonation(settings, user).hosts, keys_of(user)[2]
    if permits is not None and permits.refused:
        yield _host_finding(settings, user, key, (), permits.refused)
        return
    if permits is not None and permits.names:
        return  # a name may stand for any address
    missing = subtract(wanted, () if permits is None else permits.ranges)
    if missing:
        yield _host_finding(settings, user, key, cidrs(missing), ())


def _host_finding(
    settings: Configuration, user: str, key: str, missing: Sequence[str], refused: Sequence[str]
) -> Finding:
    setting = settings.setting(key)
    value = settings.get(key) or ""
    origin = None if setting is None else setting.origin
    evidence = () if origin is None else (_line(key, value, origin),)
    right = ",".join([*(part for part in settings.get_list(key) if part not in refused), *missing])
    params: Params = {
        "user": user,
        "key": key,
        "value": value,
        "missing": tuple(missing),
        "refused": tuple(refused),
        "right": right,
        "is_value_known": bool(right),
        "origin": origin_value(origin if origin is not None else Origin(FILE, None, key)),
    }
    values = (_right(settings, key, right),) if right else ()
    return replace(broken("PROXY-HOST", params, evidence=evidence), values=values)


def _right(settings: Configuration, key: str, after: str) -> RightValue:
    """Return the value to write in place of the one that core-site.xml has."""
    setting = settings.setting(key)
    if setting is None:
        return RightValue(FILE, None, key, None, after)
    return RightValue(setting.origin.file, setting.origin.line, key, settings.get(key) or "", after)


def _line(key: str, value: str, origin: Origin) -> Evidence:
    place = origin.file if origin.line is None else f"{origin.file}:{origin.line}"
    return Evidence("line", place, tr("{place}: {key} is {value}", place=place, key=key, value=value), origin)


def _settings_open(preflight: Preflight, keys: Sequence[str]) -> RuleAnswer:
    """Return the answer if settings are not known, or not known to be missing."""
    return not_checkable(why_unknown(preflight.case, FILE, keys), answer_of(CONFIGS))


def _users_open(preflight: Preflight, user: str) -> RuleAnswer | None:
    """Return the answer if it is not known whether the right people may be acted for."""
    settings = preflight.case.settings[FILE]
    permits, people = impersonation(settings, user), set(preflight.case.registration.proxied_users)
    if permits.is_for_all or (people and people <= set(permits.users or ())):
        return None
    listed = ", ".join((*(permits.users or ()), *(permits.groups or ())))
    why = tr("{user} may act for {listed} alone", user=user, listed=listed)
    if permits.groups:
        return not_checkable(why, tr("the groups of those who run tasks: hdfs groups NAME on the NameNode"))
    return not_checkable(why, key_of("registration", "proxied_users"))


def _hosts_open(preflight: Preflight, user: str, hosts: MachineList | None) -> RuleAnswer | None:
    """Return the answer if it is not known whether it may act from all of the resource group."""
    networks = _networks(preflight)
    if hosts is not None and networks and covers(hosts.ranges, networks):
        return None
    if not networks:
        return not_checkable(
            tr("the networks of the resource group are not known"), Need(tr("--from with the CIDR of its vSwitch"))
        )
    names = ", ".join(() if hosts is None else hosts.names)
    why = tr("{key} names hosts, whose addresses the server looks up: {names}", key=keys_of(user)[2], names=names)
    return not_checkable(why, tr("the addresses of these hosts on the NameNode: getent hosts NAME"))


def _networks(preflight: Preflight) -> Ranges:
    return union(piece for source in preflight.scene.model.sources for piece in source.ranges)
