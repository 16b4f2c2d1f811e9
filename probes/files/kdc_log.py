"""Which requests did a KDC receive, and from which clients? Reads the logs of MIT krb5kdc and
Heimdal's kdc.

MIT writes, after a prefix that depends on where the log goes (a file, syslog, standard error):

    AS_REQ (2 etypes {…}) 192.168.10.7: NEEDED_PREAUTH: alice@R for krbtgt/R@R, Additional …
    DISPATCH: repeated (retransmitted?) request from 192.168.10.7, resending previous response
    closing down fd 12

Heimdal writes:

    2026-11-23T23:41:04 AS-REQ alice@R from IPv4:192.168.10.7 for krbtgt/R@R

Neither log names the transport of a request. MIT's prefix has no year, and neither log names its
time zone. So `at` orders the events of one log; do not compare it with another clock. The shapes
are those of MIT 1.20 and Heimdal 7.8, as the KDCs of the lab write them.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Literal

from probes.files.kdc_start import NotRunning, Starts
from probes.frozen import frozen
from probes.origin import Origin
from probes.regex import regex

LARGEST_READ = 16 << 20
"""Characters that are read from the end of a log. The newest lines count, and a busy KDC writes
that much in some hours.
"""

LONGEST_LINE = 4096
"""Characters of a line that are read. A request with every known encryption type takes 500."""

Kind = Literal["request", "repeated", "started"]

MASTER_KEY = "K/M@"
"""Beginning of the principal that only a diagnosis asks for.

It is the master key entry of an MIT database. No client logs in with it.
"""


@frozen
class Event:
    """One line of a KDC log."""

    kind: Kind
    """A request, a repeated request, or a start of the KDC."""
    origin: Origin
    """Line of the log."""
    address: str | None = None
    """Address of the client. None if the line names none."""
    exchange: Literal["AS", "TGS"] | None = None
    """"AS" or "TGS". None if the line names none."""
    answer: str = ""
    """MIT's word: "ISSUE", "NEEDED_PREAUTH", "CLIENT_NOT_FOUND" … "" if the line has none."""
    client: str = ""
    """Principal, as logged. "" if the line has none."""
    server: str = ""
    """Principal of the service that was asked for. "" if the line has none."""
    at: float | None = None
    """Seconds, valid for differences within one log only. None if the line has no time."""
    host: str | None = None
    """Machine that the prefix names. None if it names none."""

    @property
    def asks_master_key(self) -> bool:
        return self.kind == "request" and self.client.startswith(MASTER_KEY)


@frozen
class KdcLog:
    """What one KDC log shows."""

    implementation: Literal["MIT", "Heimdal"] | None
    """Which KDC wrote the log. None if no event was read."""
    events: tuple[Event, ...]
    """Events in the order of the log."""
    host: str | None = None
    """Machine that most prefixes name. None if none of them names one."""
    listening: tuple[str, ...] = ()
    """Addresses on which the KDC listens, according to the log. Wildcards are left out."""
    not_running: NotRunning | None = None
    """What stopped the KDC, if it does not run by the end of the log. None if it does."""
    last_at: float | None = None
    """Time of the last line that tells whether it runs, as `Event.at`. None if that has no time."""


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_SYSLOG = regex(
    r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d) (?P<host>\S{1,255}) "
    r"(?=\S*(?:krb5kdc|systemd\[))"
)
_ISO = regex(
    r"\d{4}-(?P<month>\d\d)-(?P<day>\d\d)T(?P<time>\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)? "
    r"(?:(?P<host>\S{1,255}) (?=\S*(?:krb5kdc|kdc\[|systemd\[)))?"
)
_MIT = regex(
    r"\b(?P<exchange>AS|TGS)_REQ (?:\([^()]*(?:\([^()]*\)[^()]*)*\) )?"
    r"(?P<address>[0-9A-Fa-f.:]{2,45}(?:%\w+)?): (?P<answer>[A-Z][^:]{1,60}): (?P<rest>.*)"
)
_MIT_AGAIN = regex(
    r"\bDISPATCH: repeated \(retransmitted\?\) request from (?P<address>[0-9A-Fa-f.:]{2,45})(?:%\w+)?, resending"
)
_MIT_PARTIES = regex(r"(?:^|, +|\} +)(?P<client>[^\s,{}]{1,512}|<unknown client>) for (?P<server>[^\s,]{1,512})")
_MIT_LISTENS = regex(r"listening on fd \d+: (?:udp|tcp) (?P<address>[0-9A-Fa-f.:]{2,45})[.:](?P<port>\d{1,5})\b")
_HEIMDAL = regex(
    r"(?:^|\s)(?P<exchange>AS|TGS)-REQ (?P<client>\S{1,512}) from IPv[46]:(?P<address>[0-9A-Fa-f.:]{2,45}) for \S"
)
_HEIMDAL_LISTENS = regex(r"listening on IPv[46]:(?P<address>[0-9A-Fa-f.:]{2,45}) port (?P<port>\d{1,5})/(?:udp|tcp)")


