"""What does a real ZooKeeper give a client that does not log in, and does a session stay?"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.questions import Question
from probes.questions.question import Kind
from probes.questions.register import ask
from probes.vantage import Vantage
from tests.lab.support_services.zookeeper import SECONDS, running, srvr

pytestmark = pytest.mark.needs("java", "hadoop-jars", "service-jars", "setpriv")


def asked(kind: Kind, port: int) -> Observation:
    question = Question(kind, Endpoint("localhost", port, "tcp", "127.0.0.1"))
    return asyncio.run(ask(question, Vantage(patience=10)))


def alone(port: int) -> dict[str, str]:
    """Return what the server says of itself once the connection that asks is its only one.

    It may take the end of another one in later.
    """
    deadline = time.monotonic() + SECONDS
    while (said := srvr(port))["Connections"] != "1" and time.monotonic() < deadline:
        time.sleep(0.05)
    return said


def test_a_server_for_everybody_answers_within_a_session_that_is_closed(tmp_path: Path) -> None:
    """Given a new server, when it is asked for its version, then it writes nothing; with a
    session, then two transactions: its begin and its end."""
    with running(tmp_path, wants_sasl=False) as port:
        asked("zookeeper", port)
        before = srvr(port)["Zxid"]
        seen = asked("zookeeper-session", port)
        after = alone(port)

    assert (seen.reason, seen.detail["clients"], seen.detail["closed"]) == ("service-reply", "accepted", True)
    assert (before, after["Zxid"], after["Connections"]) == ("0x0", "0x2", "1")


def test_a_server_that_wants_sasl_turns_a_client_without_a_login_away(tmp_path: Path) -> None:
    with running(tmp_path, wants_sasl=True) as port:
        seen = asked("zookeeper-session", port)
        version = asked("zookeeper", port)

    assert (seen.reason, seen.detail["clients"], seen.detail["error"]) == ("service-reply", "wants-sasl", -124)
    assert version.reason == "service-reply"
