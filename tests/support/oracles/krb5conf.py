"""Do we and libkrb5 read the same from these files? Compares everything that both can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from probes.files.krb5conf import KdcEntryError, Krb5ConfError, Krb5ValueError, Profile, load, mit, mit_etypes
from tests.support.oracles import libkrb5

HOSTS: Final = (
    "a.b.c",
    "A.B.C.",
    "b.c",
    "c",
    "x.c",
    "",
    ".",
    "..",
    "a..c",
    "1.2.3.4",
    "1.2.3",
    "::1",
    "h1",
    "master-1-1.c-1.cn.emr.example",
    "é.c",
)

INCLUDE_WORDS: Final = {"include-file", "include-directory"}


class FromDisk:
    """An includer that reads the same disk as libkrb5, and records what was not there."""

    def __init__(self) -> None:
        self.missed = 0

    def file(self, path: str) -> tuple[str, bytes] | None:
        place = Path(path)
        try:
            if path.endswith("/") and not place.is_dir():  # Path accepts it, open(2) does not
                raise NotADirectoryError(path)
            return str(place.resolve()), b"" if place.is_dir() else place.read_bytes()
        except (OSError, ValueError):
            self.missed += 1
            return None

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        try:
            return [(str(entry), entry.read_bytes()) for entry in Path(path).iterdir() if entry.is_file()]
        except (OSError, ValueError):
            self.missed += 1
            return None


def disagreement(paths: Sequence[Path]) -> str | None:
    """Return the first difference. None if both agree on every question."""
    includer = FromDisk()
    ours: Profile | str
    try:
        ours = load([(str(path), path.read_bytes()) for path in paths], includer)
    except Krb5ConfError as error:
        ours = error.rule
    try:
        with libkrb5.Profile([str(path) for path in paths]) as theirs:
            if isinstance(ours, str):
                return f"only we refuse: {ours}"
            if includer.missed:
                return "we miss an include that libkrb5 found"
            return _differing(ours, theirs)
    except libkrb5.RefusedError as refused:
        return _differing_refusal(ours, refused.why, includer.missed)


def _differing_refusal(ours: Profile | str, why: str, missed: int) -> str | None:
    if why in INCLUDE_WORDS and (missed or ours in {"include-cycle", "include-nothing"}):
        return None
    return None if ours == why else f"we: {ours if isinstance(ours, str) else 'fine'}, libkrb5: {why}"


def _differing(ours: Profile, theirs: libkrb5.Profile) -> str | None:
    mine, other = tree(ours), theirs.tree()
    if mine != other:
        return f"trees: {mine} {other}"
    if list(_all_names(mine)) != list(_all_names(other)):
        return f"order of names: {list(_all_names(mine))} {list(_all_names(other))}"
    return _differing_values(ours, theirs) or _differing_context(ours, theirs)


def _differing_values(ours: Profile, theirs: libkrb5.Profile) -> str | None:
    for name in ours.relation_names("libdefaults"):
        relation = ours.first("libdefaults", name)
        assert relation is not None
        for read, ask in ((mit.boolean, theirs.boolean), (mit.integer, theirs.integer)):
            mine: object
            other: object
            try:
                mine = read(relation)
            except Krb5ValueError:
                mine = read.__name__
            try:
                other = ask("libdefaults", name)
            except libkrb5.RefusedError as refused:
                other = refused.why
            if mine != other:
                return f"{read.__name__} {relation.value!r}: {mine} {other}"
    return None


def _differing_context(ours: Profile, theirs: libkrb5.Profile) -> str | None:
    fault = mit.context_fault(ours)
    try:
        theirs.start()
    except libkrb5.RefusedError as refused:
        return None if fault is not None else f"libkrb5 does not start: {refused.why}"
    if fault is not None:
        return f"libkrb5 starts in spite of {fault}"
    mine = mit.default_realm(ours)
    if (None if mine is None else mine.value) != theirs.default_realm():
        return f"default realm: {mine} {theirs.default_realm()}"
    for what, offered, types in (
        ("login", mit_etypes.login_offer(ours), theirs.login_types()),
        ("ticket", mit_etypes.ticket_offer(ours), theirs.ticket_types()),
    ):
        if list(offered.types) != types:
            return f"encryption types of a {what}: {offered} {types}"
    for host in HOSTS:
        realm = mit.realm_of_host(ours, host)
        if ("" if realm is None else realm.value) != theirs.realm_of_host(host):
            return f"realm of {host}: {realm} {theirs.realm_of_host(host)}"
    return next(
        (said for realm in ours.subsections("realms") if (said := _differing_servers(ours, theirs, realm))), None
    )


def _differing_servers(ours: Profile, theirs: libkrb5.Profile, realm: str) -> str | None:
    if any(relation.value.startswith("/") for relation in ours.relations("realms", realm, "kdc")):
        return None  # a Unix socket; 1.20 takes it for a host name
    mine: object
    other: object
    try:
        mine = [(kdc.host, kdc.port, kdc.transports, kdc.path) for kdc in mit.kdcs(ours, realm)]
    except KdcEntryError:
        mine = "EINVAL"
    try:
        other = theirs.servers(realm)
    except libkrb5.RefusedError as refused:
        other = refused.why
    return None if mine == other else f"kdcs of {realm!r}: {mine} {other}"


def tree(profile: Profile, *path: str) -> libkrb5.Tree:
    return (
        {name: [found.value for found in profile.relations(*path, name)] for name in profile.relation_names(*path)},
        {name: tree(profile, *path, name) for name in profile.subsections(*path)},
    )


def _all_names(node: libkrb5.Tree) -> list[str]:
    relations, sections = node
    return [*relations, *(name for section, inner in sections.items() for name in (section, *_all_names(inner)))]
