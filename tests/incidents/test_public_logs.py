"""Does the report read a log as the people did who met the fault?

One row a public report: its address, and in our own words what they had. The cluster is healthy or
has the fault of the report, and the log has the words that the report quotes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.incident_cases import CORE, DOMAIN, MASTER, SERVICE, Change, changed, healthy, report

PUT = (
    "2026-11-20 13:00:37,001 WARN hdfs.DataStreamer: DataStreamer Exception\n"
    "org.apache.hadoop.ipc.RemoteException(java.io.IOException): File /tmp/a could only be "
)
EXCLUDED = "WARN hdfs.DataStreamer: Excluding datanode DatanodeInfoWithStorage[192.168.20.21:9866,DS-4b1f,DISK]\n"
"""What the client says of a node behind the first one, though it never dialled it."""


def _of_log(folder: Path, log: str, change: Change | None = None, *, kerberos: bool = False, ha: bool = False) -> Any:
    """Return the report of a case with a log."""
    files = changed(healthy(kerberos=kerberos, ha=ha), change or {})
    return report(folder, {**files, "client.log": log})


def _candidates(result: Any) -> list[str]:
    """Return the codes that the log's own finding leaves. Empty if it has none."""
    found = [each["params"]["candidates"] for each in result["findings"] if "candidates" in each["params"]]
    return [code for codes in found for code in codes]


def _shown(result: Any) -> list[Any]:
    """Return where the log stands among the evidence."""
    origins = [shown["origin"] for each in result["findings"] for shown in each["evidence"]]
    return [origin for origin in origins if origin and origin["file"].endswith(".log")]


NO_LOCATION = "No live nodes contain current block Block locations: Dead nodes: "


@pytest.mark.parametrize(
    ("log", "first"),
    [
        # https://github.com/ruoyu-chen/hadoop-docker/issues/10 and, of Hadoop 3,
        # https://github.com/newnius/Dockerfiles/issues/2: no DataNode has registered.
        (
            (
                f"{PUT}replicated to 0 nodes instead of minReplication (=1).  There are 0 datanode(s) running and no "
                "node(s) are excluded in this operation.\n"
            ),
            "SVC-DOWN",
        ),
        (
            (
                f"{PUT}written to 0 of the 1 minReplication nodes. There are 0 datanode(s) running and 0 node(s) are "
                "excluded in this operation.\n"
            ),
            "SVC-DOWN",
        ),
        # https://github.com/linkedin/dynamometer/issues/71: the NameNode knows no DataNode with the
        # block. Each client misses it.
        (
            (
                "2026-11-20 13:00:37,001 WARN hdfs.DFSClient: DFS Read\norg.apache.hadoop.hdfs.BlockMissingException: "
                f"Could not obtain block: BP-1-192.168.20.11-1:blk_1_1 file=/tmp/a {NO_LOCATION}\n"
            ),
            "SVC-DOWN",
        ),
        # https://github.com/DistributedSystemsGroup/zoe/issues/18, of Hadoop 2: the client reaches
        # the first DataNode, and that one does not reach the next one.
        (
            (
                "16/03/30 08:33:32 INFO hdfs.DFSClient: Exception in createBlockOutputStream\n"
                "java.io.IOException: Bad connect ack with firstBadLink as 192.168.20.21:9866\n"
                "16/03/30 08:33:32 INFO hdfs.DFSClient: Excluding datanode 192.168.20.21:9866\n"
            ),
            "SG-INTRA",
        ),
        # https://github.com/mattshma/bigdata/issues/87, in the words of Hadoop 3.
        (
            (
                "2026-11-20 08:33:32,101 INFO hdfs.DataStreamer: Exception in createBlockOutputStream blk_1_1\n"
                "java.io.IOException: Got error, status=ERROR, status message , ack with firstBadLink as "
                f"192.168.20.21:9866\n2026-11-20 08:33:32,120 {EXCLUDED}"
                f"{PUT}written to 0 of the 1 minReplication nodes. There are 1 datanode(s) running and 1 node(s) are "
                "excluded in this operation.\n"
            ),
            "SG-INTRA",
        ),
    ],
)
def test_what_the_cluster_itself_does_not_reach_is_no_way_of_the_client(tmp_path: Path, log: str, first: str) -> None:
    result = _of_log(tmp_path, log)

    left = _candidates(result)
    assert left[0] == first
    assert not {"SG-DATANODE", "DN-HOSTNAME"} & set(left)
    assert (result["exit_code"], result["suggested_rules"]) == (0, [])


