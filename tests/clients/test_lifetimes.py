"""Do durations that a client cannot read end it, as kinit, kvno and each release of Java were seen
to end?"""

from __future__ import annotations

import pytest

from diagnose.clients import Prediction
from diagnose.clients.lifetimes import MIT_REFUSES
from tests.clients.test_etypes import a_kdc_case, predicted

ILLEGAL = "javax.security.auth.login.LoginException: Illegal duration format {}"
WRAPPED = "GSSException: No valid credentials provided (Mechanism level: Illegal duration format {})"


def found(*lines: str, java_home: str | None = "/opt/jdk-17") -> dict[tuple[str, str], Prediction]:
    return {(one.family, one.exchange): one for one in predicted(a_kdc_case(*lines, java_home=java_home))}


def test_a_word_behind_the_number_ends_java_alone() -> None:
    clients = found("ticket_lifetime = 24hours")
    assert (clients["jdk", "as"].works, clients["jdk", "as"].seconds) == ("no", 0)
    assert clients["jdk", "as"].message == ILLEGAL.format("24hours")
    assert clients["jdk", "tgs"].message == WRAPPED.format("24hours")
    assert (clients["mit", "as"].works, clients["mit", "tgs"].works) == ("yes", "yes")
    assert (clients["gokrb5", "as"].works, clients["heimdal", "as"].works) == ("unknown", "unknown")


def test_a_blank_before_the_unit_ends_both_families() -> None:
    clients = found("renew_lifetime = 7 days")
    assert clients["jdk", "as"].message == ILLEGAL.format("7 days")
    assert clients["mit", "as"].message == f"{MIT_REFUSES} while getting initial credentials"
    assert (clients["jdk", "tgs"].works, clients["mit", "tgs"].works) == ("yes", "yes")


@pytest.mark.parametrize("value", ["24h", "10:00:00", "36000", "1d 2h", "24H"])
def test_what_java_reads_ends_nobody(value: str) -> None:
    clients = found(f"ticket_lifetime = {value}", f"renew_lifetime = {value}")
    assert {clients[family, exchange].works for family in ("jdk", "mit") for exchange in ("as", "tgs")} == {"yes"}


def test_a_number_that_is_too_large_is_an_exception_that_gss_does_not_wrap() -> None:
    clients = found("ticket_lifetime = 99999999999")
    number = 'java.lang.NumberFormatException: For input string: "99999999999"'
    assert clients["jdk", "as"].message == f"javax.security.auth.login.LoginException: {number}"
    assert clients["jdk", "tgs"].message == number


def test_releases_before_8u242_do_not_read_the_keys() -> None:
    assert found("ticket_lifetime = 1 day", java_home="/opt/jdk8u211")["jdk", "as"].works == "yes"
    assert found("ticket_lifetime = 1 day", java_home="/opt/jdk8u302")["jdk", "as"].works == "no"
    both = [one for one in predicted(a_kdc_case("ticket_lifetime = 1 day")) if one.family == "jdk"]
    assert [(one.exchange, one.works, one.releases) for one in both] == [
        ("as", "no", "Java 8 from 8u242 and later"),
        ("tgs", "no", "Java 8 from 8u242 and later"),
        ("as", "yes", "Java 8 before 8u242"),
        ("tgs", "yes", "Java 8 before 8u242"),
    ]


def test_a_login_of_java_reads_its_encryption_types_first_and_a_ticket_its_lifetime() -> None:
    types = ("default_tkt_enctypes = des-cbc-crc", "default_tgs_enctypes = des-cbc-crc")
    clients = found("ticket_lifetime = 1 day", *types)
    assert "no supported etypes" in str(clients["jdk", "as"].message)
    assert clients["jdk", "tgs"].message == WRAPPED.format("1 day")
    assert clients["mit", "as"].message == f"{MIT_REFUSES} while getting initial credentials"


def test_a_value_that_keeps_libkrb5_from_starting_comes_first() -> None:
    clients = found("ticket_lifetime = 1 day", "allow_weak_crypto = f")
    assert "initializing Kerberos 5 library" in str(clients["mit", "as"].message)


def test_no_clockskew_lets_java_take_no_ticket() -> None:
    clients = found("clockskew = 0")
    assert (clients["jdk", "as"].works, clients["mit", "tgs"].works) == ("yes", "yes")
    assert clients["jdk", "tgs"].message == (
        "GSSException: No valid credentials provided (Mechanism level: Clock skew too great (37))"
    )
    assert found("clockskew = -1")["mit", "tgs"].message == "Clock skew too great in KDC reply"


@pytest.mark.parametrize("value", ["300", "5m", "1", "99999999999", "0x", "five"])
def test_other_clockskews_end_nobody(value: str) -> None:
    clients = found(f"clockskew = {value}")
    expected = "no" if value == "0x" else "yes"
    assert (clients["jdk", "tgs"].works, clients["mit", "tgs"].works) == (expected, "yes")
