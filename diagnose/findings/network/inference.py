"""Which one cause do the configuration, the packets and the records of the host point at?

- `TABLE` is read from the top. The first row whose columns all admit the facts decides. The last
  row admits everything. docs/inference.md is this table, and a test compares the two.
- `CONTRADICTIONS` has the same columns. Its rows find a fault of an input. Such a fault is reported
  beside the cause, never instead of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from diagnose.findings.model import Confidence
from diagnose.scene.node_records.model import Arrived, Filtered, Listening
from probes.frozen import frozen
from probes.language import marked

Configured = Literal["allowed", "denied", "reply denied", "unknown", "reply unknown", "outside"]
"""What all configured layers decide for the address that sent.

- denied: a layer stops the request.
- reply denied: the request may pass, and a layer stops the answer.
- reply unknown: it is not wholly known what happens to the answer.
- outside: the target is no node of the cluster, so its filters are not in the case. No filter
  that is in the case stops the request.
"""

Seen = Literal[
    "nothing",
    "silence",
    "silence elsewhere",
    "answer",
    "hang",
    "reset",
    "closed early",
    "other protocol",
    "refusal",
    "forged refusal",
    "loop",
    "reject",
    "own unreachable",
    "reject on the way",
    "unreachable",
    "no route",
    "answer from elsewhere",
]
"""What the probe saw.

- nothing: not probed.
- silence elsewhere: silence, and this host is in no network of the resource group.
- hang, reset, other protocol: a KDC's port that connects and does not answer Kerberos.
- closed early: a KDC's port that connects and ends the connection without a byte.
- refusal: RST, or ICMP port unreachable from the target itself.
- forged refusal: an RST that another device sent, as the path probe found.
- loop: packets go round in a loop, as the path probe found.
- reject: an ICMP prohibition from the target itself.
- own unreachable: the target itself says by ICMP that the target cannot be reached.
"""

Beside = Literal["answers", "rejects", "hears and is not heard", "no way", "rejected on the way", "nothing"]
"""What other flows to the same host met.

- answers: the KDC answers over its other transport.
- rejects: the host rejects another flow by ICMP.
- hears and is not heard: requests of another flow arrive, and its answers are lost.
- no way: a router says of another flow that there is no way to the host, and no packet of the host
  came.
- rejected on the way: a device that is no target rejects another flow to the host, or to its
  network, by ICMP.
"""

Stray = Literal["yes", "perhaps", "lost", "doubtful", "no"]
"""Do the routes of the host lead its answers away from the resource group?

- lost: no route leads there, or the route or rule for it drops the answers.
- doubtful: they go by a network that is wider than the vSwitch, or to a gateway outside of it.
- yes: they go to a bridge of containers, or to a link that is down.
- perhaps: they go into a tunnel, which may lead anywhere.
- no: nothing shows that they do.
"""

CONFIGURATION = "configuration"
"""In place of a code: the check of the denying layer, or of the layer that is not wholly known,
names the cause.
"""

FINE = "none"
"""In place of a code: nothing is wrong."""

SERVICE = {"DOWN": ("KDC-DOWN", "SVC-DOWN"), "BIND": ("KDC-BIND", "SVC-BIND")}
"""Row code -> the code for a KDC, and the code for every other service."""


@frozen
class Facts:
    """The facts of one flow, one for each column of the tables."""

    seen: Seen
    """What the probe saw."""
    configured: Configured
    """What all configured layers decide."""
    kdc: bool
    """True if the target is a KDC."""
    beside: Beside
    """What other flows to the same host met."""
    arrived: Arrived
    """Whether the host's records have the request."""
    listening: Listening
    """Whether the host's list of sockets has a listener for it."""
    filtered: Filtered
    """What the host's firewall does with the request."""
    translated: bool
    """True if the host saw another source address than the client's own."""
    inside: bool
    """True if the packets came from an address of the resource group."""
    stray: Stray
    """Whether the routes of the host lead the answer away."""


