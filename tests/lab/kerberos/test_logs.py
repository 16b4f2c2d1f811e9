"""Do real KDCs still write what `probes.files.kdc_log` reads, also of a datagram that comes twice
and of a login?
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
from os import environ

from probes.files.kdc_log import KdcLog, read_kdc_log
from probes.kerberos.as_req import as_req, ask_tcp, ask_udp, fresh_nonce
from probes.vantage import HERE

from .kdc import COMMAND_SECONDS, Kdc
from .mit import MitKdc


def log_of(kdc: Kdc, before: int = 0) -> KdcLog:
    text = (kdc.directory / "kdc.log").read_text(encoding="utf-8", errors="replace")
    return read_kdc_log("kdc.log", text[before:])


def written(kdc: Kdc) -> int:
    """Return the length of the log, once all that was sent over UDP before is in it.

    A KDC reads its datagrams in their order, and writes of each before it answers.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(COMMAND_SECONDS)
        udp.sendto(as_req(kdc.realm, nonce=fresh_nonce(), client=("settled",)), (kdc.host, kdc.port))
        assert udp.recv(4096)
    return len((kdc.directory / "kdc.log").read_text(encoding="utf-8", errors="replace"))


def test_the_question_of_a_check_over_both_transports(either: Kdc) -> None:
    before = written(either)
    seen = asyncio.run(ask_udp(either.endpoint("udp"), either.realm, HERE))
    asyncio.run(ask_tcp(either.endpoint("tcp"), either.realm, HERE))
    log = log_of(either, before)
    assert log.implementation == ("MIT" if isinstance(either, MitKdc) else "Heimdal")
    questions = [event for event in log.events if event.asks_master_key]
    # Of a datagram that was sent again, because the answer was late, Heimdal tells each time.
    assert 2 <= len(questions) <= (2 if isinstance(either, MitKdc) else 1 + seen.attempts)
    assert {(event.address, event.exchange, event.client) for event in questions} == {
        ("127.0.0.1", "AS", f"K/M@{either.realm}")
    }
    assert all(event.at is not None for event in questions)


def test_a_datagram_that_comes_twice(either: Kdc) -> None:
    before = written(either)
    request = as_req(either.realm, nonce=fresh_nonce(), client=("K", "M"))
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.settimeout(COMMAND_SECONDS)
        for _ in range(2):
            udp.sendto(request, (either.host, either.port))
            assert udp.recv(4096)
    kinds = [event.kind for event in log_of(either, before).events]
    assert kinds == (["request", "repeated"] if isinstance(either, MitKdc) else ["request", "request"])


def test_a_login_and_a_service_ticket(either: Kdc) -> None:
    before = written(either)
    keytab = either.keytab("logs.keytab", "hive/master-1-1")
    own = {"KRB5_CONFIG": str(either.krb5_conf), "KRB5CCNAME": f"FILE:{either.directory}/logs.cc"}
    for command in (("kinit", "-kt", str(keytab), "hive/master-1-1"), ("kvno", "hive/master-1-1")):
        done = subprocess.run(
            command, env={**environ, **own}, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        assert done.returncode == 0, done.stderr
    # A client sends a request again if the answer is late, and MIT calls it repeated.
    events = [event for event in log_of(either, before).events if event.kind == "request"]
    assert {event.exchange for event in events} == {"AS", "TGS"}
    assert {event.client for event in events} == {f"hive/master-1-1@{either.realm}"}
    assert not isinstance(either, MitKdc) or events[-1].answer == "ISSUE"