def test_datanodes_without_space_are_no_fault_of_the_way(tmp_path: Path) -> None:
    # https://github.com/big-data-europe/docker-hadoop/issues/38, the other number: three DataNodes
    # run, the client excluded none, and yet none took the block.
    log = (
        f"{PUT}written to 0 of the 1 minReplication nodes. There are 3 datanode(s) running and no node(s) are "
        "excluded in this operation.\n"
    )

    result = _of_log(tmp_path, log)

    assert result["findings"] == []
    assert [each["cause"] for each in result["skipped"] if each["check"] == "client.log"]


def test_datanodes_that_the_rules_let_in_are_not_filtered_by_them(tmp_path: Path) -> None:
    # https://github.com/apache/dolphinscheduler/issues/4866: the client does not read
    # hdfs-site.xml, so it dials the DataNodes by addresses that only the cluster has.
    log = (
        f"{PUT}replicated to 0 nodes instead of minReplication (=1).  There are 2 datanode(s) running and 2 node(s) "
        "are excluded in this operation.\n"
    )

    result = _of_log(tmp_path, log, {"hdfs-site.xml": None})

    assert _candidates(result)[0] == "DN-HOSTNAME"
    assert "SG-DATANODE" not in _candidates(result)


HS2 = (
    f"java.sql.SQLException: Could not open client transport with JDBC Uri: jdbc:hive2://{MASTER}:10000/"
    ";principal=hive/_HOST@R.COM: Peer indicated failure: Unsupported mechanism type GSSAPI\n"
)


@pytest.mark.parametrize("login", ["LDAP", "NONE"])
def test_a_server_that_does_not_take_kerberos_is_not_called_down(tmp_path: Path, login: str) -> None:
    # https://github.com/apache/dolphinscheduler/issues/16624, the other way round: the URL has a
    # principal, and HiveServer2 checks passwords.
    result = _of_log(tmp_path, HS2, {"hive-site.xml": {"hive.server2.authentication": login}})

    assert _candidates(result) == ["SVC-HS2-MECH"]


@pytest.mark.parametrize(
    "log",
    [
        # https://github.com/beltran/gohive/issues/172: the server sends the failure. Its own log
        # says that it cannot decrypt the ticket.
        "Bad SASL negotiation status: 3 (GSS initiate failed)\n",
        "thrift.transport.TTransport.TTransportException: Bad status: 3 (b'GSS initiate failed')\n",
        (
            "2022-02-14 16:35:45,471 ERROR transport.TSaslTransport: [HiveServer2-Handler-Pool: Thread-47]: SASL "
            "negotiation failure\njavax.security.sasl.SaslException: GSS initiate failed\n"
            "\tat com.sun.security.sasl.gsskerb.GssKrb5Server.evaluateResponse(GssKrb5Server.java:199)\n"
            "Caused by: org.ietf.jgss.GSSException: Failure unspecified at GSS-API level "
            "(Mechanism level: Checksum failed)\n"
        ),
    ],
)
def test_a_login_that_the_server_refuses_is_no_missing_ticket(tmp_path: Path, log: str) -> None:
    result = _of_log(tmp_path, log, kerberos=True)

    assert _candidates(result)[0] == "KRB-SVC-KEY"
    assert not {"KRB-NO-TGT", "KRB-KEYTAB-STALE", "SG-KDC-UDP"} & set(_candidates(result))


def test_a_failed_login_of_a_client_is_still_a_matter_of_its_own_keytab(tmp_path: Path) -> None:
    # The same two words, where a client logs in.
    result = _of_log(tmp_path, "javax.security.auth.login.LoginException: Checksum failed\n", kerberos=True)

    assert _candidates(result)[0] == "KRB-KEYTAB-STALE"


