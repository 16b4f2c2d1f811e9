"""For whom may a user act, and from which addresses?

Follows DefaultImpersonationProvider, AccessControlList and MachineList of Hadoop 3.3.6. A server
reads `hadoop.proxyuser.<user>.users`, `.groups` and `.hosts`, mostly from core-site.xml.
"""

from __future__ import annotations

import re

from probes.addresses import EVERYWHERE, Range, Ranges, parse, union
from probes.files.hadoopconf.configuration import Configuration
from probes.frozen import frozen
from probes.regex import regex

PREFIX = "hadoop.proxyuser."
ALL = "*"

_BLOCK = regex(r"(\d{1,3}\.){3}\d{1,3}/\d{1,2}", re.ASCII)
"""What SubnetUtils of commons-net takes: an IPv4 block. For any other text with a slash the server
does not start."""


@frozen
class MachineList:
    """Addresses from which a user may act for others."""

    ranges: Ranges
    """The addresses that are given as such, as blocks, or as `*`."""
    names: tuple[str, ...] = ()
    """Host names. The server resolves them, each to one address."""
    refused: tuple[str, ...] = ()
    """Entries with a slash that are no IPv4 block. The server refuses the whole list."""


@frozen
class Impersonation:
    """What the settings of a server permit one user."""

    users: tuple[str, ...] | None
    """Users for whom it may act: `("*",)` for all. None if the key is not set."""
    groups: tuple[str, ...] | None
    """The same by groups, which the server looks up."""
    hosts: MachineList | None
    """Where it may connect from. None if the key is not set: then from nowhere."""

    @property
    def is_for_all(self) -> bool:
        """Return True if it may act for everybody."""
        return (ALL,) in (self.users, self.groups)

    @property
    def is_for_nobody(self) -> bool:
        """Return True if it may act for nobody at all."""
        return not self.users and not self.groups


def keys_of(user: str) -> tuple[str, str, str]:
    """Return the keys with the users, groups and hosts of a user."""
    return f"{PREFIX}{user}.users", f"{PREFIX}{user}.groups", f"{PREFIX}{user}.hosts"


def impersonation(settings: Configuration, user: str) -> Impersonation:
    """Return what these settings permit a user, by its short name."""
    users, groups, hosts = keys_of(user)
    return Impersonation(_members(settings, users), _members(settings, groups), _machines(settings, hosts))


def _members(settings: Configuration, key: str) -> tuple[str, ...] | None:
    """Return the entries of an access list. `*` counts only if it stands alone."""
    return None if settings.get(key) is None else settings.get_list(key)


def _machines(settings: Configuration, key: str) -> MachineList | None:
    if settings.get(key) is None:
        return None
    entries = tuple(dict.fromkeys(settings.get_list(key)))
    if entries == (ALL,):
        return MachineList(EVERYWHERE)
    blocks = [entry for entry in entries if "/" in entry]
    plain = {entry: _address(entry) for entry in entries if "/" not in entry}
    ranges = [found for entry in blocks if (found := _block(entry)) is not None]
    ranges += [found for found in plain.values() if found is not None]
    names = tuple(entry for entry, found in plain.items() if found is None)
    return MachineList(union(ranges), names, tuple(entry for entry in blocks if _block(entry) is None))


def _block(entry: str) -> Range | None:
    try:
        return parse(entry) if _BLOCK.fullmatch(entry) else None
    except ValueError:
        return None


def _address(entry: str) -> Range | None:
    try:
        return parse(entry)
    except ValueError:
        return None
