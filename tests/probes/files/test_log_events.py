"""Does a log fall into events with times and causes, whatever wrote it and however large it is?"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from probes.files import log_events
from probes.files.log_events import NoLog, decoded, events, looks_like_log

CHINA = timezone(timedelta(hours=8))

TRACE = """\
2026-11-27 10:15:02,123 WARN  ipc.Client: Exception encountered while connecting to the server
org.apache.hadoop.ipc.RpcException: outer
\tat org.apache.hadoop.ipc.Client.call(Client.java:1491)
\tSuppressed: java.io.IOException: suppressed one
\t\tat a.B.c(B.java:1)
\tCaused by: java.io.IOException: cause of the suppressed one
\t\tat a.B.c(B.java:1)
Caused by: javax.security.sasl.SaslException: middle
\t... 7 more
Caused by: GSSException: No valid credentials provided (Mechanism level: Receive timed out)
\tat sun.security.jgss.krb5.Krb5InitCredential.getTgt(Krb5InitCredential.java:454)
\t... 9 more
2026-11-27 10:15:03,000 INFO  done
"""


def test_a_stack_trace_is_one_event_with_an_outermost_and_an_innermost_line() -> None:
    first, second = events(TRACE)

    assert first.outermost[1].endswith("connecting to the server")
    assert first.innermost == (
        10,
        "Caused by: GSSException: No valid credentials provided (Mechanism level: Receive timed out)",
    )
    assert [text.strip() for _, text in first.suppressed] == [
        "Suppressed: java.io.IOException: suppressed one",
        "Caused by: java.io.IOException: cause of the suppressed one",
    ]
    assert (second.line, second.outermost[1][-4:]) == (13, "done")


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("2026-11-27 10:15:02,123 ERROR x", datetime(2026, 11, 27, 10, 15, 2)),
        ("2026-11-27T10:15:02,123 ERROR [main] x", datetime(2026, 11, 27, 10, 15, 2)),
        ("2026-11-27T10:15:02.123+08:00\tERROR\tmain\tio.trino.x", datetime(2026, 11, 27, 10, 15, 2, tzinfo=CHINA)),
        ("2026-11-27T02:15:02.123Z x", datetime(2026, 11, 27, 2, 15, 2, tzinfo=UTC)),
        ("[2026-11-27 10:15:02,123] {x.py:1} INFO - x", datetime(2026, 11, 27, 10, 15, 2)),
        ("2026-11-27 10:15:02.123 [job-0] ERROR Engine - x", datetime(2026, 11, 27, 10, 15, 2)),
        ("26/11/27 10:15:02 ERROR ApplicationMaster: x", datetime(2026, 11, 27, 10, 15, 2)),
        ("[4711] 1795745702.123456: Sending request", datetime(2026, 11, 27, 2, 15, 2, tzinfo=UTC)),
        ("Nov 27, 2026 1:15:02 PM org.apache.x", datetime(2026, 11, 27, 13, 15, 2)),
        ("Nov 27, 2026 12:15:02 AM org.apache.x", datetime(2026, 11, 27, 0, 15, 2)),
        ("Log Upload Time:Fri Nov 27 10:15:02 +0800 2026", datetime(2026, 11, 27, 10, 15, 2, tzinfo=CHINA)),
        ("Nov 27 10:15:02 master-1-1 krb5kdc[1](info): x", None),
        ("2026-13-45 99:15:02 x", None),
        ("no time at all", None),
    ],
)
def test_the_time_stamp_of_each_writer_is_read(line: str, at: datetime | None) -> None:
    (event,) = events(line)
    assert event.at == at
    assert (event.at is None) or ((event.at.tzinfo is None) == (at is not None and at.tzinfo is None))


def test_lines_without_a_stamp_are_events_with_the_last_time() -> None:
    found = list(events("2026-11-27 10:15:02 INFO a\n>>> KrbKdcReq send: kdc=k UDP:88\n>>> KDCCommunication: x\n"))
    assert [event.line for event in found] == [1, 2, 3]
    assert {event.stamp for event in found} == {"2026-11-27 10:15:02"}


def test_the_node_of_a_yarn_container_is_known_for_its_lines() -> None:
    text = "Container: container_e01_1_0001_01_000002 on core-1-1.c-1.emr.aliyuncs.com_8041\nLogType:stderr\nboom\n"
    assert [event.host for event in events(text)][-1] == "core-1-1.c-1.emr.aliyuncs.com"


def test_only_the_end_of_a_large_log_is_read_and_lines_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_events, "LARGEST_READ", 40)
    text = "".join(f"line {number}\n" for number in range(1, 101))
    found = list(events(text))
    assert log_events.is_cut(text)
    assert found[-1].line == 100
    assert len(found) < 6


@pytest.mark.parametrize(
    "text",
    [
        "a" * (4 << 20),
        "a." * (2 << 20),
        "\n" * (1 << 20),
        "\tat x\n" * 300_000,
        "Caused by: x\n" * 200_000,
        "\tSuppressed: a\n\t\tSuppressed: b\n" * 60_000,
        ("a" * 4095 + "\n") * 1000,
        ("Exception " * 400 + "\n") * 1000,
        "[" * (1 << 20),
    ],
    ids=range(9),
)
def test_hostile_text_costs_little_time_and_is_never_an_error(text: str) -> None:
    started = time.process_time()
    kept = sum(len(event.lines) + len(event.suppressed) for event in events(text))
    looks_like_log(text.encode())
    assert time.process_time() - started < 8
    assert kept <= max(2 * log_events.MOST_LINES * 2, text.count("\n") + 1)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x1f\x8b\x08\x00rest", "a gzip archive"),
        (b"PK\x03\x04rest", "a zip archive"),
        (b"\x7fELF\x02", "a program"),
        (b"\x05\x02\x00\x00\x00\x39", "a keytab"),
        (b"  \n ", "empty"),
        (b"text\0with zeros", "binary data"),
        (b"\n<!DOCTYPE html><html>", "an HTML page, perhaps a login page"),
    ],
)
def test_what_is_no_log_is_said_in_words(content: bytes, what: str) -> None:
    found = decoded(content)
    assert isinstance(found, NoLog)
    assert found.what == what
    assert found.needs


def test_wide_text_of_windows_is_read() -> None:
    assert decoded("kinit: x".encode("utf-16")) == "kinit: x"
    assert decoded("\ufeffkinit: x".encode()) == "kinit: x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TRACE, True),
        ("kinit: Cannot contact any KDC for realm 'R' while getting initial credentials\n", True),
        (">>> KrbKdcReq send: kdc=k UDP:88, timeout=30000, number of retries =3\n", True),
        ("java.io.IOException: x\n\tat a.b(C.java:1)\n", True),
        ("26/11/27 10:15:02 INFO a\n26/11/27 10:15:03 INFO b\n", True),
        ("notes about the cluster\nthe error is that it fails\n", False),
        ("# created 2026-11-27 10:15:02\nkey=value\n", False),
        ("a,b\n1,2\n", False),
    ],
)
def test_a_log_is_told_from_other_text(text: str, expected: bool) -> None:
    assert looks_like_log(text.encode()) is expected