STANDBY = "Operation category READ is not supported in state standby. Visit https://s.apache.org/sbnn-error\n"


def test_a_client_that_turns_to_the_other_namenode_has_not_failed(tmp_path: Path) -> None:
    # https://github.com/Stratio/sparta/issues/1386 has the failure: its client knew one NameNode. A
    # client of both prints the same words as it moves on.
    log = (
        "2026-11-20 13:00:37,001 INFO retry.RetryInvocationHandler: org.apache.hadoop.ipc.RemoteException"
        f"(org.apache.hadoop.ipc.StandbyException): {STANDBY}\tat org.apache.hadoop.ipc.Server.x(Server.java:1)\n"
        f", while invoking ClientNamenodeProtocolTranslatorPB.getFileInfo over {MASTER}/192.168.20.11:8020. "
        "Trying to failover immediately.\n"
    )

    assert _of_log(tmp_path / "moves", log, ha=True)["findings"] == []
    assert _candidates(_of_log(tmp_path / "fails", f"ls: {STANDBY}", ha=True)) == ["SVC-STANDBY"]


def test_a_ticket_may_be_missing_because_no_core_site_turns_kerberos_on(tmp_path: Path) -> None:
    # https://github.com/mattshma/bigdata/issues/135: klist shows a ticket. The client has no
    # core-site.xml.
    log = (
        "2018-12-10 18:32:34,243 ERROR transport.TSaslTransport (TSaslTransport.java:open(315)) - SASL negotiation "
        "failure\njavax.security.sasl.SaslException: GSS initiate failed [Caused by GSSException: No valid credentials "
        "provided (Mechanism level: Failed to find any Kerberos tgt)]\n"
    )

    without = _of_log(tmp_path / "without", log, {"core-site.xml": None}, kerberos=True)
    assert "KRB-CLIENT-SIMPLE" in _candidates(without)
    assert without["exit_code"] == 3
    assert "KRB-CLIENT-SIMPLE" not in _candidates(_of_log(tmp_path / "with", log, kerberos=True))


RENEWAL = "  renew_lifetime = 7d\n"


def test_a_setting_whose_message_a_log_has_is_not_without_effect(tmp_path: Path) -> None:
    # https://github.com/trinodb/docker-images/pull/53: with the line, Java 8u242 does not log in.
    krb5 = str(healthy(kerberos=True)["krb5.conf"]).replace("  dns_lookup_kdc", f"{RENEWAL}  dns_lookup_kdc")
    log = (
        "2026-02-21 19:27:46,322 ERROR [main] Failed to start\norg.apache.hadoop.security.KerberosAuthException: "
        "failure to login: javax.security.auth.login.LoginException: Message stream modified (41)\n"
    )

    told = [
        [(each["code"], each["severity"], each["confidence"]) for each in result["findings"]]
        for result in (
            _of_log(tmp_path / "a", log, {"krb5.conf": krb5}, kerberos=True),
            _of_log(tmp_path / "b", "INFO started\n", {"krb5.conf": krb5}, kerberos=True),
        )
    ]

    assert told == [[("KRB-41", "warning", "inferred")], [("KRB-41", "info", "inferred")]]


def test_a_refusal_fits_a_name_that_leads_to_the_client_itself(tmp_path: Path) -> None:
    # https://github.com/Wanghui-Huang/CQU_bigdata/issues/26: /etc/hosts has the master's name at
    # 127.0.1.1.
    hosts = f"127.0.0.1 localhost\n127.0.1.1 {MASTER} master-1-1\n192.168.20.21 {CORE} core-1-1\n"
    log = (
        f"ls: Call From slaver1/127.0.0.1 to {MASTER}:9000 failed on connection exception: "
        "java.net.ConnectException: Connection refused\n"
    )

    result = _of_log(tmp_path, log, {"hosts": hosts})

    assert [each["code"] for each in result["findings"]] == ["DNS-LOOPBACK"]
    assert result["suggested_edits"][0]["object"] == "hosts"


