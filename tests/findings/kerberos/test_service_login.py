"""Which fault does a refused login at a service name, and when does it name none?"""

from __future__ import annotations

from typing import Any

import pytest

from diagnose.findings.kerberos.service_login import fault_of, undecided
from diagnose.findings.model import Finding
from diagnose.scene.service_login import KEY, LoginSeen, login_seen
from probes.observation import Observation
from tests.support.factories import REALM, a_flow, a_group, a_rule, fqdn
from tests.support.scenes import saw, the_case, the_conclusion, the_scene

NAMENODE = a_flow("namenode-rpc")
METASTORE = a_flow("hive-metastore")
HDFS, HIVE = f"hdfs/{fqdn('master-1-1')}@{REALM}", f"hive/{fqdn('master-1-1')}@{REALM}"
OPEN = the_case(a_group(a_rule(), a_rule((9083, 9083))))


def note(service: str = HDFS, result: str = "refused", **detail: Any) -> Observation:
    """Return the note of one login."""
    said = {"client": f"alice@{REALM}", "service": service, "result": result, "proven": False, **detail}
    return Observation("local", "not-probed", "syn-ack", detail={KEY: said})


def seen(**changes: Any) -> LoginSeen:
    login = login_seen([note(**changes)])
    assert login is not None
    return login


def found(*notes: tuple[Any, Observation]) -> list[Finding]:
    """Return the findings about logins, of flows that answered."""
    observed = {flow.id: [each, saw("open", "service-reply")] for flow, each in notes}
    conclusion = the_conclusion(OPEN, [flow for flow, _ in notes], observed)
    return [finding for finding in conclusion.findings if finding.cause == "service-login"]


@pytest.mark.parametrize(
    ("text", "code", "fault"),
    [
        ("javax.security.sasl.SaslException: GSS initiate failed", None, "KRB-SVC-KEY"),
        ("GSSException: Failure unspecified (Mechanism level: Checksum failed)", None, "KRB-SVC-KEY"),
        ("Mechanism level: Specified version of key is not available (44)", None, "KRB-SVC-KEY"),
        ("Cannot find key of appropriate type to decrypt AP REP - AES256", None, "KRB-SVC-KEY"),
        ("GSS initiate failed: Clock skew too great (37)", None, "KRB-SKEW"),
        ("Request is a replay (34)", None, "KRB-REPLAY"),
        (None, 31, "KRB-SVC-KEY"),
        (None, 44, "KRB-SVC-KEY"),
        (None, 37, "KRB-SKEW"),
        (None, 34, "KRB-REPLAY"),
        (None, 60, None),
        ("User alice is not allowed", None, None),
        ("Unsupported mechanism type GSSAPI", None, None),
        (None, None, None),
    ],
)
def test_the_words_of_a_service_name_the_fault(text: str | None, code: int | None, fault: str | None) -> None:
    assert fault_of(seen(text=text, code=code)) == fault


@pytest.mark.parametrize("result", ["accepted", "proven", "ended", "other-key", "not-kerberos", "not-connected"])
def test_only_a_refusal_is_a_fault(result: str) -> None:
    assert fault_of(seen(result=result, text="GSS initiate failed")) is None


def test_a_service_that_proved_its_key_has_no_outdated_keytab() -> None:
    assert fault_of(seen(proven=True, text="GSS initiate failed")) is None


def test_a_refusal_is_strong_and_never_proven() -> None:
    (finding,) = found((NAMENODE, note(text="GSS initiate failed")))

    assert (finding.code, finding.severity, finding.confidence) == ("KRB-SVC-KEY", "error", "strong")
    assert finding.flows == (NAMENODE.id,)
    assert finding.params["accepted_beside"] == []
    assert finding.settle_by is not None
    assert "the clock of" in finding.settle_by


def test_another_login_on_the_same_host_shows_that_its_clock_is_right() -> None:
    (finding,) = found((NAMENODE, note(text="GSS initiate failed")), (METASTORE, note(HIVE, "accepted", proven=True)))

    assert finding.params["accepted_beside"] == [HIVE]


@pytest.mark.parametrize("fault", ["Clock skew too great (37)", "Request is a replay (34)"])
def test_each_fault_has_its_own_words(fault: str) -> None:
    (finding,) = found((NAMENODE, note(text=fault)))

    assert finding.code in ("KRB-SKEW", "KRB-REPLAY")
    assert finding.params["said"] == fault


def test_two_services_with_two_faults_are_two_findings() -> None:
    both = found((NAMENODE, note(text="GSS initiate failed")), (METASTORE, note(HIVE, text="GSS initiate failed")))

    assert [(finding.code, finding.params["target"]) for finding in both] == [
        ("KRB-SVC-KEY", HDFS),
        ("KRB-SVC-KEY", HIVE),
    ]


@pytest.mark.parametrize("result", ["refused", "ended"])
def test_a_login_that_ends_behind_the_proof_is_not_passed_over(result: str) -> None:
    """Given a service that has its key and refuses the user, then nobody is told that it works."""
    login = note(result=result, text="Problem with callback handler", proven=True)
    observed = {NAMENODE.id: [login, saw("open", "service-reply")]}

    told = [skipped.cause for _, skipped in undecided(the_scene(OPEN, [NAMENODE], observed))]

    assert told == ["the service has its own key, and the login ended after that: Problem with callback handler"]


@pytest.mark.parametrize(
    ("result", "text", "is_open"),
    [
        ("accepted", None, False),
        ("proven", "no wrapped token of RFC 4121", False),
        ("refused", "GSS initiate failed", False),
        ("refused", "User alice is not allowed", True),
        ("ended", "silent", True),
        ("other-key", "an answer that is made with another key", True),
        ("not-kerberos", "the server offers no Kerberos", True),
        ("not-connected", None, True),
    ],
)
def test_a_login_that_proves_nothing_is_not_passed_over(result: str, text: str | None, is_open: bool) -> None:
    proven = result in ("accepted", "proven")
    observed = {NAMENODE.id: [note(result=result, text=text, proven=proven), saw("open", "service-reply")]}

    told = [skipped.cause for _, skipped in undecided(the_scene(OPEN, [NAMENODE], observed))]

    assert told == ([f"it ended without a proof: {text or result}"] if is_open else [])


def test_a_service_that_is_not_needed_is_a_warning() -> None:
    flow = a_flow("hive-metastore", need="optional")
    (finding,) = found((flow, note(HIVE, text="GSS initiate failed")))

    assert finding.severity == "warning"


@pytest.mark.parametrize(
    "detail",
    [None, 7, "refused", [], {}, {"client": 1, "service": "x", "result": "refused"}, {"client": "a", "service": "b"}],
)
def test_a_recording_that_no_run_could_have_written_is_no_login(detail: object) -> None:
    assert login_seen([Observation("local", "not-probed", "syn-ack", detail={KEY: detail})]) is None


def test_odd_values_in_a_recording_count_as_absent() -> None:
    login = seen(code="44", text=7, proven="yes")

    assert (login.code, login.text, login.is_proven) == (None, "", False)
