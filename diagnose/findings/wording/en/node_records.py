"""What do the host's own records show to be wrong? One function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en import kdc_conf
from diagnose.findings.wording.en.phrases import ends, hosts, listed, networks, place, seen_here, services
from diagnose.findings.wording.words import Words


def bind(s: Statement) -> Words:
    """KDC-BIND, SVC-BIND: by kdc.conf, else by a list of sockets."""
    if s.cause == "kdc-conf":
        return kdc_conf.bind(s)
    if not s.is_true("on_loopback"):
        return _other_address(s)
    is_kdc = s.is_true("has_kdc")
    what = "The KDC" if is_kdc else services(s)
    port = s.text("port")
    if is_kdc:
        line = f"kdc_listen = 0.0.0.0:{port} and kdc_tcp_listen = 0.0.0.0:{port} in kdc.conf, and restart krb5kdc"
    elif option := s.text("option"):
        line = f"{option} = 0.0.0.0, and restart {services(s)}"
    else:
        line = (
            f"the address that {services(s)} binds to as 0.0.0.0, and look for 127.0.0.1 beside the host's own name "
            "in its hosts file"
        )
    return Words(
        f"{what} listens on an address that no other host can reach",
        f"On {hosts(s)}, {quoted(s, 'listening')}. From {hosts(s)} itself it works; every other host is refused. "
        "No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself.",
        (f"On {hosts(s)}: set {line}.",),
    )


def _other_address(s: Statement) -> Words:
    """KDC-BIND, SVC-BIND: another address of the host than the one that clients dial."""
    is_kdc = s.is_true("has_kdc")
    what, port = ("The KDC" if is_kdc else services(s)), s.text("port")
    dialled = listed(s.texts("dialled")) or f"another address of {hosts(s)}"
    if is_kdc:
        line = f"kdc_listen = 0.0.0.0:{port} and kdc_tcp_listen = 0.0.0.0:{port} in kdc.conf, and restart krb5kdc"
    else:
        line = f"{s.text('option') or f'the address that {services(s)} binds to'} = 0.0.0.0, and restart {services(s)}"
    return Words(
        f"{what} listens on another address of its host than clients dial",
        f"On {hosts(s)}, {quoted(s, 'listening')}. Clients dial {dialled}, where nothing listens on port {port}. "
        "No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself.",
        (f"On {hosts(s)}: set {line}. Or let the name that clients dial lead to the address that is listened on.",),
    )


def route_back(s: Statement) -> Words:
    """RET-ROUTE, as packets and records show it."""
    shown = quoted(s, "arrived")
    known = f"The requests arrive: {shown}" if shown else f"Nothing in the case stops a request on its way to {ends(s)}"
    source = s.text("source") or "an address of the resource group"
    return Words(
        "The answers do not find their way back to the resource group",
        f"{known}. The answers of {hosts(s)} to {networks(s)} are lost: a route on the host, a route table or "
        "something else on the way back leads them away. Adding inbound security-group rules will not help.",
        seen_here(s, f"{ends(s)} does not answer"),
        (
            (
                f"On {hosts(s)}: ip route get {source}. It has to leave by the host's usual gateway, not by a bridge "
                "(docker0, cni0) or a tunnel."
            ),
            f"Compare the route table of the vSwitch of {hosts(s)}: it needs a way to {networks(s)}.",
        ),
    )


def translated(s: Statement) -> Words:
    """NET-SNAT, as the KDC's log shows it."""
    other = listed(s.texts("translated"))
    return Words(
        "The cluster sees another source address than the vSwitch's",
        f"The log of {hosts(s)} has our question from {other}, which is no address of {networks(s)}: address "
        "translation on the way. Security-group rules, proxyuser hosts and allow-lists that are written for the "
        "vSwitch do not match.",
        seen_here(s, f"{ends(s)} does not answer"),
        (
            (
                "Take the resource group out of the translation (NAT gateway, SNAT entry), or write the rules for "
                f"{other} as well."
            ),
            "noaddresses = true in krb5.conf keeps tickets valid across the translation.",
        ),
    )


def stray(s: Statement) -> Words:
    """NET-OVERLAP, as the host's own routes show it."""
    rows = s.rows("stray")
    devices = listed(dict.fromkeys(row.text("device") for row in rows))
    is_certain = all(row.is_true("is_certain") for row in rows)
    what = "to containers" if is_certain else "into a tunnel"
    return Words(
        f"The node sends its answers to the resource group to {devices}",
        f"{' '.join(_stray_route(s, row) for row in rows)} So requests arrive there, and their answers go {what} "
        "or nowhere. No security-group rule is missing.",
        seen_here(s, f"{ends(s)} does not answer"),
        tuple(dict.fromkeys(line for row in rows for line in _stray_repairs(s, row))),
    )


