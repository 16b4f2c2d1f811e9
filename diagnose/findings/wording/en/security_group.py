"""What is wrong with the rules of a security group? One function a code."""

from __future__ import annotations

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import (
    MOST_NAMED,
    agree,
    all_hosts,
    ends,
    groups,
    hosts,
    listed,
    networks,
    place,
    ports,
    quoted_rules,
    rule_ids,
    seen_here,
    services,
    udp_ends,
)
from diagnose.findings.wording.en.two_exports import which_export
from diagnose.findings.wording.words import Words

USUAL_KDC_PORT = "88"
"""RFC 4120 section 7.2.3.2."""


def kdc_udp(s: Statement) -> Words:
    if s.cause == "no-export":
        return _not_exported(s, "The KDC does not answer over UDP, and the rules that guard it are not in the case")
    tcp = {"denied": "Nor is TCP, which large tickets need. ", "open": "TCP is open, so telnet and even kinit work. "}
    return Words(
        "The KDC cannot be reached over UDP: no inbound rule allows it",
        f"No rule of {groups(s)} lets UDP from {networks(s)} in to {udp_ends(s)}. {tcp.get(s.text('tcp'), '')}"
        "Java clients (Hive, Spark, DataWorks) ask the KDC over UDP first and do not fall back to TCP when nothing "
        "answers. So after 3 x 30 s per KDC they report “Receive timed out”.",
        seen_here(s, "an AS-REQ over UDP got no answer"),
    )


def kdc_tcp(s: Statement) -> Words:
    if s.cause == "no-export":
        return _not_exported(s, "The KDC does not answer over TCP, and the rules that guard it are not in the case")
    return Words(
        "The KDC cannot be reached over TCP: only UDP is open",
        f"No rule of {groups(s)} lets TCP from {networks(s)} in to {ends(s)}. Small tickets pass over UDP. A reply "
        "that does not fit a datagram, and every client that prefers TCP, needs TCP and ends in “Connect timed out”.",
        seen_here(s, "a TCP connection to the KDC was not answered"),
    )


def kdc_port(s: Statement) -> Words:
    """SG-KDC-PORT: krb5.conf names an unusual port, or the rules open one."""
    wanted = wanted_ports(s)
    if wanted != USUAL_KDC_PORT:
        places = s.texts("places") or [place(s)]
        named = f"{listed(places)} {agree(len(places), 'names', 'name')} port {wanted} for the KDC"
        siblings = s.texts("siblings")
        either = (
            f"; {listed(siblings)} {agree(len(siblings), 'names', 'name')} {USUAL_KDC_PORT}, the usual port, for the "
            f"same realm. It is probably a typing mistake. If not, the KDC listens on {wanted} and its rule is missing."
            if siblings
            else f"; {USUAL_KDC_PORT} is the usual port. It may be a typing mistake, or the KDC listens on {wanted} "
            "and its rule is missing."
        )
        return Words(
            f"krb5.conf names port {wanted} for the KDC, the rules open {USUAL_KDC_PORT}",
            f"{named}{either} What lets {networks(s)} in is {quoted_rules(s)}. Packets to port {wanted} match no rule.",
            seen_here(s, "the configured port does not answer"),
        )
    return Words(
        f"The rules open another port than the KDC's: krb5.conf says {wanted}",
        f"krb5.conf names port {wanted} ({place(s)}); the rule that lets {networks(s)} in is {quoted_rules(s)}. "
        f"Packets to port {wanted} match no rule.",
        seen_here(s, "the configured port does not answer"),
        (f"Change the port range of the rule to {wanted}/{wanted}, if nothing else needs the old port.",),
    )


def wanted_ports(s: Statement) -> str:
    """Return the ports that the files name."""
    rows = (row for target in s.rows("targets") for row in target.rows("ports"))
    return listed(sorted({port for row in rows for port in row.texts("ports")}))


def _unusual_port(s: Statement) -> Words:
    """SG-SVC, SG-DATANODE: the file names another port than the usual one, which the rules open."""
    wanted, usual, places = wanted_ports(s), s.text("usual"), s.texts("places")
    named = f"{listed(places)} {agree(len(places), 'names', 'name')} port {wanted} for {services(s)} on {hosts(s)}"
    either = (
        f", and the usual port {usual} stands for the other one. It is probably a typing mistake. If not, the rule "
        f"for {wanted} is missing."
        if s.texts("siblings")
        else f", but the rules let in the usual port {usual}: the file may have a typing mistake, or the rule for "
        f"{wanted} is missing."
    )
    return Words(
        f"{place(s).partition(':')[0]} names port {wanted} for {services(s)}, the rules open {usual}",
        f"{named}{either}",
        f"No rule of {groups(s)} lets {networks(s)} in to {ends(s)}.",
    )


