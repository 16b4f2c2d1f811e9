"""What is wrong with a name that is looked up? One function a code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import agree, clauses, configured_hosts, listed, may_be_nameservice, place
from diagnose.findings.wording.words import Words
from diagnose.flows.authority import is_unspecified
from diagnose.output.line_words import line_words
from probes.names.resolver_view import NOT_CONFIGURED, SOMETIMES

REPLIES: Final = {
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
    NOT_CONFIGURED: "is asked because no name server is configured, and gives no answer",
    "not-asked": "could not be asked",
}


def unknown(s: Statement) -> Words:
    """DNS-NX-KDC, DNS-CLUSTER-NAME."""
    if s.cause == "hosts-swapped":
        return Words(
            f"The hosts file has no address where the line of {s.text('host')} begins",
            f"{place(s)} begins with {s.text('first')}. A line begins with the address, and resolvers skip one that "
            "does not.",
            f"A client finds {s.text('host')} only if a name server knows it.",
            (f"In {place(s)} write: {s.text('line')}",),
        )
    if s.cause == "no-flow":
        return _no_flow(s)
    if s.cause == "no-address":
        return _no_address(s)
    if s.cause == "no-hosts-line":
        return _no_hosts_line(s)
    is_kdc = s.is_true("only_kdc")
    names = configured_hosts(s)
    other = [row for row in s.rows("names") if row.text("given") and row.text("address")]
    beside, replies = s.texts("unknown_beside"), _replies(s)
    facts = (
        *([f"Named in the files and unknown as well: {listed(beside)}"] if beside else []),
        *(row.text("text") for row in s.rows("names") if row.text("text")),
        *(f"{row.text('host')} is known as {row.text('given')} ({row.text('address')})" for row in other),
        *([f"Asked: {replies}"] if replies else []),
        *(["kinit says “Cannot contact any KDC”, as for a dead KDC; Java says “Name or service not known”"] * is_kdc),
    )
    rename = [f"write {row.text('given')} where the files say {row.text('host')}" for row in other]
    lines = listed(s.texts("hosts_lines"))
    add = (
        f"Add to a PrivateZone of the VPC, or to the hosts of the resource group: {lines}."
        if lines
        else f"Add {names} to a PrivateZone of the VPC or to the hosts of the resource group."
    )
    return Words(
        "The KDC's host name does not exist here" if is_kdc else "Host names of the cluster do not exist here",
        f"{names} cannot be resolved from this host: the resolver says that there is no such name. "
        f"Nothing was sent to any port of it.",
        " ".join(f"{text}." for text in dict.fromkeys(facts)),
        (add, *([f"Or {listed(rename)}."] if rename else [])),
    )


def _no_address(s: Statement) -> Words:
    hosts, count = listed(s.texts("hosts")), len(s.texts("hosts"))
    named = listed(place(row) for row in s.rows("places"))
    write = f"Write the host that the service runs on in {named}, and upload the file again."
    logical = "Or, if it is an HDFS nameservice, add the hdfs-site.xml that defines it, and no DNS record."
    add = f"Or, if the name is right, add {hosts} to a PrivateZone of the VPC or to the hosts of the resource group."
    return Words(
        f"No file of the case knows the {agree(count, 'host', 'hosts')} {hosts}",
        f"{named} {agree(len(s.rows('places')), 'names', 'name')} {hosts}. No node list and no hosts file has such a "
        f"host, and nothing was looked up, so nobody here knows {agree(count, 'its address', 'their addresses')}.",
        "A client says UnknownHostException if its resolver does not know the name either.",
        (write, *([logical] if may_be_nameservice(s) else []), add),
    )


def _no_hosts_line(s: Statement) -> Words:
    hosts, lines = s.texts("hosts"), s.texts("hosts_lines")
    named = listed(place(row) for row in s.rows("places"))
    file = s.text("file")
    known = f"{file} has no line with {agree(len(hosts), 'it', 'them')}" if file else "The case has no hosts file"
    more = f": {'; '.join(lines)}" if lines else f", each with its address: {listed(hosts)}"
    return Words(
        f"{listed(hosts)} {agree(len(hosts), 'is a name', 'are names')} that only the nodes of the cluster know",
        f"{named} {agree(len(s.rows('places')), 'names', 'name')} {listed(hosts)}. Names of this shape stand in "
        f"/etc/hosts of the nodes and in no name server. {known}, and nothing was looked up.",
        "A client says UnknownHostException if its hosts have no such line.",
        (f"Add to the hosts of the resource group, or to a PrivateZone of the VPC, all nodes of the cluster{more}.",),
    )


def _no_flow(s: Statement) -> Words:
    return Words(
        "The files name hosts that do not exist here and that no checked connection goes to",
        f"The resolver of this host has no address for {listed(s.texts('hosts'))}, which krb5.conf (admin_server) or a "
        "JDBC URL names. Tasks that only read and write do not ask for them; changing passwords and connecting to that "
        "database from here would fail.",
    )


def resolver(s: Statement) -> Words:
    """DNS-TIMEOUT."""
    if s.cause == "first-server-silent":
        return _first_server_silent(s)
    if s.cause == "servers-silent-mit":
        return _silent_to_mit(s)
    if any(row.text("reply") == NOT_CONFIGURED for row in s.rows("servers")):
        return _no_server(s)
    dead, replies = s.texts("dead"), _replies(s)
    if s.rows("servers") and not dead:
        title = "The name server refuses or fails to answer"
    elif dead:
        servers, do = (agree(len(dead), "server", "servers"), agree(len(dead), "does", "do"))
        title = f"The name {servers} {listed(dead)} {do} not answer"
    else:
        title = "The name server does not answer"
    return Words(
        title,
        f"Looking up {configured_hosts(s)} failed or took too long, so no port of it was tried."
        + (f" {replies}." if replies else ""),
        "kinit says “Resource temporarily unavailable”, with no word of DNS; "
        "Java says “Temporary failure in name resolution”.",
        (
            f"Repair {listed(dead)} or the way to UDP and TCP port 53 on it, or take it out of /etc/resolv.conf of "
            "this host."
            if dead
            else "Check the name servers in /etc/resolv.conf of this host: UDP and TCP port 53.",
        ),
    )


def _no_server(s: Statement) -> Words:
    """DNS-TIMEOUT: resolv.conf names no server."""
    return Words(
        "No name server is configured",
        f"/etc/resolv.conf of this host names no name server, and its hosts file does not have {configured_hosts(s)}. "
        "No port of it was tried.",
        "A resolver without a server asks 127.0.0.1, where nothing answers. kinit says “Resource temporarily "
        "unavailable”; Java says “Temporary failure in name resolution”.",
        (
            "In /etc/resolv.conf of this host write the nameserver lines of another host of the vSwitch.",
            "Or write the names into its hosts file.",
        ),
    )


def _silent_to_mit(s: Statement) -> Words:
    dead = listed(s.texts("dead"))
    edits = [
        line_words(edit.text("file"), edit.number("line") or 1, edit.texts("from"), edit.texts("to"))
        for edit in s.rows("edits")
    ]
    write = "; ".join(edits) or "write dns_lookup_kdc = false under [libdefaults] of krb5.conf"
    return Words(
        "No name server answers, and kinit waits for them",
        f"{dead} {agree(len(s.texts('dead')), 'does', 'do')} not answer. All names come from a hosts file, so Java is "
        f"not touched. libkrb5 asks DNS for the primary KDC after each answer of a KDC: kinit takes "
        f"{s.text('login_s')} s longer, a service ticket {s.text('ticket_s')} s.",
        advice=(f"{write[0].upper()}{write[1:]}. Or repair {dead}.",),
    )


def _first_server_silent(s: Statement) -> Words:
    dead = ", ".join(s.texts("dead"))
    return Words(
        f"The name server {dead} does not answer, and is asked first",
        f"/etc/resolv.conf of this host names {dead} before {s.text('answers')}, which answers. Every look-up waits "
        "for the dead one first, 5 seconds each time unless options timeout says otherwise.",
        advice=(f"Repair {dead}, or take it out of /etc/resolv.conf or the DHCP options of the VPC.",),
    )


def local_name(s: Statement) -> Words:
    """DNS-LOCALNAME."""
    host = s.text("host")
    return Words(
        "This host cannot resolve its own name",
        f"The resolver of this host has no address for {host}, its own name ({s.text('error') or 'no such name'}). "
        "Hadoop then puts an UnknownHostException about the client itself into messages about other faults.",
        "It is a side effect and breaks no connection by itself.",
        (f"Add {host} to /etc/hosts of this host, with the address of its network interface.",),
    )


def nameservice(s: Statement) -> Words:
    """HA-NAMESERVICE: the files define another nameservice, or none."""
    if s.texts("known"):
        return _other_nameservice(s)
    service, lacking = s.text("nameservice"), ", ".join(s.texts("missing"))
    return Words(
        f"{service} is an HDFS nameservice that no file defines, and is taken for a host",
        f"{place(s)} says hdfs://{service}, a name without a dot, and the files lack {lacking}. Clients then "
        f"look {service} up as a host.",
        "Java says UnknownHostException for it. No host has this name and none should: it was not looked up here.",
        (
            (
                f"Upload the complete hdfs-site.xml of the cluster, with {lacking}. "
                f"Do not create a DNS record for {service}."
            ),
        ),
    )


def _other_nameservice(s: Statement) -> Words:
    service, known, meant = s.text("nameservice"), listed(s.texts("known")), s.text("meant")
    write = (
        f"In {place(s)} write hdfs://{meant} in place of hdfs://{service}, and upload the file again."
        if meant
        else f"In {place(s)} write the nameservice of this cluster in place of {service}, if it is one of {known}."
    )
    why = (
        "The names are almost equal, so one is probably mistyped."
        if s.is_true("is_near")
        else "Either the name is wrong, or the files are of two clusters."
    )
    return Words(
        f"hdfs-site.xml defines {known}, and not the nameservice {service}",
        f"{place(s)} names hdfs://{service}, and {place(s, 'defined')} defines {known}. Clients then look {service} up "
        f"as a host. {why}",
        "Java says UnknownHostException for it. It was not looked up here.",
        (
            (
                f"If {service} is right, upload the hdfs-site.xml that defines it. "
                f"Do not create a DNS record for {service}."
            ),
        ),
        (write,),
    )


def stale(s: Statement) -> Words:
    """DNS-STALE-IP: by a look-up, or by a line of the hosts file in the case."""
    if s.cause == "hosts-line":
        return Words(
            f"The hosts file gives {s.text('host')} an address that the node does not have",
            f"{place(s)} gives {s.text('host')} the address {s.text('given')}. The node list has the node at "
            f"{s.text('right')}. A client with this hosts file dials {s.text('given')}.",
            "The node was probably replaced after the hosts file was written.",
            (f"In {place(s)} write: {s.text('line')}",),
        )
    if s.cause == "address-beside":
        return _address_beside(s)
    rows = s.rows("names")
    facts = clauses(
        f"{row.text('host')} resolves to {row.text('given')}{_in_brackets(row)}, and the node's address is "
        f"{row.text('right')}"
        for row in rows
    )
    where = _lines_of(rows) or "the DNS record, or the hosts line, behind it"
    return Words(
        f"{configured_hosts(s)} resolves to another machine's address",
        f"{facts}. Connections go to the wrong machine, so no rule, firewall or service is to blame for what they meet "
        "there.",
        "The node's own address answers." if s.is_true("is_proven") else "",
        (
            (
                f"Correct {where}: {listed(row.text('right_entry') for row in rows)}. "
                "Then restart what keeps names, a JVM for one."
            ),
        ),
    )


def _address_beside(s: Statement) -> Words:
    rows = s.rows("names")
    facts = clauses(
        f"{row.text('host')} resolves to {row.text('right')}, which answers, and to {row.text('given')}, which does not"
        for row in rows
    )
    return Words(
        f"{configured_hosts(s)} has one address more, which does not answer",
        f"{facts}. Logins work. MIT waits for the dead address at times. A resolver that gives it first stops Java.",
        "",
        tuple(
            f"Remove {row.text('given')} for {row.text('host')} from {row.text('line') or 'the hosts file or DNS'}, "
            "unless it is another way to that machine."
            for row in rows
        ),
    )


def _in_brackets(row: Values) -> str:
    return f" ({row.text('text')})" if row.text("text") else ""


def loopback(s: Statement) -> Words:
    """DNS-LOOPBACK."""
    rows, names = s.rows("names"), configured_hosts(s)
    facts = clauses(
        f"{row.text('line') or 'the resolver of this host'} gives {row.text('given')} for {row.text('host')}"
        for row in rows
    )
    if all(is_unspecified(row.text("given")) for row in rows):
        return Words(
            f"{names} leads to {rows[0].text('given')}, which is the client itself",
            f"{facts}. A client with it dials itself. On the node it harms no client.",
            "",
            (f"Give {names} the address of the node's network interface in {_lines_of(rows) or 'the record'}.",),
        )
    return Words(
        f"{names} leads to loopback",
        f"{facts}. A client with it dials itself, and a service that binds to its own name listens on loopback only.",
        "",
        (
            (
                f"Remove {names} from {_lines_of(rows) or 'the record'}, give it the address of the node's network "
                "interface, and restart the services."
            ),
        ),
    )


def datanode(s: Statement) -> Words:
    """DN-HOSTNAME."""
    facts = clauses(
        f"{row.text('given')} does not answer and {row.text('host')} ({row.text('right')}) does"
        for row in s.rows("names")
    )
    return Words(
        "The DataNodes are dialled by an address that this network cannot reach",
        f"{facts}. The NameNode hands out the DataNodes' addresses as it knows them, and those are of another network.",
        "HDFS lists files and cannot read or write them: “could only be written to 0 of the …”.",
        (
            (
                "Set dfs.client.use.datanode.hostname = true in the hdfs-site.xml of the clients; the names resolve to "
                "addresses that answer."
            ),
        ),
    )


def _replies(s: Statement) -> str:
    """Return '192.168.20.53 does not answer; 192.168.20.54 refuses to answer (REFUSED)'."""
    rows = s.rows("servers")
    return clauses(f"{row.text('server')} {REPLIES.get(row.text('reply'), 'gave no usable answer')}" for row in rows)


def _lines_of(rows: Iterable[Values]) -> str:
    return listed(row.text("line") for row in rows if row.text("line"))
