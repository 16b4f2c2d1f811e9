"""What is wrong between two networks? One function a code."""

from __future__ import annotations

from collections.abc import Iterator

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en import node_records, path
from diagnose.findings.wording.en.phrases import (
    MOST_NAMED,
    agree,
    configured_hosts,
    count_of_ports,
    ends,
    hosts,
    listed,
    networks,
    place,
    ports,
    seen_here,
)
from diagnose.findings.wording.words import Words

BRIDGE = (
    "A bridge on a node (docker0, cni0) is in no answer of an API: ip route get <resource group address> on the node "
    "shows it."
)
COMPLETE = (
    "Add to the case every page of DescribeRouteEntryList for both route tables, and DescribeVSwitchAttributes of both "
    "vSwitches, and run the check again."
)


def wrong_vpc(s: Statement) -> Words:
    """NET-WRONG-VPC."""
    ours, theirs = s.text("ours"), s.text("theirs")
    if s.is_true("is_all_unknown"):
        known = f"Whether the two are connected depends on {listed(s.texts('unread') or s.texts('missing'))}."
    else:
        known = f"The route tables say: {_reasons(s)}. No rule and no list helps as long as nothing connects the two."
    return Words(
        f"The resource group is bound to another VPC than the cluster: {ours}, not {theirs}",
        f"{_from(s)} is in {ours}, {hosts(s)} in {theirs}. {known}{_others(s)}",
        _silence(s),
        advice=(
            (
                f"Connect {ours} and {theirs} (VPC peering, CEN) and add a route to the other's block to the route "
                "table on each side."
            ),
        ),
        manual=(
            (
                f"Bind the resource group to a vSwitch in {theirs} (DataWorks console, Network Settings, VPC Binding), "
                "then let its block in to the cluster's group."
            ),
        ),
    )


def forward(s: Statement) -> Words:
    """NET-ROUTE: as the tables show it, else as packets show it."""
    if s.cause != "route-table":
        return path.route(s)
    if not s.is_true("is_sure"):
        return Words(
            "The way to the cluster is not known",
            f"Whether packets of {_from(s)} find their way to {hosts(s)} depends on {listed(s.texts('missing'))}.",
            _silence(s),
            (COMPLETE,),
        )
    return Words(
        "The resource group's route table does not lead to the cluster",
        f"Packets of {_from(s)} to {hosts(s)} go by {_tables(s)}: {_reasons(s)}. "
        f"They do not get as far as any security group.{_others(s)}",
        _silence(s),
        advice=() if is_added(s) else tuple(_advice(s)),
        manual=tuple(_advice(s)) if is_added(s) else (),
    )


def backward(s: Statement) -> Words:
    """RET-ROUTE: as the tables show it, else as packets and records show it."""
    if s.cause == "host-route":
        return node_records.lost(s)
    if s.cause != "route-table":
        return node_records.route_back(s)
    if not s.is_true("is_sure"):
        return Words(
            "The way back from the cluster is not known",
            f"Requests of {_from(s)} may arrive. Whether the answers of {hosts(s)} find their way back depends on "
            f"{listed(s.texts('missing'))}.",
            _silence(s),
            (COMPLETE, BRIDGE),
        )
    return Words(
        "The cluster's route table does not lead back to the resource group",
        f"Requests of {_from(s)} may arrive, and the answers of {hosts(s)} to "
        f"{listed(s.texts('denied')) or networks(s)} go by {_tables(s)}: {_reasons(s)}. "
        f"To the client this is the same silence as a dropped packet.{_others(s)}",
        " ".join(filter(None, (_silence(s), BRIDGE))),
        advice=() if is_added(s) else tuple(_advice(s)),
        manual=tuple(_advice(s)) if is_added(s) else (),
    )


def overlap(s: Statement) -> Words:
    """NET-OVERLAP: as the tables show it, else as the routes of the host show it."""
    if s.cause == "host-route":
        return node_records.stray(s)
    ours, theirs, is_reply = s.text("ours"), s.text("theirs"), s.is_true("is_reply")
    here, there = (theirs, ours) if is_reply else (ours, theirs)
    what = _from(s) if is_reply else f"The block of {hosts(s)}"
    shown = _reasons(s) if s.is_true("is_sure") else f"{here} has a vSwitch with such addresses too"
    return Words(
        "The two VPCs use the same addresses",
        f"{what} overlaps a block of {here}, so packets to it stay in {here} and never reach {there}: {shown}. "
        "Routes do not help: inside a VPC its own blocks come first.",
        _silence(s),
        (
            f"Use a vSwitch for the resource group whose block occurs in neither VPC, best one in {theirs}.",
            BRIDGE,
        ),
    )