def test_a_nameservice_that_a_client_looks_up_is_no_name_for_a_dns_record(tmp_path: Path) -> None:
    # https://github.com/confluentinc/kafka-connect-hdfs/issues/76: the client that wrote the log
    # does not have hdfs-site.xml. The case has. The second name may be one of another cluster.
    log = "java.lang.IllegalArgumentException: java.net.UnknownHostException: "

    assert _candidates(_of_log(tmp_path / "a", f"{log}{SERVICE}\n", ha=True)) == ["HA-NAMESERVICE"]
    assert _candidates(_of_log(tmp_path / "b", f"{log}nameservice1\n", ha=True))[0] == "HA-NAMESERVICE"
    assert _candidates(_of_log(tmp_path / "c", f"{log}master-1-1\n", ha=True)) == ["DNS-CLUSTER-NAME"]


def test_a_login_that_fails_on_a_connection_is_no_closed_port(tmp_path: Path) -> None:
    # https://github.com/timveil/hive-jdbc-uber-jar/issues/5: the principal in the URL is not that
    # of the server. The login begins after the connection.
    log = (
        f"Could not open client transport with JDBC Uri: jdbc:hive2://{MASTER}:10000/;principal=hive/_HOST@R.COM: "
        "GSS initiate failed\n"
    )

    result = _of_log(tmp_path, log, kerberos=True)

    left = _candidates(result)
    assert [each["code"] for each in result["findings"]] == ["SVC-HS2-PRINC"]
    assert left[0] == "KRB-NO-TGT"
    assert not {"SG-SVC", "SVC-DOWN"} & set(left)


@pytest.mark.parametrize(
    "log",
    [
        # https://github.com/apache/airflow/pull/1563: the client is one without SASL. The log is
        # that of the metastore, which has no auth=noSasl.
        (
            "2026-11-01 10:00:00,000 ERROR [Metastore-Handler-Pool: Thread-63] server.TThreadPoolServer: Error\n"
            "java.lang.RuntimeException: org.apache.thrift.transport.TTransportException: Invalid status -128\n"
        ),
        # https://github.com/trinodb/trino/issues/8548: a client waits for an answer, on a
        # connection that is made.
        (
            "MetaException(message:Could not connect to meta store using any of the URIs provided. Most "
            "recent failure: org.apache.thrift.transport.TTransportException: "
            "java.net.SocketTimeoutException: Read timed out\n"
        ),
    ],
)
def test_a_metastore_that_was_reached_is_no_closed_port(tmp_path: Path, log: str) -> None:
    left = _candidates(_of_log(tmp_path, log, kerberos=True))

    assert left[0] == "SVC-HMS"
    assert not {"SG-SVC", "SVC-DOWN", "SVC-HS2-NOSASL"} & set(left)


@pytest.mark.parametrize(
    ("log", "shows"),
    [
        # https://github.com/sequenceiq/docker-spark/issues/72: HDFS has just been started.
        (
            (
                "org.apache.hadoop.ipc.RemoteException(org.apache.hadoop.hdfs.server.namenode.SafeModeException): "
                "Cannot create directory /user/hive/.sparkStaging. Name node is in safe mode.\n"
            ),
            "connection and its login worked",
        ),
        # https://github.com/harbby/sylph/issues/149: another user than the owner of the directory.
        (
            (
                "org.apache.hadoop.security.AccessControlException: Permission denied: user=kkk, access=WRITE, "
                'inode="/data":hdfs:supergroup:drwxr-xr-x\n'
            ),
            "connection and its login worked",
        ),
        # https://github.com/apache/kyuubi/issues/133: a token of an earlier session.
        (
            (
                "org.apache.hadoop.ipc.RemoteException(org.apache.hadoop.security.token.SecretManager$InvalidToken): "
                "token (HDFS_DELEGATION_TOKEN token 12041923 for xxx) can't be found in cache\n"
            ),
            "its connection worked",
        ),
        # https://github.com/mattshma/bigdata/issues/44: tables made before HDFS had two NameNodes.
        (
            (
                "MetaException(message:java.lang.IllegalArgumentException: Wrong FS: "
                "hdfs://namenode:8020/user/hive/warehouse/x.db/y, expected: hdfs://hadoopha)\n"
            ),
            "stopped before it sent anything",
        ),
    ],
)
def test_what_a_service_that_was_reached_refuses_is_no_fault_of_the_network(
    tmp_path: Path, log: str, shows: str
) -> None:
    result = _of_log(tmp_path, f"2026-11-20 13:00:37,001 ERROR client: failed\n{log}", kerberos=True)

    (finding,) = [each for each in result["findings"] if each["code"] == "INPUT-LOG"]
    assert (finding["severity"], finding["params"]["cause"], _candidates(result)) == ("warning", "log-answered", [])
    assert "no fault of the network" in finding["title"]
    assert shows in finding["cause"]
    assert finding["remedies"]
    assert (result["exit_code"], result["suggested_rules"], result["suggested_edits"]) == (0, [], [])


