"""The inference table: what the configuration says, what was seen, what the sibling and the far side's own records say -> one cause.

`TABLE` is read from the top; the first row whose every column admits the facts decides, and the last row admits everything. docs/inference.md is this table, and a test
holds the two together. CONTRADICTIONS is a second table of the same columns: what it finds is a fault of an input, said beside the cause and never instead of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from diagnose.findings.model import Confidence
from diagnose.scene.node_records.model import Arrived, Filtered, Listening

Configured = Literal["allowed", "denied", "reply denied", "unknown", "reply unknown", "outside"]
"""All configured layers at the address that sent. denied: a layer stops the request; reply denied: the request may pass and a layer stops the answer;
reply unknown: what stops or passes the answer is not wholly known; outside: the target is no node of the cluster, so its filters are not in the case, and nothing
that is in it stops the request."""

Seen = Literal[
    "nothing",
    "silence",
    "silence elsewhere",
    "answer",
    "hang",
    "reset",
    "other protocol",
    "refusal",
    "forged refusal",
    "loop",
    "reject",
    "reject on the way",
    "unreachable",
    "no route",
    "answer from elsewhere",
]
"""nothing: not probed; silence elsewhere: this host is in no network of the resource group; hang, reset, other protocol: a KDC's port that connects and does not
answer Kerberos; refusal: RST, or ICMP port unreachable from the target itself; forged refusal: an RST that another device sent, and loop: packets that go
round in one, as the path probe found;
reject: an ICMP prohibition from the target itself."""

Beside = Literal["answers", "rejects", "hears and is not heard", "rejected on the way", "nothing"]
"""answers: the KDC's other transport does; rejects: the host rejects another flow by ICMP; the third: its answers to another flow are known to be lost;
rejected on the way: something that is no target rejects another flow to the host, or to its network, by ICMP."""

CONFIGURATION = "configuration"
"""In place of a code: the denying layer, or what is missing of it, names the cause; its own check says so."""

FINE = "none"
"""In place of a code: nothing is wrong."""

SERVICE = {"DOWN": ("KDC-DOWN", "SVC-DOWN"), "BIND": ("KDC-BIND", "SVC-BIND")}
"""What is called differently for a KDC and for any other service."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns of one flow. inside: the packets came from an address of the resource group; udp: over UDP."""

    seen: Seen
    configured: Configured
    kdc: bool = False
    beside: Beside = "nothing"
    arrived: Arrived = "unknown"
    listening: Listening = "unknown"
    filtered: Filtered = "unknown"
    translated: bool = False
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """Each column: the words that it admits, separated by "|", "" for all. missing: what would settle it. confidence "vantage": proven from inside the resource
    group's networks where the refusal is known to be the host's own or no router stands between, else strong; "excluded": strong where nothing else that the case
    leaves open could explain it, else inferred."""

    code: str
    confidence: Confidence | Literal["vantage", "excluded", ""]
    why: str
    seen: str
    configured: str = ""
    kdc: str = ""
    beside: str = ""
    arrived: str = ""
    listening: str = ""
    filtered: str = ""
    translated: str = ""
    inside: str = ""
    missing: str = ""


COLUMNS = tuple(each.name for each in fields(Facts))

FRESH = "the far side's records, taken while this check runs"
BOTH_FILTERS = "nft list ruleset as well, where iptables alone was listed: it does not show what firewalld and others put into nftables themselves"
ROUTE_BACK = "on the node, ip route get to an address of the resource group; the route tables and the outbound ACL entries of its vSwitch"
STALE = f"{FRESH}; {BOTH_FILTERS}"
LISTING = "on the node, iptables-save -c or nft list ruleset"
AGAIN = "the firewall's listing taken again after this check: so far the counter of that rule is 0"
ARRIVAL = "on the node, tcpdump, ss -tan (SYN-RECV) or the KDC's log while the check runs: they say whether the request arrives"

SECOND_REFUSAL = "the same check once that rule is gone: what listens there may refuse others too"
LONE = "one probe alone (emr-diagnose probe), after some seconds of quiet: a reject then answers"
SENDER = "this check run as root, which reads the TTL of the reset; or ss -ltn on the host: where the port is listened on, a firewall in front of the host refuses"
NOT_ARRIVING = "tcpdump on the host while the check runs: the connection does not arrive there"
BETWEEN = f"the rules of any firewall between the two networks; {BOTH_FILTERS}"
WAY_BACK = f"{ARRIVAL}; {BOTH_FILTERS}"

