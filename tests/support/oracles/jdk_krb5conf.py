"""Do we and the installed JDK read the same from this file? Compares everything that both can be
asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from probes.files.krb5conf import jdk
from probes.files.krb5conf.dns_questions import jdk_questions
from probes.files.krb5conf.durations import LIFETIMES, JdkDurationError, jdk_seconds
from probes.files.krb5conf.errors import Krb5ConfError
from probes.files.krb5conf.jdk_etypes import offer
from probes.files.krb5conf.jdk_rules import JDK_17, JdkRules
from tests.support.oracles.jdk import Jdk
from tests.support.oracles.krb5conf import FromDisk

HOSTS: Final = ("a.b.c", "b.c", "c", "x.c", ".", "..c", "1.2.3.4", "h1", "a.c-1.cn.emr.example", "é.c", "R")
SIZES: Final = (100, 2000, 60000)


class AsListed(FromDisk):
    """Supplies entries of a directory in the order of the file system, as JDK 17 reads them."""

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        found = super().directory(path)
        return None if found is None else [(str(Path(path) / Path(name).name), content) for name, content in found]


def disagreement(oracle: Jdk, path: Path, rules: JdkRules = JDK_17) -> str | None:
    """Return the first difference. None if both agree on every question.

    `rules`: those of the release that the oracle runs.
    """
    theirs = oracle.ask(path)
    includer = AsListed()
    try:
        ours = jdk.read(str(path), path.read_bytes(), includer, rules)
    except jdk.JdkRejected as rejected:
        said = theirs["rejected"]
        if said == jdk.LOADING_FAILED and includer.missed:
            return None
        return None if rejected.message == said else f"we refuse: {rejected.message!r}, the JDK: {said!r}"
    except Krb5ConfError as bound:
        return None if theirs["rejected"] else f"only we refuse: {bound}"
    if theirs["rejected"] is not None:
        if theirs["rejected"] == jdk.LOADING_FAILED and (ours.missing or includer.missed):
            return None
        return f"only the JDK refuses: {theirs['rejected']!r}"
    return "we miss an include that the JDK found" if ours.missing else _differing(ours, theirs)


def _differing(ours: jdk.Reading, theirs: dict[str, Any]) -> str | None:
    questions: dict[str, tuple[object, object]] = {
        "table": (tree(ours), theirs["table"]),
        "default realm": (
            _ask(lambda: _value(jdk.default_realm(ours)), "KrbException"),
            theirs["default_realm"],
        ),
        "dns_lookup_kdc": (_ask(lambda: jdk.dns_lookup_kdc(ours)), theirs["useDNS_KDC"]),
        "dns_lookup_realm": (_ask(lambda: jdk.dns_lookup_realm(ours)), theirs["useDNS_Realm"]),
    }
    if questions["dns_lookup_realm"][0] is not False and questions["default realm"][0] == ["KrbException"]:
        questions.pop("default realm")  # the JDK asks DNS, then takes the name of this machine
    for key in ("default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes"):
        questions[key] = (
            _ask(lambda key=key: list(offer(ours, key, ours.rules).types) or None, "KrbException"),  # type: ignore[misc]
            theirs[key],
        )
    for key in LIFETIMES:
        questions[key] = (_ask(lambda key=key: _lifetime(ours, key)), theirs["lifetimes"][key])  # type: ignore[misc]
    for host in HOSTS:
        mine = _ask(lambda host=host: _value(jdk.realm_of_host(ours, host)))  # type: ignore[misc]
        if host == host.lower().removesuffix("."):
            questions[f"realm of {host}"] = (mine, theirs["realm_of_host"][host])
    for realm, answer in theirs["realms"].items():
        questions[f"DNS questions for {realm!r}"] = (
            _ask(lambda realm=realm: _questions(ours, realm)),  # type: ignore[misc]
            answer["questions"] if not isinstance(answer["list"], list) or answer["questions"] else _thrown(answer),
        )
        questions[f"retries for {realm!r}"] = (jdk.limits(ours, realm).retries, answer["retries"])
        questions[f"sent for {realm!r}"] = (_sent(ours, realm), [_usable(sent) for sent in answer["sent"]])
    return next((f"{name}: {mine} {other}" for name, (mine, other) in questions.items() if mine != other), None)


def _lifetime(ours: jdk.Reading, key: str) -> int | str | None:
    relation = ours.first("libdefaults", key)
    try:
        return None if relation is None else jdk_seconds(relation.value)
    except JdkDurationError as error:
        return error.message


def _questions(ours: jdk.Reading, realm: str) -> list[str]:
    return [f"{question.record} {question.name}" for question in jdk_questions(ours, realm)]


def _thrown(answer: dict[str, Any]) -> object:
    return [] if answer["list"] == ["KrbException"] else answer["list"]


def _ask(question: Callable[[], object], absent: str | None = None) -> object:
    """Return our answer in the oracle's form: an exception is a list of one class name."""
    try:
        found = question()
    except jdk.JdkShapeError:
        return ["IllegalArgumentException"]
    return [absent] if found is None and absent is not None else found


def _value(relation: Any) -> str | None:
    return None if relation is None else relation.value


def _sent(ours: jdk.Reading, realm: str) -> list[list[list[object]]]:
    try:
        servers = jdk.kdcs(ours, realm)
    except jdk.JdkShapeError:
        return [[], [], []]
    limits = jdk.limits(ours, realm)
    return [
        [[limits.transport(size).upper(), server.host, server.port, limits.timeout_ms] for server in servers]
        for size in SIZES
    ]


def _usable(sent: list[list[object]]) -> list[list[object]]:
    """Return True for a port that a socket accepts. The oracle opens no socket and accepts all."""
    return [attempt for attempt in sent if isinstance(attempt[2], int) and attempt[2] <= 65535]


def tree(reading: jdk.Reading, *path: str) -> dict[str, Any]:
    sections = {name: tree(reading, *path, name) for name in reading.sections(*path)}
    return sections | {name: [found.value for found in reading.values(*path, name)] for name in reading.names(*path)}
