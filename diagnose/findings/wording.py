"""The words of a finding, made from the flows and rules it rests on: for a reader who does not know the code.

One function for one code, each from `Told` to `Words`; what they share is how flows, groups and rules are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose.findings.model import Blame, Scene
from probes.addresses import Ranges, cidrs, union
from probes.group_rule import Rule, describe

if TYPE_CHECKING:
    from diagnose.flows.model import Flow

MOST_NAMED = 4
"""So many hosts, ports or rules are named one by one; more are counted."""


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    cause: str
    detail: str = ""
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a wording may use."""

    scene: Scene
    blames: tuple[Blame, ...]

    @property
    def flows(self) -> list[Flow]:
        return [blame.flow for blame in self.blames]

    @property
    def rules(self) -> list[Rule]:
        return list({rule.id: rule for blame in self.blames for rule in blame.rules}.values())

    @property
    def sources(self) -> str:
        return listed(cidrs(union(piece for blame in self.blames for piece in blame.flow.sources)))

    @property
    def groups(self) -> str:
        """Ids of the groups that decided inbound."""
        return (
            listed(dict.fromkeys(ident for b in self.blames if (d := b.outcome.decision("ingress")) for ident in d.at))
            or "the security group"
        )

    @property
    def ports(self) -> str:
        """'TCP 8020, 9083 and UDP 88'."""
        by_transport: dict[str, set[int]] = {}
        for flow in self.flows:
            by_transport.setdefault(flow.endpoint.transport.upper(), set()).add(flow.endpoint.port)
        return " and ".join(
            f"{transport} {', '.join(map(str, sorted(ports)))}" for transport, ports in sorted(by_transport.items())
        )

    @property
    def services(self) -> str:
        return listed(dict.fromkeys(flow.service for flow in self.flows))

    @property
    def hosts(self) -> str:
        """Node names where the case has them, which is how people call the machines; else the hosts as configured."""
        nodes = ((self.scene.model.node(flow), flow) for flow in self.flows)
        return listed(dict.fromkeys(node.name if node else flow.endpoint.host for node, flow in nodes))

    @property
    def configured_hosts(self) -> str:
        """The hosts exactly as the files name them."""
        return listed(dict.fromkeys(flow.endpoint.host for flow in self.flows))

    @property
    def said_rules(self) -> str:
        return "; ".join(f"{rule.id} in {rule.group} ({describe(rule)})" for rule in self.rules[:MOST_NAMED])

    def silent(self) -> bool:
        return any(blame.outcome.silent for blame in self.blames)


def listed(items: Iterable[str]) -> str:
    """'a, b, c and 5 more'."""
    texts = list(items)
    if len(texts) > MOST_NAMED + 1:
        return ", ".join(texts[:MOST_NAMED]) + f" and {len(texts) - MOST_NAMED} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def words(code: str, told: Told) -> Words:
    """The wording of this code; a code without one of its own is said by its catalogue entry."""
    return WORDINGS[code](told)


def _kdc_udp(t: Told) -> Words:
    transports = {flow.endpoint.transport for flow in t.flows}
    tcp = (
        "Nor is TCP, which large tickets need. "
        if "tcp" in transports
        else "TCP is open, so telnet and even kinit work. "
    )
    return Words(
        "The KDC cannot be reached over UDP: no inbound rule allows it",
        f"No rule of {t.groups} lets UDP from {t.sources} in to {_udp_ends(t)}. {tcp}"
        "Java clients (Hive, Spark, DataWorks) ask the KDC over UDP first and do not fall back to TCP when nothing answers, "
        "so after 3 x 30 s per KDC they report “Receive timed out”.",
        _seen(t, "an AS-REQ over UDP got no answer"),
        (
            "On a client only, [libdefaults] udp_preference_limit = 1 in krb5.conf makes Java use TCP at once; TCP must then be open.",
        ),
    )


def _kdc_tcp(t: Told) -> Words:
    return Words(
        "The KDC cannot be reached over TCP: only UDP is open",
        f"No rule of {t.groups} lets TCP from {t.sources} in to {_ends(t)}. Small tickets pass over UDP; a reply that does not fit a datagram, "
        "and every client that prefers TCP, needs TCP and ends in “Connect timed out”.",
        _seen(t, "a TCP connection to the KDC was not answered"),
    )