def direction(s: Statement) -> Words:
    is_outbound = any(row.text("direction") == "egress" for row in s.rows("rules"))
    how = (
        "is an outbound rule; what is missing is an inbound one"
        if is_outbound
        else "has the vSwitch block as its destination. An inbound rule names the sender as its source, "
        "so this rule matches no packet to the cluster"
    )
    return Words(
        "The rule exists but points the wrong way",
        f"{quoted_rules(s)} {how}. The registration page says “Set Destination to the vSwitch CIDR block”; "
        "the field it means is Source (Authorization Object in older consoles).",
        seen_here(s, _no_answer(s)),
        (f"After adding the right rule, delete {rule_ids(s)}: it does nothing.",),
    )


def source(s: Statement) -> Words:
    """SG-SOURCE: rules for a part of the vSwitch, or for other addresses alone."""
    of = s.number("addresses")
    if of is None:
        return Words(
            "The rules for these ports let other addresses in, none of the resource group's",
            f"{groups(s)} lets no address of {listed(s.texts('denied'))} in to {ends(s)}. The rules for these ports "
            f"are for other addresses: {quoted_rules(s)}.",
            seen_here(s, _no_answer(s)),
        )
    share = f"{s.text('denied_addresses')} of {of} addresses"
    return Words(
        "The rules do not cover the whole vSwitch of the resource group",
        f"{groups(s)} does not let {listed(s.texts('denied'))} ({share}) in to {ends(s)}. "
        f"The rules for these ports are {quoted_rules(s)}. A resource group takes any free address of its vSwitches, "
        "so it works or fails by the address it happens to get.",
        seen_here(s, "an address in the uncovered part gets no answer"),
    )


def wrong_group(s: Statement) -> Words:
    owners = listed(row.text("group") for row in s.rows("rules"))
    return Words(
        "The rule was added to a security group that the target is not in",
        f"{quoted_rules(s)} would let {networks(s)} in, but {hosts(s)} {agree(len(all_hosts(s)), 'is', 'are')} in "
        f"{groups(s)}, not {owners}.",
        seen_here(s, _no_answer(s)),
    )


def shadowed(s: Statement) -> Words:
    rows = s.rows("rules")
    drops = (f"{r.text('id')} in {r.text('group')} ({r.text('rule')})" for r in rows if r.text("policy") == "drop")
    accepts = (f"{r.text('id')} ({r.text('rule')})" for r in rows if r.text("policy") == "accept")
    return Words(
        "A drop rule wins over the rule that should let the resource group in",
        f"{listed(drops)} is tried before {listed(accepts)}: the smaller priority number wins, and at equal priority "
        f"drop wins. It drops packets from {networks(s)} to {ends(s)}.",
        seen_here(s, "the port does not answer"),
    )


def proto(s: Statement) -> Words:
    return Words(
        "The port is open for the wrong protocol",
        f"{quoted_rules(s)} opens the port number, but {services(s)} needs {ports(s)}.",
        seen_here(s, _no_answer(s)),
    )


def enterprise(s: Statement) -> Words:
    if not s.rows("targets"):
        return Words(
            "The nodes are in an advanced security group",
            f"{groups(s)} is an advanced group (SecurityGroupType enterprise). EMR supports basic groups only.",
            "Its rules let the resource group in today. A new node or port needs a rule of its own in each direction.",
            ("Move the nodes to a basic security group.",),
        )
    return Words(
        "The nodes are in an advanced security group",
        f"{groups(s)} is an advanced group (SecurityGroupType enterprise): it denies everything in and out that no "
        f"rule allows, and no rule lets {networks(s)} in to {ends(s)}. EMR supports basic groups only.",
        seen_here(s, "none of the ports answers"),
        ("Better than more rules: move the nodes to a basic security group, which EMR requires.",),
    )


def group_ref(s: Statement) -> Words:
    is_known = s.is_true("is_member_known")
    how = (
        "which the resource group's interfaces are not in"
        if is_known
        else "and no file says whether the resource group's interfaces are in that group"
    )
    then = "the resource group does not" if is_known else "the resource group connects only if it is in it"
    return Words(
        "A rule lets in a security group, not the vSwitch",
        f"{quoted_rules(s)} lets in members of a group, {how}. ECS instances in that group connect; {then}.",
        seen_here(s, _no_answer(s)),
    )


def service(s: Statement) -> Words:
    if s.cause == "unusual-port":
        return _unusual_port(s)
    if s.cause == "no-export":
        return _not_exported(s, f"{_what(s)} do not answer, and the rules that guard them are not in the case")
    kerberos = " The KDC is among them." if s.is_true("has_kdc") else ""
    own = s.texts("groups")
    return Words(
        f"No inbound rule opens {_what(s)} to the resource group",
        f"{groups(s)} {agree(max(1, len(own)), 'lets', 'let')} nothing from {networks(s)} in to {ends(s)} "
        f"({services(s)}).{kerberos} Being in the same VPC or vSwitch does not help: a security group lets in only "
        f"what a rule names.{_perhaps_meant(s)}",
        seen_here(s, "the ports do not answer"),
    )


def _perhaps_meant(s: Statement) -> str:
    """Return a sentence about each rule that opens nearly the right port."""
    rows = s.rows("meant")
    return "".join(
        f" {row.text('rule')} opens {row.text('opened')}: perhaps {row.text('needed')} was meant." for row in rows
    )


