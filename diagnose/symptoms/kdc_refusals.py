"""Which requests of the resource group did a KDC refuse, and in which words?

The log of the KDC has the requests of all clients. Those of other networks are left out, and so are
the questions of a check. A refusal that the same client overcame later is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from diagnose.case.model import Case, Text
from diagnose.symptoms.log import LogReading, Symptom, read_log
from probes.addresses import Ranges, contains, parse_address
from probes.files.kdc_log import MASTER_KEY, Event, read_kdc_log
from probes.frozen import replace
from probes.regex import regex

KIND: Final = "log:kdc"
"""Kind of the texts that are read here."""

GRANTED: Final = "ISSUE"
"""What MIT writes of a ticket that it gave."""

ASKS_AGAIN: Final = "NEEDED_PREAUTH"
"""What it writes of the first request of most logins, which the client repeats with a proof."""

UNNAMED, UNNAMED_SERVICE = "<unknown client>", "<unknown"
"""What MIT writes of the parties of a request that it did not read, and the part that is compared.
A long task whose ticket ended logs in again, and its next request has names."""

PADDED: Final = regex(r"x+(@.*|\.\.\.)")
"""Client of a question that a check makes longer by some bytes, to see what the way does to large
packets. Of a long name MIT writes the first letters, and three dots."""

MOST: Final = 20
"""Refusals that are kept of one log, the last ones."""

_Key = tuple[str | None, str | None, str, str]


def refusals(case: Case, sources: Ranges) -> tuple[LogReading, ...]:
    """Return what the logs of KDCs in a case refuse to the addresses of `sources`: to all clients
    if there are none."""
    readings = (_reading(text, sources) for text in case.texts if text.kind == KIND)
    return tuple(reading for reading in readings if reading.symptoms)


def _reading(text: Text, sources: Ranges) -> LogReading:
    refused = _refused(read_kdc_log(text.file, text.text).events, sources)
    lines = text.text.split("\n") if refused else []
    symptoms: dict[tuple[object, ...], Symptom] = {}
    for event in refused[: -MOST - 1 : -1]:
        number = event.origin.line or 1
        for symptom in read_log(text.file, lines[number - 1], text.first_line + number - 1).symptoms:
            symptoms.setdefault((symptom.message.id, symptom.principal), replace(symptom, by_kdc=True))
    return LogReading(text.file, tuple(symptoms.values()), None, text.first_line > 1)


def _refused(events: Sequence[Event], sources: Ranges) -> list[Event]:
    """Return the last refusal of each client, exchange and kind of service, in the order of the
    log. None where a ticket followed.

    A client of MIT that does not know the realm of a host asks for a krbtgt of others as well.
    """
    last: dict[_Key, Event] = {}
    for event in _requests(events, sources):
        key = (event.address, event.exchange, event.client, event.server.partition("/")[0])
        last.pop(key, None)
        if event.answer != GRANTED:
            last[key] = event
            continue
        if event.exchange == "TGS":
            last.pop((*key[:3], "krbtgt"), None)
            last.pop((event.address, event.exchange, UNNAMED, UNNAMED_SERVICE), None)
    return list(last.values())


def _requests(events: Sequence[Event], sources: Ranges) -> Iterator[Event]:
    """Yield the answered requests of these addresses, without those of a check."""
    for event in events:
        known = event.address is not None and (not sources or contains(sources, parse_address(event.address)))
        is_ours = (
            event.asks_master_key or event.server.startswith(MASTER_KEY) or PADDED.fullmatch(event.client) is not None
        )
        if known and event.kind == "request" and not is_ours and event.answer not in ("", ASKS_AGAIN):
            yield event