def _kdc_port(t: Told) -> Words:
    wanted = listed(sorted({str(flow.endpoint.port) for flow in t.flows}))
    return Words(
        f"The rules open another port than the KDC's: krb5.conf says {wanted}",
        f"krb5.conf names port {wanted} ({_place(t)}); the rule that lets {t.sources} in is {t.said_rules}. Packets to port {wanted} match no rule.",
        _seen(t, "the configured port does not answer"),
        (f"Change the port range of the rule to {wanted}/{wanted}, if nothing else needs the old port.",),
    )


def _direction(t: Told) -> Words:
    egress = any(rule.direction == "egress" for rule in t.rules)
    how = (
        "is an outbound rule; what is missing is an inbound one"
        if egress
        else "has the vSwitch block as its destination. An inbound rule names the sender as its source, so this rule matches no packet to the cluster"
    )
    return Words(
        "The rule exists but points the wrong way",
        f"{t.said_rules} {how}. The registration page says “Set Destination to the vSwitch CIDR block”; the field it means is Source "
        "(Authorization Object in older consoles).",
        _seen(t, f"{t.ports} on {t.hosts} does not answer"),
        (f"After adding the right rule, delete {listed(rule.id for rule in t.rules)}: it does nothing.",),
    )


def _source(t: Told) -> Words:
    missing = union(piece for b in t.blames if (d := b.outcome.decision("ingress")) for piece in d.denied)
    allowed = union(piece for b in t.blames if (d := b.outcome.decision("ingress")) for piece in d.allowed)
    share = f"{_count(missing)} of {_count(union((*missing, *allowed)))} addresses" if allowed else "all of it"
    return Words(
        "The rules do not cover the whole vSwitch of the resource group",
        f"Not let in to {t.groups} on {t.ports}: {listed(cidrs(missing))} ({share}). The rules for these ports are {t.said_rules}. "
        "A resource group takes any free address of its vSwitches, so it works or fails by the address it happens to get.",
        _seen(t, "an address in the uncovered part gets no answer"),
    )


def _wrong_group(t: Told) -> Words:
    owners = listed(dict.fromkeys(rule.group for rule in t.rules))
    return Words(
        "The rule was added to a security group that the target is not in",
        f"{t.said_rules} would let {t.sources} in, but {t.hosts} {_have(t)} {t.groups}, not {owners}.",
        _seen(t, f"{t.ports} does not answer"),
    )


def _shadowed(t: Told) -> Words:
    drops = [rule for rule in t.rules if not rule.accept]
    accepts = [rule for rule in t.rules if rule.accept]
    return Words(
        "A drop rule wins over the rule that should let the resource group in",
        f"{listed(f'{r.id} in {r.group} ({describe(r)})' for r in drops)} is tried before "
        f"{listed(f'{r.id} ({describe(r)})' for r in accepts)}: the smaller priority number wins, and at equal priority drop wins. "
        f"{t.ports} from {t.sources} is dropped.",
        _seen(t, "the port does not answer"),
    )


def _proto(t: Told) -> Words:
    return Words(
        "The port is open for the wrong protocol",
        f"{t.said_rules} opens the port number, but {t.services} needs {t.ports}.",
        _seen(t, f"{t.ports} does not answer"),
    )


def _enterprise(t: Told) -> Words:
    return Words(
        "The nodes are in an enterprise (advanced) security group",
        f"{t.groups} is an enterprise group: it denies everything in and out that no rule allows, and no rule lets {t.sources} in to {t.ports}. "
        "EMR supports basic groups only.",
        _seen(t, "none of the ports answers"),
        ("Better than more rules: move the nodes to a basic security group, which EMR requires.",),
    )


def _group_ref(t: Told) -> Words:
    sure = any(blame.confidence != "inferred" for blame in t.blames)
    how = (
        "which the resource group's interfaces are not in"
        if sure
        else "and no file says whether the resource group's interfaces are in that group"
    )
    return Words(
        "A rule lets in a security group, not the vSwitch",
        f"{t.said_rules} lets in members of a group, {how}. ECS instances in that group connect; the resource group does not have to.",
        _seen(t, f"{t.ports} does not answer"),
    )