@frozen
class Row:
    """One row: a cause, and for each column the words that it admits.

    The words of a column are separated by "|". An empty column admits all.
    """

    code: str
    """Code of the catalogue, a code of `SERVICE`, "HALF", `CONFIGURATION` or `FINE`."""
    confidence: Confidence | Literal["vantage", "refusal", "excluded", ""]
    """How sure the cause is.

    - vantage: proven from a network of the resource group, if the host itself is known to have sent
      the refusal or if no router stands between. Else strong.
    - refusal: strong. A refusal proves that nothing accepts at this address and port, and no more.
    - excluded: strong if the case leaves open nothing else that could explain it. Else inferred.
    - "": the row has no finding.
    """
    why: str
    """The reason, as one clause."""
    seen: str
    """Admitted words of `Seen`."""
    configured: str = ""
    """Admitted words of `Configured`."""
    kdc: str = ""
    """"yes", "no" or empty."""
    beside: str = ""
    """Admitted words of `Beside`."""
    arrived: str = ""
    """Admitted words of `Arrived`."""
    listening: str = ""
    """Admitted words of `Listening`."""
    filtered: str = ""
    """Admitted words of `Filtered`."""
    translated: str = ""
    """"yes", "no" or empty."""
    inside: str = ""
    """"yes", "no" or empty."""
    stray: str = ""
    """Admitted words of `Stray`."""
    missing: str = ""
    """What would settle it, marked for translation. Empty if the row is proven or if another check
    knows."""


COLUMNS = tuple(Facts.__annotations__)

FRESH = marked("the far side's records, taken while this check runs")
ROUTE_BACK = marked(
    "on the node, ip route get to an address of the resource group; the route tables and the outbound "
    "ACL entries of its vSwitch"
)
STRAY_WAY = marked("on the node, ip route get to an address of the resource group, from the address that clients dial")
POLICY_RULES = marked("on the node, ip rule show: another table than the usual ones may lead the answer")
STALE = marked(
    "the far side's records, taken while this check runs; nft list ruleset as well, where iptables alone was "
    "listed: it does not show what firewalld and others put into nftables themselves"
)
LISTING = marked("on the node, iptables-save -c or nft list ruleset")
OWN_LISTING = marked(
    "on the node, iptables-save -c or nft list ruleset: a rule that rejects, or one that forwards the port to a "
    "machine or container that is away"
)
PROCESS = marked(
    "on the node, ss -lntp and the KDC's log: whether a KDC, or a proxy or load balancer without a KDC behind it, "
    "takes the connection"
)
OLDER = marked("the rules of the security groups exported anew: the export may be older than what is in force")
OWN_RULES = marked(
    "on the host that sends, nft list ruleset or iptables -vnL OUTPUT: {router}, the first router, answered a trace to "
    "an open port of the same host, and no router answered one to this port"
)
AGAIN = marked("the firewall's listing taken again after this check: so far the counter of that rule is 0")
ARRIVAL = marked(
    "on the node, tcpdump, ss -tan (SYN-RECV) or the KDC's log while the check runs: they say whether "
    "the request arrives"
)
REST_OF_RULES = marked("the rules that are not in the case")
SECOND_REFUSAL = marked("the same check once that rule is gone: what listens there may refuse others too")
LONE_TO_ROUTER = marked("one probe alone (emr-diagnose probe), after some seconds of quiet: the router then answers")
LONE = marked("one probe alone (emr-diagnose probe), after some seconds of quiet: a reject then answers")
SENDER = marked(
    "this check run as root on the host that sends, which reads the TTL of the reset; or ss -ltn on the host: "
    "where the port is listened on, a firewall in front of the host refuses"
)
SOCKETS = marked(
    "on the node, ss -lntu: whether it listens on another port or address, or nowhere because it is stopped"
)
NOT_ARRIVING = marked("tcpdump on the host while the check runs: the connection does not arrive there")
BETWEEN = marked(
    "the rules of any firewall between the two networks; nft list ruleset as well, where iptables alone was "
    "listed: it does not show what firewalld and others put into nftables themselves"
)
WAY_BACK = marked(
    "on the node, tcpdump, ss -tan (SYN-RECV) or the KDC's log while the check runs: they say whether "
    "the request arrives; nft list ruleset as well, where iptables alone was "
    "listed: it does not show what firewalld and others put into nftables themselves"
)