UNHEARD = "nothing|silence elsewhere"
PASSED = "answer|hang|reset|other protocol|refusal|reject"
CONNECTED = "answer|hang|other protocol"
ALLOWED = "allowed|outside"
DENIED = "denied|reply denied"
STOPS = "drop|idle drop|reset|prohibit"

TABLE: tuple[Row, ...] = (
    # An answer came.
    Row("NET-SNAT", "strong", "denied as itself and answered: a device on the way gave it another address", "answer", DENIED, translated="yes", missing=FRESH),
    Row("NET-SNAT", "inferred", "the KDC answers, and its log has our question from another address", "answer", translated="yes", missing=FRESH),
    Row(FINE, "", "it works", "answer"),
    # Something answered that is not what was asked for.
    Row("KDC-TCP-HOLE", "proven", "connected, and no Kerberos answer", "hang"),
    Row("KDC-RESET", "proven", "connected, and reset after the question", "reset"),
    Row("KDC-NOT-KRB", "proven", "connected, and another protocol answered", "other protocol"),
    Row("KDC-ASYM-SRC", "proven", "the answer came from another address", "answer from elsewhere"),
    # Nothing left this host, or a router said that there is no way.
    Row("NET-ROUTE", "proven", "this host has no route", "no route"),
    Row("NET-ROUTE", "proven", "routers send the packets round in a loop", "loop"),
    Row("NET-ROUTE", "strong", "a router or the target's neighbour says that there is no way", "unreachable"),
    # A firewall said no.
    Row("FW-OS-REJECT", "proven", "the target itself sent an ICMP prohibition", "reject"),
    Row("FW-VPC", "proven", "another device sent an ICMP prohibition", "reject on the way"),
    Row("FW-VPC", "strong", "another device sent the RST", "forged refusal", missing=NOT_ARRIVING),
    # Refused: a closed port, or a firewall that looks like one.
    Row("FW-OS-REJECT", "proven", "a rule of the host's firewall refuses it", "refusal", filtered="reset", listening="yes|unknown"),
    Row("FW-OS-REJECT", "strong", "a rule refuses it, whatever listens", "refusal", filtered="reset", missing=SECOND_REFUSAL),
    Row("BIND", "proven", "it listens, but not on the address that is asked", "refusal", listening="loopback|elsewhere"),
    Row("SG-UNRESOLVED", "strong", "it listens, its firewall accepts, and it refuses: stale records", "refusal", listening="yes", filtered="accept", missing=STALE),
    Row("FW-OS-REJECT", "strong", "it listens on that address, so a firewall refuses in its name", "refusal", listening="yes", missing=LISTING),
    Row("HALF", "vantage", "the other transport of the KDC answers", "refusal", kdc="yes", beside="answers"),
    Row("DOWN", "vantage", "nothing listens", "refusal"),
    # Silence, and the far side heard the request: never a filter on the way in.
    Row("NET-SNAT", "strong", "the KDC's log has our questions from another address only, again and again", "silence", translated="yes", missing=FRESH),
    Row(CONFIGURATION, "", "the request arrived and a configured layer stops the answer", "silence", "reply denied", arrived="yes"),
    Row(CONFIGURATION, "", "the request arrived, and whether a configured layer stops the answer is open", "silence", "reply unknown", arrived="yes"),
    Row("RET-ROUTE", "strong", "the request arrived, the answer did not", "silence", arrived="yes", missing=ROUTE_BACK),
    # Silence, and the configuration explains it.
    Row(CONFIGURATION, "", "a configured layer stops it", "silence", DENIED),
    # Silence, and the host's own firewall explains it.
    Row("FW-OS-DROP", "proven", "every configured layer allows it and this rule drops it", "silence", "allowed", filtered="drop"),
    Row("FW-OS-DROP", "strong", "this rule drops it", "silence", filtered="drop", missing="the rules that are not in the case"),
    Row("FW-OS-DROP", "strong", "this rule would drop it", "silence", filtered="idle drop", missing=AGAIN),
    Row("FW-OS-REJECT", "strong", "this rule rejects it; of many rejects most look like silence", "silence", filtered="reset|prohibit", missing=LONE),
    # Silence, and only the surroundings speak.
    Row("FW-OS-REJECT", "strong", "the host rejects others; most of many rejects are silent", "silence", ALLOWED, beside="rejects", filtered="unknown", missing=LONE),
    Row("FW-VPC", "strong", "a device on the way rejects others; most of many rejects are silent", "silence", ALLOWED, beside="rejected on the way", missing=LONE),
    Row("KDC-EXTERNAL", "strong", "a target outside the cluster is silent", "silence", "outside"),
    Row(CONFIGURATION, "", "what the configuration leaves open may be it", "silence", "unknown|reply unknown"),
    Row("RET-ROUTE", "strong", "the host's answers to another flow are lost", "silence", beside="hears and is not heard", missing=ROUTE_BACK),
    Row("FW-VPC", "inferred", "allowed, accepted by the host, and never arrived: lost between", "silence", arrived="no", filtered="accept", missing=BETWEEN),
    Row("RET-ROUTE", "inferred", "allowed, and the host's firewall accepts it: what is left is the way back", "silence", filtered="accept", missing=WAY_BACK),
    Row("FW-OS-DROP", "excluded", "allowed, and silent", "silence", missing=LISTING),
    # Nothing was sent from the resource group: the configuration speaks, and what the host's records show stands beside it.
    Row("FW-OS-DROP", "strong", "the configuration allows it and this rule drops it", UNHEARD, "allowed", filtered="drop|idle drop", missing=ARRIVAL),
    Row("FW-OS-REJECT", "strong", "the configuration allows it and this rule rejects it", UNHEARD, "allowed", filtered="reset|prohibit", missing=ARRIVAL),
    Row("BIND", "strong", "the configuration allows it and it listens on another address", UNHEARD, "allowed", listening="loopback|elsewhere", missing=FRESH),
    Row(CONFIGURATION, "", "no packet speaks, so the configuration does", UNHEARD),
)  # fmt: skip