def lost(s: Statement) -> Words:
    """RET-ROUTE, as the host's own routes show it."""
    rows = s.rows("stray")
    if all(row.text("fate") in ("no-route", "refused") for row in rows):
        title, end = "The node has no route back to the resource group", "no answer leaves it"
    else:
        title = "The node perhaps has no way back to the resource group"
        end = "its answers perhaps reach no router"
    return Words(
        title,
        f"{' '.join(_lost_route(s, row) for row in rows)} So requests arrive there, and {end}. "
        "No security-group rule is missing.",
        seen_here(s, f"{ends(s)} does not answer"),
        (*dict.fromkeys(line for row in rows for line in _lost_repair(s, row)), _keep(s)),
    )


def _lost_route(s: Statement, row: Values) -> str:
    sources = listed(row.texts("sources"))
    match row.text("fate"):
        case "no-route":
            return f"On {hosts(s)}, no route of the list ({place(row)} and the lines below) leads to {sources}."
        case "refused":
            return f"On {hosts(s)}, {row.text('network')} is {row.text('action')} ({place(row)}), and holds {sources}."
        case "on-link":
            return (
                f"On {hosts(s)}, {row.text('network')} is the network of {row.text('device')} itself ({place(row)}), "
                f"wider than its vSwitch. It holds {sources} of the resource group: to the node, neighbours."
            )
    return (
        f"On {hosts(s)}, the route to {row.text('network')} leads to {row.text('gateway') or 'a gateway'} "
        f"({place(row)}), which is no address of its vSwitch. It is for {sources} too."
    )


def _lost_repair(s: Statement, row: Values) -> Iterator[str]:
    device = row.text("usual")
    match row.text("fate"):
        case "no-route":
            yield (
                f"On {hosts(s)}: ip route add default via GATEWAY dev {device}. The gateway of a vSwitch is the last "
                "but two of its addresses, .253 in a block of 256; DHCP gives it."
            )
        case "refused":
            yield (
                f"On {hosts(s)}: ip route del {row.text('action')} {row.text('network')}, or ip rule del if a rule "
                "says it. Find first what made it: a security tool, a script, a file of the network."
            )
        case "on-link":
            yield f"On {hosts(s)}: give {device} the prefix length of its vSwitch, as DHCP does."
        case _:
            yield f"On {hosts(s)}: give {device} the gateway of its vSwitch, as DHCP does."


def _keep(s: Statement) -> str:
    return f"Write it into the configuration of the network of {hosts(s)} as well, so that it is there after a restart."


def _stray_route(s: Statement, row: Values) -> str:
    down = "" if row.is_true("has_carrier") else ", which is down; the kernel takes the route all the same"
    return (
        f"On {hosts(s)}, the route to {row.text('network')} leads to {row.text('device')} ({place(row)}){down}. "
        f"It holds {listed(row.texts('sources'))} of the resource group."
    )


def _stray_repairs(s: Statement, row: Values) -> Iterator[str]:
    device, free = row.text("device"), row.text("free")
    for block in row.texts("route"):
        yield (
            f"On {hosts(s)}, if nothing behind {device} has an address of {block}: ip route add {block} via "
            f"{row.text('gateway')} dev {row.text('usual')}. Write the route into the configuration of the network as "
            "well, so that it is there after a restart."
        )
    if row.text("maker") == "docker" and free:
        yield (
            f'On {hosts(s)}, for good: "bip": "{first_address(free)}" in /etc/docker/daemon.json, and restart Docker. '
            "Any other network does that no address of the resource group and the cluster is in."
        )
    elif row.text("maker") == "docker-network" and free:
        yield (
            f'On {hosts(s)}, for good: "default-address-pools": [{{"base": "{free}", "size": 28}}] in '
            f"/etc/docker/daemon.json, restart Docker, and make the Docker network of {device} anew."
        )
    else:
        yield f"On {hosts(s)}, for good: give what made {device} another network than {row.text('network')}."
    yield "Or bind the resource group to a vSwitch whose block is in no route of a node."


def first_address(block: str) -> str:
    """Return the first address of a block with its length, for the bridge itself."""
    address, _, length = block.partition("/")
    return f"{address.rpartition('.')[0]}.1/{length}"


def quoted(values: Values, name: str) -> str:
    """Return what the records say, with file and line."""
    return listed(f"{row.text('text')} ({place(row)})" for row in values.rows(name))
