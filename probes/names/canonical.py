"""Which name does each family of clients make of a host before it asks for a ticket?

All functions are pure: their input is what the resolver answered.

| family | name |
|---|---|
| MIT, true | AI_CANONNAME; with rdns = true the name of its first address, if that has one |
| MIT, false | the host as written, a short one with the first search domain |
| MIT, fallback | as with false, then as with true |
| JVM, getCanonicalHostName | the name of the first address if it leads back, else the address |

The rows of MIT are the values of dns_canonicalize_hostname.

MIT: krb5_sname_to_principal of krb5 1.20, doc/admin/princ_dns. JVM: java.net.InetAddress of OpenJDK
17. Hadoop replaces _HOST by its canonical name in lower case. Both were asked in tests/lab/dns,
except for fallback, which follows that document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from probes.frozen import frozen

Reason = Literal["name-not-found", "resolver-failed", "no-vantage"]
"""Why there is no answer. "no-vantage": the host whose resolver is asked has gone."""

Canonicalize = Literal["true", "false", "fallback"]


@frozen
class Back:
    """The name of an address, and the addresses of that name."""

    name: str | None = None
    """Name of the address. None if and only if there is a reason."""
    reason: Reason | None = None
    """Why the address has no name. None if it has one."""
    addresses: tuple[str, ...] = ()
    """Addresses of the name. () if it has none."""
    lost: Reason | None = None
    """Why the name has no address. None if it has one."""


@frozen
class CanonicalNames:
    """What one resolver answers for one host."""

    host: str
    """The host as written."""
    addresses: tuple[str, ...] = ()
    """Addresses of the host, in getaddrinfo's order."""
    canonical: str | None = None
    """AI_CANONNAME. None if the resolver gave none."""
    back: Mapping[str, Back] = field(default_factory=dict)
    """Reverse lookups by address; only those that were made."""

    @property
    def preferred_address(self) -> str | None:
        """Return the address that a JVM takes: the first IPv4 one, else the first."""
        return next((address for address in self.addresses if ":" not in address), next(iter(self.addresses), None))

    @property
    def is_numeric(self) -> bool:
        """Return True if the host is an address."""
        return self.addresses == (self.host,)


@frozen
class MitNameSettings:
    """Settings of krb5.conf about host names. The defaults are libkrb5's."""

    canonicalize: Canonicalize = "true"
    """dns_canonicalize_hostname."""
    rdns: bool = True
    """Whether the name of the first address is used."""
    domain: str | None = None
    """Domain that is appended to a short name. None if there is none.
    It is qualify_shortname, or the first search domain if that is not set."""


def mit_hosts(names: CanonicalNames, settings: MitNameSettings) -> tuple[str, ...]:
    """Return the host parts that libkrb5 asks for, in order: one, or up to two with fallback."""
    plain = _fold(_qualify(names.host, settings.domain))
    full = _fold(_canonicalize(names, settings))
    match settings.canonicalize:
        case "true":
            return (full,)
        case "false":
            return (plain,)
    return tuple(dict.fromkeys((plain, full)))


def _canonicalize(names: CanonicalNames, settings: MitNameSettings) -> str:
    if not names.addresses:
        return _qualify(names.host, settings.domain)
    back = names.back.get(names.addresses[0]) if settings.rdns else None
    return (back.name if back is not None else None) or names.canonical or names.host


def _qualify(host: str, domain: str | None) -> str:
    return f"{host}.{domain}" if domain and "." not in host and ":" not in host else host


def jvm_canonical(names: CanonicalNames) -> str | None:
    """Return InetAddress.getByName(host).getCanonicalHostName().
    None if the host has no address: Java throws UnknownHostException."""
    address = names.preferred_address
    if address is None:
        return None
    back = names.back.get(address)
    if back is None or back.name is None or address not in back.addresses:
        return address
    return back.name


def _fold(name: str) -> str:
    """Return the name in lower case, without the trailing dot: both families write it so."""
    return name.lower().removesuffix(".")
