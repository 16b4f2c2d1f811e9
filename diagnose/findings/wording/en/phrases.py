"""How are hosts, ports, groups and rules named in an English sentence?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from diagnose.findings.values import Values

MOST_NAMED = 4
"""So many hosts, rules or groups are named one by one. The others are counted."""

UPLOAD = "Then upload the file again and initialize the resource group again."
"""Last sentence of advice that changes an uploaded file."""

AFTERWARDS = "After the change upload the file again, and initialize the resource group again."
"""The whole advice if an edit of the report says the change already."""

SCHEMES = {
    "fs.defaultFS": "hdfs://",
    "fs.default.name": "hdfs://",
    "hive.metastore.uris": "thrift://",
    "metastore.thrift.uris": "thrift://",
    "spark.hadoop.hive.metastore.uris": "thrift://",
}
"""Setting -> what stands before host:port in its value. A key without one is not listed."""


def listed(items: Iterable[str]) -> str:
    """Return 'a, b, c and 5 more'."""
    texts = list(dict.fromkeys(items))
    if len(texts) > MOST_NAMED + 1:
        return ", ".join(texts[:MOST_NAMED]) + f" and {len(texts) - MOST_NAMED} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def clauses(items: Iterable[str]) -> str:
    """Return 'a; b; and 5 more'."""
    texts = list(dict.fromkeys(items))
    more = f"; and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return "; ".join(texts[:MOST_NAMED]) + more


def agree(count: int, one: str, many: str) -> str:
    """Return the form of a verb or noun that fits the number."""
    return one if count == 1 else many


def all_hosts(values: Values) -> list[str]:
    """Return the names of the nodes. A host that is no node is named as configured."""
    return list(dict.fromkeys(host for target in values.rows("targets") for host in target.texts("hosts")))


def hosts(values: Values) -> str:
    return listed(all_hosts(values))


def configured_hosts(values: Values) -> str:
    """Return the hosts exactly as the files name them."""
    return listed(values.texts("configured_hosts"))


def ports(values: Values) -> str:
    """Return 'TCP 8020, 9083 and UDP 88'."""
    return _ports(values.rows("targets"))


def count_of_ports(values: Values) -> int:
    rows = (row for target in values.rows("targets") for row in target.rows("ports"))
    return len({(row.text("transport"), port) for row in rows for port in row.texts("ports")})


def ends(values: Values) -> str:
    """Return exactly which port on which host: 'TCP 8020 on a; TCP 9083 on b and c'."""
    return clauses(f"{_ports([target])} on {listed(target.texts('hosts'))}" for target in values.rows("targets"))


def udp_ends(values: Values) -> str:
    """Return 'port 88 on a and b', of the UDP flows alone."""
    rows = [(target, row) for target in values.rows("targets") for row in target.rows("ports")]
    udp = [(target, row) for target, row in rows if row.text("transport") == "udp"]
    numbers = listed(sorted({port for _, row in udp for port in row.texts("ports")}))
    return f"port {numbers} on {listed(host for target, _ in udp for host in target.texts('hosts'))}"


def hosts_do(values: Values, one: str, many: str) -> str:
    """Return 'a refuses TCP 88; b and c refuse TCP 8020'. one, many: forms of the verb."""
    return clauses(
        f"{listed(names)} {agree(len(names), one, many)} {_ports([target])}"
        for target in values.rows("targets")
        if (names := target.texts("hosts"))
    )


def _ports(targets: Sequence[Values]) -> str:
    by_transport: dict[str, set[str]] = {}
    for target in targets:
        for row in target.rows("ports"):
            by_transport.setdefault(row.text("transport").upper(), set()).update(row.texts("ports"))
    return " and ".join(
        f"{transport} {', '.join(sorted(texts, key=first_port))}" for transport, texts in sorted(by_transport.items())
    )


def first_port(text: str) -> int:
    """Return the number of a port, or of the first port of a range."""
    return int(text.partition("-")[0])


def services(values: Values) -> str:
    return listed(values.texts("services"))


def networks(values: Values) -> str:
    return listed(values.texts("networks"))


def groups(values: Values) -> str:
    """Return the ids of the security groups that decided inbound."""
    return listed(values.texts("groups")) or "the security group"


def quoted_rules(values: Values) -> str:
    """Return each rule with its group and what it says."""
    rows = values.rows("rules")[:MOST_NAMED]
    return "; ".join(f"{row.text('id')} in {row.text('group')} ({row.text('rule')})" for row in rows)


def rule_ids(values: Values) -> str:
    return listed(row.text("id") for row in values.rows("rules"))


def place(values: Values, name: str = "origin") -> str:
    """Return 'krb5.conf:10'."""
    origin = values.row(name)
    line = origin.number("line")
    return origin.text("file") if line is None else f"{origin.text('file')}:{line}"


def may_be_nameservice(values: Values) -> bool:
    """Return True if a host that has no address may be the name of several NameNodes."""
    keys = {row.row("origin").text("key") for row in values.rows("places")}
    return bool(keys & {"fs.defaultFS", "fs.default.name"}) and any("." not in host for host in values.texts("hosts"))


def seen_here(values: Values, silence: str) -> str:
    return f"Seen from here: {silence}." if values.is_true("is_silent") else ""


def address_form(key: str) -> str:
    """Return the form of an address that a setting takes: with a scheme, or a host alone."""
    if ".hostname" in key:
        return "host"
    return f"{SCHEMES.get(key, '')}host:port"
