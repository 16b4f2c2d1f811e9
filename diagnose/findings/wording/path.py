"""What is wrong on the way to a host, one function a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnose.findings.network import path
from diagnose.findings.wording import hosts
from diagnose.findings.wording.phrases import Told, Words, ends, listed

_TCP_HEADERS, _TCP_HEADERS_V6 = 40, 60


def mtu(t: Told) -> Words:
    measured = Told(t.scene, tuple(blame for blame in t.blames if path.black_hole(blame.outcome)) or t.blames)
    told: Mapping[str, Any] = path.noted(measured.blames[0].outcome, "mtu")
    v6 = ":" in (measured.flows[0].endpoint.address or "")
    passes, own = path.size(told, "passes"), path.size(told, "own")
    limit = f"of more than {passes} bytes" if passes is not None else "as large as this host's own link carries"
    how = (
        f"{path.size(told, 'waiting')} bytes of it were never acknowledged: it is packets from here to the host that are lost"
        if told.get("direction") == "out"
        else "it was acknowledged whole and the answer did not come: it is packets from the host to here that are lost"
    )
    headers = _TCP_HEADERS_V6 if v6 else _TCP_HEADERS
    clamp = f" to {passes - headers} bytes" if passes is not None and passes > headers else ""
    link = f" (this host's own link carries {own})" if own is not None else ""
    return Words(
        "Large packets are lost on the way, and nothing says so",
        f"{t.hosts} accepts connections and answers small requests; packets {limit}{link} vanish. "
        "Logins with large tickets and every transfer of data hang until “Read timed out”.",
        f"A large request to {ends(measured)} stalled: {how}. The same request in small segments was answered, so it is the size of packets and not the request. "
        "No router sent “fragmentation needed”, or something filters it.",
        (
            f"Let ICMP type 3 code 4 (ICMPv6 type 2) through between {t.sources} and {t.hosts}, on firewalls and in network ACLs of both sides.",
            f"Or clamp the MSS{clamp} on the gateway or tunnel in between, or lower the MTU of the interfaces to what the path carries.",
        ),
    )


def route(t: Told) -> Words:
    if t.blames[0].key != "loop":
        return hosts.route(t)
    routers = listed(dict.fromkeys(router for b in t.blames for router in path.loop(b.outcome)))
    return Words(
        "Packets go round in a loop",
        f"A trace to {t.hosts} meets {routers} again and again: a router sends packets for this host back to where they came from. "
        "They get as far as no security group.",
        "Connections time out, or end with “time to live exceeded”.",
        (
            f"Compare the routes for {t.hosts} at {routers}: two of them point at each other; often one of them lacks the route of the attachment and uses its default.",
        ),
    )


def appliance(t: Told) -> Words:
    if t.blames[0].key != "reset":
        return hosts.appliance(t)
    notes = [path.noted(b.outcome, "rst") for b in t.blames if path.forged(b.outcome)]
    told = notes[0] if notes else path.NO_NOTE
    distance, ttl, host_ttl = (path.size(told, name) for name in ("distance", "ttl", "host_ttl"))
    clues = []
    if told.get("short_of_host") is True and distance is not None:
        clues.append(
            f"the host is {distance} hops away, and the reset came for a packet that could go {distance - 1} only"
        )
    if ttl is not None and host_ttl is not None and ttl != host_ttl:
        clues.append(f"the reset came with TTL {ttl}, the host's own packets with {host_ttl}")
    said = "; ".join(clues)
    return Words(
        "A device on the way resets the connection in the host's name",
        f"{t.ports} of {t.hosts} seems closed, but the reset does not look like the host's own: a firewall between the two networks makes such resets. "
        "The service may well be running.",
        f"{said[:1].upper()}{said[1:]}. Other ports of the host answer through the same way." if said else "",
        (f"Allow {t.ports} from {t.sources} to {t.hosts} on the firewall between them.",),
    )
