"""Which KDC ports does an old high-security EMR cluster (HAS, on Apache Kerby) state outside of its
`kdc` entries?

Its clients write `kdc_realm`, `kdc_udp_port` and `kdc_tcp_port` to [libdefaults]. libkrb5 and the
JDK know none of them. So they use port 88 if a port is stated only here.
"""

from __future__ import annotations

from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.mit import integer
from probes.files.krb5conf.profile import Profile, Relation
from probes.frozen import frozen
from probes.origin import Origin


@frozen
class HasPorts:
    """KDC ports of [libdefaults]."""

    udp: int | None
    """Value of kdc_udp_port. None if it is absent."""
    tcp: int | None
    """Value of kdc_tcp_port. None if it is absent."""
    origins: tuple[Origin, ...]
    """The lines that were read, UDP before TCP."""


def ports(profile: Profile) -> HasPorts:
    """Return the stated ports. Krb5ValueError if a value is not a port of 1-65535."""
    udp, tcp = profile.first("libdefaults", "kdc_udp_port"), profile.first("libdefaults", "kdc_tcp_port")
    origins = tuple(relation.origin for relation in (udp, tcp) if relation is not None)
    return HasPorts(_port(udp), _port(tcp), origins)


def realm(profile: Profile) -> Relation | None:
    """Return the realm of the cluster's own KDC, from `kdc_realm`. None if it is absent."""
    return profile.first("libdefaults", "kdc_realm")


def _port(relation: Relation | None) -> int | None:
    if relation is None:
        return None
    number = integer(relation)
    if not 1 <= number <= 65535:
        raise Krb5ValueError(relation.origin, relation.value, "a port of 1-65535")
    return number
