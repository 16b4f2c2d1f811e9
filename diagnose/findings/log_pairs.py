"""Which failures does the log of a client tell of, and the log of a KDC too?

Both write one refusal in their own words and by their own clocks, in zones that neither of them
names. So their times only have to be within a day. Different names, or another error of Kerberos,
are another failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from diagnose.symptoms.asked_service import TOPIC as OF_A_SERVICE
from diagnose.symptoms.log import Symptom
from probes.regex import regex

APART: Final = timedelta(hours=27)
"""Two zones differ by 26 hours at most. The rest is for a clock that is wrong."""

_SYSLOG: Final = regex(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def paired(symptoms: Sequence[Symptom]) -> Mapping[int, Symptom]:
    """Return id of a client's failure -> the same failure in the log of a KDC.

    A failure that may be each of several is none of them.
    """
    by_kdc = [symptom for symptom in symptoms if symptom.by_kdc]
    found: dict[int, Symptom] = {}
    for symptom in symptoms:
        if symptom.by_kdc:
            continue
        same = [other for other in by_kdc if is_same(symptom, other)]
        if len({_about(other) for other in same}) == 1:
            found[id(symptom)] = same[0]
    return found


def is_same(client: Symptom, kdc: Symptom) -> bool:
    """Return True if both logs may tell of one refusal."""
    own, other = _about(client), _about(kdc)
    is_named_alike = own is None or other is None or own.lower() == other.lower()
    return is_named_alike and _is_same_error(client, kdc) and not _is_apart(client, kdc)


def is_other(first: Symptom, second: Symptom) -> bool:
    """Return True if two failures with the same candidates are surely of two principals."""
    own, other = _about(first), _about(second)
    return first.by_kdc != second.by_kdc and own is not None and other is not None and own.lower() != other.lower()


def _is_same_error(client: Symptom, kdc: Symptom) -> bool:
    if OF_A_SERVICE in (client.topic, kdc.topic):
        return client.topic == kdc.topic
    return bool(client.candidates and kdc.candidates) and client.candidates[0] == kdc.candidates[0]


def _about(symptom: Symptom) -> str | None:
    """Return the principal that was refused: of the service, if there is no such one."""
    return symptom.word("service") if symptom.topic == OF_A_SERVICE else symptom.principal


def _is_apart(client: Symptom, kdc: Symptom) -> bool:
    """Return True if the times differ by more than two zones do. False if one is not known."""
    own = None if client.at is None else client.at.replace(tzinfo=None)
    if own is None:
        return False
    at = [kdc.at.replace(tzinfo=None)] if kdc.at is not None else _in_years(kdc.stamp, own.year)
    return bool(at) and all(abs(each - own) > APART for each in at)


def _in_years(stamp: str, year: int) -> list[datetime]:
    """Return what a time without a year may be, around that year."""
    match = _SYSLOG.match(stamp)
    if match is None or match[1] not in _MONTHS:
        return []
    found = []
    for each in (year - 1, year, year + 1):
        try:
            day = datetime(each, _MONTHS.index(match[1]) + 1, int(match[2]))
            found.append(day.replace(hour=int(match[3]), minute=int(match[4]), second=int(match[5])))
        except ValueError:
            continue
    return found
