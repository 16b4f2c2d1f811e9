"""Which requests in the log of a KDC count as refused, and how many of them are kept?"""

from __future__ import annotations

from diagnose.case.model import Case, Text
from diagnose.symptoms.kdc_refusals import MOST, refusals
from diagnose.symptoms.log import Symptom
from probes.addresses import parse

SOURCES = (parse("192.168.10.0/24"),)
UNKNOWN = "AS_REQ (1 etypes {18}) 192.168.10.7: CLIENT_NOT_FOUND: {}@R.COM for krbtgt/R.COM@R.COM, Client not found in "
NO_SERVICE = "TGS_REQ (1 etypes {18}) 192.168.10.7: LOOKING_UP_SERVER: authtime 0, a@R.COM for {}, Server not found in "
GIVEN = "TGS_REQ (1 etypes {18}) 192.168.10.7: ISSUE: authtime 1, etypes {rep=18}, a@R.COM for {}"
DATABASE = "Kerberos database"


def _line(text: str, name: str) -> str:
    return f"krb5kdc: {text.replace('{}', name)}{'' if text == GIVEN else DATABASE}\n"


def _of(text: str, first_line: int = 1) -> tuple[Symptom, ...]:
    readings = refusals(Case("c", texts=(Text("log:kdc", "kdc.log", text, first_line),)), SOURCES)
    return tuple(symptom for reading in readings for symptom in reading.symptoms)


def test_the_last_refusal_comes_first_and_keeps_its_line() -> None:
    found = _of(_line(UNKNOWN, "a") + "\n" + _line(UNKNOWN, "b"), first_line=101)

    assert [(each.principal, each.origin.line) for each in found] == [("b@R.COM", 103), ("a@R.COM", 101)]


def test_the_search_for_the_realm_of_a_host_is_none_if_a_ticket_of_any_service_follows() -> None:
    search, ticket = _line(NO_SERVICE, "krbtgt/OTHER.COM@R.COM"), _line(GIVEN, "hive/a.b@R.COM")

    assert _of(search + ticket) == ()
    assert [each.candidates[0] for each in _of(search)] == ["KRB-DOMAIN-REALM"]


def test_an_expired_ticket_is_none_if_the_same_machine_gets_one_later() -> None:
    parties = "<unknown client> for <unknown server>, Ticket expired"
    ended = f"krb5kdc: TGS_REQ (1 etypes {{18}}) 192.168.10.7: PROCESS_TGS: authtime 0,  {parties}\n"

    assert [each.candidates[0] for each in _of(ended)] == ["KRB-TGT-EXPIRED"]
    assert _of(ended + _line(GIVEN, "hive/a.b@R.COM")) == ()


def test_the_long_questions_of_a_check_are_no_refused_client() -> None:
    assert _of(_line(UNKNOWN.replace("@R.COM for", " for"), "x" * 124 + "...")) == ()
    assert _of(_line(UNKNOWN, "x") + _line(UNKNOWN, "x" * 40)) == ()
    assert [each.principal for each in _of(_line(UNKNOWN, "xavier"))] == ["xavier@R.COM"]


def test_a_ticket_of_one_service_says_nothing_of_another() -> None:
    found = _of(_line(NO_SERVICE, "hive/a.b@R.COM") + _line(GIVEN, "hdfs/a.b@R.COM"))

    assert [each.principal for each in found] == ["hive/a.b@R.COM"]


def test_without_a_known_network_the_requests_of_all_clients_count() -> None:
    log = Text("log:kdc", "kdc.log", _line(UNKNOWN, "a"))

    assert [len(refusals(Case("c", texts=(log,)), sources)) for sources in ((), ((1, 2),))] == [1, 0]


def test_a_log_of_many_clients_keeps_the_last_ones() -> None:
    found = _of("".join(_line(UNKNOWN, f"user{number}") for number in range(3 * MOST)))

    assert len(found) == MOST
    assert found[0].principal == f"user{3 * MOST - 1}@R.COM"
