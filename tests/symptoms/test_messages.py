"""Is every row of data/messages.toml complete, found in its own example, and safe to match?"""

from __future__ import annotations

import datetime as dt
import importlib
import random
import re
import time
from collections import Counter
from typing import Any

import pytest

from diagnose import data
from diagnose.findings import catalogue
from diagnose.symptoms.messages import (
    LONGEST_LINE,
    Message,
    candidates,
    candidates_of_quote,
    messages,
    recognised,
)

ROWS = messages()
BY_ID = {row.id: row for row in ROWS}
WRITTEN = "could only be written to 0 of the 1 minReplication nodes."
LOCATIONS = "No live nodes contain current block Block locations:"
UNBOUNDED = re.compile(r"(?<!\\)[*+](?!\))")
"""A repetition without an upper bound."""


def test_there_are_at_least_sixty_messages_with_distinct_names_and_a_date() -> None:
    assert len(ROWS) >= 60
    assert {name: count for name, count in Counter(row.id for row in ROWS).items() if count > 1} == {}
    assert data.table("messages")["compiled"] >= dt.date(2026, 11, 29)


def test_every_client_family_prints_some_of_them() -> None:
    said = " ".join(name for row in ROWS for name in row.printed_by)
    families = ("JDK 8", "JDK 11", "JDK 17", "21", "MIT kinit", "KRB5_TRACE", "Hadoop IPC", "HDFS client", "Hive JDBC")
    for family in (*families, "Spark", "YARN", "Trino", "DataX", "DataWorks"):
        assert family in said


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_row_finds_its_own_example_and_points_only_at_what_exists(row: Message) -> None:
    assert row.hint == row.hint.lower()
    assert row.hint in row.example.lower()
    assert row.search(row.example)
    assert row in recognised(row.example)
    assert row.fits(row.example.lower())
    assert row.printed_by
    assert row.topic
    assert row.basis
    assert set(row.sources) <= set(data.table(catalogue.SOURCES)["sources"])
    assert row.sources
    assert {*row.candidates, *row.rules_out, *row.points_to} <= set(catalogue.codes())
    assert not set(row.candidates) & set(row.rules_out)
    assert bool(row.candidates) or row.role == "detail" or row.shows is not None
    assert row.role == "cause" or row.shows is None
    assert len(set(row.candidates)) == len(row.candidates)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_no_pattern_repeats_without_a_bound(row: Message) -> None:
    without_classes = re.sub(r"\[(?:\\.|[^\]\\])*\]", "C", row.pattern.pattern)
    assert [m[0] for m in UNBOUNDED.finditer(without_classes.replace(r"\s*$", ""))] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_long_hostile_line_takes_no_time(row: Message) -> None:
    begin = row.example[: len(row.example) // 2]
    lines = [begin * 400, row.hint * 400, begin + "a" * 100_000, ("a." * 50_000) + row.hint, " " * 100_000 + row.hint]
    started = time.process_time()
    for line in lines:
        row.search(line)
    assert time.process_time() - started < 1.0


def test_a_message_beyond_the_longest_line_is_not_looked_for() -> None:
    row = BY_ID["receive-timed-out"]
    assert row.search("x" * (LONGEST_LINE - 20) + "Receive timed out")
    assert row.search("x" * LONGEST_LINE + "Receive timed out") is None


@pytest.mark.parametrize(
    ("spelling", "row"),
    [
        ("java.net.SocketTimeoutException: connect timed out", "connect-timed-out"),
        ("java.net.SocketTimeoutException: Connect timed out", "connect-timed-out"),
        ("java.net.PortUnreachableException: ICMP Port Unreachable", "icmp-port-unreachable"),
        ("java.net.PortUnreachableException", "port-unreachable-null"),
        ("Unrecognized SSL message, plaintext connection?", "tls-plain-server"),
        ("no supported default etypes for default_tkt_enctypes", "etype-conf"),
        ("File /a could only be replicated to 0 nodes instead of minReplication (=1).", "replicated-to-none"),
        (
            "kinit: Cannot contact any KDC for requested realm while getting initial credentials",
            "cannot-contact-any-kdc",
        ),
        ("java.io.IOException: Bad connect ack with firstBadLink as 10.0.0.11:50010", "bad-link"),
        ("INFO hdfs.DFSClient: Excluding datanode 10.0.0.11:50010", "excluding-datanode"),
        (
            "No live nodes contain block BP-1:blk_1_1 after checking nodes = [], ignoredNodes = null",
            "block-without-location",
        ),
        (
            "Could not obtain block: BP-1:blk_1 No live nodes contain current block Block locations: Dead nodes: ",
            "block-without-location",
        ),
        (
            "could only be replicated to 0 nodes instead of minReplication (=1).  There are 0 datanode(s) running",
            "no-datanode-running",
        ),
        ("Bad status: 3 (b'GSS initiate failed')", "peer-gss-failed"),
        ("kinit: Client's entry in database has expired while getting initial credentials", "client-expired"),
        ("LoginException: Password has expired - change password to reset (23) - x", "password-expired"),
        ("KRB Error: (23) KDC_ERR_KEY_EXPIRED Password has expired; change password to reset", "password-expired"),
        ("kvno: Credentials for server have been revoked while getting credentials for x", "server-entry"),
        ("kinit: Clock skew too great in KDC reply while getting initial credentials", "clock-skew"),
        ("KRBMessage_Handling_Error: clock skew with KDC too large. Greater than 300 seconds", "clock-skew"),
        ("kinit: krb5_get_init_creds: time skew (343) larger than max (300)", "clock-skew"),
        ("Server kafka/mrs63@HADOOP.COM not found in Kerberos database", "server-not-found"),
        ("kinit: Cannot find KDC for requested realm while getting initial credentials", "cannot-get-kdc"),
        ('kinit: Cannot resolve servers for KDC in realm "R.COM" while getting initial credentials', "kdc-unresolved"),
        ("kinit: Decrypt integrity check failed while getting initial credentials", "bad-integrity"),
        ("KrbException: KDC cannot accommodate requested option (13)", "not-renewable"),
        (
            "Request ticket server HTTP/a@R.COM kvno 3 not found in keytab; keytab is likely out of date",
            "no-key-of-version",
        ),
        (
            "Server has invalid Kerberos principal: nn/a.b@R.COM, doesn't match the pattern: hdfs/*@R.COM",
            "invalid-server-principal",
        ),
        ("token (HDFS_DELEGATION_TOKEN token 324309 for test) is expired", "token-refused"),
        (
            (
                "token (HDFS_DELEGATION_TOKEN token 5 for a) is expired, current time: 2019-03-28 13:44:06,189+0800 "
                "expected renewal time: 2019-03-28 13:39:48,523+0800"
            ),
            "token-refused",
        ),
        (
            (
                "token (token for a: HDFS_DELEGATION_TOKEN owner=a/h@R.COM, renewer=yarn, realUser=, issueDate=1, "
                "maxDate=2, sequenceNumber=3, masterKeyId=4) can't be found in cache"
            ),
            "token-refused",
        ),
        (
            "FAILED: HiveAccessControlException Permission denied: user [a] does not have [SELECT] privilege on [d/t]",
            "permission-denied",
        ),
        (">>> KrbKdcReq send: kdc=kdc1 UDP:88, timeout=30000, number of retries =3, #bytes=1", "request-long-wait"),
        ("KRB Error: (24) KDC_ERR_PREAUTH_FAILED Pre-authentication information was invalid", "preauth-failed"),
        ("kinit: Client or server has a null key while getting initial credentials", "null-key"),
        ("KrbException: Server not yet valid - try again later (22)", "entry-not-yet-valid"),
        ("kvno: Requested principal and ticket don't match while getting credentials", "ticket-of-another-server"),
        ("Minor code may provide more information (Ticket/authenticator don't match)", "ticket-of-another-client"),
        (
            r"java.io.FileNotFoundException: C:\Windows\krb5.ini (The system cannot find the file specified)",
            "krb5-conf-absent",
        ),
        ("Error: Could not open client transport … ( HTTP Response code :400)".replace(" :", ": "), "hs2-http-path"),
        ("Frame size (1195725856) larger than protect max size (536870912)!", "frame-http"),
        ("Frame size (369295616) larger than max length (16384000)!", "frame-tls"),
        ("Read a negative frame size (-2147418111)!", "frame-sasl"),
        ("TTransportException: MaxMessageSize reached", "frame-too-large"),
        (
            (
                "ExecutorLostFailure (executor 9 exited caused by one of the running tasks) Reason: Container killed "
                "by YARN for exceeding memory limits. 7.2 GB of 4.2 GB virtual memory used"
            ),
            "executor-memory",
        ),
        (
            (
                "Lost executor 1 on core-1-1: Remote RPC client disassociated. Likely due to containers exceeding "
                "thresholds, or network issues."
            ),
            "executor-lost",
        ),
        ("Timed out(120000 ms) to launched Spark with /opt/spark/bin/spark-submit", "kyuubi-engine"),
        ("Timeout(180000 ms) to launched SPARK_SQL engine with /opt/spark/bin/spark-submit", "kyuubi-engine"),
        ("Caused by: java.net.ConnectException: Failed to connect to /10.0.0.1:8080", "http-client-connect"),
        (
            "Caused by: java.net.ConnectException: Failed to connect to a.b/[0:0:0:0:0:0:0:1]:8080",
            "http-client-connect",
        ),
        ("TTransportException: Could not connect to master-1-1:10000", "python-connect"),
        ("NoNodeException: KeeperErrorCode = NoNode for /hbase-unsecure/meta-region-server", "hbase-znode"),
        ("java.io.IOException: No FileSystem for scheme: HDFS", "no-file-system-capitals"),
        ("java.io.IOException: No FileSystem for scheme: oss", "no-file-system"),
        (
            "Retrying connect to server: a/10.0.0.1:8032. Already tried 1 time(s); retry policy is Retry(maxRetries=1)",
            "retrying-refused",
        ),
    ],
)
def test_each_release_spells_it_its_own_way(spelling: str, row: str) -> None:
    assert row in [each.id for each in recognised(spelling)]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (f"{WRITTEN} There are 0 datanode(s) running and 0 node(s) are excluded", "replicated-to-none"),
        (f"{WRITTEN} There are 3 datanode(s) running and no node(s) are excluded", "replicated-to-none"),
        (f"BlockMissingException: Could not obtain block: BP-1 {LOCATIONS} Dead nodes: ", "block-missing"),
        (f"{LOCATIONS} DatanodeInfoWithStorage[10.0.0.1:9866,DS,DISK] Dead nodes: ", "block-without-location"),
        ("GSS initiate failed", "peer-gss-failed"),
        # A plugin inside Spark says so. No service was asked.
        (
            "SparkAccessControlException: Permission denied: user [a] does not have [SELECT] privilege on [d/t]",
            "permission-denied",
        ),
        ("cp: cannot open 'a' for reading: Permission denied", "permission-denied"),
        ("Wrong FS: hdfs://emr-cluster/a, expected: file:///", "other-file-system"),
        ("Wrong FS: hdfs://emr-cluster/a, expected: hdfs://other", "local-file-system"),
        ("java.net.SocketTimeoutException: connect timed out", "hms-read-timed-out"),
        ("Frame size (1195725856) larger than max length (16384000)!", "frame-of-another-protocol"),
        ("Frame size (369295616) larger than max length (16384000)!", "frame-of-another-protocol"),
        ("Frame size (16777216) larger than max length (16384000)!", "frame-too-large"),
        ("Frame size (17040812) larger than max length (16777216)!", "frame-sasl"),
        ("No FileSystem for scheme: HDFS", "no-file-system"),
        ("No FileSystem for scheme: hdfs", "no-file-system-capitals"),
        ("Lost executor 8 on core-1-1: Executor heartbeat timed out after 124251 ms", "executor-memory"),
        ("Retrying connect to server: a/10.0.0.1:8032. Already tried 0 time(s); maxRetries=45", "retrying-connect"),
        (
            "Could not obtain BP-1 from any node:  No live nodes contain block BP-1 after checking nodes = []",
            "block-from-any-node",
        ),
    ],
)
def test_words_of_another_fault_are_not_taken_for_it(text: str, row: str) -> None:
    assert row not in [each.id for each in recognised(text)]


