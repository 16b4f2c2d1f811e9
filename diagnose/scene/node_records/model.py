"""What do the records of the target's own host show of one flow, and in which lines?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from diagnose.case.model import Skipped
from probes.addresses import Range, Ranges
from probes.files.kdc_start import Failure
from probes.frozen import frozen
from probes.origin import Origin

Arrived = Literal["yes", "no", "unknown"]
"""Did the requests arrive?

- yes: requests came, and came again because the sender got no answer.
- no: the records cover the time of the check, and the request is not in them.
"""

Listening = Literal["yes", "full", "loopback", "elsewhere", "no", "absent", "unknown"]
"""Does anything listen on the port?

- yes: on the address that is asked, or on all addresses.
- full: as yes, and more connections wait for the process than its queue takes.
- loopback: on loopback only.
- elsewhere: on another address of the host than the one that is asked.
- no: the text has listeners, but none on this port. The text may be only a part of the list.
- absent: the text has its header and listeners for clients, but none on this port.
"""

Filtered = Literal["drop", "idle drop", "reset", "prohibit", "accept", "unknown"]
"""What does the host's firewall do with the request?

- drop: a rule drops it.
- idle drop: a rule would drop it, but its counter shows that it never dropped anything.
- reset: a rule rejects it in a way that looks like a closed port.
- prohibit: a rule rejects it in another way.
- accept: every rule was understood, and none stops it.
"""

READ = ("log:kdc", "ss.txt", "iptables.txt", "routes.txt", "iprules.txt", "kdc.conf")
"""Kinds of texts that are read: the KDC's log, sockets, firewall, routes, policy rules, and where
the KDC listens."""

Topic = Literal["arrived", "listening", "filtered", "translated", "stray", "kdc-conf", "kdc-start"]


@frozen
class RecordLine:
    """One line of a record."""

    topic: Topic
    """Question that the line answers."""
    origin: Origin
    """File and line."""
    text: str
    """One clause about the line, in our words."""


Fate = Literal["link", "no-route", "refused", "on-link", "gateway"]
"""What the routes of a host do with answers that they do not send to the resource group.

- link: they go to another link than the one that clients reach.
- no-route: no route is for them, so the host sends nothing.
- refused: a route or a rule is blackhole, unreachable or prohibit, so the host sends nothing.
- on-link: the host takes the clients for neighbours in its own network, which is wider than its
  vSwitch.
- gateway: the next router has no address of the host's vSwitch.
"""


@frozen
class StrayAnswer:
    """Answers that the routes of the host do not lead to the resource group."""

    fate: Fate
    """What happens to them."""
    device: str
    """The link. "" if they are not sent."""
    network: Range
    """Destinations of the route, or of the rule. All addresses if there is no route."""
    sources: Ranges
    """The addresses of the resource group whose answers it takes."""
    is_certain: bool
    """True if the link cannot carry them: a bridge of containers, or a link without carrier. False
    for a tunnel, which may lead anywhere."""
    has_carrier: bool
    """False if the list calls the link down."""
    has_rules: bool
    """True if the policy rules of the host were read as well."""
    usual: str
    """The link that has the address that clients dial."""
    gateway: str | None
    """Next router of the host's default route. None if it is not known."""
    holds_own: bool
    """True if one of the sources is an address that the host itself has. No route helps there."""
    free: tuple[str, ...]
    """Networks that no route of the host overlaps. () for IPv6."""
    origin: Origin
    """Line of the route, or of the rule. The first route of the list if none is for them."""
    action: str = ""
    """Word of the route or rule that refuses them, such as "blackhole". "" for another fate."""

    @property
    def is_lost(self) -> bool:
        """Return True if the host certainly sends none of these answers."""
        return self.fate in ("no-route", "refused")


@frozen
class KdcConfSays:
    """What the kdc.conf of a KDC has against a flow to it."""

    state: Literal["off", "moved", "elsewhere"]
    """off: the transport is not listened on at this port. moved: neither transport is, and both are
    on another one. elsewhere: only other addresses of the host are listened on."""
    port: int | None
    """The other port. None unless it moved."""
    line: RecordLine
    """The line that says it."""


@frozen
class KdcDown:
    """The KDC of a host does not run, by its log, or cannot start with its kdc.conf."""

    failure: Failure
    """What stops it."""
    what: str | None
    """Realm, socket or name that the line is about. None if it names none."""
    is_sure: bool
    """False if an earlier process may still run."""
    line: RecordLine
    """The line that says it."""


@frozen
class FarSide:
    """What the records of one host show of one flow."""

    arrived: Arrived = "unknown"
    """Whether the requests arrived."""
    listening: Listening = "unknown"
    """Whether anything listens on the port."""
    filtered: Filtered = "unknown"
    """What the host's firewall does with the request."""
    drops_answer: bool = False
    """True if that firewall lets the request in and drops the answer."""
    translated: str | None = None
    """Address that the host saw instead of the client's own.

    None if it saw that one or nothing is known.
    """
    stray: tuple[StrayAnswer, ...] = ()
    """Answers that the host's own routes lead astray, one for each route."""
    kdc_conf: KdcConfSays | None = None
    """What kdc.conf has against it. None if it has nothing."""
    kdc_down: KdcDown | None = None
    """Why the KDC does not run. None if it runs, or if nothing is known."""
    lines: tuple[RecordLine, ...] = ()
    """The lines that show it."""


NOTHING_KNOWN = FarSide()


@frozen
class Records:
    """What the records of all hosts show."""

    by_flow: Mapping[str, FarSide] = field(default_factory=dict)
    """Flow id -> what records show of it. Flows without a record are left out."""
    skipped: tuple[Skipped, ...] = ()
    """Records that could not be used."""

    def of(self, flow: str) -> FarSide:
        """Return what the records show of a flow, by its id."""
        return self.by_flow.get(flow, NOTHING_KNOWN)
