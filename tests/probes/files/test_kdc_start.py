"""Does the end of a KDC's log show whether the KDC runs, and what stopped it?"""

from __future__ import annotations

import pytest

from probes.files.kdc_log import read_kdc_log
from probes.files.kdc_start import NotRunning

PREFIX = "Nov 30 19:31:57 master-1-1 krb5kdc[12]"
STARTED = f"{PREFIX}(info): commencing operation\n"
STOPPED = f"{PREFIX}(info): shutting down\n"
REQUEST = f"{PREFIX}(info): AS_REQ (1 etypes {{18}}) 192.168.20.21: ISSUE: authtime 1, a@R.COM for krbtgt/R.COM@R.COM\n"
TAKEN = (
    f"{PREFIX}(Error): Address already in use - Cannot bind server socket on 0.0.0.0.88\n"
    f"{PREFIX}(Error): Failed setting up a UDP socket (for 0.0.0.0.88)\n"
    f"{PREFIX}(Error): Address already in use - Error setting up network\n"
)
NO_DATABASE = (
    f"{PREFIX}(Error): Cannot open DB2 database '/x': No such file or directory - "
    "while initializing database for realm R.COM\n"
)
NO_KEY = (
    f"{PREFIX}(Error): Can not fetch master key (error: No such file or directory). - "
    "while fetching master key K/M for realm R.COM\n"
)
NO_RECORD = (
    f"{PREFIX}(Error): Cannot find master key record in database - while fetching master keys list for realm R\n"
)
NO_NAME = (
    f"{PREFIX}(Error): Failed getting address info (for 88x): Name or service not known\n"
    f"{PREFIX}(Error): Input/output error - Error setting up network\n"
)
UNIT = "Nov 30 19:31:57 master-1-1 systemd[1]: krb5kdc.service: Main process exited, code=exited, status=1/FAILURE\n"
FAILED = "Nov 30 19:31:58 master-1-1 systemd[1]: Failed to start Kerberos 5 KDC.\n"
RUNS = "Nov 30 19:31:59 master-1-1 systemd[1]: Started Kerberos 5 KDC.\n"
ENDED = "Nov 30 19:31:58 master-1-1 systemd[1]: Stopped Kerberos 5 KDC.\n"


def end_of(text: str) -> NotRunning | None:
    return read_kdc_log("kdc.log", text).not_running


@pytest.mark.parametrize(
    ("text", "failure", "line"),
    [
        (NO_DATABASE, "database", 1),
        (NO_KEY, "master-key", 1),
        (NO_RECORD, "master-key", 1),
        (f"{PREFIX}(Error): Configuration file does not specify default realm - while attempting to", "no-realm", 1),
        ("krb5kdc: Improper format of Kerberos configuration file while initializing krb5\n", "configuration", 1),
        (f"{PREFIX}(Error): Invalid argument - while initializing network\n", "listen-value", 1),
        (TAKEN, "port-taken", 1),
        (TAKEN.replace("Address already in use", "Cannot assign requested address"), "no-address", 1),
        (TAKEN.replace("Address already in use", "Permission denied"), "no-permission", 1),
        (NO_NAME, "listen-name", 1),
        ("krb5kdc: cannot initialize realm R.COM - see log file for details\n", "realm", 1),
        (UNIT, "exited", 1),
        (FAILED, "exited", 1),
        (STARTED + STOPPED, "stopped", 2),
        (STARTED + UNIT, "exited", 2),
        # What tells more stays, and a later start counts
        (NO_DATABASE + UNIT + FAILED + ENDED, "database", 1),
        (STARTED + STOPPED + NO_KEY + UNIT, "master-key", 3),
        (NO_DATABASE + STARTED + STOPPED, "stopped", 3),
    ],
)
def test_the_last_words_of_a_log_say_what_stopped_the_kdc(text: str, failure: str, line: int) -> None:
    found = end_of(text)
    assert found is not None
    assert (found.failure, found.origin.line) == (failure, line)
    assert "krb5kdc[" not in found.said


@pytest.mark.parametrize(
    "text",
    [
        "",
        STARTED,
        NO_DATABASE + STARTED,
        NO_DATABASE + REQUEST,
        UNIT + RUNS,
        STOPPED + RUNS,
        TAKEN + REQUEST,
        f"{PREFIX}(Error): preauth spake failed to initialize: No SPAKE preauth groups configured\n",
        f"{PREFIX}(info): setting up network...\n",
        "Nov 30 19:31:57 master-1-1 systemd[1]: sshd.service: Main process exited, code=exited, status=1/FAILURE\n",
    ],
)
def test_a_kdc_that_runs_and_lines_of_others_say_nothing(text: str) -> None:
    assert end_of(text) is None


@pytest.mark.parametrize(
    ("before", "may_run"), [("", True), (STARTED, True), (REQUEST, True), (STARTED + STOPPED, False)]
)
def test_a_taken_port_may_be_that_of_a_kdc_that_still_runs(before: str, may_run: bool) -> None:
    found = end_of(before + TAKEN)
    assert found is not None
    assert (found.failure, found.may_run) == ("port-taken", may_run)


def test_host_and_time_are_those_of_the_last_words() -> None:
    log = read_kdc_log("kdc.log", REQUEST + NO_DATABASE.replace("19:31:57", "19:40:00"))
    assert log.host == "master-1-1"
    assert log.last_at == (log.events[0].at or 0) + 8 * 60 + 3
    assert read_kdc_log("journal.log", UNIT).host == "master-1-1"


def test_a_long_line_is_read_in_linear_time() -> None:
    assert end_of("krb5kdc: while " * 200_000 + "\n" + NO_KEY * 2000) is not None