def test_a_message_is_no_failure_beside_the_words_of_a_retry() -> None:
    row = BY_ID["standby"]
    assert row.fits("ls: operation category read is not supported in state standby")
    assert not row.fits("info retry.retryinvocationhandler: operation category read is not supported in state standby")


def test_safe_mode_is_no_failure_while_the_client_tries_again() -> None:
    row = BY_ID["safe-mode"]
    assert row.fits("retry.retryinvocationhandler: name node is in safe mode, while invoking create. not retrying")
    assert not row.fits("name node is in safe mode, while invoking create. retrying after sleeping for 1500ms.")


@pytest.mark.parametrize(
    ("text", "first", "never"),
    [
        ("Receive timed out", "SG-KDC-UDP", "KDC-DOWN"),
        # The Kerberos text is an envelope around a cause of the network.
        (
            (
                "GSS initiate failed [Caused by GSSException: No valid credentials provided "
                "(Mechanism level: Receive timed out)]"
            ),
            "SG-KDC-UDP",
            "KRB-NO-TGT",
        ),
        # The name that is not known is the client's own.
        (
            (
                "Call From java.net.UnknownHostException: vm: vm: Temporary failure in name resolution to "
                "master-1-1.c-1:8020 failed on connection exception: java.net.ConnectException: Connection refused"
            ),
            "SVC-DOWN",
            "DNS-TIMEOUT",
        ),
        ("ls: Interrupted", "SG-SVC", "SVC-DOWN"),
        ("javax.security.auth.login.LoginException: null", "KDC-DOWN", "SG-KDC-UDP"),
        ("Retrying connect to server: 0.0.0.0/0.0.0.0:8032. Already tried 1 time(s)", "SVC-UNSET", "SG-SVC"),
        ("TTransportException: Peer indicated failure: GSS initiate failed", "KRB-SVC-KEY", "KRB-NO-TGT"),
        ("java.net.UnknownHostException: emr-header-1.cluster-12345", "DNS-CLUSTER-NAME", "HA-NAMESERVICE"),
        ("IllegalArgumentException: java.net.UnknownHostException: hdfs-cluster", "HA-NAMESERVICE", "DNS-NX-KDC"),
        # maxRetries= is printed after a silence, and the retry policy after any other failure.
        (
            "Retrying connect to server: a/10.0.0.1:8032. Already tried 0 time(s); maxRetries=45",
            "SG-SVC",
            "SVC-DOWN",
        ),
        (
            "Retrying connect to server: a/10.0.0.1:8032. Already tried 0 time(s); retry policy is R(maxRetries=10)",
            "SVC-DOWN",
            "SG-SVC",
        ),
        ("TTransportException: HTTP Response code: 401", "SVC-HS2-MECH", "SVC-HS2-MODE"),
        ("TTransportException: HTTP Response code: 404", "SVC-HS2-MODE", "SG-SVC"),
        ("Lost executor 8 on a: Executor heartbeat timed out after 124251 ms", "NET-NODE-GONE", "RUN-CALLBACK"),
    ],
)
def test_candidates_are_ordered_and_narrowed(text: str, first: str, never: str) -> None:
    found = candidates(recognised(text))
    assert found[0] == first
    assert never not in found


