"""Which name does each family of clients make of a host before it asks for a ticket? Pure functions over what the resolver answered.

| family | name |
|---|---|
| MIT, dns_canonicalize_hostname = true | AI_CANONNAME of the host; with rdns = true the name of its first address, where that has one |
| MIT, false | the host as written, a short one with the first search domain |
| MIT, fallback | as with false, then as with true |
| JVM, getHostName | the host as written; of an address the canonical name |
| JVM, host-based GSS name | the host as written, or its canonical name where that is the host with a domain behind it |
| JVM, getCanonicalHostName | the name of the first address, if that name leads back to the address; else the text of the address |

MIT: krb5_sname_to_principal of krb5 1.20, doc/admin/princ_dns. JVM: java.net.InetAddress of OpenJDK 17; Hadoop puts its canonical name, in lower case, in the
place of _HOST. Both were asked in tests/lab/dns, but for fallback, which is as that document has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from probes.names.resolve import Reason

Canonicalize = Literal["true", "false", "fallback"]


@dataclass(frozen=True, slots=True)
class Back:
    """What an address is called, and where that name leads. name: None if and only if there is a reason; addresses: of the name, () where it has none;
    lost: why it has none."""

    name: str | None = None
    reason: Reason | None = None
    addresses: tuple[str, ...] = ()
    lost: Reason | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What one resolver says of one host. addresses: in getaddrinfo's order; canonical: AI_CANONNAME; back: by address, only those that were looked up."""

    host: str
    addresses: tuple[str, ...] = ()
    canonical: str | None = None
    back: Mapping[str, Back] = field(default_factory=dict)

    @property
    def preferred(self) -> str | None:
        """The address that a JVM takes: the first IPv4 one, else the first."""
        return next((address for address in self.addresses if ":" not in address), next(iter(self.addresses), None))

    @property
    def numeric(self) -> bool:
        return self.addresses == (self.host,)


@dataclass(frozen=True, slots=True)
class Mit:
    """What krb5.conf says of host names; the defaults are libkrb5's. domain: what a short name is qualified with, the first search domain where
    qualify_shortname is not set."""

    canonicalize: Canonicalize = "true"
    rdns: bool = True
    domain: str | None = None


def mit(names: Names, settings: Mit) -> tuple[str, ...]:
    """The host parts that libkrb5 asks for, in order: one, or with fallback up to two."""
    plain = _folded(_qualified(names.host, settings.domain))
    full = _folded(_looked_up(names, settings))
    match settings.canonicalize:
        case "true":
            return (full,)
        case "false":
            return (plain,)
    return tuple(dict.fromkeys((plain, full)))


def _looked_up(names: Names, settings: Mit) -> str:
    if not names.addresses:
        return _qualified(names.host, settings.domain)
    back = names.back.get(names.addresses[0]) if settings.rdns else None
    return (back.name if back is not None else None) or names.canonical or names.host


def _qualified(host: str, domain: str | None) -> str:
    return f"{host}.{domain}" if domain and "." not in host and ":" not in host else host


def jvm_canonical(names: Names) -> str | None:
    """InetAddress.getByName(host).getCanonicalHostName(). None where the host has no address, for which Java throws UnknownHostException."""
    address = names.preferred
    if address is None:
        return None
    back = names.back.get(address)
    if back is None or back.name is None or address not in back.addresses:
        return address
    return back.name


def jvm_host_name(names: Names) -> str | None:
    """InetAddress.getByName(host).getHostName()."""
    return jvm_canonical(names) if names.numeric else names.host if names.addresses else None


def jvm_service(names: Names) -> str | None:
    """The host part that the JDK's Kerberos makes of a host-based service name: only a short name is completed (sun.security.krb5.PrincipalName)."""
    full = jvm_canonical(names)
    if full is None:
        return None
    longer = full.lower().startswith(names.host.lower() + ".")
    return _folded(full if longer and not names.numeric else names.host)


def _folded(name: str) -> str:
    """Both write host parts in lower case and without the trailing dot."""
    return name.lower().removesuffix(".")
