"""Which failures does a whole log tell of? The excerpts follow public reports, in our own words."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from diagnose.case.model import Case, Text
from diagnose.symptoms import log
from diagnose.symptoms.log import Symptom, read_log, read_logs
from diagnose.symptoms.messages import Message, messages
from tests.support.log_samples import DATAWORKS, HDFS, HIVE, KDC, KINIT, OWN_NAME, SPARK


def only(text: str) -> Symptom:
    (symptom,) = read_log("task.log", text).symptoms
    return symptom


def test_a_dataworks_log_names_kdc_transport_principal_and_how_long_it_waited() -> None:
    symptom = only(DATAWORKS)

    assert (symptom.message.id, symptom.candidates[0]) == ("receive-timed-out", "SG-KDC-UDP")
    assert (symptom.host, symptom.port, symptom.transport) == (KDC, 88, "udp")
    assert symptom.principal == "hadoop@EMR.C-00FE.COM"
    assert (symptom.origin.line, symptom.stamp, symptom.times) == (21, "2026-11-27 10:16:32", 2)
    assert "KDC-TIMEOUT-UNIT" not in symptom.candidates, "it waited 30 seconds"


def test_a_short_wait_in_kerberos_debug_output_comes_first() -> None:
    assert only(DATAWORKS.replace("timeout=30000", "timeout=30")).candidates[0] == "KDC-TIMEOUT-UNIT"


def test_a_spark_log_names_the_driver_and_the_container_and_the_envelope_comes_last() -> None:
    first, last = read_log("stderr", SPARK).symptoms

    assert (first.message.id, first.target, first.times) == ("driver-unreachable", "192.168.10.7:40123", 2)
    assert first.writer == "core-1-1.c-00fe.emr.aliyuncs.com"
    assert last.message.id == "application-ended"


def test_the_datanodes_that_a_client_excludes_are_collected() -> None:
    datanodes = only(HDFS)

    assert datanodes.datanodes == (("192.168.20.21", 9866), ("192.168.20.22", 9866))
    assert datanodes.candidates[0] == "SG-DATANODE"


BAD_LINK = """\
16/03/30 08:33:32 INFO hdfs.DFSClient: Exception in createBlockOutputStream
java.io.IOException: Bad connect ack with firstBadLink as 10.0.0.11:50010
16/03/30 08:33:32 INFO hdfs.DFSClient: Excluding datanode 10.0.0.11:50010
"""


def test_a_datanode_that_only_another_one_did_not_reach_was_not_dialled() -> None:
    reading = read_log("a.log", BAD_LINK)

    (symptom,) = reading.symptoms
    assert (symptom.message.id, symptom.target) == ("bad-link", "10.0.0.11:50010")


def test_a_datanode_that_the_client_did_not_reach_is_told_beside_it() -> None:
    reading = read_log(
        "a.log", BAD_LINK + "16/03/30 08:34:42 INFO hdfs.DFSClient: Excluding datanode 10.0.0.12:50010\n"
    )

    assert [(each.message.id, each.datanodes) for each in reading.symptoms] == [
        ("excluding-datanode", (("10.0.0.12", 50010),)),
        ("bad-link", ()),
    ]


def test_kinit_with_a_trace_names_the_address_and_the_realm() -> None:
    symptom = only(KINIT)

    assert (symptom.address, symptom.port, symptom.realm) == ("192.168.20.11", 88, "EMR.C-00FE.COM")
    assert symptom.at is not None
    assert symptom.at.tzinfo is not None


def test_the_clients_own_name_is_no_fault_of_names() -> None:
    symptom = only(OWN_NAME)
    of_the_address = {"DNS-STALE-IP", "DNS-LOOPBACK"}

    assert symptom.candidates[0] == "SVC-DOWN"
    assert {code for code in symptom.candidates if code.startswith("DNS-")} == of_the_address
    assert symptom.target == "master-1-1.c-00fe:8020"


def test_the_innermost_cause_decides_and_the_envelope_does_not() -> None:
    symptom = only(HIVE)

    assert (symptom.message.id, symptom.candidates[0]) == ("server-not-found", "KRB-SVC-MISSING")
    assert symptom.host is None, "the message is about a name in the KDC, not about the host that was dialled"


def test_a_suppressed_exception_is_no_cause() -> None:
    text = (
        "2026-11-27 10:15:02 ERROR x\njava.io.IOException: Receive timed out\n"
        "\tSuppressed: javax.security.auth.login.LoginException: Cannot locate KDC\n"
    )
    assert only(text).message.id == "receive-timed-out"


@pytest.mark.parametrize("row", [row for row in messages() if row.role != "detail"], ids=lambda row: row.id)
def test_each_message_is_found_in_a_log_of_other_lines(row: Message) -> None:
    around = "".join(f"2026-11-27 10:{n:02}:00,000 INFO  worker-{n}: handled batch {n}\n" for n in range(20))
    text = f"{around}2026-11-27 10:30:00,000 ERROR worker: {row.example}\n\tat a.B.c(B.java:1)\n{around}"

    (symptom,) = read_log("x.log", text).symptoms

    assert symptom.origin.line == 21
    assert symptom.stamp.startswith("2026-11-27 10:30:00")
    assert set(symptom.candidates) & set(row.candidates) if row.candidates else not symptom.candidates


def test_a_log_without_a_known_failure_and_its_cut_beginning_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "is_cut", lambda text: len(text) > 30)
    texts = (Text("log", "a.log", "2026-11-27 10:15:02 INFO all is well\n" * 2), Text("log:kdc", "kdc.log", "x"))

    readings, skipped = read_logs(replace(Case("case"), texts=texts))

    assert [reading.file for reading in readings] == ["a.log"]
    assert [(skip.check, skip.cause) for skip in skipped] == [
        ("the beginning of a.log", "only the last 8 MiB of a log are read"),
        ("a.log", "not used: no line of this log is a failure that is known"),
    ]


def test_secrets_beside_a_message_are_never_kept() -> None:
    word = "CaNaRy7"
    text = (
        f"2026-11-27 10:15:02 ERROR accessKeySecret={word} jdbc:hive2://u:{word}@h:10000/?password={word} "
        f"Receive timed out token={word}\n"
        f"Could not open client transport with JDBC Uri: jdbc:hive2://h:10000/;password={word}: x\n"
        f"kinit: Cannot contact any KDC for realm 'R' {word}\n"
    )
    assert word not in repr(read_log("x.log", text).symptoms)


def test_the_cost_of_a_log_grows_with_its_size() -> None:
    usual = "2026-11-27 10:15:02,123 INFO a usual line of a usual length, no more\n" * 50
    part = (DATAWORKS + HIVE + HDFS + usual) * 20

    def seconds(text: str) -> float:
        started = time.process_time()
        reading = read_log("large.log", text)
        assert {symptom.message.id for symptom in reading.symptoms} >= {"receive-timed-out", "server-not-found"}
        return time.process_time() - started

    small = min(seconds(part) for _ in range(2))
    assert seconds(part * 10) < 30 * small + 1


@pytest.mark.parametrize("text", ["", "\n", "\0" * 100, "Caused by: " * 5000, "receive timed out" * 100_000, "\ud800"])
def test_anything_is_read_without_an_error(text: str) -> None:
    read_log("x.log", text)


def test_a_quote_holds_two_whole_principals_and_says_where_it_is_cut() -> None:
    principal = "hdfs/master-1-1.c-00fe11ed5ca1ab1e.cn-hangzhou.emr.aliyuncs.com@EMR.C-00FE11ED5CA1AB1E.COM"
    refused = f"Server has invalid Kerberos principal: {principal}, expecting: "

    assert only(f"java.lang.IllegalArgumentException: {refused}nn{principal[4:]}").said == f"{refused}nn{principal[4:]}"
    long = only(f"java.lang.IllegalArgumentException: {refused}{'x' * 400}@REALM.COM").said
    assert (len(long), long[-2:]) == (log.LONGEST_SAID, "x…")


def test_a_lock_of_hive_that_nobody_has_taken_is_no_missing_hiveserver2() -> None:
    lock = (
        "2026-11-27 10:15:02,120 DEBUG [HiveServer2-Background-Pool: Thread-52] ZooKeeperHiveLockManager: "
        "KeeperErrorCode = NoNode for /hive_zookeeper_namespace/default\n"
    )
    server = "2026-11-27 10:15:02,120 ERROR HiveServer2 is not there: KeeperErrorCode = NoNode for /hiveserver2\n"

    assert read_log("x.log", lock).symptoms == ()
    assert [each.message.id for each in read_log("x.log", server).symptoms] == ["zookeeper-no-node"]