def _what(s: Statement) -> str:
    flows = sum(
        len(target.texts("hosts")) * len(row.texts("ports"))
        for target in s.rows("targets")
        for row in target.rows("ports")
    )
    return "the ports of the cluster" if flows > MOST_NAMED else services(s)


def datanode(s: Statement) -> Words:
    if s.cause == "unusual-port":
        return _unusual_port(s)
    if s.cause == "no-export":
        return _not_exported(s, "The DataNodes do not answer, and the rules that guard them are not in the case")
    return Words(
        "The NameNode can be reached, the DataNodes cannot",
        f"No rule of {groups(s)} lets {networks(s)} in to {ends(s)}. Listing files works; reading and writing them "
        f"fails with “could only be replicated to 0 nodes” or BlockMissingException.{_perhaps_meant(s)}",
        seen_here(s, "the DataNodes do not answer"),
    )


def rg_egress(s: Statement) -> Words:
    by = f" by {quoted_rules(s)}" if s.rows("rules") else " by default: no outbound rule allows them"
    return Words(
        "The resource group's own security group blocks its outbound traffic",
        f"{listed(s.texts('own_groups'))} on the resource group's interfaces stops packets to {ends(s)}{by}. "
        "No rule of the cluster's own groups can repair this.",
        seen_here(s, "nothing answers"),
    )


def callback(s: Statement) -> Words:
    """RUN-CALLBACK."""
    stops = [
        f"the {side} rules of {listed(s.texts(side))} on {whose} interfaces"
        for side, whose in (("outbound", "the nodes'"), ("inbound", "the resource group's"))
        if s.texts(side)
    ]
    by = f" ({quoted_rules(s)})" if s.rows("rules") else ""
    return Words(
        "The cluster cannot connect back to the Spark driver",
        f"{place(s)} and the deploy mode client have the driver run in the resource group. Containers on "
        f"{networks(s)} then dial {ends(s)}, and {' and '.join(stops)} do not let them{by}. "
        "The job ends with “Failed to connect to driver” or “Yarn application has already ended”.",
        "No packet can show this from the resource group: the connection is opened in the cluster, during a job.",
        ("Or submit with spark.submit.deployMode cluster: then the driver runs in the cluster.",),
    )


def stale(s: Statement) -> Words:
    """INPUT-STALE."""
    if s.cause == "records-contradicted":
        shown = listed(f"{row.text('place')}: {row.text('text')}" for row in s.rows("records"))
        return Words(
            "The records of the host contradict the packets: they are of another time or of another machine",
            f"What {ends(s)} was seen to do does not fit {shown}. The packets are right.",
            advice=(f"Take ss -tunlp and iptables-save on {hosts(s)} again, while this check runs.",),
        )
    event = (
        "got a request from this host, as its own records show"
        if s.is_true("is_silent")
        else "answered a connection from this host"
    )
    return Words(
        "The exported rules contradict the packets: an input is out of date or incomplete",
        f"{ends(s)} {event}, which the exported rules of {listed(s.texts('denying')) or groups(s)} deny. "
        "The packets are right: the export is old or of another cluster, a further group is on the interface, "
        "or this host is not what the case says.",
        advice=(
            (
                "Export the security groups of the target's interface again (DescribeNetworkInterfaces names them "
                "all), then run the check again."
            ),
        ),
    )


def unresolved(s: Statement) -> Words:
    """SG-UNRESOLVED."""
    differing = tuple(which_export(row, row.text("group"), row.texts("files")) for row in s.rows("differing"))
    cause = f"Whether {networks(s)} gets through to {ends(s)} depends on {listed(s.texts('missing'))}."
    if s.is_true("only_differing"):
        return Words("The rules cannot be evaluated: two exports of a group differ", cause, advice=differing)
    return Words(
        "The rules cannot be evaluated: part of them is not in the case",
        cause,
        advice=(
            *differing,
            "Add what is missing to the case and run the check again; until then these flows are neither open "
            "nor closed." + (" In its directory:" if s.texts("commands") else ""),
            *s.texts("commands"),
        ),
    )


def _not_exported(s: Statement, title: str) -> Words:
    """Say that the target is silent and that its rules are not known."""
    return Words(
        title[:1].upper() + title[1:],
        f"{ends(s)} {_do(s)} not answer packets from {networks(s)}. Whether a rule of a security group lets them in is "
        "unknown: the case has no export of the group on the target's interface. A security group drops in silence, "
        "so a missing rule is the most usual cause.",
        seen_here(s, _no_answer(s)),
        ("Add DescribeSecurityGroupAttribute of that group to the case and run the check again.",),
    )


def _no_answer(s: Statement) -> str:
    return f"{ends(s)} {_do(s)} not answer"


def _do(values: Values) -> str:
    return "does" if sum(len(t.texts("hosts")) * len(t.rows("ports")) for t in values.rows("targets")) == 1 else "do"