def test_a_part_of_a_message_is_found_in_the_examples_and_a_word_is_not() -> None:
    assert [row.id for row in recognised("already tried 0 time(s); maxRetries")] == ["retrying-silent"]
    assert recognised("null") == ()
    assert recognised("nothing of the kind") == ()
    assert recognised("") == ()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Connection refused", "SVC-DOWN", "KDC-LOOPBACK"),
        ("java.net.SocketTimeoutException: connect timed out", "SG-SVC", "KDC-TOOBIG-TCP"),
    ],
)
def test_words_without_a_service_are_first_about_any_service_and_last_about_a_kdc(
    text: str, first: str, last: str
) -> None:
    codes = candidates_of_quote(text, recognised(text))

    assert (codes[0], codes[-1]) == (first, last)


def test_words_that_name_kerberos_are_about_a_kdc_alone() -> None:
    text = "GSSException: No valid credentials provided (Mechanism level: Connection refused (Connection refused))"

    codes = candidates_of_quote(text, recognised(text))

    assert codes[0] == "KDC-TCP-OFF"
    assert [code for code in codes if code.startswith("SVC-")] == []


def _spelled(tree: Any, choose: random.Random) -> str:
    """Return a text that a parsed pattern may match. What stands around it is passed over."""
    return "".join(_spelled_part(name, value, choose) for name, value in tree)


def _spelled_part(name: Any, value: Any, choose: random.Random) -> str:
    match str(name):
        case "LITERAL":
            return chr(value)
        case "IN":
            return _one_of(value, choose)
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, most, inner = value
            return "".join(_spelled(inner, choose) for _ in range(choose.randint(least, min(most, least + 2))))
        case "SUBPATTERN":
            return _spelled(value[3], choose)
        case "BRANCH":
            return _spelled(choose.choice(value[1]), choose)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
        case _:
            return "z"


def _one_of(members: Any, choose: random.Random) -> str:
    if str(members[0][0]) == "NEGATE":
        return "q"
    name, value = choose.choice(members)
    of_class = {"CATEGORY_DIGIT": "5", "CATEGORY_SPACE": " "}
    match str(name):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(choose.randint(*value))
        case _:
            return of_class.get(str(value), "w")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_spelling_of_a_message_holds_its_hint(row: Message) -> None:
    # A line without the hint is not looked at.
    parse = importlib.import_module("re._parser").parse
    tree, choose = parse(row.pattern.pattern, row.pattern.flags), random.Random(1)

    spellings = [text for _ in range(300) if row.search(text := _spelled(tree, choose))]

    assert [text for text in spellings if row.hint not in text.lower()] == []
