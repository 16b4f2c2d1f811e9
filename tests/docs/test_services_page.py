"""Is docs/services.md made from the table, and does `probe` send the bytes that stand there?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.probing.schemes import SCHEMES
from diagnose.probing.service_facts import SERVICE_FACTS
from diagnose.report.services_page import page
from probes.services.web_services import WEB_SERVICES
from tests.support.certificates import a_file
from tests.support.fake_service import FakeService, SpeakingService, TlsService
from tests.support.ldap_messages import BOUND, ROOT, UPGRADED
from tests.support.mysql_packets import OK, SWITCH, greeting
from tests.support.patience import SOON
from tests.support.places import PROJECT
from tests.support.service_replies import SIMPLE, SPNEGO, an_exception, sasl
from tests.support.zookeeper_replies import CLOSED, EXISTS, SESSION, SRVR


def test_the_page_is_the_one_that_the_table_makes() -> None:
    assert (PROJECT / "docs" / "services.md").read_text("utf-8") == page(), "run: make pages"


def test_each_scheme_of_a_service_has_its_row() -> None:
    """A name server is none: what it is asked is the name in the target."""
    services = {name for name, scheme in SCHEMES.items() if scheme.right == "service-reply"} - {"dns"}

    assert set(SERVICE_FACTS) == services


@pytest.mark.parametrize("name", SERVICE_FACTS)
def test_each_row_says_what_it_asks_reads_and_cannot_tell(name: str) -> None:
    facts = SERVICE_FACTS[name]

    assert all((facts.question, facts.states, facts.untold, facts.noticed, facts.sources))
    assert all(source.startswith("https://") for source in facts.sources)
    assert facts.sent or name in ("tls", "ssh")


class LdapOnTwoConnections(SpeakingService):
    """Shows the root entry on the first connection, and takes StartTLS on the second."""

    def on_stream(self, connection: Any) -> None:
        self.replies, self.upgrade = ((BOUND, ROOT), 9) if len(self.connections) == 1 else ((UPGRADED,), 1)
        super().on_stream(connection)


class ZooKeeperOnTwoConnections(SpeakingService):
    """Tells its version on the first connection, and gives a session on the second."""

    def on_stream(self, connection: Any) -> None:
        self.first = False
        self.replies = (SRVR,) if len(self.connections) == 1 else (SESSION, EXISTS, CLOSED)
        if len(self.connections) > 1:
            super().on_stream(connection)
        elif self._request(connection):
            connection.sendall(SRVR)


def _with_sasl(request: bytes) -> bytes:
    return sasl(3, "Unsupported mechanism type")


def _without_sasl(request: bytes) -> bytes:
    return an_exception() if request.startswith(b"\x80\x01") else b""


def _over_http(request: bytes) -> bytes:
    return SPNEGO


_THRIFT = (_with_sasl, _without_sasl)
_PLAIN: dict[str, tuple[Callable[[bytes], bytes | None], ...]] = {
    "hadoop": (lambda _: SIMPLE,),
    "hive": (*_THRIFT, _over_http),
    "kyuubi": (*_THRIFT, _over_http),
    "spark-thrift": (*_THRIFT, _over_http),
    "metastore": _THRIFT,
    "impala": _THRIFT,
    "hive+http": (_over_http,),
    "http": (_over_http,),
    "hbase": (lambda _: None,),
    "datanode": (lambda _: b"",),
    **dict.fromkeys((*WEB_SERVICES, "trino"), (_over_http,)),
}
"""Scheme -> what servers answer, so that all is sent that may be."""


def servers(scheme: str, pem: Path) -> Iterator[FakeService]:
    """Yield servers to which `probe` sends all that it may send."""
    if scheme == "https":
        yield TlsService(SPNEGO, pem)
    elif scheme == "zookeeper":
        yield ZooKeeperOnTwoConnections()
    elif scheme == "mysql":
        yield SpeakingService(greeting(), SWITCH, OK)
    elif scheme == "ldap":
        yield LdapOnTwoConnections(first=False, pem=pem)
    elif scheme == "ldaps":
        yield SpeakingService(BOUND, ROOT, first=False, pem=pem)
    elif scheme == "tls":
        yield SpeakingService(b"", pem=pem)
    elif scheme == "ssh":
        yield SpeakingService(b"SSH-2.0-x\r\n")
    else:
        yield from map(FakeService, _PLAIN[scheme])


@pytest.mark.parametrize("scheme", SERVICE_FACTS)
def test_the_bytes_of_the_page_are_those_that_are_sent_and_no_others(scheme: str, tmp_path: Path) -> None:
    sent: set[bytes] = set()
    for server in servers(scheme, a_file(tmp_path / "pem", "127.0.0.1")):
        with server:
            target = f"{scheme}://127.0.0.1:{server.port}{'?session=yes' if scheme == 'zookeeper' else ''}"
            CliRunner().invoke(main, ["probe", target, "--patience", str(SOON)])
        sent |= {request.replace(f"127.0.0.1:{server.port}".encode(), b"HOST:1") for request in server.requests}

    assert sent == {one.data for one in SERVICE_FACTS[scheme].sent}
