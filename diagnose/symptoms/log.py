"""Which failures does a log tell of, and which codes does each open?

A failure is an event with a known message. Details around it, such as Kerberos debug output, say
where a client asked, and rule codes out. Equal failures are counted, and the last one is shown.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from diagnose.case.model import Case, Skipped, Text
from diagnose.output.clean import clean
from diagnose.symptoms import asked_service, jdbc_url
from diagnose.symptoms.jdbc_url import UrlPrincipal
from diagnose.symptoms.messages import Message, candidates, messages
from probes.files.log_events import LARGEST_READ, LogEvent, events, is_cut
from probes.files.masking import masked
from probes.frozen import frozen, replace
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

CLIENT_LOGS: Final = ("log", "log:hiveserver2", "log:namenode")
"""Kinds of texts that are read here. The KDC's own log is a record of a node."""

MOST_READ: Final = 64 << 20
"""Characters of all logs of a case that are read."""

MOST_SYMPTOMS: Final = 200
"""Different failures that are kept of one log."""

MOST_DATANODES: Final = 50
"""Addresses of excluded DataNodes that are kept."""

LONGEST_SAID: Final = 320
"""Characters that are quoted of a log: two whole principals and the words around them."""

NEAR: Final = 200
"""Lines before a failure in which a detail still belongs to it."""

BELOW: Final = 12
"""Lines below a failure in which Java's debug output may still name the service of it."""

ASKS_A_KDC: Final = frozenset({"kdc-silent", "kdc-refused", "kdc-tcp", "kdc-mit", "kdc-other"})
"""Topics about reaching a KDC: the Kerberos details around them say which."""

ASKS_A_SERVICE: Final = frozenset(
    {
        *("service-silent", "service-refused", "service-other", "service-hangs", "no-route", "metastore"),
        *("hs2", "hs2-http", "thrift", "tls"),
    }
)
"""Topics about reaching a service: the line around the cause names it."""

INSIDE: Final = "datanode-inside"
"""Topic about DataNodes that the cluster itself does not reach."""

ENDED: Final = "datanode-login"
"""Topic about DataNodes that took the connection and ended it."""

NAMED: Final = ("user", "path", "scheme", "keytab")
"""Parts of a message that its next checks name."""

OF_EXCLUSION: Final = frozenset({"excluding-datanode", "replicated-to-none"})
"""Messages of a client that follow a failure at a DataNode, whatever it was."""

_DATANODE: Final = regex(r"(?:DatanodeInfoWithStorage\[|Excluding datanode )(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})")
_CLIENT: Final = regex(r"(?:Call From |local host is: \"?)[\w.-]*/(\d{1,3}(?:\.\d{1,3}){3})\b")
_PRINCIPAL: Final = regex(r"(?<![\w./@:-])[a-z_][\w.-]{0,60}(?:/[\w.-]{1,200})?@[A-Z][A-Z0-9.-]{2,120}(?![\w@])")


@frozen
class Symptom:
    """One failure that a log tells of."""

    message: Message
    """The message that names the cause, else the one around it."""
    candidates: tuple[str, ...]
    """Codes that fit, the most likely first."""
    said: str
    """The words of the log, without secrets."""
    origin: Origin
    """File and line of the last time."""
    stamp: str
    """Time of the last time, as the log writes it. "" if it has none."""
    at: datetime | None
    """The same as a value. Without zone if the log has none. None if it is not known."""
    times: int = 1
    """How often the log has it."""
    host: str | None = None
    """Host that was asked. None if the log does not tell."""
    address: str | None = None
    """Its address. None if the log does not tell."""
    port: int | None = None
    """Port that was asked. None if the log does not tell."""
    transport: str | None = None
    """"udp" or "tcp". None if the log does not tell."""
    url: UrlPrincipal | None = None
    """What the last JDBC URL with a principal, up to this line, names. None without one."""
    principal: str | None = None
    """Principal that the failure is about. None if the log does not tell."""
    realm: str | None = None
    """Realm that was asked for. None if the log does not tell."""
    writer: str | None = None
    """Node of the YARN container that wrote it. None if the log names none."""
    client: str | None = None
    """Own address of the client, as it writes it. None if the log does not tell."""
    datanodes: tuple[tuple[str, int], ...] = ()
    """Address and port of each excluded DataNode."""
    words: tuple[tuple[str, str], ...] = ()
    """What else the message names: "user", "path", "scheme", "keytab", "service" -> its value."""
    by_kdc: bool = False
    """True if the log of a KDC tells of it."""

    def word(self, name: str) -> str | None:
        """Return what the message names under this name. None if it does not."""
        return next((value for key, value in self.words if key == name), None)

    @property
    def topic(self) -> str:
        """Return what the message is about."""
        return self.message.topic

    @property
    def target(self) -> str | None:
        """Return host and port, as a person writes them. None without a host."""
        host = self.host or self.address
        return host if host is None or self.port is None else f"{host}:{self.port}"


