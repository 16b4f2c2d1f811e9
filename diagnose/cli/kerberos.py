"""`kerberos`: what each family of clients makes of a krb5.conf, and what is wrong with it. Sends nothing without --dns."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.outputs import WithOutputs, colour, width, write

if TYPE_CHECKING:
    from probes.files.krb5conf.discovery import AskDns

SYSTEM_FILE = "/etc/krb5.conf"
MOST_BYTES = 1 << 20
MOST_ENTRIES = 1000
DNS_SECONDS = 5.0
"""For one question."""


@click.command("kerberos", cls=WithOutputs)
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option(
    "--dns", is_flag=True, help="Also ask DNS for the realms that the file leaves to it (SRV, and URI as libkrb5 does)."
)
@click.option("--dns-server", metavar="ADDRESS[:PORT]", help="Name server for --dns; this host's own otherwise.")
@click.option("--no-color", is_flag=True, help="No colour, whatever reads the output.")
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], dns: bool, dns_server: str | None, no_color: bool) -> None:
    """What MIT clients and Java make of a krb5.conf, side by side, and every line on which they differ or that both misread.

    Several FILEs are read in order as libkrb5 reads the list of KRB5_CONFIG; Java reads the first. Without a FILE: $KRB5_CONFIG, else /etc/krb5.conf.
    Includes are looked up on this machine. Exit code 1: an error was found; 2: a file cannot be opened.

    \b
    Examples:
      emr-diagnose kerberos
      emr-diagnose kerberos krb5.conf --format json -o krb5.json
      emr-diagnose kerberos krb5.conf --dns
    """
    from diagnose.findings.kerberos.krb5_lint import lint, read
    from diagnose.report.krb5_views import build, encode

    names = files or _configured(os.environ.get("KRB5_CONFIG"))
    views = read([_opened(name) for name in names], _Disk(), on_site=True)
    findings = list(lint(views))
    report = build(views, findings)
    if dns or dns_server:
        from diagnose.report.krb5_views import with_dns

        report = with_dns(report, _asking(dns_server))

    def page(output: object) -> bytes:
        from diagnose.cli.outputs import Output
        from diagnose.report.krb5_page import render

        assert isinstance(output, Output)
        return render(report, width(), colour(output, no_color)).encode()

    write(ctx.meta["outputs"], {"terminal": page, "json": lambda _: encode(report)})
    if any(finding.severity == "error" for finding in findings):
        ctx.exit(1)


def _asking(server: str | None) -> AskDns:
    """dnspython with this host's resolv.conf, or with the one server that was named. Exit code 2 for a server that is none."""
    import dns.resolver

    from probes.files.krb5conf.discovery import dns_asker

    try:
        resolver = dns.resolver.Resolver(configure=server is None)
        if server is not None:
            host, _, port = server.partition(":") if server.count(":") == 1 else (server, "", "")
            resolver.nameservers = [host]
            resolver.port = int(port) if port else 53
    except (ValueError, dns.exception.DNSException) as error:
        raise click.UsageError(f"--dns-server: {error}") from error
    return dns_asker(resolver, DNS_SECONDS)


def _configured(variable: str | None) -> tuple[str, ...]:
    """The files of KRB5_CONFIG that exist, as libkrb5 takes the list: an empty element ends it, a missing file is passed over."""
    if not variable:
        return (SYSTEM_FILE,)
    listed = variable.split(":")
    listed = listed[: listed.index("")] if "" in listed else listed
    return tuple(name for name in listed if Path(name).exists()) or tuple(listed[:1]) or (SYSTEM_FILE,)


def _opened(name: str) -> tuple[str, bytes]:
    """UsageError, exit code 2, where the file cannot be read or is none."""
    try:
        return name, _content(Path(name))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.UsageError(f"cannot read {name}: {why}") from error


def _content(path: Path) -> bytes:
    """At most one byte more than the bound, which the reader then refuses. OSError for what is no plain file: a pipe may never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(21, "is a directory")
        if not stat.S_ISREG(mode):
            raise OSError(22, "is no plain file")
        return stream.read(MOST_BYTES + 1)


class _Disk:
    """What include lines name, on this machine."""

    def file(self, path: str) -> tuple[str, bytes] | None:
        place = Path(path)
        try:
            if path.endswith("/") and not place.is_dir():
                return None
            return path, b"" if place.is_dir() else _content(place)
        except (OSError, ValueError):
            return None

    def directory(self, path: str) -> Sequence[tuple[str, bytes]] | None:
        """In the order of the directory, which is Java's. An entry that cannot be read is left out."""
        try:
            with os.scandir(path) as entries:
                names = [entry.name for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False)]
        except (OSError, ValueError):
            return None
        found = []
        for name in names:
            try:
                found.append((f"{path.rstrip('/')}/{name}", _content(Path(path) / name)))
            except OSError:
                continue
        return found
