"""Does what a login with a keytab showed reach every family's prediction?"""

from __future__ import annotations

import pytest

from diagnose.clients.etypes import KnownKeys
from diagnose.clients.proven import LOGIN, TICKET, login_faults, ticket_faults
from diagnose.scene.proof import Proof
from probes.kerberos.login import Login, Offline, Step
from probes.principal import Principal

REALM = "R.COM"
ALICE = Principal(("alice",), REALM)
HIVE = Principal(("hive", "master-1-1"), REALM)


def a_proof(*steps: Step) -> Proof:
    return Proof(Offline(ALICE, "ok", (1,), (17,), (17,), ()), Login(ALICE, steps))


GOOD = Step("as-reply", ALICE, "ok", etype=17)


def test_a_good_login_is_no_fault_and_shows_a_type() -> None:
    proof = a_proof(GOOD, Step("tgs", HIVE, "ok"))
    assert (login_faults(proof, REALM), ticket_faults(proof)) == ({}, {})
    assert KnownKeys.of(proof) == KnownKeys((17,), None, 17)
    assert (login_faults(None, REALM), ticket_faults(None)) == ({}, {})


def test_the_type_of_a_key_that_works_is_that_of_an_opened_ticket() -> None:
    # Given a KDC that asks for a timestamp with a key of type 18, and its answer
    asked, sent = Step("as", ALICE, "ok", etype=18), Step("preauth", ALICE, "ok", etype=18)

    assert KnownKeys.of(a_proof(asked, sent, GOOD)).used == 17
    assert KnownKeys.of(a_proof(asked, Step("preauth", ALICE, "stale-key", etype=18))).used is None
    assert KnownKeys.of(a_proof(asked, sent, Step("as-reply", ALICE, "stale-key", etype=17))).used is None


@pytest.mark.parametrize("cause", LOGIN)
def test_a_refused_login_is_refused_to_all(cause: str) -> None:
    proof = a_proof(Step("preauth", ALICE, cause, e_text="WORDS"))  # type: ignore[arg-type]
    found = login_faults(proof, REALM)
    assert {family: ending.works for family, ending in found.items()} == dict.fromkeys(
        ("mit", "jdk", "gokrb5", "heimdal"), "no"
    )
    assert str(found["jdk"].message).endswith(" - WORDS")
    assert not login_faults(proof, "OTHER.COM")


@pytest.mark.parametrize("cause", TICKET)
def test_a_refused_ticket_is_refused_to_all(cause: str) -> None:
    found = ticket_faults(a_proof(GOOD, Step("tgs", HIVE, cause)))  # type: ignore[arg-type]
    assert {ending.works for ending in found.values()} == {"no"}
    assert str(found["jdk"].message).startswith("GSSException: ")


def test_silence_during_a_login_is_no_refusal() -> None:
    assert not login_faults(a_proof(Step("as", ALICE, "timeout")), REALM)
    assert not ticket_faults(a_proof(GOOD, Step("tgs", HIVE, "timeout")))


def test_the_name_of_the_service_is_in_the_words_of_kvno() -> None:
    found = ticket_faults(a_proof(GOOD, Step("tgs", HIVE, "unknown-service", e_text="LOOKING_UP_SERVER")))
    assert found["mit"].message == f"Server {HIVE} not found in Kerberos database"
    assert found["jdk"].message == (
        "GSSException: No valid credentials provided (Mechanism level: Server not found in Kerberos database (7) - "
        "LOOKING_UP_SERVER)"
    )
    other = ticket_faults(a_proof(GOOD, Step("cross-realm", HIVE, "cross-realm")))
    assert (other["jdk"].works, other["jdk"].message) == ("no", None)