NO_FAULTS = (
    "mkdir: Cannot create directory /user/hadoop/a. Name node is in safe mode.",
    "AccessControlException: Permission denied: user=alice, access=WRITE",
    "InvalidToken: token (HDFS_DELEGATION_TOKEN token 692 for alice) can't be found in cache",
    "IllegalArgumentException: Wrong FS: hdfs://namenode:8020/a, expected: hdfs://hadoopha",
)
"""What a service that was reached refuses, and what a client does not send."""


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("java.net.UnknownHostException: nameservice1", ["HA-NAMESERVICE", "DNS-CLUSTER-NAME"]),
        # An envelope, which says nothing beside the cause of its failure.
        ("IOException: Couldn't create proxy provider class a.ConfiguredFailoverProxyProvider", ["HA-NAMESERVICE"]),
    ],
)
def test_what_is_no_fault_of_the_network_hides_no_other_failure(tmp_path: Path, fault: str, codes: list[str]) -> None:
    lines = (fault, *NO_FAULTS)
    log = "".join(f"2026-11-20 13:0{minute}:00,001 ERROR client: {line}\n" for minute, line in enumerate(lines))

    assert _candidates(_of_log(tmp_path, log)) == codes


def test_a_client_that_opens_its_own_disk_reads_other_files_than_the_case_has(tmp_path: Path) -> None:
    # https://github.com/ibm-et/spark-kernel/issues/242: the program reads no core-site.xml.
    log = "java.lang.IllegalArgumentException: Wrong FS: hdfs://emr-cluster/a, expected: file:///\n"

    assert _candidates(_of_log(tmp_path, log)) == ["DW-FILES-MISSING"]


def test_an_underscore_in_a_host_is_told_by_the_files_and_by_the_log(tmp_path: Path) -> None:
    # https://github.com/apache/hudi/issues/8700: Java takes no address with such a host.
    uri = f"thrift://hive_metastore.{DOMAIN}:9083"
    said = "java.net.URISyntaxException Illegal character in hostname at index 13"
    log = f"MetaException(message:Got exception: {said}: {uri})\n"

    result = _of_log(tmp_path / "a", log, {"hive-site.xml": {"hive.metastore.uris": uri}})
    assert [each["code"] for each in result["findings"]] == ["SVC-UNSET"]
    assert [each["file"] for each in _shown(result)] == ["client.log"]

    # https://github.com/apache/gravitino/issues/9517: the setting is right, and the client of the
    # metastore takes the first name of the address, which a hosts file gives.
    hosts = f"192.168.20.11 master_1.{DOMAIN} {MASTER} master-1-1\n192.168.20.21 {CORE} core-1-1\n"
    result = _of_log(tmp_path / "b", log, {"hosts": hosts})
    assert [each["code"] for each in result["findings"]] == ["DNS-CANON"]
    assert [each["file"] for each in _shown(result)] == ["client.log"]


RESET = (
    "2026-11-20 13:00:36,001 WARN hdfs.DataStreamer: Exception in createBlockOutputStream blk_1_1\n"
    "java.io.IOException: Connection reset by peer\n"
    "\tat org.apache.hadoop.hdfs.DataStreamer.createBlockOutputStream(DataStreamer.java:1705)\n"
)
RETRY = "2026-11-20 13:00:36,001 INFO impl.TimelineClientImpl: Exception caught by TimelineClientConnectionRetry,"
LOST = (
    "2026-11-20 13:01:06,001 ERROR ql.Driver: java.io.IOException: java.lang.RuntimeException: Failed to connect to "
    "timeline server. Connection retries limit exceeded. The posted timeline event may be missing\n"
)