@frozen
class LogReading:
    """What one log tells."""

    file: str
    """Path inside the case, or the option that gave it."""
    symptoms: tuple[Symptom, ...]
    """Its failures, the last one first. One with a cause comes before one without."""
    newest: datetime | None
    """Time of its last line. None if it has no time."""
    is_cut: bool
    """True if only its end was read."""


def read_logs(case: Case) -> tuple[tuple[LogReading, ...], tuple[Skipped, ...]]:
    """Return what the logs of a case tell, and which are not used, with the cause."""
    readings: list[LogReading] = []
    skipped: list[Skipped] = []
    left = MOST_READ
    for text in _client_logs(case.texts):
        if left <= 0:
            cause = tr("{size} MiB of logs were read before it", size=MOST_READ >> 20)
            skipped.append(Skipped(text.file, cause, tr("fewer logs, or their ends")))
            continue
        left -= min(len(text.text), LARGEST_READ)
        reading = read_log(text.file, text.text, text.first_line)
        readings.append(reading)
        if reading.is_cut:
            what = tr("the beginning of {file}", file=text.file)
            cause = tr("only the last {size} MiB of a log are read", size=LARGEST_READ >> 20)
            skipped.append(Skipped(what, cause, tr("a shorter log")))
        if not reading.symptoms:
            cause = tr("not used: no line of this log is a failure that is known")
            skipped.append(Skipped(text.file, cause, tr("the log of the failure")))
    return tuple(readings), tuple(skipped)


def _client_logs(texts: Iterable[Text]) -> Iterator[Text]:
    return (text for text in texts if text.kind in CLIENT_LOGS)


def read_log(file: str, text: str, first_line: int = 1) -> LogReading:
    """Return the failures of one log. Never raises.

    first_line: number of the first line of the text.
    """
    low = text[-LARGEST_READ:].lower()
    wanted = [message for message in messages() if message.hint in low]
    del low
    found: dict[tuple[object, ...], Symptom] = {}
    details: deque[_Hit] = deque(maxlen=16)
    newest: datetime | None = None
    url: UrlPrincipal | None = None
    for event in events(text, first_line):
        newest = event.at or newest
        hits = _hits(event, wanted)
        url = jdbc_url.in_lines(event.lines) or url
        details += [hit for hit in hits if hit.message.role == "detail"]
        failures = [hit for hit in hits if hit.message.role != "detail"]
        if not failures:
            _tell_service(found, hits)
            continue
        near = [hit for hit in details if event.line - hit.line <= NEAR]
        symptom = replace(_symptom(file, event, failures, near), url=url)
        key: tuple[object, ...] = (symptom.message.id, symptom.host, symptom.address, symptom.port)
        if symptom.topic == "datanode":
            key = ("datanode",)
        if key in found:
            found[key] = _again(found.pop(key), symptom)
        elif len(found) < MOST_SYMPTOMS:
            found[key] = symptom
    last_first = list(_without_inside(list(reversed(found.values()))))
    last_first.sort(key=lambda symptom: symptom.message.role == "envelope")
    return LogReading(file, tuple(last_first), newest, first_line > 1 or is_cut(text))


def _tell_service(found: dict[tuple[object, ...], Symptom], hits: Sequence[_Hit]) -> None:
    """Give the last failure the service that the lines below it name, if it names none itself.

    Java prints its debug output and its exceptions by two ways, so either may come first.
    """
    named = next((hit for hit in hits if hit.message.topic == "spn" and hit.group("principal")), None)
    if named is None or not found:
        return
    key, last = next(reversed(found.items()))
    principal = named.group("principal")
    if (
        last.topic == "spn"
        and last.principal is None
        and principal
        and 0 < named.line - (last.origin.line or 0) <= BELOW
    ):
        found[key] = replace(last, principal=principal, candidates=asked_service.fitting(principal, last.candidates))


def _without_inside(symptoms: Sequence[Symptom]) -> Iterator[Symptom]:
    """Yield the failures without DataNodes that only other nodes of the cluster did not reach.

    A client excludes such a node as well, although it never dialled it. And a block that no node
    has is missing to every client. It also excludes a node that ended the connection.
    """
    if any(symptom.topic == ENDED for symptom in symptoms):
        symptoms = [symptom for symptom in symptoms if symptom.message.id not in OF_EXCLUSION]
    inside = [symptom for symptom in symptoms if symptom.topic == INSIDE]
    unlinked = {(symptom.address, symptom.port) for symptom in inside if symptom.address}
    for symptom in symptoms:
        if not inside or symptom.topic != "datanode":
            yield symptom
            continue
        left = tuple(node for node in symptom.datanodes if node not in unlinked)
        if left:
            yield replace(symptom, datanodes=left)


