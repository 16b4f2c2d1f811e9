"""Does each release of Java read, and end at, the durations of krb5.conf as foretold?

Java 8 is not to be had as a package: its rows are read from its source and not held against it.
11.0.2 reads files, and cannot log in: its package lacks Krb5LoginModule.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from diagnose.clients.clock_skew import jdk_skew_fault, mit_skew_fault
from diagnose.clients.lifetimes import jdk_lifetime_fault, mit_lifetime_fault
from diagnose.clients.model import Ending, Exchange
from diagnose.scene.java import ranges
from probes.files.krb5conf import jdk, load
from tests.lab.java.test_logins import RELEASES, SERVICE, a_file, classes, jvm, kdc, run
from tests.lab.kerberos.kdc import REALM
from tests.lab.kerberos.mit import MitKdc
from tests.support.needs import JAVA_RELEASES, java_of
from tests.support.oracles.jdk import running
from tests.support.oracles.jdk_krb5conf import HOSTS, disagreement

__all__ = ["classes", "kdc"]

RULES: Final = {release: java.rules for java in ranges() for release in java.run}

DURATIONS: Final = (
    *("0", "1", "007", "36000", "2147483647", "2147483648", "99999999999", "+5", "-1", "-1h", "0x10", "1e3"),
    *("24h", "24H", "24hours", "24hrs", "24 h", "24 hours", "1.5h", "1,5h", "h", "h24", "24h24h", "5m1h", "1h 5m"),
    *("7d", "7D", "7days", "7 days", "7 d", "1 day", "1w", "1y", "30000d", "24856d", "1d2h3m4s", "1d 2h 3m 4s"),
    *("1d2", "1d\t2h", "1d,2h", "d", "dhms", "120m", "90s", "90S", "90sec", "1:00", "10:00:00", "1:60", "1:59:60"),
    *("1:2:3:4", "1-02:03:04", ":5", "5:", "100:00", "1:99999999999", "99999999999d", "596524h", "unlimited"),
    *("24h # a day", "24h#", "'24h'", '"24h"', '"24 h"', "infinity", "٢٤h", "24ｈ", "1h;"),
)
"""Spellings that people wrote, and the edges of both grammars."""

TOO_LONG: Final = ("24856d", "596524h")
"""Durations that Java reads and libkrb5 refuses. The KDC cannot write their end in 32 bits."""

COUNTS: Final = ("3", "3s", "3S", "3 s", "3sec", "3m", "-3", "+3", "0", "0s", "0x3", "3.0", "two", "99999999999", "٣")
"""Values of kdc_timeout and max_retries."""

SKEWS: Final = (
    *("300", "5m", "5 m", "300s", "five", "-1", "0", "00", "1.5", "99999999999", "3oo", "+5", "++5", "+-5", "-+5"),
    *(
        "0x10",
        "0X10",
        "0x",
        "0xFFFFFFFF",
        "0x7fffffff",
        "0x123456789",
        "0xg",
        "-0x10",
        "+0x10",
        "-2147483648",
        "+",
        "-",
    ),
)
ABSENT: Final = -(1 << 31)
"""What Config.getIntValue gives for a value that is no number."""

TOKENS: Final = (*"0123456789", "24", "60", "2147483647", *"dhmsDHMS", *"dhms", " ", "\t", ":", ":", "-", "+", ".", "w")


def files() -> Iterator[str]:
    """Yield the lines of [libdefaults] and of the realm, then lines of random letters."""
    for value in DURATIONS:
        yield f"ticket_lifetime = {value}\nrenew_lifetime = {value}\n"
    for value in COUNTS:
        yield f"kdc_timeout = {value}\nmax_retries = {value}\n"
    for number in range(400):
        dice = random.Random(number)
        value, other = ("".join(dice.choices(TOKENS, k=dice.randrange(1, 8))).strip() or "0" for _ in range(2))
        yield f"ticket_lifetime = {value}\nrenew_lifetime = {other}\n"


@pytest.mark.needs("java-releases", "javac")
@pytest.mark.parametrize("release", JAVA_RELEASES)
def test_a_release_reads_the_durations_that_we_read(release: str, tmp_path: Path) -> None:
    (tmp_path / "classes").mkdir()
    wrong = []
    with running(tmp_path / "classes", HOSTS, str(java_of(release))) as oracle:
        for lines in files():
            file = tmp_path / "krb5.conf"
            own = lines if "kdc_timeout" in lines else ""
            file.write_text(
                f"[libdefaults]\ndefault_realm = R\n{lines}[realms]\nR = {{\nkdc = h\n}}\nS = {{\nkdc = h\n{own}}}\n"
            )
            said = disagreement(oracle, file, RULES[release])
            if said is not None:
                wrong.append((lines, said))
    assert not wrong[:3], f"{len(wrong)} disagreements"


@pytest.mark.needs("java-releases", "javac")
@pytest.mark.parametrize("release", JAVA_RELEASES)
def test_a_release_reads_the_clockskew_that_we_read(release: str, tmp_path: Path) -> None:
    (tmp_path / "classes").mkdir()
    with running(tmp_path / "classes", HOSTS, str(java_of(release))) as oracle:
        for value in SKEWS:
            file = tmp_path / "krb5.conf"
            file.write_text(f"[libdefaults]\ndefault_realm = R\nclockskew = {value}\n")
            ours = jdk.clock_skew(jdk.read("krb5.conf", file.read_bytes(), None, RULES[release]))
            said = oracle.ask(file)["clockskew"]
            assert (jdk.CLOCK_SKEW if said == ABSENT else said) == ours, value


@pytest.mark.parametrize("release", RELEASES)
def test_java_ends_as_its_lifetimes_foretell(release: str, kdc: MitKdc, classes: Path, tmp_path: Path) -> None:
    keytab = kdc.keytab("alice.keytab", "alice")
    wrong = []
    with jvm("java" if release not in JAVA_RELEASES else str(java_of(release)), classes) as java:
        assert java.ask("keep", a_file(kdc, tmp_path, "")).works
        for key in ("ticket_lifetime", "renew_lifetime"):
            for value in (one for one in DURATIONS if one not in TOO_LONG):
                file = a_file(kdc, tmp_path, f"{key} = {value}")
                reading = jdk.read("krb5.conf", file.read_bytes(), None, RULES[release])
                real = {
                    "as": java.ask("login", file, f"alice@{REALM} {keytab}").message,
                    "tgs": java.ask("kept", file).message,
                }
                exchanges: tuple[Exchange, ...] = ("as", "tgs")
                for exchange in exchanges:
                    foretold = _message(jdk_lifetime_fault(reading, exchange))
                    if _first_line(real[exchange]) != foretold:
                        wrong.append(
                            f"{key} = {value!r}, {exchange}: foretold {foretold}, experienced {real[exchange]}"
                        )
    assert not wrong, "\n".join(wrong)


def _message(fault: Ending | None) -> str | None:
    return None if fault is None else fault.message


def _first_line(message: str | None) -> str | None:
    """Return a message without the stack trace of what LoginException did not expect."""
    return None if message is None else message.partition(" at java.base/")[0]


@pytest.mark.parametrize("release", RELEASES)
def test_java_and_kvno_refuse_tickets_as_their_clockskew_foretells(
    release: str, kdc: MitKdc, classes: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    login = ("kinit", "-k", "-t", str(kdc.keytab("alice.keytab", "alice")), "alice")
    with jvm("java" if release not in JAVA_RELEASES else str(java_of(release)), classes) as java:
        file = a_file(kdc, tmp_path, "")
        assert java.ask("keep", file).works
        time.sleep(2)  # a ticket of the same second carries no time
        for value in ("0", "-1", "-300", "20", "5m", "0x10", "300"):
            file = a_file(kdc, tmp_path, f"clockskew = {value}")
            reading = jdk.read("krb5.conf", file.read_bytes(), None, RULES[release])
            assert java.ask("kept", file).message == _message(jdk_skew_fault(reading)), value
            assert java.ask("login", file).works
            if release == RELEASES[0] and value != "20":
                assert run(file, cache, *login) == ""
                time.sleep(2)
                said = run(file, cache, "kvno", SERVICE)
                fault = mit_skew_fault(load([("krb5.conf", file.read_bytes())]))
                assert said.partition(" while getting")[0] == ("" if fault is None else f"kvno: {fault.message}"), value


def test_kinit_ends_as_its_lifetimes_foretell(kdc: MitKdc, tmp_path: Path) -> None:
    keytab = kdc.keytab("alice.keytab", "alice")
    for key in ("ticket_lifetime", "renew_lifetime"):
        for value in DURATIONS:
            file = a_file(kdc, tmp_path, f"{key} = {value}")
            fault = mit_lifetime_fault(load([("krb5.conf", file.read_bytes())]), REALM, "as")
            said = run(file, tmp_path / "cache", "kinit", "-k", "-t", str(keytab), "alice")
            expired = "" if "Requested effective lifetime is negative or too short" in said else said
            assert expired == ("" if fault is None else f"kinit: {fault.message}"), f"{key} = {value}"
