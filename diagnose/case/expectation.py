"""What must stay denied? One text of `deny` in case.toml: "udp://master-1-1:88 from 10.0.0.0/8"."""

from __future__ import annotations

from diagnose.case.blocks import is_forgotten_prefix
from probes.addresses import Range, Ranges, parse, parse_address
from probes.endpoint import Transport
from probes.frozen import frozen
from probes.language import marked, tr
from probes.origin import Origin
from probes.regex import regex

EVERY_NODE = "*"
"""Host that stands for every node of the cluster."""

FORM = marked("tcp://host:port or udp://host:port, and perhaps “ from CIDR”")

_FORM = regex(
    r"(?P<transport>tcp|udp)://(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<host>\*|[\w.-]{1,255}))"
    r":(?P<port>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?(?:\s+from\s+(?P<source>\S{1,50}))?"
)


@frozen
class Expectation:
    """A connection that must stay denied."""

    text: str
    """As case.toml has it."""
    host: str
    """Name or address of its target. `EVERY_NODE` for all nodes."""
    ports: tuple[int, int]
    """First and last port. Each of them must stay denied."""
    transport: Transport
    """Transport protocol."""
    sources: Ranges | None
    """Addresses that must not get through. None for those of the resource group."""
    origin: Origin
    """Where it stands."""


def read_expectation(text: str, origin: Origin) -> Expectation:
    """Return what a text of `deny` asks for. ValueError says what was expected."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise ValueError(tr(FORM))
    first = int(found["port"])
    last = int(found["last"] or first)
    if not 1 <= first <= last <= 65535:
        raise ValueError(tr("a port from 1 to 65535, or a range of them such as 8020-8030"))
    host = found["host"] or found["v6"]
    if found["v6"] is not None:
        _require_address(host)
    return Expectation(
        text.strip(),
        host,
        (first, last),
        "udp" if found["transport"] == "udp" else "tcp",
        None if found["source"] is None else (_block(found["source"]),),
        origin,
    )


def _require_address(text: str) -> None:
    try:
        parse_address(text)
    except ValueError:
        raise ValueError(tr("an address in the brackets")) from None


def _block(text: str) -> Range:
    try:
        block, is_cut_short = parse(text), is_forgotten_prefix(text)
    except ValueError:
        raise ValueError(tr("a CIDR such as 10.0.0.0/8 after “from”")) from None
    if is_cut_short:
        raise ValueError(tr("{text}/24, or the prefix of the network", text=text))
    return block