@frozen
class _Hit:
    """A message in a line."""

    message: Message
    """The message."""
    match: re.Match[str]
    """Where it stands in the line."""
    line: int
    """Number of the line."""

    def group(self, name: str) -> str | None:
        """Return a named part of the match. None if the pattern has none or it is absent."""
        return self.match[name] if name in self.message.pattern.groupindex else None


def _hits(event: LogEvent, wanted: Sequence[Message]) -> list[_Hit]:
    """Return the messages of an event, in its order. Suppressed lines count only without others."""
    whole = "\n".join(text for _, text in (*event.lines, *event.suppressed)).lower()
    known = [message for message in wanted if message.hint in whole and message.fits(whole)]
    if not known:
        return []
    return list(_matches(event.lines, known)) or list(_matches(event.suppressed, known))


def _matches(lines: Sequence[tuple[int, str]], known: Sequence[Message]) -> Iterator[_Hit]:
    for number, text in lines:
        low = text.lower()
        of_line = [
            _Hit(message, match, number)
            for message in known
            if message.hint in low and (match := message.search(text)) is not None
        ]
        yield from sorted(of_line, key=lambda hit: hit.match.start())


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SAID else f"{text[: LONGEST_SAID - 1]}…"


def _symptom(file: str, event: LogEvent, failures: Sequence[_Hit], details: Sequence[_Hit]) -> Symptom:
    causes = [hit for hit in failures if hit.message.role == "cause"]
    main = (causes or list(failures))[-1]
    alike = [hit for hit in details if hit.message.topic == main.message.topic]
    around = [*failures, *(details if main.message.topic in ASKS_A_KDC else alike)]
    codes = candidates(tuple(dict.fromkeys(hit.message for hit in around)))
    texts = [text for _, text in event.lines]
    place = _place(main, failures, details)
    own = next((hit.group("principal") for hit in reversed([*alike, *failures]) if hit.group("principal")), None)
    if own is not None:
        codes = asked_service.fitting(own, codes)
    said = _shortened(clean(masked(main.match[0])))
    named = next((found[0] for text in texts if (found := _PRINCIPAL.search(text))), None)
    return Symptom(
        main.message,
        codes,
        said,
        Origin(file, main.line),
        event.stamp,
        event.at,
        host=place.host,
        address=place.address,
        port=place.port,
        transport=place.transport,
        principal=own or named,
        realm=next((hit.group("realm") for hit in reversed(failures) if hit.group("realm")), None),
        writer=event.host,
        client=next((found[1] for text in texts if (found := _CLIENT.search(text))), None),
        datanodes=_datanodes(texts) if main.message.topic == "datanode" else (),
        words=_words(main, own),
    )


@frozen
class _Place:
    """Where a client asked."""

    host: str | None = None
    address: str | None = None
    port: int | None = None
    transport: str | None = None


def _place(main: _Hit, failures: Sequence[_Hit], details: Sequence[_Hit]) -> _Place:
    """Return where the client asked: by the message, else by the line or the details around it."""
    topic = main.message.topic
    others = list(reversed(failures)) if topic in ASKS_A_SERVICE else []
    others += list(reversed(details)) if topic in ASKS_A_KDC else []
    for hit in (main, *others):
        host, address = hit.group("host"), hit.group("address")
        if host is None and address is None:
            continue
        if host is not None and re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", host):
            host, address = None, host
        port, transport = hit.group("port"), hit.group("transport")
        number = int(port) if port is not None and 0 < int(port) < 65536 else None
        return _Place(host, address, number, transport.lower() if transport else None)
    return _Place()


def _words(main: _Hit, service: str | None) -> tuple[tuple[str, str], ...]:
    """Return what a message names for its next checks: "service" is the principal of a service."""
    named = {name: main.group(name) for name in NAMED}
    if main.message.topic == asked_service.TOPIC:
        named["service"] = service
    return tuple((name, clean(masked(value))) for name, value in named.items() if value is not None)


def _datanodes(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    found = dict.fromkeys((each[0], int(each[1])) for text in texts for each in _DATANODE.findall(text))
    return tuple(found)[:MOST_DATANODES]


def _again(before: Symptom, after: Symptom) -> Symptom:
    """Return the later of two equal failures, with what only the earlier one tells."""
    later = after if after.datanodes or not before.datanodes or after.message is before.message else before
    nodes = tuple(dict.fromkeys((*before.datanodes, *after.datanodes)))[:MOST_DATANODES]
    return replace(
        later,
        candidates=tuple(dict.fromkeys((*later.candidates, *(c for c in before.candidates if c in after.candidates)))),
        times=before.times + 1,
        origin=after.origin if later is after else before.origin,
        host=later.host or before.host,
        address=later.address or before.address,
        port=later.port or before.port,
        datanodes=nodes,
    )
