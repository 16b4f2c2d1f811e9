"""Which principal of HiveServer2 does a JDBC URL in a log name?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from probes.frozen import frozen
from probes.regex import regex

_MARK: Final = ";principal="
_HTTP: Final = "hive.server2.transport.mode=http"
_URL: Final = regex(
    r"jdbc:hive2://(?P<authorities>[\w.:,\[\]-]{1,1000})(?:/[^\s;]{0,200})?"
    r"(?P<settings>;[^\s\"')]{1,1000})"
)
_SETTING: Final = regex(r";([A-Za-z]{1,40})=([^;?#\s]{0,300})")
_PRINCIPAL: Final = regex(r"[\w./$-]{1,200}(?:@[\w.-]{0,119}\w)?")
"""A principal, without the colon that a driver writes behind the URL."""

DEFAULT_NAMESPACE: Final = "hiveserver2"


@frozen
class UrlPrincipal:
    """The principal that a JDBC URL names."""

    line: int
    """Number of the line with the URL."""
    principal: str
    """The principal, as it is written."""
    hosts: frozenset[str]
    """Hosts in the URL."""
    ports: frozenset[int]
    """Ports of HiveServer2 in the URL. Empty if ZooKeeper is asked."""
    namespace: str | None
    """Namespace that ZooKeeper is asked for. None if it is not asked."""
    is_http: bool = False
    """True if the driver speaks HTTP. HiveServer2 then takes the principal of its web page too."""


def in_lines(lines: Iterable[tuple[int, str]]) -> UrlPrincipal | None:
    """Return what the last JDBC URL with a principal in these lines names."""
    found = None
    for number, text in lines:
        if _MARK not in text:
            continue
        for match in _URL.finditer(text):
            settings = {name.lower(): value for name, value in _SETTING.findall(match["settings"])}
            written = _PRINCIPAL.match(settings.get("principal", ""))
            if written is None:
                continue
            is_asked = settings.get("servicediscoverymode", "").lower().startswith("zookeeper")
            namespace = settings.get("zookeepernamespace", DEFAULT_NAMESPACE) if is_asked else None
            ends = [each.rpartition(":") for each in match["authorities"].split(",")]
            hosts = frozenset((host or last).strip("[]") for host, _, last in ends)
            numbers = frozenset(int(port) for _, _, port in ends if port.isdigit() and len(port) <= 5)
            ports = frozenset[int]() if is_asked else numbers
            is_http = settings.get("transportmode", "").lower() == "http" or _HTTP in match["settings"]
            found = UrlPrincipal(number, written[0], hosts, ports, namespace, is_http)
    return found
