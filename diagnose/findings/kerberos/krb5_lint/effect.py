"""Whom does an edit of krb5.conf concern? The families whose behaviour it changes.

A family is concerned if it then finds another default realm, other servers, another realm of a
host, another transport or time, or offers other encryption types. If neither family reads any other
value, what the edit repairs is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from diagnose.findings.kerberos.krb5_lint.finding import FAMILIES, Family
from diagnose.findings.kerberos.krb5_lint.readings import Views
from probes.files.krb5conf import Krb5ValueError, Profile, Relation, jdk, mit
from probes.files.krb5conf.dns_questions import jdk_questions, mit_questions
from probes.files.krb5conf.durations import LIFETIMES, JdkDurationError, jdk_seconds, mit_seconds
from probes.files.krb5conf.jdk_etypes import Key, offer
from probes.files.krb5conf.jdk_table import JdkShapeError, Reading
from probes.files.krb5conf.mit import Kdc
from probes.files.krb5conf.mit_etypes import login_offer, ticket_offer
from probes.frozen import frozen, replace

SIZES = (200, 2000)
"""Bytes of a small and a large request. Their transports are compared."""

KEYS: tuple[Key, ...] = ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes")

REFUSED = "refused"
"""What a family that refuses the files does with them, whatever they say."""


@frozen
class Effect:
    """What an edit changes for clients."""

    concerns: tuple[Family, ...]
    """Families whose behaviour it changes, as far as it is known here."""
    is_harmless: bool
    """True if neither family reads any other value after it, so that nothing can depend on it."""


def effect(before: Views, after: Views) -> Effect:
    """Return what changes between two readings of the same files."""
    concerns = tuple(family for family in FAMILIES if _behaviour(before, family) != _behaviour(after, family))
    return Effect(concerns, _values(before) == _values(after))


def _behaviour(views: Views, family: Family) -> Hashable:
    if family == "mit":
        profile = _profile(views)
        return REFUSED if profile is None else _mit(profile)
    reading = _reading(views)
    return REFUSED if reading is None else _jdk(views, reading)


def _profile(views: Views) -> Profile | None:
    """Return what libkrb5 reads. None if it refuses the files, also for an include that is not on
    its host."""
    profile = views.profile
    return None if profile is None or (views.on_site and profile.missing) else profile


def _reading(views: Views) -> Reading | None:
    """Return what the JDK reads. None as above."""
    reading = views.reading
    return None if reading is None or (views.on_site and reading.missing) else reading


def _mit(profile: Profile) -> Hashable:
    realm = mit.default_realm(profile)
    try:
        limit = profile.first("libdefaults", "udp_preference_limit")
        first = None if limit is None else mit.integer(limit)
    except Krb5ValueError:
        return REFUSED
    return (
        REFUSED if mit.context_fault(profile) else None,
        realm and realm.value,
        tuple((name, _mit_servers(profile, name)) for name in profile.subsections("realms")),
        tuple(mit_questions(profile, realm.value)) if realm else (),
        _hosts(profile),
        first is not None and 0 <= first < SIZES[0],
        first is not None and first > SIZES[1],
        login_offer(profile).types,
        ticket_offer(profile).types,
        _value(profile, "default_ccache_name"),
        tuple(_mit_lifetime(profile, key) for key in LIFETIMES),
        _mit_skew(profile),
    )


def _mit_skew(profile: Profile) -> Hashable:
    line = profile.first("libdefaults", "clockskew")
    try:
        return jdk.CLOCK_SKEW if line is None else mit.integer(line)
    except Krb5ValueError:
        return jdk.CLOCK_SKEW  # both families have the same default


def _mit_lifetime(profile: Profile, key: str) -> Hashable:
    value = _value(profile, key)
    return value if value is None else mit_seconds(value) or REFUSED


def _mit_servers(profile: Profile, realm: str) -> Hashable:
    entries = mit.kdc_entries(profile, realm)
    if not all(isinstance(entry, Kdc) for entry in entries):
        return None  # one entry that cannot be read takes all others away
    return tuple((one.host, one.port, tuple(one.transports)) for one in entries if isinstance(one, Kdc))


def _hosts(profile: Profile) -> Hashable:
    names = profile.relation_names("domain_realm")
    return frozenset((name, _value(profile, name, "domain_realm")) for name in names if name == name.lower())


def _value(profile: Profile, name: str, section: str = "libdefaults") -> str | None:
    first = profile.first(section, name)
    return None if first is None else first.value


def _jdk(views: Views, reading: Reading) -> Hashable:
    realm = views.ask_jdk(jdk.default_realm, None)
    return (
        realm and realm.value,
        tuple((name, _asked(lambda name=name: _jdk_servers(reading, name))) for name in reading.sections("realms")),  # type: ignore[misc]
        _asked(lambda: tuple(jdk_questions(reading, realm.value)) if realm else ()),
        frozenset(
            (name, _asked(lambda name=name: reading.values("domain_realm", name)[0].value))  # type: ignore[misc]
            for name in reading.names("domain_realm")
            if name == name.lower()
        ),
        tuple((name, _asked(lambda name=name: _limits(reading, name))) for name in reading.sections("realms")),  # type: ignore[misc]
        tuple(
            _asked(lambda key=key, java=java: offer(replace(reading, rules=java.rules), key, java.rules).types)  # type: ignore[misc]
            for key in KEYS
            for java in views.javas
        ),
        tuple(
            _asked(lambda key=key, java=java: _jdk_lifetime(replace(reading, rules=java.rules), key))  # type: ignore[misc]
            for key in LIFETIMES
            for java in views.javas
        ),
        _asked(lambda: jdk.clock_skew(reading)),
    )


def _jdk_lifetime(reading: Reading, key: str) -> Hashable:
    line = reading.first("libdefaults", key) if reading.rules.reads_lifetimes else None
    try:
        return None if line is None else jdk_seconds(line.value)
    except JdkDurationError:
        return REFUSED


def _jdk_servers(reading: Reading, realm: str) -> Hashable:
    return tuple((one.host, one.port) for one in jdk.kdc_entries(reading, realm) if isinstance(one, Kdc))


def _limits(reading: Reading, realm: str) -> Hashable:
    limits = jdk.limits(reading, realm)
    return tuple(limits.transport(size) for size in SIZES), limits.timeout_ms, limits.retries


def _asked(question: Callable[[], Hashable]) -> Hashable:
    """Return an answer of the JDK. What it throws is an answer too."""
    try:
        return question()
    except (JdkShapeError, Krb5ValueError) as error:
        return type(error).__name__


Texts = Callable[..., tuple[str, ...]]
Values = Mapping[tuple[str, ...], tuple[str, ...]]
"""Path of a value -> its texts, in order."""


def _values(views: Views) -> tuple[Values | None, Values | None]:
    """Return every first value that each family reads. None for a family that refuses the files.

    All values of `kdc` and other lists count. Of any other key only the first is ever used.
    """
    profile, reading = _profile(views), _reading(views)
    mine = None if profile is None else _tree(profile.subsections, profile.relation_names, profile.relations)
    other = None if reading is None else _tree(reading.sections, reading.names, reading.values)
    return mine, other


def _tree(sections: Texts, names: Texts, values: Callable[..., tuple[Relation, ...]]) -> Values:
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    todo: list[tuple[str, ...]] = [(name,) for name in sections()]
    while todo:
        path = todo.pop()
        todo += [(*path, name) for name in sections(*path)]
        for name in names(*path):
            texts = tuple(one.value for one in values(*path, name))
            found[(*path, name)] = texts[:1] if path == ("libdefaults",) else texts
    return found
