"""Which encryption types may a login use, as the case's krb5.conf and Java have it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diagnose.scene.java import JavaRange, possible
from probes.frozen import frozen

if TYPE_CHECKING:
    from diagnose.case.model import Case
    from probes.files.krb5conf.profile import Relation


@frozen
class PermittedTypes:
    """The encryption types of a login."""

    types: tuple[int, ...]
    """Numbers in order, at least one."""
    by: Relation | None
    """Line of krb5.conf that decides. None if the types are those of a client without a list."""


def permitted_types(case: Case) -> PermittedTypes:
    """Return what the newest Java of the case offers in a login.

    A list that leaves nothing is the fault of krb5.conf, which another finding tells. A login is
    then tried with the types of a client without a list.
    """
    from probes.files.krb5conf import Krb5ConfError, jdk
    from probes.files.krb5conf.jdk_etypes import offer
    from probes.files.krb5conf.sources import sources_of
    from probes.kerberos.login.offline import PERMITTED

    if case.krb5 is None:
        return PermittedTypes(PERMITTED, None)
    sources, rules = sources_of(case.krb5), possible(case)[-1].rules
    try:
        offered = offer(jdk.read(*sources.files[0], sources, rules), "default_tkt_enctypes", rules)
    except (jdk.JdkRejected, jdk.JdkShapeError, Krb5ConfError):
        return PermittedTypes(PERMITTED, None)
    types = tuple(number for number in offered.types if number in PERMITTED)
    if offered.by is None or not types:
        return PermittedTypes(PERMITTED, None)
    return PermittedTypes(types, offered.by)


def releases_without(case: Case, held: Sequence[int]) -> tuple[JavaRange, ...]:
    """Return the possible releases of Java that offer none of the types `held`, oldest first.

    Only what Java does without a list of types in krb5.conf counts: () if the file has one.
    """
    from probes.files.krb5conf import Krb5ConfError, jdk
    from probes.files.krb5conf.jdk_etypes import offer
    from probes.files.krb5conf.sources import sources_of

    if case.krb5 is None:
        return ()
    sources = sources_of(case.krb5)
    refusing: list[JavaRange] = []
    for java in possible(case):
        try:
            offered = offer(jdk.read(*sources.files[0], sources, java.rules), "default_tkt_enctypes", java.rules)
        except (jdk.JdkRejected, jdk.JdkShapeError, Krb5ConfError):
            continue
        if offered.by is None and not set(held) & set(offered.types):
            refusing.append(java)
    return tuple(refusing)
