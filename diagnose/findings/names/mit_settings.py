"""How does a krb5.conf make libkrb5 change host names, and which one line makes the name right?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from probes.files.krb5conf import Krb5ValueError, Profile
from probes.files.krb5conf.mit import boolean, libdefault
from probes.frozen import replace
from probes.names.canonical import Canonicalize, CanonicalNames, MitNameSettings, mit_hosts

CANONICALIZE: Final = "dns_canonicalize_hostname"


def settings(profile: Profile, search: Sequence[str]) -> MitNameSettings:
    """Return the settings of libkrb5 for host names.

    `search`: the search list of the client.

    A word that libkrb5 does not know counts as the default, as libkrb5 does.
    """
    relation = libdefault(profile, CANONICALIZE)
    how: Canonicalize = "true"
    if relation is not None and relation.value.lower() == "fallback":
        how = "fallback"
    elif not _is_true(profile, CANONICALIZE):
        how = "false"
    short = libdefault(profile, "qualify_shortname")
    domain = (short.value or None) if short is not None else next(iter(search), None)
    return MitNameSettings(how, _is_true(profile, "rdns"), domain)


def _is_true(profile: Profile, name: str) -> bool:
    relation = libdefault(profile, name)
    try:
        return True if relation is None else boolean(relation)
    except Krb5ValueError:
        return True


def repairing_line(names: CanonicalNames, configured: MitNameSettings, is_right: Callable[[str], bool]) -> str | None:
    """Return the line of [libdefaults] with which libkrb5 asks for a right name.

    None if no single line does.
    """
    if is_right(mit_hosts(names, replace(configured, rdns=False))[0]):
        return "rdns = false"
    if is_right(mit_hosts(names, replace(configured, canonicalize="false"))[0]):
        return f"{CANONICALIZE} = false"
    return None