def _service(t: Told) -> Words:
    kerberos = " The KDC is among them." if any(flow.area == "kerberos" for flow in t.flows) else ""
    return Words(
        f"No inbound rule opens {'the ports of the cluster' if len(t.flows) > MOST_NAMED else t.services} to the resource group",
        f"{t.groups} lets nothing from {t.sources} in to {t.ports} on {t.hosts} ({t.services}).{kerberos} "
        "Being in the same VPC or vSwitch does not help: a security group lets in only what a rule names.",
        _seen(t, "the ports do not answer"),
    )


def _datanode(t: Told) -> Words:
    return Words(
        "The NameNode can be reached, the DataNodes cannot",
        f"No rule of {t.groups} on {t.hosts} lets {t.ports} in from {t.sources}. Listing files works; reading and writing them fails with "
        "“could only be replicated to 0 nodes” or BlockMissingException.",
        _seen(t, "the DataNodes do not answer"),
    )


def _rg_egress(t: Told) -> Words:
    at = listed(dict.fromkeys(ident for b in t.blames if (d := b.outcome.decision("egress")) for ident in d.at))
    rules = f" by {t.said_rules}" if t.rules else " by default: no outbound rule allows them"
    return Words(
        "The resource group's own security group blocks its outbound traffic",
        f"{at} on the resource group's interfaces stops packets to {t.ports} on {t.hosts}{rules}. Nothing on the cluster's side can repair this.",
        _seen(t, "nothing answers"),
    )


def _unresolved(t: Told) -> Words:
    if any(blame.key == "contradiction" for blame in t.blames):
        return Words(
            "The exported rules contradict the packets: an input is out of date or incomplete",
            f"{_ends(t)} answered a connection from this host, which the exported rules of {t.groups} deny. The packets are right: "
            "the export is older than the rules, a further group is on the interface, or this host is not what the case says.",
            advice=(
                "Export the security groups of the target's interface again (DescribeNetworkInterfaces names them all), then run the check again.",
            ),
        )
    missing = listed(dict.fromkeys(text for blame in t.blames for text in blame.missing))
    return Words(
        "The security groups cannot be evaluated: part of them is not in the case",
        f"Whether {t.ports} from {t.sources} gets through depends on {missing}.",
        advice=(
            "Add what is missing to the case and run the check again; until then these flows are neither open nor closed.",
        ),
    )


def _external(t: Told) -> Words:
    opened = [
        rule
        for group in t.scene.model.groups.values()
        for rule in group.rules
        if rule.accept
        and rule.direction == "ingress"
        and isinstance(rule.ports, tuple)
        and rule.protocol is not None
        and any(low == high == flow.endpoint.port for low, high in rule.ports for flow in t.flows)
    ]
    useless = (
        f" {listed(f'{r.id} in {r.group}' for r in opened)} opens that port on the cluster, which does nothing for a KDC elsewhere."
        if opened
        else ""
    )
    return Words(
        "The KDC is outside the cluster, so the cluster's security group does not guard it",
        f"krb5.conf names {t.configured_hosts} ({_place(t)}), which is no node of the cluster.{useless} "
        f"{t.ports} has to be open from {t.sources} at that host's own firewall or security group, and routed there and back.",
        _seen(t, "it does not answer from here"),
        (
            f"Open {t.ports} from {t.sources} at {t.hosts}, on its security group or firewall, and check the route both ways.",
        ),
    )


def _kdc_down(t: Told) -> Words:
    host = t.hosts
    return Words(
        "The KDC is not running",
        f"{host} refuses {t.ports} at once: the packets get there and nothing listens. No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself.",
        (
            f"On {host}: systemctl status krb5kdc; start it; ss -lntu shows whether it listens on {t.ports} on every interface.",
        ),
    )