CONTRADICTIONS: tuple[Row, ...] = (
    Row(FINE, "", "translation explains it", "", translated="yes"),
    Row("SG-UNRESOLVED", "strong", "the rules deny what got through", PASSED, DENIED, inside="yes"),
    Row("SG-UNRESOLVED", "strong", "the rules deny a request that the far side heard", "silence", "denied", arrived="yes"),
    Row("SG-UNRESOLVED", "strong", "the firewall's listing stops what got through", CONNECTED, filtered=STOPS, inside="yes", missing=FRESH),
    Row("SG-UNRESOLVED", "strong", "the list of sockets has a listener on another address only", CONNECTED, listening="loopback|elsewhere", missing=FRESH),
    Row(FINE, "", "nothing contradicts", ""),
)  # fmt: skip


Compiled = tuple[tuple[Row, tuple[tuple[int, frozenset[str]], ...]], ...]
"""Rows, each with the number and the words of every column that does not admit everything."""


def _compile(table: tuple[Row, ...]) -> Compiled:
    asked = [(row, [(n, getattr(row, column)) for n, column in enumerate(COLUMNS)]) for row in table]
    return tuple((row, tuple((n, frozenset(words.split("|"))) for n, words in cells if words)) for row, cells in asked)


_CAUSES, _CONTRADICTIONS = _compile(TABLE), _compile(CONTRADICTIONS)


def cause(facts: Facts) -> Row:
    """The row that decides."""
    return _first(_CAUSES, facts)


def _first(table: Compiled, facts: Facts) -> Row:
    words = [_word(getattr(facts, column)) for column in COLUMNS]
    return next(row for row, cells in table if all(words[n] in admitted for n, admitted in cells))


def contradiction(facts: Facts) -> Row | None:
    """What the inputs say against each other, None if nothing."""
    row = _first(_CONTRADICTIONS, facts)
    return None if row.code == FINE else row


def code_of(row: Row, *, kdc: bool, udp: bool) -> str:
    """The catalogue's code for this kind of service."""
    if row.code == "HALF":
        return "KDC-UDP-OFF" if udp else "KDC-TCP-OFF"
    of_kdc, of_service = SERVICE.get(row.code, (row.code, row.code))
    return of_kdc if kdc else of_service


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