@pytest.mark.parametrize(
    ("log", "first", "never"),
    [
        # https://github.com/alibaba/DataX/issues/618 and /54: the DataNode takes the connection and
        # ends it, so a rule that is missing is no cause.
        (RESET, "SVC-QOP", {"SG-DATANODE", "SVC-DOWN"}),
        (
            (
                f"{RESET}2026-11-20 13:00:36,120 {EXCLUDED}{PUT}written to 0 of the 1 minReplication nodes. There "
                "are 1 datanode(s) running and 1 node(s) are excluded in this operation.\n"
            ),
            "SVC-QOP",
            {"SG-DATANODE", "SVC-DOWN"},
        ),
        # https://github.com/bloomberg/chef-bach/issues/887: nobody listens at the Timeline Server.
        (
            f"{RETRY} will try 1 more time(s).\nMessage: java.net.ConnectException: Connection refused\n{LOST}",
            "SVC-DOWN",
            {"SG-SVC"},
        ),
        (
            f"{RETRY} will try 1 more time(s).\nMessage: java.net.SocketTimeoutException: connect timed out\n{LOST}",
            "SG-SVC",
            {"SVC-DOWN"},
        ),
        (LOST, "SG-SVC", set()),
        # https://github.com/Intel-bigdata/SSM/issues/1807: RPC to the port of a web page.
        (
            (
                "2026-11-20 13:00:36,001 ERROR x: Failed on local exception: com.google.protobuf."
                "InvalidProtocolBufferException: Protocol message end-group tag did not match expected tag.\n"
            ),
            "SVC-RPC-HTTP",
            {"SG-SVC", "SVC-DOWN"},
        ),
        # https://github.com/big-data-europe/docker-spark/issues/59: the workers do not reach the
        # machine of the driver.
        (
            (
                "2026-11-20 13:00:36,001 WARN cluster.YarnScheduler: Initial job has not accepted any resources; check "
                "your cluster UI to ensure that workers are registered and have sufficient resources\n"
            ),
            "RUN-CALLBACK",
            {"SG-SVC"},
        ),
        # https://github.com/apache/dolphinscheduler/issues/15626: the path of HiveServer2 in
        # ZooKeeper is another one.
        (
            (
                "2026-11-20 13:00:36,001 ERROR x: Unable to read HiveServer2 uri from ZooKeeper\n"
                "Caused by: org.apache.zookeeper.KeeperException$NoNodeException: KeeperErrorCode = NoNode for "
                "/hiveserver2\n"
            ),
            "SVC-HS2-ZK",
            {"SG-SVC"},
        ),
    ],
)
def test_what_a_client_says_of_a_server_tells_what_is_left(
    tmp_path: Path, log: str, first: str, never: set[str]
) -> None:
    result = _of_log(tmp_path, log)

    codes = [finding["code"] for finding in result["findings"]]
    left = _candidates(result) or codes
    assert left[0] == first
    assert not never & set(left)
    assert result["exit_code"] == 0


@pytest.mark.parametrize(
    "log",
    [
        # https://github.com/dbeaver/dbeaver/issues/212: a new driver and an older HiveServer2.
        (
            "Caused by: org.apache.thrift.TApplicationException: Required field 'client_protocol' is unset! "
            "Struct:TOpenSessionReq(client_protocol:null)\n"
        ),
        "org.apache.thrift.TApplicationException: Invalid method name: 'get_table_req'\n",
        'org.apache.hadoop.fs.UnsupportedFileSystemException: No FileSystem for scheme "jfs"\n',
    ],
)
def test_a_release_or_a_library_is_no_fault_of_the_network(tmp_path: Path, log: str) -> None:
    result = _of_log(tmp_path, f"2026-11-20 13:00:36,001 ERROR x: {log}")

    (finding,) = [each for each in result["findings"] if _shown({"findings": [each]})]
    assert any(words in str(finding) for words in ("login worked at that time", "before it sent anything"))
    assert _candidates(result) == []
    assert result["exit_code"] == 0