def read_kdc_log(file: str, text: str) -> KdcLog:
    """Read every request and every start, in the order of the log.

    Lines of any other shape are skipped. Never raises.
    """
    start = max(0, len(text) - LARGEST_READ)
    if start:
        start = text.find("\n", start) + 1 or len(text)
    first = text.count("\n", 0, start) + 1
    events: list[Event] = []
    listening: dict[str, None] = {}
    mit = heimdal = 0
    starts, last = Starts(file), ""
    for number, whole in enumerate(text[start:].split("\n"), start=first):
        if "REQ" not in whole and "DISPATCH" not in whole and "listening on" not in whole and "commencing" not in whole:
            if starts.take(number, whole[:LONGEST_LINE].rstrip("\r")):
                last = whole[:LONGEST_LINE]
            continue
        line = whole[:LONGEST_LINE].rstrip("\r")
        for shape in (_MIT_LISTENS, _HEIMDAL_LISTENS):
            if (listening_line := shape.search(line)) and (address := _address(listening_line["address"])):
                listening[address] = None
        event = _mit(file, number, line)
        mit += event is not None
        if event is None:
            event = _heimdal(file, number, line)
            heimdal += event is not None
        if event is not None:
            events.append(event)
            starts.alive()
    end, host = _prefix(last) if starts.not_running else (events[-1].at if events else None, None)
    hosts = Counter(event.host for event in events if event.host)
    hosts.update([host] if host else [])
    return KdcLog(
        None if not events else "MIT" if mit >= heimdal else "Heimdal",
        tuple(events),
        hosts.most_common(1)[0][0] if hosts else None,
        tuple(address for address in listening if not ipaddress.ip_address(address).is_unspecified),
        starts.not_running,
        end,
    )


def _mit(file: str, number: int, line: str) -> Event | None:
    origin = Origin(file, number)
    at, host = _prefix(line)
    if "commencing operation" in line:
        return Event("started", origin, at=at, host=host)
    if repetition := _MIT_AGAIN.search(line):
        address = _address(repetition["address"])
        return None if address is None else Event("repeated", origin, address, at=at, host=host)
    request = _MIT.search(line)
    address = _address(request["address"]) if request else None
    if request is None or address is None:
        return None
    parties = _MIT_PARTIES.search(request["rest"])
    client, server = (parties["client"], parties["server"]) if parties else ("", "")
    exchange: Literal["AS", "TGS"] = "AS" if request["exchange"] == "AS" else "TGS"
    return Event("request", origin, address, exchange, request["answer"], client, server, at, host)


def _heimdal(file: str, number: int, line: str) -> Event | None:
    request = _HEIMDAL.search(line)
    address = _address(request["address"]) if request else None
    if request is None or address is None:
        return None
    at, host = _prefix(line)
    exchange: Literal["AS", "TGS"] = "AS" if request["exchange"] == "AS" else "TGS"
    return Event("request", Origin(file, number), address, exchange, "", request["client"], at=at, host=host)


def _prefix(line: str) -> tuple[float | None, str | None]:
    """Read time and host before the message.

    Every month counts 31 days: only differences matter, and a difference across the end of a month
    comes out too long.
    """
    prefix = _SYSLOG.match(line) or _ISO.match(line)
    if prefix is None:
        return None, None
    named = prefix["month"].isalpha()
    month = _MONTHS.find(prefix["month"].lower()) // 4 if named else int(prefix["month"])
    hours, minutes, seconds = map(int, prefix["time"].split(":"))
    return float(((month * 31 + int(prefix["day"])) * 24 + hours) * 3600 + minutes * 60 + seconds), prefix["host"]


def _address(text: str) -> str | None:
    """Return the usual spelling. An IPv4 address inside IPv6 (::ffff:…) becomes the IPv4 one."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0].rstrip(":"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
