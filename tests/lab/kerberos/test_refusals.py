"""Are the refusals of a real MIT KDC found in its own log, each with the fault that it is of?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ

import pytest

from diagnose.case.model import Case, Text
from diagnose.symptoms.kdc_refusals import refusals
from probes.addresses import LOOPBACK, Ranges, parse

from .conftest import PASSWORD
from .kdc import COMMAND_SECONDS
from .mit import MitKdc


def _run(kdc: MitKdc, *command: str, password: str = PASSWORD) -> bool:
    """Run a client of MIT, and return whether it had what it asked for."""
    own = {"KRB5_CONFIG": str(kdc.krb5_conf), "KRB5CCNAME": f"FILE:{kdc.directory}/refusals.cc"}
    done = subprocess.run(
        command,
        env={**environ, **own},
        input=f"{password}\n",
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return done.returncode == 0


@contextmanager
def _refused(kdc: MitKdc, sources: Ranges = LOOPBACK) -> Iterator[list[tuple[str, str | None]]]:
    """Collect the first code of each refusal that is logged within the block, and its principal."""
    found: list[tuple[str, str | None]] = []
    before = len(kdc.log)
    yield found
    case = Case("lab", texts=(Text("log:kdc", "kdc.log", kdc.log[before:]),))
    for reading in refusals(case, sources):
        found += [(symptom.candidates[0], symptom.principal) for symptom in reading.symptoms]


@pytest.mark.parametrize(
    ("client", "password", "code"),
    [
        ("nobody", PASSWORD, "KRB-CLIENT-UNKNOWN"),
        ("alice", "another", "KRB-KEYTAB-STALE"),
        ("expired", PASSWORD, "KRB-PRINC-STATE"),
        ("locked", PASSWORD, "KRB-PRINC-STATE"),
        ("outdated", PASSWORD, "KRB-PRINC-STATE"),
    ],
)
def test_the_log_of_a_kdc_says_why_a_login_failed(mit: MitKdc, client: str, password: str, code: str) -> None:
    with _refused(mit) as found:
        assert not _run(mit, "kinit", client, password=password)

    assert found == [(code, f"{client}@{mit.realm}")]


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("hive/master-9-9.example", "KRB-SVC-MISSING"),
        ("hive/192.168.20.11", "DNS-NO-PTR"),
        ("hive/localhost", "DNS-LOOPBACK"),
        ("hdfs/MASTER-1-1.example", "DNS-CANON"),
    ],
)
def test_the_log_of_a_kdc_names_the_service_that_it_does_not_have(mit: MitKdc, service: str, code: str) -> None:
    assert _run(mit, "kinit", "alice")
    with _refused(mit) as found:
        assert not _run(mit, "kvno", f"{service}@{mit.realm}")

    assert found == [(code, f"{service}@{mit.realm}")]


def test_a_ticket_that_followed_and_another_network_are_no_refusal(mit: MitKdc) -> None:
    with _refused(mit) as overcome:
        assert not _run(mit, "kinit", "alice", password="another")
        assert _run(mit, "kinit", "alice")
    with _refused(mit, (parse("192.168.10.0/24"),)) as elsewhere:
        assert not _run(mit, "kinit", "nobody")

    assert (overcome, elsewhere) == ([], [])