@pytest.mark.parametrize(
    ("log", "words", "codes"),
    [
        # https://github.com/OryxProject/oryx/issues/204: it asked for more than YARN gives.
        (
            "WARN YarnScheduler: Initial job has not accepted any resources; check your cluster UI\n",
            "its queue in YARN has no free memory",
            ["RUN-CALLBACK"],
        ),
        # https://github.com/SHSE/spark-es/issues/3: 124 seconds without a heartbeat.
        (
            "ERROR cluster.YarnScheduler: Lost executor 8 on core-1-1: Executor heartbeat timed out after 124251 ms\n",
            "had too little memory",
            ["NET-NODE-GONE", "NET-IDLE"],
        ),
        # https://github.com/yahoo/TensorFlowOnSpark/issues/134: YARN ended the container.
        (
            (
                "ERROR YarnClusterScheduler: Lost executor 9 on a.b: Container killed by YARN for exceeding memory "
                "limits. 7.2 GB of 4.2 GB virtual memory used.\n"
            ),
            "more memory than it may",
            [],
        ),
        # https://github.com/apache/kyuubi/issues/2874: the engine did not start in 3 minutes.
        (
            "KyuubiSQLException: Timeout(180000 ms) to launched SPARK_SQL engine with /opt/spark/bin/spark-submit \\\n",
            "the client reached that service",
            [],
        ),
        # https://github.com/dask/knit/issues/128: YARN took the job and could not renew its token.
        (
            (
                "YarnException: Failed to submit application_1_1 to YARN : Failed to renew token: Kind: "
                "HDFS_DELEGATION_TOKEN, Service: ha-hdfs:XXX03, Ident: (HDFS_DELEGATION_TOKEN token 8 for a)\n"
            ),
            "its connection and its login worked",
            ["KRB-RENEWER", "HA-NAMESERVICE", "SG-INTRA"],
        ),
    ],
)
def test_what_has_most_often_no_code_says_so_before_its_codes(
    tmp_path: Path, log: str, words: str, codes: list[str]
) -> None:
    result = _of_log(tmp_path, f"2026-11-20 13:00:36,001 {log}")

    (finding,) = [each for each in result["findings"] if each["code"] == "INPUT-LOG"]
    assert words in f"{finding['title']} {finding['cause']} {finding['detail']}"
    assert set(_candidates(result)) <= set(codes)
    assert bool(_candidates(result)) is bool(codes)
    assert (finding["confidence"], result["exit_code"]) == ("inferred", 0)


def test_a_scheme_in_capitals_is_told_beside_the_setting_that_has_it(tmp_path: Path) -> None:
    log = 'UnsupportedFileSystemException: No FileSystem for scheme "HDFS"\n'
    capitals: Change = {"core-site.xml": {"fs.defaultFS": f"HDFS://{MASTER}:9000"}}

    (finding,) = _of_log(tmp_path / "setting", log, capitals)["findings"]
    (alone,) = _of_log(tmp_path / "log", log)["findings"]

    assert (finding["code"], [shown["kind"] for shown in finding["evidence"]]) == ("SVC-UNSET", ["line", "line"])
    assert (alone["code"], "capital letter" in str(alone)) == ("INPUT-LOG", True)


@pytest.mark.parametrize(
    ("log", "step"),
    [
        (
            'AccessControlException: Permission denied: user=alice, access=WRITE, inode="/data/a b":x',
            "-ls -d '/data/a b'",
        ),
        (
            "kinit: Key table file '/etc/emr/hadoop.keytab' not found while getting initial credentials",
            "ls -l /etc/emr",
        ),
        ("main : run as user is alice; User alice not found, in container", "id alice"),
        ('UnsupportedFileSystemException: No FileSystem for scheme "jfs"', "a jar for jfs"),
    ],
)
def test_the_next_steps_name_what_the_line_names(tmp_path: Path, log: str, step: str) -> None:
    result = _of_log(tmp_path, f"2026-11-20 13:00:36,001 ERROR x: {log}\n")

    assert step in str([each for each in result["findings"] if _shown({"findings": [each]})])
