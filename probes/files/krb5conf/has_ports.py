"""Which KDC ports does an old high-security EMR cluster (HAS, on Apache Kerby) state outside of its `kdc` entries?

Its clients write `kdc_realm`, `kdc_udp_port` and `kdc_tcp_port` to [libdefaults]. libkrb5 and the JDK know none of them, so where a port stands only
here those clients go to 88.
"""

from __future__ import annotations

from dataclasses import dataclass

from probes.files.krb5conf.errors import Krb5ValueError
from probes.files.krb5conf.mit import integer
from probes.files.krb5conf.profile import Profile, Relation
from probes.origin import Origin


@dataclass(frozen=True, slots=True)
class HasPorts:
    """None where absent. origins: the lines read, UDP before TCP."""

    udp: int | None
    tcp: int | None
    origins: tuple[Origin, ...]


def ports(profile: Profile) -> HasPorts:
    """Krb5ValueError where a value is no port of 1-65535."""
    udp, tcp = profile.first("libdefaults", "kdc_udp_port"), profile.first("libdefaults", "kdc_tcp_port")
    return HasPorts(_port(udp), _port(tcp), tuple(found.origin for found in (udp, tcp) if found is not None))


def realm(profile: Profile) -> Relation | None:
    """The realm of the cluster's own KDC by `kdc_realm`."""
    return profile.first("libdefaults", "kdc_realm")


def _port(relation: Relation | None) -> int | None:
    if relation is None:
        return None
    number = integer(relation)
    if not 1 <= number <= 65535:
        raise Krb5ValueError(relation.origin, relation.value, "a port of 1-65535")
    return number
