"""What is wrong with a name, one function a code. What is told beside the flows comes from the blame's `NameFault`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.findings.names.name_fault import NameFault
from diagnose.findings.names.resolution import dead
from diagnose.findings.wording.phrases import MOST_NAMED, Told, Words, listed
from diagnose.scene import name_notes
from probes.names.resolver_view import SOMETIMES

_SAID: Final = {
    "records": "has an address for it",
    "no-data": "knows the name and has no address for it",
    "no-such-name": "says that there is no such name",
    "server-failed": "fails (SERVFAIL)",
    "refused": "refuses to answer (REFUSED)",
    "other-error": "answers with an error",
    "alias-loop": "has an alias that leads back to itself",
    "truncated": "cuts its answer off, and TCP port 53 gives none",
    "garbage": "answers with something that is no DNS answer",
    "closed": "has nothing that listens on UDP port 53",
    "unreachable": "cannot be reached",
    "silent": "does not answer",
    SOMETIMES: "answers for some spellings of it and not for others",
    "not-asked": "could not be asked",
}

HOSTS: Final = "/etc/hosts of the resource group and of the nodes, or a PrivateZone with its reverse zone"


def faults(t: Told) -> list[NameFault]:
    """One for each host."""
    found = {blame.key.host: blame.key for blame in t.blames if isinstance(blame.key, NameFault)}
    return list(found.values())


def _each(texts: Iterable[str]) -> str:
    found = list(dict.fromkeys(texts))
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return "; ".join(found[:MOST_NAMED]) + more


def servers_said(t: Told) -> str:
    """'192.168.20.53 does not answer; 192.168.20.54 refuses to answer (REFUSED)'."""
    said = {server: said for fault in faults(t) for server, said in fault.servers}
    return _each(f"{server} {_SAID.get(word, 'gave no usable answer')}" for server, word in said.items())


def unknown(t: Told) -> Words:
    kdc = all(flow.area == "kerberos" for flow in t.flows)
    found = faults(t)
    others = [f"{f.host} is known as {f.said} ({f.address})" for f in found if f.said and f.address]
    said = servers_said(t)
    also = [f"Named in the files and unknown as well: {listed(rest)}"] if (rest := _unknown_beside(t)) else []
    denied = (*also, *(f.text for f in found if f.text), *others, *([f"Asked: {said}"] if said else []))
    java = (
        "kinit says “Cannot contact any KDC”, as for a dead KDC; Java says “Name or service not known”." if kdc else ""
    )
    detail = " ".join((*(f"{text}." for text in dict.fromkeys(denied)), *([java] if java else [])))
    rename = [f"write {f.said} where the files say {f.host}" for f in found if f.said and f.address]
    return Words(
        "The KDC's host name does not exist here" if kdc else "Host names of the cluster do not exist here",
        f"{t.configured_hosts} cannot be resolved from this host: the resolver says that there is no such name. Nothing was sent to any port of it.",
        detail,
        (
            _hosts_line(t)
            or f"Add {t.configured_hosts} to a PrivateZone of the VPC or to the hosts of the resource group.",
            *([f"Or {listed(rename)}."] if rename else []),
        ),
    )


def _unknown_beside(t: Told) -> list[str]:
    """Hosts that no flow goes to and that do not exist here either: other nodes, the admin server."""
    ours = {outcome.flow.endpoint.host.lower() for outcome in t.scene.outcomes}
    known = name_notes.known_names(t.scene)
    return [one.names.host for host, one in known.items() if host not in ours and one.reason == "name-not-found"]


def _hosts_line(t: Told) -> str:
    known = dict.fromkeys(
        blame.key.hosts_entry(blame.flow.endpoint.address)
        for blame in t.blames
        if blame.flow.endpoint.address and isinstance(blame.key, NameFault)
    )
    return f"Add to a PrivateZone of the VPC, or to the hosts of the resource group: {listed(known)}." if known else ""


def resolver(t: Told) -> Words:
    servers = tuple(pair for fault in faults(t) for pair in fault.servers)
    silent, said = dead(servers), servers_said(t)
    answering = servers and not silent
    return Words(
        "The name server refuses or fails to answer"
        if answering
        else f"The name servers {listed(silent)} do not answer"
        if len(silent) > 1
        else f"The name server {listed(silent)} does not answer"
        if silent
        else "The name server does not answer",
        f"Looking up {t.configured_hosts} failed or took too long, so no port of it was tried."
        + (f" {said}." if said else ""),
        "kinit says “Resource temporarily unavailable”, with no word of DNS; Java says “Temporary failure in name resolution”.",
        (
            f"Repair {listed(silent)} or the way to UDP and TCP port 53 on it, or take it out of /etc/resolv.conf of this host."
            if silent
            else "Check the name servers in /etc/resolv.conf of this host: UDP and TCP port 53.",
        ),
    )


def stale(t: Told) -> Words:
    found = faults(t)
    told = _each(
        f"{f.host} resolves to {f.said}{f' ({f.text})' if f.text else ''}, and the node's address is {f.right}"
        for f in found
    )
    answered = any(blame.confidence == "proven" for blame in t.blames)
    where = listed(dict.fromkeys(f.line for f in found if f.line)) or "the DNS record, or the hosts line, behind it"
    return Words(
        f"{t.configured_hosts} resolves to another machine's address",
        f"{told}. Connections go to the wrong machine, so no rule, firewall or service is to blame for what they meet there.",
        "The node's own address answers." if answered else "",
        (
            f"Correct {where}: {listed(dict.fromkeys(f.hosts_entry(f.right or '') for f in found))}. Then restart what keeps names, a JVM for one.",
        ),
    )


def loopback(t: Told) -> Words:
    found = faults(t)
    told = _each(f"{f.line or 'the resolver of this host'} gives {f.said} for {f.host}" for f in found)
    lines = listed(dict.fromkeys(f.line for f in found if f.line)) or "the record"
    return Words(
        f"{t.configured_hosts} leads to loopback",
        f"{told}. A client with it dials itself, and a service that binds to its own name listens on loopback only.",
        "",
        (
            f"Remove {t.configured_hosts} from {lines}, give it the address of the node's network interface, and restart the services.",
        ),
    )


def datanode(t: Told) -> Words:
    found = faults(t)
    told = _each(f"{f.said} does not answer and {f.host} ({f.right}) does" for f in found)
    return Words(
        "The DataNodes are dialled by an address that this network cannot reach",
        f"{told}. The NameNode hands out the DataNodes' addresses as it knows them, and those are of another network.",
        "HDFS lists files and cannot read or write them: “could only be written to 0 of the …”.",
        (
            "Set dfs.client.use.datanode.hostname = true in the hdfs-site.xml of the clients; the names resolve to addresses that answer.",
        ),
    )


def no_reverse(t: Told) -> Words:
    found = faults(t)
    unsure = next((f.text for f in found if f.text), "")
    if unsure:
        return Words(
            "The reverse look-up fails, and without a name Java asks for a ticket for an address",
            f"What {listed(dict.fromkeys(f.address or '' for f in found))} is called could not be looked up here: {unsure}. Without a name Java takes the address "
            f"of {t.configured_hosts} for its name, and no KDC has a principal with an address in it.",
            "kinit and klist show nothing wrong.",
            (
                f"See which name server of this host has the reverse zone and whether it answers. Or add to {HOSTS}: {_lines(found)}.",
            ),
        )
    return Words(
        "There is no reverse record, so Java asks for a ticket for an address",
        f"There is no name here for {listed(dict.fromkeys(f.address or '' for f in found))}, so the canonical name of {t.configured_hosts} is "
        "its address, and Java asks the KDC for a principal with an address in it, which no KDC has.",
        "rdns = false does not help: Java does not read it. kinit and klist show nothing wrong.",
        (f"Add to {HOSTS}: {_lines(found)}.",),
    )


def other_reverse(t: Told) -> Words:
    found = faults(t)
    told = _each(f"{f.host} is {f.address}, and {f.address} is called {f.said}" for f in found)
    if all(f.kind == "mit" for f in found):
        line = next((f.text for f in found if f.text), "")
        return Words(
            "MIT clients ask for a ticket under another name than the service has",
            f"{_each(f'for {f.host} libkrb5 asks for {f.said}' for f in found)}. Java asks for the right name, so tasks in Java work and Python or C clients do not.",
            "",
            (f"Set {line} under [libdefaults] of krb5.conf." if line else f"Add to {HOSTS}: {_lines(found)}.",),
        )
    astray = next((f.text for f in found if f.text), "")
    if astray and all(f.text and f.said and f.right and f.said.lower() == f.right.lower() for f in found):
        return Words(
            "The name of the address does not lead back to it",
            f"{told}; {astray}. Java trusts a name only if it leads back, and no KDC has a principal with an address in it.",
            "",
            (f"Add the address record of that name, or add to {HOSTS}: {_lines(found)}.",),
        )
    told = f"{told}; {astray}" if astray else told
    return Words(
        "The reverse record gives another name",
        f"{told}. Clients that take the name of the address ask the KDC for a principal that the service does not have.",
        "For MIT clients rdns = false under [libdefaults] of krb5.conf is enough; Java does not read it.",
        (f"Correct the reverse record, or add to {HOSTS}: {_lines(found)}.",),
    )


def short_first(t: Told) -> Words:
    found = faults(t)
    places = listed(dict.fromkeys(f.line or f"the name of {f.address}" for f in found))
    told = _each(f"{f.line or 'the resolver'} calls {f.address} {f.said}" for f in found)
    return Words(
        "The short host name comes first in the hosts file",
        f"{told}, and the service's principal has the full name. The first name replaces _HOST, so the client asks for a principal that is not the service's.",
        "Hadoop says “Server has invalid Kerberos principal: …, expecting: …”.",
        (f"Write in {places}: {_lines(found)}.",),
    )


def address_in_url(t: Told) -> Words:
    found = faults(t)
    places = listed(dict.fromkeys(str(flow.origin) for flow in t.flows))
    right = (
        listed(dict.fromkeys(f.right for f in found if f.right))
        or "the full host name that is in the service's principal"
    )
    return Words(
        "An address instead of a host name in the configuration",
        f"{places} says {t.configured_hosts}. _HOST becomes the address, and no principal has that name.",
        "Hadoop RPC still works where the address has a name in hosts file or DNS; HiveServer2 and the metastore do not.",
        (f"Write {right} there.",),
    )


def alias(t: Told) -> Words:
    found = faults(t)
    told = _each(f"{f.host} is {f.address}{f', which is called {f.said}' if f.said else ''}" for f in found)
    right = listed(dict.fromkeys(f.right for f in found if f.right and f.right != f.host))
    return Words(
        "An alias or load balancer name is used",
        f"{told}. The services' principals have the nodes' own names{f', {right},' if right else ''} and none has {t.configured_hosts}.",
        "",
        (
            f"Connect to {right or 'the full name of the node'}, or create a principal for {t.configured_hosts} and add its key to the service's keytab.",
        ),
    )


def _lines(found: Iterable[NameFault]) -> str:
    """Hosts lines, full name first."""
    return (
        listed(dict.fromkeys(line for fault in found if (line := hosts_line(fault)) is not None))
        or "address, full name, short name"
    )


def hosts_line(fault: NameFault) -> str | None:
    """'192.168.20.11 master-1-1.c-… master-1-1'; None where the full name is not known."""
    full = fault.right or fault.host
    if fault.address is None or "." not in full:
        return None
    names = dict.fromkeys((full, full.partition(".")[0]))
    return " ".join((fault.address, *names))
