"""What is wrong with the name of a service that goes into its tickets? One function a code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from diagnose.findings.values import Statement, Values
from diagnose.findings.wording.en.phrases import clauses, configured_hosts, listed
from diagnose.findings.wording.words import Words

HOSTS: Final = "/etc/hosts of the resource group and of the nodes, or a PrivateZone with its reverse zone"


def no_reverse(s: Statement) -> Words:
    """DNS-NO-PTR."""
    rows, names = s.rows("names"), configured_hosts(s)
    addresses = listed(row.text("address") for row in rows)
    if unsure := _first_text(rows):
        return Words(
            "The reverse look-up fails, and without a name Java asks for a ticket for an address",
            f"What {addresses} is called could not be looked up here: {unsure}. Without a name Java takes the address "
            f"of {names} for its name, and no KDC has a principal with an address in it.",
            "kinit and klist show nothing wrong.",
            (
                (
                    "See which name server of this host has the reverse zone and whether it answers. "
                    f"Or add to {HOSTS}: {_hosts_lines(rows)}."
                ),
            ),
        )
    return Words(
        "There is no reverse record, so Java asks for a ticket for an address",
        f"There is no name here for {addresses}, so the canonical name of {names} is its address, and Java asks the "
        "KDC for a principal with an address in it, which no KDC has.",
        "rdns = false does not help: Java does not read it. kinit and klist show nothing wrong.",
        (f"Add to {HOSTS}: {_hosts_lines(rows)}.",),
    )


def other_reverse(s: Statement) -> Words:
    """DNS-PTR-OTHER."""
    rows = s.rows("names")
    if s.cause == "mit-name":
        return _mit_name(rows)
    facts = clauses(
        f"{row.text('host')} is {row.text('address')}, and {row.text('address')} is called {row.text('given')}"
        for row in rows
    )
    astray = _first_text(rows)
    if astray and all(row.text("text") and _is_right(row) for row in rows):
        return Words(
            "The name of the address does not lead back to it",
            f"{facts}; {astray}. Java trusts a name only if it leads back, and no KDC has a principal with an address "
            "in it.",
            "",
            (f"Add the address record of that name, or add to {HOSTS}: {_hosts_lines(rows)}.",),
        )
    return Words(
        "The reverse record gives another name",
        f"{facts}{f'; {astray}' if astray else ''}. Clients that take the name of the address ask the KDC for a "
        "principal that the service does not have.",
        "For MIT clients rdns = false under [libdefaults] of krb5.conf is enough; Java does not read it.",
        (f"Correct the reverse record, or add to {HOSTS}: {_hosts_lines(rows)}.",),
    )


def _mit_name(rows: Iterable[Values]) -> Words:
    rows = tuple(rows)
    line = _first_text(rows)
    asked = clauses(f"for {row.text('host')} libkrb5 asks for {row.text('given')}" for row in rows)
    return Words(
        "MIT clients ask for a ticket under another name than the service has",
        f"{asked}. Java asks for the right name, so tasks in Java work and Python or C clients do not.",
        "",
        (f"Set {line} under [libdefaults] of krb5.conf." if line else f"Add to {HOSTS}: {_hosts_lines(rows)}.",),
    )


def _is_right(row: Values) -> bool:
    return bool(row.text("right")) and row.text("given").lower() == row.text("right").lower()


def short_first(s: Statement) -> Words:
    """DNS-CANON."""
    if s.cause == "refused-name":
        return _refused_first(s)
    rows = s.rows("names")
    places = listed(row.text("line") or f"the name of {row.text('address')}" for row in rows)
    facts = clauses(
        f"{row.text('line') or 'the resolver'} calls {row.text('address')} {row.text('given')}" for row in rows
    )
    return Words(
        "The short host name comes first in the hosts file",
        f"{facts}, and the service's principal has the full name. The first name replaces _HOST, so the client asks "
        "for a principal that is not the service's.",
        "Hadoop says “Server has invalid Kerberos principal: …, expecting: …”.",
        (f"Write in {places}: {_hosts_lines(rows)}.",),
    )


def _refused_first(s: Statement) -> Words:
    rows = s.rows("names")
    lines = _hosts_lines([row for row in rows if row.text("hosts_line")])
    places = listed(row.text("line") or f"the name of {row.text('address')}" for row in rows)
    facts = clauses(
        f"{row.text('line') or 'the resolver'} calls {row.text('address')} {row.text('given')}" for row in rows
    )
    return Words(
        "The first name of a metastore's address is one that Java refuses",
        f"{facts}. A client of Hive 3 takes that name in place of the host in hive.metastore.uris, and java.net.URI "
        "refuses it. The client stops before it connects.",
        "Hive says “Illegal character in hostname”. The client of Hive 2.3 that Spark 3 brings along works.",
        manual=(
            f"Write in {places}: {lines}."
            if lines
            else f"Put a name of letters, digits, hyphens and dots first in {places}.",
        ),
    )


def address_in_url(s: Statement) -> Words:
    """DNS-IP-URL."""
    right = listed(row.text("right") for row in s.rows("names") if row.text("right"))
    right = right or "the full host name that is in the service's principal"
    is_sure = any(not row.text("text") for row in s.rows("names"))
    becomes = "_HOST becomes the address" if is_sure else "No hosts line names it: unless DNS does, _HOST becomes it"
    return Words(
        "An address instead of a host name in the configuration",
        f"{listed(s.texts('files'))} says {configured_hosts(s)}. {becomes}, and no principal has that name.",
        "Hadoop RPC still works if the address has a name in hosts file or DNS; HiveServer2 and the metastore do not.",
        (f"Write {right} there.",),
    )


def alias(s: Statement) -> Words:
    """DNS-ALIAS."""
    rows, names = s.rows("names"), configured_hosts(s)
    facts = clauses(
        f"{row.text('host')} is {row.text('address')}"
        + (f", which is called {row.text('given')}" if row.text("given") else "")
        for row in rows
    )
    right = listed(row.text("right") for row in rows if row.text("right") not in ("", row.text("host")))
    return Words(
        "An alias or load balancer name is used",
        f"{facts}. The services' principals have the nodes' own names{f', {right},' if right else ''} and none has "
        f"{names}.",
        "",
        (
            (
                f"Connect to {right or 'the full name of the node'}, or create a principal for {names} and add "
                "its key to the service's keytab."
            ),
        ),
    )


def _first_text(rows: Iterable[Values]) -> str:
    return next((row.text("text") for row in rows if row.text("text")), "")


def _hosts_lines(rows: Iterable[Values]) -> str:
    """Return lines for a hosts file, the full name first."""
    lines = listed(row.text("hosts_line") for row in rows if row.text("hosts_line"))
    return lines or "address, full name, short name"
