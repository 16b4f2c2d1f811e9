"""Which encryption types may a login use, as the case's krb5.conf and Java have it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diagnose.scene.java import possible
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