def translated(s: Statement) -> Words:
    """NET-SNAT: as the tables show it, else as the KDC's log shows it."""
    if s.cause != "route-table":
        return node_records.translated(s)
    return Words(
        "A NAT gateway stands between the resource group and the cluster",
        f"Packets of {_from(s)} to {hosts(s)} go by {_tables(s)}: {_reasons(s)}. If they arrive, they carry an address "
        f"of the NAT gateway: rules, allow-lists and proxyuser hosts that name {networks(s)} do not match.",
        advice=(
            (
                "Write the rules for the address of the NAT gateway, or lead the packets over a peering or a transit "
                "router."
            ),
        ),
    )


def gone(s: Statement) -> Words:
    """NET-NODE-GONE."""
    addresses = listed(s.texts("addresses"))
    named = f"{place(s)} names {configured_hosts(s)}{f' ({addresses})' if addresses else ''}"
    if near := s.text("near"):
        return Words(
            f"The configuration names a host that is no node of the cluster; its name is nearly that of {near}",
            f"{named}, and the whole list of nodes (ListNodes) does not have it. {near} is a node, and the names "
            "differ at one place: this one may be mistyped, or the node was released.",
            _silence(s),
            (
                (
                    f"If it is mistyped, write {near} in {place(s)}. Else export the configuration again. Then upload "
                    "it, and initialize the resource group again."
                ),
            ),
        )
    return Words(
        "The configuration names a host that is no node of the cluster any more",
        f"{named}, and the whole list of nodes (ListNodes) "
        "does not have it. Nodes are released and replaced, and exported files keep their names.",
        _silence(s),
        ("Export the configuration again, upload it, and initialize the resource group again.",),
    )


def metastore(s: Statement) -> Words:
    """HMS-EXTERNAL."""
    return Words(
        "The Hive metastore is outside the cluster, so the cluster's security group does not guard it",
        f"{place(s)} names {configured_hosts(s)}, which is no node of the cluster. {to_open(s)}{way_out(s)}",
        seen_here(s, "it does not answer from here"),
        (f"Open {ports(s)} from {networks(s)} at {configured_hosts(s)}, and check the route both ways.",),
    )


def to_open(s: Statement) -> str:
    """Return 'TCP 88 and UDP 88 have to be open from …'."""
    return (
        f"{ports(s)} {agree(count_of_ports(s), 'has', 'have')} to be open from {networks(s)} at that host's own "
        "firewall or security group, and routed there and back."
    )


def way_out(s: Statement) -> str:
    """Return one sentence if the resource group's own table does not lead to the target.

    Empty if it may.
    """
    reasons = listed(s.texts("no_way"))
    return f" The resource group's route table does not lead there: {reasons}." if reasons else ""


def _silence(s: Statement) -> str:
    return seen_here(s, f"{ends(s)} does not answer")


def _from(s: Statement) -> str:
    return listed(s.texts("from"))


def _tables(s: Statement) -> str:
    return listed(s.texts("tables"))


def _reasons(s: Statement) -> str:
    return listed(s.texts("reasons"))


def _others(s: Statement) -> str:
    others = s.texts("others")
    if not others:
        return ""
    return (
        f" {listed(others)} of the same resource group {agree(len(others), 'does', 'do')} not have this fault, "
        "and a task may run in any of its networks."
    )


def is_added(s: Statement) -> bool:
    """Return True if entries are only added. Of one that gives way, the link may be down."""
    return not any(entry.text("replaces") for entry in s.rows("entries"))


def _advice(s: Statement) -> Iterator[str]:
    """Yield one line for each entry to add."""
    entries = s.rows("entries")
    for entry in entries[:MOST_NAMED]:
        table, hop = entry.text("table"), _hop(entry)
        if old := entry.text("replaces"):
            yield f"In {table} replace the {old} by one with {hop}; if that link is down, bring it up first."
        else:
            yield f"Add to {table} a route to {entry.text('destination')}, {hop}."
    if len(entries) > MOST_NAMED:
        yield (
            f"The same holds for {len(entries) - MOST_NAMED} more destinations; one route to a block that holds them "
            "all does as well."
        )
    if not entries:
        yield (
            "Compare the route tables of both vSwitches; between two VPCs each side needs a route to the other's block."
        )


def _hop(entry: Values) -> str:
    kind, ident = entry.text("hop_type"), entry.text("hop")
    if ident:
        return f"next hop {kind} {ident}"
    if kind:
        return f"next hop of type {kind}: this VPC's own end of the link that the other direction uses"
    return "next hop the link between the two VPCs (VpcPeer for a peering, Attachment for a transit router)"
