"""How is the state of endpoints told to Prometheus? The command `serve`."""

from __future__ import annotations

import importlib.util
import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from diagnose.cli.common import language_option, verbose_option
from diagnose.cli.errors import InputError
from diagnose.output.clean import clean
from probes.language import tr
from probes.os_words import os_words
from probes.regex import regex

if TYPE_CHECKING:
    import socket

    from diagnose.exporter.config import ServeConfig
    from diagnose.exporter.web_config import WebConfig

EXTRA = ("bcrypt", "prometheus_client", "ruamel.yaml")
"""Libraries of the extra "exporter"."""

_ADDRESS = regex(r"(?P<host>\[[^\[\]]+\]|[^:\[\]]+):(?P<port>[0-9]{1,5})")


@click.command("serve")
@click.option(
    "--config",
    "--config.file",
    "config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="EMR_DIAGNOSE_SERVE_CONFIG",
    show_envvar=True,
    help="TOML with the targets that may be asked, and with modules. Without it, every target is refused.",
)
@click.option(
    "--listen",
    "--web.listen-address",
    "listen",
    metavar="ADDRESS:PORT",
    default="127.0.0.1:19115",
    show_default=True,
    help="Where to listen.",
)
@click.option(
    "--web-config",
    "--web.config.file",
    "web_config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML with TLS and users, as Prometheus exporters have it.",
)
@language_option
@verbose_option
def command(config: Path | None, listen: str, web_config: Path | None) -> None:
    """Ask endpoints for Prometheus, as an exporter over HTTP.

    /probe?module=MODULE&target=HOST:PORT asks one endpoint as probe does, and
    answers with metrics. A module is a scheme of probe --list, or a table of
    --config with a realm and other options. Only targets of --config are asked.
    /metrics is about the exporter itself. docs/monitoring.md has the files,
    alerts and a dashboard.

    It needs libraries of its own (pip install 'emr-diagnose[exporter]'). SIGHUP
    reads both files again.

    \b
    Examples:
      emr-diagnose serve --config serve.toml
      emr-diagnose serve --config serve.toml --web-config web.yml
      curl '127.0.0.1:19115/probe?module=kdc-udp&target=master-1-1:88'

    \b
    Exit codes:
      0    ended by SIGTERM or Ctrl-C
      2    wrong usage, a file that cannot be used, or the port is in use
      4    a bug of this tool
    """
    missing = [name for name in EXTRA if _is_missing(name)]
    if missing:
        command = "pip install 'emr-diagnose[exporter]'"
        raise InputError(tr("serve needs {names}: {command}", names=", ".join(missing), command=command))
    from diagnose.exporter.run import serve
    from probes.errors import FormatError

    try:
        read, web = _files(config, web_config)
    except FormatError as error:
        raise InputError(clean(str(error))) from error
    listener, place = _listener(listen)
    with listener:
        greet(place, read, web)
        serve(listener, lambda: _files(config, web_config), lambda line: click.echo(clean(line), err=True))


def _is_missing(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is None
    except ModuleNotFoundError:  # the package around it
        return True


def _files(config: Path | None, web_config: Path | None) -> tuple[ServeConfig, WebConfig]:
    """Return what both files say. FormatError if one cannot be used."""
    from diagnose.exporter.config import ServeConfig, read_config
    from diagnose.exporter.web_config import WebConfig, read_web_config

    return (
        ServeConfig() if config is None else read_config(config),
        WebConfig() if web_config is None else read_web_config(web_config),
    )


def _listener(text: str) -> tuple[socket.socket, str]:
    """Return a listening socket, and its address and port. Exit code 2 if there can be none."""
    from diagnose.exporter.web_server import listening_socket

    found = _ADDRESS.fullmatch(text)
    try:
        host = str(ipaddress.ip_address(found["host"].strip("[]"))) if found else ""
        port = int(found["port"]) if found else -1
    except ValueError:
        host, port = "", -1
    if not host or not 0 <= port <= 65535:
        raise click.UsageError(tr("--listen needs an address and a port, such as 127.0.0.1:19115"))
    try:
        sock = listening_socket(host, port)
    except OSError as error:
        raise InputError(tr("cannot listen on {place}: {error}", place=text, error=os_words(error))) from error
    shown = f"[{host}]" if ":" in host else host
    return sock, f"{shown}:{sock.getsockname()[1]}"


def greet(place: str, config: ServeConfig, web: WebConfig) -> None:
    """Say where the exporter listens, and what a user may have forgotten."""
    import ssl

    scheme = "http" if web.context is None else "https"
    click.echo(tr("listening on {url}", url=f"{scheme}://{place}"), err=True)
    if not config.allowed:
        nobody = tr("no target is allowed: give --config a file with [[targets]], which names networks")
        click.echo(nobody, err=True)
    loopback = ipaddress.ip_address(place.rpartition(":")[0].strip("[]")).is_loopback
    if not loopback and not web.users and (web.context is None or web.context.verify_mode != ssl.CERT_REQUIRED):
        click.echo(tr("anyone who reaches this port may ask the allowed targets; --web-config adds a login"), err=True)
