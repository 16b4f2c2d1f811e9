"""Can a client read the lifetimes of tickets that krb5.conf asks for?

A duration that it cannot read ends a login before anything is sent. Java reads ticket_lifetime for
a service ticket too. Measured with kinit and kvno of krb5 1.20 and OpenJDK 11.0.13, 17.0.9,
17.0.15, 21.0.8 and 25.0.2; releases of Java 8 before 8u242 do not read the keys.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from diagnose.clients import jdk, mit
from diagnose.clients.model import Ending, Exchange, unknown
from probes.files.krb5conf.durations import LIFETIMES, JdkDurationError, jdk_seconds, mit_seconds
from probes.language import tr
from probes.regex import regex

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.jdk_table import Reading
    from probes.files.krb5conf.profile import Relation

MIT_REFUSES: Final = "Invalid format of Kerberos lifetime or clock skew string"
"""KRB5_DELTAT_BADFORMAT."""

_PLAIN: Final = regex(r"[1-9][0-9]{0,8}[dhms]?", re.ASCII)
"""Durations that every family reads, and reads alike."""


def jdk_lifetime_fault(reading: Reading, exchange: Exchange) -> Ending | None:
    """Return how Java of the reading's releases ends at a lifetime that it refuses.

    None if it reads them. JdkShapeError if one is a section.
    """
    if not reading.rules.reads_lifetimes:
        return None
    for key in LIFETIMES if exchange == "as" else LIFETIMES[:1]:
        relation = reading.first("libdefaults", key)
        fault = None if relation is None else _jdk_fault(relation, exchange)
        if fault is not None:
            return fault
    return None


def _jdk_fault(relation: Relation, exchange: Exchange) -> Ending | None:
    try:
        jdk_seconds(relation.value)
    except JdkDurationError as error:
        if error.is_number and exchange == "tgs":  # GSS-API does not expect it and does not wrap it
            return Ending("no", 0.0, error.message, _why(relation))
        return jdk.failed(error.message, 0.0, exchange, _why(relation))
    return None


def mit_lifetime_fault(profile: Profile, realm: str, exchange: Exchange) -> Ending | None:
    """Return how libkrb5 ends at a lifetime that it refuses. None if it reads them.

    It reads them for a login alone.
    """
    from probes.files.krb5conf.mit import context_fault, libdefault

    if exchange != "as" or context_fault(profile) is not None:
        return None
    for key in LIFETIMES:
        relation = libdefault(profile, key, realm)
        if relation is not None and mit_seconds(relation.value) is None:
            return mit.failed(MIT_REFUSES, 0.0, exchange, _why(relation))
    return None


def other_lifetime_fault(profile: Profile) -> Ending | None:
    """Return the ending of a family whose reading of durations is not modelled.

    None if every family reads these.
    """
    for key in LIFETIMES:
        relation = profile.first("libdefaults", key)
        if relation is not None and _PLAIN.fullmatch(relation.value) is None:
            place = f"{relation.origin.file}:{relation.origin.line}"
            return unknown(tr("what it makes of {list} is not modelled", list=place))
    return None


def _why(relation: Relation) -> str:
    return tr("{place} is not a duration that it can read", place=f"{relation.origin.file}:{relation.origin.line}")
