"""What is each service asked, byte by byte? `page` is docs/services.md."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from diagnose.probing.schemes import SCHEMES
from diagnose.probing.service_facts import SERVICE_FACTS, Sent, ServiceFacts

HEAD = """\
# How services are asked

`emr-diagnose probe SCHEME://HOST` asks a service one harmless question: each row below has the exact
bytes, what an answer means, and what it cannot tell. Each question has a connection of its own, unless
it says "then". Bytes of HTTP name `HOST:1` where a target has its own host and port.

Whatever the service, a refused or silent connection is told as such. An answer of another protocol is
named by its first bytes (HTTP, HTTP/2, TLS, Thrift, Hadoop RPC, SSH, MySQL, LDAP, mail), and one that
nobody knows is shown. Bytes are read up to a bound. `--patience` is the time for the handshake, and
once more the time for all that follows on the same connection.

`probe` ends with 0 if every target answers as the service that its scheme names, and with 1 if one does
not, or serves no client. It ends with 3 if one cannot be judged: a web server that wants Kerberos first
does not say who it is. With the login page of Hadoop (its cookie is `hadoop.auth`) it counts as the service.

`check` asks the same first question. HiveServer2, metastore, Spark Thrift Server and Kyuubi get it inside
TLS if the files say so. A metastore that the files put in HTTP mode gets one GET, of which only silence
counts. A server that stays silent is asked once more, inside TLS and without, before it is said to hang.

`check --keytab FILE --authenticate` goes further, with a ticket for the principal that the Hadoop files
name. It logs in at Hadoop RPC, HiveServer2 and the metastore, and closes where the first call would
follow. A server that asks for no Kerberos, or names another principal, gets no ticket. A login proves
the keytab of the service if the service answers with its key. HiveServer2 in HTTP mode sends no such
answer; there it counts that a request with the ticket is no longer refused.

This page is made by `make pages` from `diagnose/probing/service_facts.py`. A test compares its bytes
with what `probe` sends.
"""
_PER_LINE = 32


def page() -> str:
    """Return the whole page."""
    return "".join(
        [HEAD, *_table(), *(line for name, facts in SERVICE_FACTS.items() for line in _service(name, facts))]
    )


def _table() -> Iterator[str]:
    yield "\n| scheme | question |\n|---|---|\n"
    for name, facts in SERVICE_FACTS.items():
        yield f"| [`{name}`](#{name.replace('+', '')}) | {_cell(facts.question)} |\n"


def _service(name: str, facts: ServiceFacts) -> Iterator[str]:
    yield f"\n## {name}\n\n`{SCHEMES[name].form}`: {facts.question}\n"
    yield (
        "".join(map(_sent, facts.sent)) or "\nNothing is sent.\n"
        if name != "tls"
        else "\nThe handshake of TLS is sent.\n"
    )
    yield "\n| what comes | what it means |\n|---|---|\n"
    yield "".join(f"| {_cell(came)} | {_cell(meaning)} |\n" for came, meaning in facts.states.items())
    yield f"\nIt cannot tell: {facts.untold}.\n\nThe server notices: {facts.noticed}.\n\n"
    yield "Sources: " + ", ".join(f"<{source}>" for source in facts.sources) + ".\n"


def _sent(sent: Sent) -> str:
    """Return when bytes are sent, and the bytes in hex with what is text beside them."""
    rows = [sent.data[start : start + _PER_LINE] for start in range(0, len(sent.data), _PER_LINE)]
    lines = "\n".join(f"{row.hex():<{2 * _PER_LINE}}  {_readable(row)}" for row in rows)
    return f"\nSent {sent.when}:\n\n```text\n{lines}\n```\n"


def _readable(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