UNHEARD = "nothing|silence elsewhere"
PASSED = "answer|hang|reset|closed early|other protocol|refusal|reject|own unreachable"
CONNECTED = "answer|hang|closed early|other protocol"
ALLOWED = "allowed|outside"
DENIED = "denied|reply denied"
STOPS = "drop|idle drop|reset|prohibit"

TABLE: tuple[Row, ...] = (
    # An answer came.
    Row("NET-SNAT", "strong", "denied as itself and answered: a device on the way gave it another address",
        "answer", DENIED, translated="yes", missing=FRESH),
    Row("NET-SNAT", "inferred", "the KDC answers, and its log has our question from another address",
        "answer", translated="yes", missing=FRESH),
    Row(FINE, "", "it works", "answer"),
    # Something answered that is not what was asked for.
    Row("KDC-TCP-HOLE", "proven", "connected, and no Kerberos answer", "hang"),
    Row("KDC-RESET", "proven", "connected, and reset after the question", "reset"),
    Row("KDC-RESET", "strong", "connected, and closed without a byte", "closed early", missing=PROCESS),
    Row("KDC-NOT-KRB", "proven", "connected, and another protocol answered", "other protocol"),
    Row("KDC-ASYM-SRC", "proven", "the answer came from another address", "answer from elsewhere"),
    # Nothing left this host, or a router said that there is no way.
    Row("NET-ROUTE", "proven", "this host has no route", "no route"),
    Row("NET-ROUTE", "proven", "routers send the packets round in a loop", "loop"),
    Row("NET-ROUTE", "strong", "a router or the target's neighbour says that there is no way", "unreachable"),
    # A firewall said no.
    Row("FW-OS-REJECT", "proven", "the target itself sent an ICMP prohibition", "reject"),
    Row("FW-OS-REJECT", "strong", "the target itself says that there is no way to it", "own unreachable",
        missing=OWN_LISTING),
    Row("FW-VPC", "proven", "another device sent an ICMP prohibition", "reject on the way"),
    Row("FW-VPC", "strong", "another device sent the RST", "forged refusal", missing=NOT_ARRIVING),
    # Refused: a closed port, or a firewall that looks like one.
    Row("FW-OS-REJECT", "proven", "a rule of the host's firewall refuses it",
        "refusal", filtered="reset", listening="yes|full|unknown"),
    Row("FW-OS-REJECT", "strong", "a rule refuses it, whatever listens",
        "refusal", filtered="reset", missing=SECOND_REFUSAL),
    Row("BIND", "proven", "it listens, but not on the address that is asked",
        "refusal", listening="loopback|elsewhere"),
    Row("INPUT-STALE", "strong", "it listens, its firewall accepts, and it refuses: stale records",
        "refusal", listening="yes|full", filtered="accept", missing=STALE),
    Row("FW-OS-REJECT", "strong", "it listens on that address, so a firewall refuses in its name",
        "refusal", listening="yes|full", missing=LISTING),
    Row("HALF", "vantage", "the other transport of the KDC answers", "refusal", kdc="yes", beside="answers"),
    Row("DOWN", "vantage", "nothing listens, says the list of sockets of the node", "refusal", listening="no|absent"),
    Row("DOWN", "refusal", "nothing accepts there, and what listens elsewhere is not known", "refusal",
        missing=SOCKETS),
    # Silence, and the far side heard the request: never a filter on the way in.
    Row("NET-SNAT", "strong", "the KDC's log has our questions from another address only, again and again",
        "silence", translated="yes", missing=FRESH),
    Row(CONFIGURATION, "", "the request arrived and a configured layer stops the answer",
        "silence", "reply denied", arrived="yes"),
    Row(CONFIGURATION, "", "the request arrived, and whether a configured layer stops the answer is open",
        "silence", "reply unknown", arrived="yes"),
    Row("NET-OVERLAP", "proven", "the request arrived, and a route of the host leads the answer elsewhere",
        "silence", arrived="yes", stray="yes"),
    Row("NET-OVERLAP", "strong", "the request arrived, and a route of the host leads the answer into a tunnel",
        "silence", arrived="yes", stray="perhaps", missing=STRAY_WAY),
    Row("RET-ROUTE", "proven", "the request arrived, and the host has no route for the answer",
        "silence", arrived="yes", stray="lost"),
    Row("RET-ROUTE", "strong", "the request arrived, the answer did not",
        "silence", arrived="yes", missing=ROUTE_BACK),
    # Silence, and the configuration explains it.
    Row(CONFIGURATION, "", "a configured layer stops it", "silence", DENIED),
    # Silence, and the host's own firewall explains it.
    Row("FW-OS-DROP", "proven", "every configured layer allows it and this rule drops it",
        "silence", "allowed", filtered="drop"),
    Row("FW-OS-DROP", "strong", "this rule drops it",
        "silence", filtered="drop", missing=REST_OF_RULES),
    Row("FW-OS-DROP", "strong", "this rule would drop it", "silence", filtered="idle drop", missing=AGAIN),
    Row("FW-OS-REJECT", "strong", "this rule rejects it; of many rejects most look like silence",
        "silence", filtered="reset|prohibit", missing=LONE),
    # Silence, and the process takes nobody.
    Row("SVC-HANG", "strong", "it listens, and its queue of connections is full: the kernel drops new ones",
        "silence", kdc="no", listening="full", missing=FRESH),
    # Silence, and the host's own routes explain it.
    Row("NET-OVERLAP", "proven", "every configured layer allows it and a route of the host leads the answer elsewhere",
        "silence", "allowed", stray="yes"),
    Row("NET-OVERLAP", "strong", "a route of the host leads the answer elsewhere",
        "silence", stray="yes", missing=REST_OF_RULES),
    Row("NET-OVERLAP", "inferred", "a route of the host leads the answer into a tunnel",
        "silence", ALLOWED, stray="perhaps", missing=STRAY_WAY),
    Row("RET-ROUTE", "proven", "every configured layer allows it and the host has no route for the answer",
        "silence", "allowed", stray="lost"),
    Row("RET-ROUTE", "strong", "the host has no route for the answer",
        "silence", stray="lost", missing=REST_OF_RULES),
    Row("RET-ROUTE", "inferred", "the host takes the resource group for its own network, or has an odd gateway",
        "silence", ALLOWED, stray="doubtful", missing=STRAY_WAY),
    # Silence, and only the surroundings speak.
    Row("FW-OS-REJECT", "strong", "the host rejects others; most of many rejects are silent",
        "silence", ALLOWED, beside="rejects", filtered="unknown", missing=LONE),
    Row("NET-ROUTE", "strong", "a router has no way to the host for others; it tells few of many so",
        "silence", ALLOWED, beside="no way", missing=LONE_TO_ROUTER),
    Row("FW-VPC", "strong", "a device on the way rejects others; most of many rejects are silent",
        "silence", ALLOWED, beside="rejected on the way", missing=LONE),
    Row("KDC-EXTERNAL", "strong", "a target outside the cluster is silent", "silence", "outside"),
    Row(CONFIGURATION, "", "what the configuration leaves open may be it", "silence", "unknown|reply unknown"),
    Row("RET-ROUTE", "strong", "the host's answers to another flow are lost",
        "silence", beside="hears and is not heard", missing=ROUTE_BACK),
    Row("FW-VPC", "inferred", "allowed, accepted by the host, and never arrived: lost between",
        "silence", arrived="no", filtered="accept", missing=BETWEEN),
    Row("RET-ROUTE", "inferred", "allowed, and the host's firewall accepts it: what is left is the way back",
        "silence", filtered="accept", missing=WAY_BACK),
    Row("FW-OS-DROP", "excluded", "allowed, and silent", "silence", missing=LISTING),
    # Nothing was sent from the resource group: the configuration speaks, and what the host's
    # records show stands beside it.
    Row("FW-OS-DROP", "strong", "the configuration allows it and this rule drops it",
        UNHEARD, "allowed", filtered="drop|idle drop", missing=ARRIVAL),
    Row("FW-OS-REJECT", "strong", "the configuration allows it and this rule rejects it",
        UNHEARD, "allowed", filtered="reset|prohibit", missing=ARRIVAL),
    Row("BIND", "strong", "the configuration allows it and it listens on another address",
        UNHEARD, "allowed", listening="loopback|elsewhere", missing=FRESH),
    Row("DOWN", "strong", "the configuration allows it and the list of sockets has no such port",
        UNHEARD, "allowed", listening="absent", missing=FRESH),
    Row("NET-OVERLAP", "strong", "the configuration allows it and a route of the host leads the answers elsewhere",
        UNHEARD, "allowed", stray="yes", missing=STRAY_WAY),
    Row("RET-ROUTE", "strong", "the configuration allows it and the host has no route for the answers",
        UNHEARD, "allowed", stray="lost", missing=STRAY_WAY),
    Row("RET-ROUTE", "inferred", "the configuration allows it and the host takes the resource group for neighbours",
        UNHEARD, "allowed", stray="doubtful", missing=STRAY_WAY),
    Row(CONFIGURATION, "", "no packet speaks, so the configuration does", UNHEARD),
)  # fmt: skip

