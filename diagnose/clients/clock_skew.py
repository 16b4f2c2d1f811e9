"""Does clockskew of krb5.conf let the client accept any service ticket?

A ticket that is not of the same second as the login carries the time from which it is valid. Java
compares that with its own clock in milliseconds, so that 0 seconds are never enough. libkrb5 takes
over the KDC's time at the login, so that only a number below 0 ends it. Measured with kvno of krb5
1.20 and OpenJDK 11.0.13, 17.0.9, 17.0.15, 21.0.8 and 25.0.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from diagnose.clients import jdk, mit
from diagnose.clients.model import Ending, Exchange
from probes.frozen import replace
from probes.language import tr
from probes.origin import Origin

if TYPE_CHECKING:
    from probes.files.krb5conf import Profile
    from probes.files.krb5conf.jdk_table import Reading

MIT_REFUSES: Final = "Clock skew too great in KDC reply"
"""KRB5_KDCREP_SKEW."""


def jdk_skew_fault(reading: Reading) -> Ending | None:
    """Return how a service ticket of Java ends at its clockskew. None if it does not.

    JdkShapeError if clockskew is a section.
    """
    from probes.files.krb5conf.jdk import clock_skew

    line = reading.first("libdefaults", "clockskew")
    if line is None or clock_skew(reading) > 0:
        return None
    return jdk.failed(jdk.SKEW, 0.0, "tgs", _why(line.origin))


def mit_skew_fault(profile: Profile) -> Ending | None:
    """Return how a service ticket of libkrb5 ends at its clockskew. None if it does not."""
    from probes.files.krb5conf import Krb5ValueError
    from probes.files.krb5conf.mit import integer

    line = profile.first("libdefaults", "clockskew")
    try:
        if line is None or integer(line) >= 0:
            return None
    except Krb5ValueError:
        return None
    return mit.failed(MIT_REFUSES, 0.0, "tgs", _why(line.origin))


def with_ticket_refused(endings: dict[Exchange, Ending], fault: Ending | None) -> dict[Exchange, Ending]:
    """Return the endings with a service ticket that the client gets and refuses."""
    ticket = endings["tgs"]
    if fault is None or ticket.works != "yes":
        return endings
    return {**endings, "tgs": replace(fault, seconds=ticket.seconds)}


def _why(at: Origin) -> str:
    return tr("{place} allows no difference of clocks", place=f"{at.file}:{at.line}")