def _kdc_moved(t: Told) -> Words:
    key = t.blames[0].key
    port = key[1] if isinstance(key, tuple) else "another port"
    return Words(
        f"krb5.conf names the wrong KDC port: the KDC answers on {port}",
        f"{t.hosts} refuses {t.ports} ({_place(t)}), and a KDC answers on port {port} of the same host.",
        advice=(
            f"Set kdc = {t.configured_hosts}:{port} in krb5.conf (EMR console, Kerberos service, Configure), and initialize the resource group again.",
        ),
    )


def _kdc_half(t: Told) -> Words:
    off, on = ("UDP", "TCP") if t.flows[0].endpoint.transport == "udp" else ("TCP", "UDP")
    hurt = (
        "Java clients fail at once"
        if off == "UDP"
        else "replies that do not fit a datagram fail with “Connection refused”"
    )
    return Words(
        f"The KDC does not listen on {off}",
        f"{t.hosts} answers Kerberos over {on} and refuses {off}: {hurt}.",
        advice=(
            f"In kdc.conf set {'kdc_listen' if off == 'UDP' else 'kdc_tcp_listen'} to the port and restart krb5kdc.",
        ),
    )


def _not_kerberos(t: Told) -> Words:
    return Words(
        "Something other than a KDC listens on the KDC's port",
        f"{_ends(t)} accepts connections but does not answer Kerberos. Java says “Cannot get a KDC reply”.",
        advice=(f"Find what listens on {t.ports} of {t.hosts}, or correct host and port at {_place(t)}.",),
    )


def _tcp_hole(t: Told) -> Words:
    return Words(
        "The KDC's TCP port accepts connections and never answers",
        f"{_ends(t)} completes the handshake and then stays silent. Java waits for “Read timed out”; kinit waits without limit.",
        advice=(
            f"Look at what listens on {t.ports} of {t.hosts}: a hung KDC, a half-open proxy, or packets that are lost once they are large.",
        ),
    )


def _service_down(t: Told) -> Words:
    return Words(
        f"Nothing listens: {t.services} on {t.hosts}",
        f"{t.hosts} refuses {t.ports} at once: the packets get there and nothing listens. No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself.",
        (
            f"Start {t.services} on {t.hosts}; ss -lntp there shows whether it listens on every interface and on {t.ports}.",
        ),
    )


def _os_reject(t: Told) -> Words:
    reasons = listed(dict.fromkeys(b.outcome.observed.reason for b in t.blames if b.outcome.observed))
    opened = " ".join(
        f"--add-port={port}/{transport}"
        for transport, port in sorted({(f.endpoint.transport, f.endpoint.port) for f in t.flows})
    )
    return Words(
        "The host's own firewall rejects the connection",
        f"{t.hosts} answers {t.ports} with ICMP “{reasons}”, sent by the host itself: a REJECT rule of firewalld or iptables. "
        "The security group let the packet through, so no rule is missing there.",
        "Java reports such a reject over UDP as “Receive timed out”, just like a missing rule.",
        (
            f"On {t.hosts}: firewall-cmd --permanent {opened} && firewall-cmd --reload, or an iptables ACCEPT for {t.sources} above the REJECT.",
        ),
    )


def _os_drop(t: Told) -> Words:
    return Words(
        "The security group lets the packets through and the host stays silent",
        f"{t.ports} on {t.hosts} does not answer, although every rule lets {t.sources} in. "
        "That is a firewall on the host, or something else between the two that drops in silence; adding security-group rules will not help.",
        "",
        (
            f"On {t.hosts}: iptables -vnL INPUT (counters that rise), and tcpdump -ni any port {t.flows[0].endpoint.port} while the check runs.",
        ),
    )


def _appliance(t: Told) -> Words:
    offender = listed(dict.fromkeys(b.outcome.observed.offender or "a router" for b in t.blames if b.outcome.observed))
    return Words(
        "A device on the way rejects the connection",
        f"{offender}, which is not the target, answers {t.ports} to {t.hosts} with an ICMP prohibition: a firewall between the two networks.",
        advice=(f"Allow {t.ports} from {t.sources} to {t.hosts} at {offender}.",),
    )