CONTRADICTIONS: tuple[Row, ...] = (
    Row(FINE, "", "translation explains it", "", translated="yes"),
    Row("INPUT-STALE", "strong", "the rules deny what got through", PASSED, DENIED, inside="yes"),
    Row("INPUT-STALE", "strong", "the rules deny a request that the far side heard",
        "silence", "denied", arrived="yes"),
    Row("INPUT-STALE", "strong", "the firewall's listing stops what got through",
        CONNECTED, filtered=STOPS, inside="yes", missing=FRESH),
    Row("INPUT-STALE", "strong", "the list of sockets has a listener on another address only",
        CONNECTED, listening="loopback|elsewhere", missing=FRESH),
    Row("INPUT-STALE", "strong", "the list of routes leads an answer away that came",
        CONNECTED, inside="yes", stray="yes|lost", missing=FRESH),
    Row(FINE, "", "nothing contradicts", ""),
)  # fmt: skip


Compiled = tuple[tuple[Row, tuple[tuple[int, frozenset[str]], ...]], ...]
"""Rows, each with the number and the words of every column that is not empty."""


def _compile(table: tuple[Row, ...]) -> Compiled:
    asked = [(row, [(n, getattr(row, column)) for n, column in enumerate(COLUMNS)]) for row in table]
    return tuple((row, tuple((n, frozenset(words.split("|"))) for n, words in cells if words)) for row, cells in asked)


_CAUSES, _CONTRADICTIONS = _compile(TABLE), _compile(CONTRADICTIONS)


@lru_cache(maxsize=4096)
def cause(facts: Facts) -> Row:
    """Return the row that decides."""
    return _first(_CAUSES, facts)


def _first(table: Compiled, facts: Facts) -> Row:
    words = [_word(getattr(facts, column)) for column in COLUMNS]
    return next(row for row, cells in table if all(words[n] in admitted for n, admitted in cells))


@lru_cache(maxsize=4096)
def contradiction(facts: Facts) -> Row | None:
    """Return the row of the contradiction between inputs. None if they agree."""
    row = _first(_CONTRADICTIONS, facts)
    return None if row.code == FINE else row


def code_of(row: Row, *, kdc: bool, udp: bool) -> str:
    """Return the code of the catalogue for this kind of service."""
    if row.code == "HALF":
        return "KDC-UDP-OFF" if udp else "KDC-TCP-OFF"
    of_kdc, of_service = SERVICE.get(row.code, (row.code, row.code))
    return of_kdc if kdc else of_service


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
