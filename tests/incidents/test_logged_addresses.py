"""Does the report judge a failure of a log by the address that the client dialled?

One row a public report: its address, and in our own words what they had. The cluster is healthy
unless it is said otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import MASTER, PORTS, changed, group_of_nodes, healthy, report, rule

FILTERS = {"SG-SVC", "SG-DATANODE", "NACL-IN", "RET-ROUTE", "FW-OS-DROP"}
WAITED = (
    "org.apache.hadoop.net.ConnectTimeoutException: 60000 millis timeout while waiting for channel to be ready for "
    "connect. ch : java.nio.channels.SocketChannel[connection-pending remote={dialled}]\n"
)
WRITING = "2026-11-20 02:15:38,686 INFO hdfs.DFSClient: Exception in createBlockOutputStream\n"
READING = "2026-11-20 02:15:38,686 WARN impl.BlockReaderFactory: I/O error constructing remote block reader.\n"
RETRYING = (
    "2026-11-20 13:00:37,001 INFO ipc.Client: Retrying connect to server: {dialled}. Already tried 3 time(s); retry "
    "policy is RetryUpToMaximumCountWithFixedSleep(maxRetries=10, sleepTime=1000 MILLISECONDS)\n"
)
REFUSED = (
    "2026-11-20 02:15:38,686 WARN hdfs.DFSClient: Failed to connect to /192.168.20.21:9866 for file /tmp/a\n"
    "java.net.ConnectException: Connection refused\n"
)


def _left(folder: Path, log: str, *, kerberos: bool = False, ha: bool = False) -> list[str]:
    """Return the candidates that the log leaves."""
    (finding,) = report(folder, {**healthy(kerberos=kerberos, ha=ha), "client.log": log})["findings"]
    return list(finding["params"]["candidates"])


def test_a_datanode_that_does_not_answer_is_the_rule_to_add_if_it_is_missing(tmp_path: Path) -> None:
    # https://github.com/alibaba/DataX/issues/663: the NameNode's port alone is open.
    rules: list[Any] = [rule("TCP", port) for port in PORTS if port != 9866]
    log = WRITING + WAITED.format(dialled="/192.168.20.21:9866")

    result = report(tmp_path, changed(healthy(), {**group_of_nodes(rules), "client.log": log}))

    (finding,) = result["findings"]
    assert (finding["code"], result["exit_code"]) == ("SG-DATANODE", 1)
    assert [each["port_range"] for each in result["suggested_rules"]] == ["9866/9866"]
    assert "client.log" in [shown["origin"]["file"] for shown in finding["evidence"] if shown["origin"]]


def test_a_datanode_that_the_rules_let_in_is_stopped_elsewhere(tmp_path: Path) -> None:
    left = _left(tmp_path, WRITING + WAITED.format(dialled="/192.168.20.21:9866"))

    assert "FW-OS-DROP" in left
    assert not {"SG-SVC", "SG-DATANODE", "SVC-DOWN"} & set(left)
    assert left[-1] == "DN-HOSTNAME"


@pytest.mark.parametrize(
    "log",
    [
        # https://github.com/Wanghui-Huang/CQU_bigdata/issues/7: a public address.
        WRITING + WAITED.format(dialled="/47.99.124.142:9866"),
        # https://github.com/prestodb/presto/issues/2467: an address of a network of the cluster
        # alone. The client reads a block.
        READING + WAITED.format(dialled="core-1-1/10.10.10.21:9866"),
        "WARN hdfs.DataStreamer: Excluding datanode DatanodeInfoWithStorage[10.10.10.21:9866,DS-4b1f,DISK]\n",
    ],
)
def test_an_address_that_no_datanode_has_is_one_that_the_namenode_hands_out(tmp_path: Path, log: str) -> None:
    left = _left(tmp_path, log)

    assert left[0] == "DN-HOSTNAME"
    assert "SG-DATANODE" in left


def test_rules_for_one_port_of_a_datanode_say_nothing_of_another(tmp_path: Path) -> None:
    # Given a client that dials the port of Hadoop 2, and rules for that of Hadoop 3
    assert _left(tmp_path, WRITING + WAITED.format(dialled="/192.168.20.21:50010"))[0] == "SG-DATANODE"


def test_a_datanode_that_refuses_has_the_address_that_was_dialled(tmp_path: Path) -> None:
    left = _left(tmp_path, REFUSED)

    assert (left[0], left[-1]) == ("SVC-DOWN", "DN-HOSTNAME")


@pytest.mark.parametrize(
    ("dialled", "first"),
    [
        # https://github.com/dmlc/xgboost/issues/2961: the client has no yarn-site.xml.
        ("0.0.0.0/0.0.0.0:8030", "DW-FILES-MISSING"),
        ("0.0.0.0/0.0.0.0:8031", "DW-FILES-MISSING"),
        # https://github.com/suhothayan/hadoop-spark-pig-hive/issues/1: it has no mapred-site.xml.
        ("0.0.0.0/0.0.0.0:10020", "DW-FILES-MISSING"),
        ("localhost/127.0.0.1:9000", "DNS-LOOPBACK"),
    ],
)
def test_a_client_that_dials_itself_meets_no_filter(tmp_path: Path, dialled: str, first: str) -> None:
    left = _left(tmp_path, RETRYING.format(dialled=dialled))

    assert left[0] == first
    assert not FILTERS & set(left)


def test_a_client_that_is_refused_by_itself_has_a_wrong_name(tmp_path: Path) -> None:
    # https://github.com/sequenceiq/hadoop-docker/issues/63: the files of the client say localhost.
    log = "Call From 6b428b7ad50d/172.17.0.3 to {host}:9000 failed on connection exception: Connection refused\n"

    assert _left(tmp_path / "a", log.format(host="localhost"))[0] == "DNS-LOOPBACK"
    assert _left(tmp_path / "b", log.format(host=MASTER))[0] == "SVC-DOWN"


@pytest.mark.parametrize(
    "log",
    [
        # https://github.com/apache/seatunnel/issues/3895: the job names the metastore alone.
        "Caused by: java.net.UnknownHostException: nameservice1\n",
        # https://github.com/alibaba/DataX/issues/278: the words around the cause.
        (
            "java.io.IOException: Couldn't create proxy provider class org.apache.hadoop.hdfs.server.namenode.ha."
            "ConfiguredFailoverProxyProvider\n"
        ),
        "java.lang.RuntimeException: Could not find any configured addresses for URI hdfs://nameservice1/tmp\n",
    ],
)
def test_a_nameservice_that_the_client_does_not_know_is_told_by_each_of_its_words(tmp_path: Path, log: str) -> None:
    assert _left(tmp_path, log, ha=True)[0] == "HA-NAMESERVICE"


def test_a_server_that_refuses_a_login_is_no_client_without_a_ticket(tmp_path: Path) -> None:
    # https://github.com/apache/gravitino/issues/5137: the log is that of the metastore.
    line = (
        "2024-10-12T10:52:10,393 ERROR [Metastore-Handler-Pool: Thread-63] transport.TSaslTransport: SASL negotiation "
        "failure\njavax.security.sasl.SaslException: GSS initiate failed{cause}\n"
    )
    own = " [Caused by GSSException: No valid credentials provided (Mechanism level: Failed to find any Kerberos tgt)]"

    assert _left(tmp_path / "a", line.format(cause=""), kerberos=True)[0] == "KRB-SVC-KEY"
    # The metastore is itself a client, of HDFS.
    assert _left(tmp_path / "b", line.format(cause=own), kerberos=True)[0] == "KRB-NO-TGT"


def test_no_route_to_host_is_an_answer_and_no_silence(tmp_path: Path) -> None:
    # Hadoop puts it into the words of a timeout.
    log = (
        f"No Route to Host from  rg/192.168.10.7 to {MASTER}:9000 failed on socket timeout exception: "
        "java.net.NoRouteToHostException: No route to host\n"
    )

    left = _left(tmp_path, log)

    assert left[:2] == ["FW-OS-REJECT", "NET-ROUTE"]
    assert not {*FILTERS, "NACL-RETURN"} & set(left)
