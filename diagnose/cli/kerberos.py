"""How does each family of clients read a krb5.conf, and what is wrong with it?

The command `kerberos`. It sends nothing without --dns.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.common import common_options
from diagnose.cli.errors import InputError
from diagnose.cli.outputs import WithOutputs, colour, width, write
from probes.files.file_type import binary_kind
from probes.files.plain_file import read_plain
from probes.language import tr
from probes.os_words import os_words
from probes.regex import regex

if TYPE_CHECKING:
    from diagnose.cli.output_options import Output
    from probes.files.krb5conf.discovery import AskDns

_LOG = logging.getLogger(__name__)

SYSTEM_FILE = "/etc/krb5.conf"
MOST_BYTES = 1 << 20
MOST_ENTRIES = 1000
_TEXT = regex(rb"^[ \t]*[^#; \t\r\n]", re.MULTILINE)
"""A line that is no comment."""
_OF_KRB5 = regex(
    rb"^[ \t\xef\xbb\xbf]*"
    rb"(\[(libdefaults|realms|domain_realm)\]|\[[^]\n]{1,99}\]\**[ \t\r]*$|include(dir)?[ \t]+/|module[ \t]+/"
    rb"|(default_realm|kdc)[ \t]*=)",
    re.MULTILINE,
)
"""A line by which a file may be a krb5.conf: a section, an include or a usual setting."""
DNS_PORT, MOST_PORT = 53, 65535
DNS_SECONDS = 5.0
"""Seconds for one question to DNS."""


@click.command("kerberos", cls=WithOutputs)
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option(
    "--dns", is_flag=True, help="Ask DNS for the realms that the file leaves to it (SRV, and URI as libkrb5)."
)
@click.option("--dns-server", metavar="ADDRESS[:PORT]", help="Name server for --dns. Default: that of this host.")
@click.option(
    "--details",
    is_flag=True,
    envvar="EMR_DIAGNOSE_DETAILS",
    show_envvar=True,
    help="On the terminal, everything: what both read, side by side, and each finding.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context, files: tuple[str, ...], dns: bool, dns_server: str | None, details: bool, no_color: bool
) -> None:
    """Show how MIT clients and Java read a krb5.conf, and check it.

    The page fits on a screen and ends with the answer. It names what both
    families read differently, or otherwise than its author meant; --details
    puts everything that they read side by side. Several FILEs are read in order, as
    libkrb5 reads the list in KRB5_CONFIG; Java reads the first. Without a
    FILE, the list in KRB5_CONFIG is read, else /etc/krb5.conf. Includes are
    looked up on this machine.

    \b
    Examples:
      emr-diagnose kerberos
      emr-diagnose kerberos krb5.conf --format json -o krb5.json
      emr-diagnose kerberos krb5.conf --dns

    \b
    Exit codes:
      0    no error was found
      1    an error was found
      2    wrong usage, or a file that cannot be opened or is no krb5.conf
    """
    from diagnose.findings.kerberos.krb5_lint import lint, read
    from diagnose.report.krb5_views import build, encode
    from diagnose.report.krb5_words import exit_code
    from probes.errors import FormatError

    names = files or _configured(os.environ.get("KRB5_CONFIG"))
    views = read([_opened(name) for name in names], _Disk(), on_site=True)
    for view in (views.mit, views.jdk):
        if isinstance(view, FormatError) and view.is_our_bound:
            raise click.UsageError(tr("this check does not read a krb5.conf of that size: {why}", why=view))
    report = build(views, list(lint(views)))
    if dns or dns_server:
        from diagnose.report.krb5_views import with_dns

        report = with_dns(report, _asking(dns_server))

    def page(output: Output) -> bytes:
        from diagnose.report import krb5_brief, krb5_page

        render = krb5_page.render if details else krb5_brief.render
        return render(report, width(), colour(output, no_color)).encode()

    write(ctx.meta["outputs"], {"terminal": page, "json": lambda _: encode(report)})
    ctx.exit(exit_code(report))


def _asking(server: str | None) -> AskDns:
    """Return a question to DNS: by this host's resolv.conf, or to the server that was named.

    Exit code 2 if the name of the server is no address.
    """
    import dns.resolver

    from probes.files.krb5conf.discovery import dns_asker

    try:
        resolver = dns.resolver.Resolver(configure=server is None)
        if server is not None:
            host, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
            resolver.nameservers = [host]
            resolver.port = _port(port)
    except (ValueError, dns.exception.DNSException) as error:
        raise click.UsageError(
            tr(
                "--dns-server: {server!r} is no address of a name server, such as 192.168.0.2 or 192.168.0.2:53",
                server=server,
            )
        ) from error
    return dns_asker(resolver, DNS_SECONDS)


def _port(text: str) -> int:
    """Return the port of a name server. ValueError if it is none."""
    port = int(text) if text else DNS_PORT
    if not 0 < port <= MOST_PORT:
        raise ValueError(text)
    return port


def _configured(variable: str | None) -> tuple[str, ...]:
    """Return the files of KRB5_CONFIG that exist, as libkrb5 reads the list.

    An empty element ends the list. A missing file is skipped.
    """
    if not variable:
        return (SYSTEM_FILE,)
    listed = variable.split(":")
    listed = listed[: listed.index("")] if "" in listed else listed
    return tuple(name for name in listed if Path(name).exists()) or tuple(listed[:1]) or (SYSTEM_FILE,)


def _opened(name: str) -> tuple[str, bytes]:
    """Return name and content of a file. Exit code 2 if it cannot be read, or is no plain file."""
    try:
        content = read_plain(Path(name), MOST_BYTES)
    except (OSError, ValueError) as error:
        why = os_words(error) if isinstance(error, OSError) else str(error)
        raise InputError(tr("cannot read {name}: {why}", name=name, why=why) + _hint(name)) from error
    if binary_kind(content) is None and _TEXT.search(content) and not _OF_KRB5.search(content):
        raise InputError(tr("{name} is no krb5.conf: it has no section such as [libdefaults]", name=name))
    _LOG.info("read %s: %d bytes", name, len(content))
    return name, content


def _hint(name: str) -> str:
    """Return which file to give in place of one that cannot be read. "" if nothing tells."""
    if (Path(name) / "krb5.conf").is_file():
        return tr("; give the file in it: {file}", file=Path(name) / "krb5.conf")
    return tr("; give the FILE to read") if name == SYSTEM_FILE else ""


class _Disk:
    """Reads what include lines name, on this machine."""

    def file(self, path: str) -> tuple[str, bytes] | None:
        place = Path(path)
        try:
            if path.endswith("/") and not place.is_dir():
                return None
            return path, b"" if place.is_dir() else read_plain(place, MOST_BYTES)
        except (OSError, ValueError):
            return None

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        """Return the files in the order of the directory, which is Java's.

        A file that cannot be read is left out.
        """
        try:
            with os.scandir(path) as entries:
                names = [entry.name for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False)]
        except (OSError, ValueError):
            return None
        found = []
        for name in names:
            try:
                found.append((f"{path.rstrip('/')}/{name}", read_plain(Path(path) / name, MOST_BYTES)))
            except OSError:
                continue
        return found
