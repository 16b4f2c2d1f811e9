"""What does a krb5.conf tell libkrb5 to do with host names, and which one line of it would make the name right?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from probes.files.krb5conf import Krb5ValueError, Profile
from probes.files.krb5conf.mit import boolean, libdefault
from probes.names.canonical import Canonicalize, CanonicalNames, MitNameSettings, mit_hosts

CANONICALIZE: Final = "dns_canonicalize_hostname"


def settings(profile: Profile, search: Sequence[str]) -> MitNameSettings:
    """A word that libkrb5 does not know counts as the default, as it does there. search: the client's search list."""
    relation = libdefault(profile, CANONICALIZE)
    how: Canonicalize = "true"
    if relation is not None and relation.value.lower() == "fallback":
        how = "fallback"
    elif not _yes(profile, CANONICALIZE):
        how = "false"
    short = libdefault(profile, "qualify_shortname")
    domain = (short.value or None) if short is not None else next(iter(search), None)
    return MitNameSettings(how, _yes(profile, "rdns"), domain)


def _yes(profile: Profile, name: str) -> bool:
    relation = libdefault(profile, name)
    try:
        return True if relation is None else boolean(relation)
    except Krb5ValueError:
        return True


def repaired(names: CanonicalNames, configured: MitNameSettings, right: Callable[[str], bool]) -> str | None:
    """The line for [libdefaults] with which libkrb5 asks for a right name; None where no single one does."""
    if right(mit_hosts(names, replace(configured, rdns=False))[0]):
        return "rdns = false"
    if right(mit_hosts(names, replace(configured, canonicalize="false"))[0]):
        return f"{CANONICALIZE} = false"
    return None