def _route(t: Told) -> Words:
    local = any(blame.key == "here" for blame in t.blames)
    offender = listed(
        dict.fromkeys(
            b.outcome.observed.offender for b in t.blames if b.outcome.observed and b.outcome.observed.offender
        )
    )
    who = "This host has no route" if local else f"{offender or 'A router'} reports that there is no way"
    return Words(
        "There is no route to the target",
        f"{who} to {t.hosts}. Packets do not get as far as any security group.",
        advice=("Compare the route tables of both vSwitches; between two VPCs both sides need a route.",),
    )


def _name(t: Told) -> Words:
    kdc = all(flow.area == "kerberos" for flow in t.flows)
    return Words(
        "The KDC's host name does not exist here" if kdc else "Host names of the cluster do not exist here",
        f"{t.configured_hosts} cannot be resolved from this host: the resolver says that there is no such name. Nothing was sent to any port of it.",
        "kinit says “Cannot contact any KDC”, as for a dead KDC; Java says “Name or service not known”." if kdc else "",
        (
            _hosts_line(t)
            or f"Add {t.configured_hosts} to a PrivateZone of the VPC or to the hosts of the resource group.",
        ),
    )


def _hosts_line(t: Told) -> str:
    known = dict.fromkeys(f"{flow.endpoint.address} {flow.endpoint.host}" for flow in t.flows if flow.endpoint.address)
    return f"Add to a PrivateZone of the VPC, or to the hosts of the resource group: {listed(known)}." if known else ""


def _resolver(t: Told) -> Words:
    return Words(
        "The name server does not answer",
        f"Looking up {t.configured_hosts} failed or took too long, so no port of it was tried.",
        advice=("Check the name servers in /etc/resolv.conf of this host: UDP and TCP port 53.",),
    )


def _count(ranges: Ranges) -> int:
    return sum(high - low + 1 for low, high in ranges)


def _udp_ends(t: Told) -> str:
    udp = [flow for flow in t.flows if flow.endpoint.transport == "udp"]
    return f"port {listed(sorted({str(flow.endpoint.port) for flow in udp}))} on {_hosts(t, udp)}"


def _hosts(t: Told, flows: list[Flow]) -> str:
    return Told(t.scene, tuple(blame for blame in t.blames if blame.flow in flows)).hosts


def _ends(t: Told) -> str:
    return f"{t.ports} on {t.hosts}"


def _place(t: Told) -> str:
    """The line that names the first flow: krb5.conf:10."""
    origin = t.flows[0].origin
    return origin.file if origin.line is None else f"{origin.file}:{origin.line}"


def _have(t: Told) -> str:
    return "is in" if len({flow.endpoint.host for flow in t.flows}) == 1 else "are in"


def _seen(t: Told, silence: str) -> str:
    return f"Seen from here: {silence}." if t.silent() else ""


WORDINGS: dict[str, Callable[[Told], Words]] = {
    "SG-KDC-UDP": _kdc_udp,
    "SG-KDC-TCP": _kdc_tcp,
    "SG-KDC-PORT": _kdc_port,
    "SG-DIRECTION": _direction,
    "SG-SOURCE": _source,
    "SG-WRONG-GROUP": _wrong_group,
    "SG-SHADOWED": _shadowed,
    "SG-PROTO": _proto,
    "SG-ENTERPRISE": _enterprise,
    "SG-GROUPREF": _group_ref,
    "SG-SVC": _service,
    "SG-DATANODE": _datanode,
    "SG-RG-EGRESS": _rg_egress,
    "SG-UNRESOLVED": _unresolved,
    "KDC-EXTERNAL": _external,
    "KDC-DOWN": _kdc_down,
    "KDC-PORT": _kdc_moved,
    "KDC-UDP-OFF": _kdc_half,
    "KDC-TCP-OFF": _kdc_half,
    "KDC-NOT-KRB": _not_kerberos,
    "KDC-TCP-HOLE": _tcp_hole,
    "SVC-DOWN": _service_down,
    "FW-OS-REJECT": _os_reject,
    "FW-OS-DROP": _os_drop,
    "FW-VPC": _appliance,
    "NET-ROUTE": _route,
    "DNS-NX-KDC": _name,
    "DNS-CLUSTER-NAME": _name,
    "DNS-TIMEOUT": _resolver,
}
