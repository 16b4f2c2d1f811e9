"""What is each service asked, in words and in bytes, and what does an answer mean?

One row a scheme of `probe` that names a service. `diagnose.report.services_page` writes
docs/services.md from it, and a test compares the bytes with what `probe` sends.
"""

from __future__ import annotations

from collections.abc import Mapping

from probes.endpoint import Endpoint
from probes.frozen import frozen
from probes.services import (
    data_transfer,
    hadoop_rpc,
    hbase,
    http,
    impala,
    ldap,
    mysql,
    thrift,
    zookeeper,
    zookeeper_session,
)
from probes.services.hive_http import PATH as HIVE_PATH
from probes.services.web_services import WEB_SERVICES

SAMPLE = Endpoint("HOST", 1, "tcp")
"""Endpoint in the bytes of this table. `probe` sends the host and the port of its target."""

_RPC_HEADERS = "https://github.com/apache/hadoop/blob/trunk/hadoop-common-project/hadoop-common/src/main/proto/"
_HDFS = "https://github.com/apache/hadoop/blob/trunk/hadoop-hdfs-project/"
_XCEIVER = f"{_HDFS}hadoop-hdfs/src/main/java/org/apache/hadoop/hdfs/server/datanode/"
_THRIFT = "https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md"
_SASL = "https://github.com/apache/thrift/blob/master/lib/java/src/main/java/org/apache/thrift/transport/"
_MYSQL = "https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection"
_HOST_CACHE = "https://dev.mysql.com/doc/refman/8.0/en/performance-schema-host-cache-table.html"
_JAVA = "https://www.oracle.com/java/technologies/javase/8u291-relnotes.html"


@frozen
class Sent:
    """Bytes that are sent."""

    when: str
    """At which point, as a clause."""
    data: bytes
    """The bytes. Those of HTTP name SAMPLE."""


@frozen
class ServiceFacts:
    """One service, as `probe` asks it."""

    question: str
    """What is asked, in words."""
    sent: tuple[Sent, ...]
    """What is sent. Empty if the server speaks alone."""
    states: Mapping[str, str]
    """What comes -> what it means."""
    untold: str
    """What the answers cannot tell."""
    noticed: str
    """What the server notices of the question: sessions, counters, lines in its log."""
    sources: tuple[str, ...]
    """Pages and files that document the answers."""


def _get(path: str) -> Sent:
    data = http.request_bytes(SAMPLE, "GET", path, secure=False, accept="application/json")
    return Sent("after the handshake, or inside TLS if the server wants TLS", data)


def _plain_get() -> Sent:
    return Sent("after the handshake", http.request_bytes(SAMPLE, "GET", "/", secure=False))


_SASL_STATES: Mapping[str, str] = {
    "`03`, “Unsupported mechanism type”": "a Thrift server with SASL, which lacks this mechanism",
    "`02`, `05`, or `03` with another text": "a Thrift server with SASL, which has this mechanism",
    "`04`, “Invalid status 128”": "SASL; it took the call for a status",
    "an exception that names the method": "Thrift without SASL",
    "an HTTP answer": "no binary Thrift; HiveServer2 and those like it are asked in HTTP mode",
    "silence to all": "not told: a server that hangs and a server of another protocol are alike",
}
_THRIFT_SENT = (
    Sent("first, with a mechanism that no server has", thrift.start_message(thrift.UNHEARD_OF)),
    Sent("then, for Kerberos", thrift.start_message("GSSAPI")),
    Sent("then, for user name and password", thrift.start_message("PLAIN")),
    Sent("then, for delegation tokens", thrift.start_message("DIGEST-MD5")),
    Sent("instead, if the first is not answered as SASL", thrift.question()),
)
_THRIFT_NOTICED = "one connection a line above; a failed negotiation may stand in its log; no session is opened"
_HIVE_POST = Sent("if it speaks HTTP", http.request_bytes(SAMPLE, "POST", HIVE_PATH, secure=False))
_HTTP_NOTICED = "one request in its access log; nothing is followed or changed"
_HIVE_STATES: Mapping[str, str] = {
    "401 with `Negotiate`, “Authentication Error”": "HiveServer2 in HTTP mode, which wants Kerberos",
    "401 with `Negotiate` alone": "not told: any web server with Kerberos answers so",
    "401 that misses the Authorization header": "HiveServer2 in HTTP mode, which wants a user name and a password",
    "Content-Type application/x-thrift": "HiveServer2 in HTTP mode without a login",
    "500 from Kyuubi's class, “No valid authorization provided”": "Kyuubi in HTTP mode, which wants a login",
    "500 from Kyuubi's class, TTransportException": "Kyuubi in HTTP mode without a login",
    "another status": "another path, or another web server",
}


def _thrift(question: str, untold: str, *more: Sent) -> ServiceFacts:
    return ServiceFacts(question, (*_THRIFT_SENT, *more), _SASL_STATES, untold, _THRIFT_NOTICED, (_THRIFT, _SASL))


_WEB_STATES: Mapping[str, str] = {
    "401 with `Negotiate`": "a server with Kerberos, which may be this service or another one of Hadoop",
    "another HTTP answer": "a web server that is not this service",
}


def _web(name: str, question: str, states: Mapping[str, str], untold: str) -> ServiceFacts:
    service = WEB_SERVICES[name]
    return ServiceFacts(
        question, (_get(service.path),), {**states, **_WEB_STATES}, untold, _HTTP_NOTICED, (service.source,)
    )


_PRESTO = _web(
    "presto",
    "Are you a coordinator of Presto or Trino, of which release, and have you started?",
    {
        "200, JSON with `nodeVersion` and `coordinator`": "the engine by its release; a worker, or one that is "
        "starting, takes no queries",
        "401 with the realm Presto or Trino": "Presto, which wants a user name and password first; its release, and "
        "whether it starts, are not told",
    },
    "whether queries are let in: that is told by a login, and most releases show this page without one",
)

_LDAP_STATES: Mapping[str, str] = {
    "bind result 0": "a client without a name is accepted",
    "bind result 13": "it is accepted inside TLS alone",
    "bind result 51 or 52": "busy or unavailable: it serves nobody now",
    "another bind result, such as 48": "it is not accepted; the root entry is read all the same",
    "an entry with values": "naming contexts, SASL mechanisms, and StartTLS if 1.3.6.1.4.1.1466.20037 is listed",
    "no entry, or one without values": "the root entry is shown to nobody unnamed",
}
_LDAP_SENT = (
    Sent("first, an anonymous bind", ldap.BIND),
    Sent("then, a search of the root entry", ldap.SEARCH),
    Sent("last, the end of the connection", ldap.UNBIND),
)
_LDAP_UNTOLD = "whether a user and a password are right, and what a client with a name may read"
_LDAP_NOTICED = "an anonymous bind, a search and an unbind in its log, if it logs operations"
_RFC_LDAP = ("https://www.rfc-editor.org/rfc/rfc4511", "https://www.rfc-editor.org/rfc/rfc4512#section-5.1")

SERVICE_FACTS: Mapping[str, ServiceFacts] = {
    "hadoop": ServiceFacts(
        "Which login do you want, and as which principal do you run? (Hadoop RPC version 9, SASL NEGOTIATE)",
        (Sent("after the handshake", hadoop_rpc.QUESTION),),
        {
            "state SUCCESS, or a method SIMPLE": "no login",
            "state NEGOTIATE with KERBEROS / GSSAPI": "Kerberos, and both halves of the service principal",
            "state NEGOTIATE with TOKEN alone": "delegation tokens, as the daemons of a job want",
            "status ERROR or FATAL": "a Hadoop server that refused, with its exception",
            "an HTTP answer": "a web port; `http://` asks it",
        },
        "the realm of the principal, whether its keytab is good, and whether a NameNode is active",
        "one connection that names no user",
        (f"{_RPC_HEADERS}RpcHeader.proto",),
    ),
    "datanode": ServiceFacts(
        "Do you speak the data transfer protocol of HDFS, and do you want SASL first?",
        (
            Sent(
                "first, a request for shared memory, which a DataNode gives over a UNIX socket alone",
                data_transfer.QUESTION,
            ),
            Sent("if that is met with a close, the start of SASL, on a second connection", data_transfer.QUESTION_SASL),
        ),
        {
            "a status that is no success, and a text, to the first": "a DataNode that wants no SASL",
            "a challenge to the second": "a DataNode that wants SASL, and the protection that it accepts: "
            "authentication, integrity or privacy",
            "a close at both": "not told: another service, a DataNode that takes no more connections, or a device "
            "on the way",
            "silence to the first": "the process hangs, or the way loses what follows the handshake",
        },
        "whether a block can be read or written; and whether large packets pass from the DataNode to a client: all "
        "its answers are small",
        "without SASL one line of its client trace (INFO, REQUEST_SHORT_CIRCUIT_SHM, success: false). With SASL one "
        "INFO “Failed to read expected … handshake”, and one ERROR “Unexpected EOF”, as of a client that gave up, "
        "each with its stack. No block, token or user is named",
        (f"{_HDFS}hadoop-hdfs-client/src/main/proto/datatransfer.proto", f"{_XCEIVER}DataXceiver.java"),
    ),
    "hive": _thrift(
        "Do you want SASL first, and which mechanisms do you have? (HiveServer2)",
        "which of HiveServer2, Kyuubi and Spark Thrift Server it is, which of NONE, LDAP, CUSTOM and PAM checks a "
        "password, and whether the login will succeed",
        _HIVE_POST,
    ),
    "metastore": _thrift(
        "Do you want SASL first, and which mechanisms do you have? (Hive metastore)",
        "whether it is a metastore or another Thrift server, and whether its database works",
    ),
    "kyuubi": _thrift(
        "The same as for HiveServer2. (Kyuubi)",
        "which of HiveServer2, Kyuubi and Spark Thrift Server it is",
        _HIVE_POST,
    ),
    "spark-thrift": _thrift(
        "The same as for HiveServer2. (Spark Thrift Server)",
        "which of HiveServer2, Kyuubi and Spark Thrift Server it is",
        _HIVE_POST,
    ),
    "impala": ServiceFacts(
        "Do you want SASL first, and do you have the method PingImpalaHS2Service?",
        (*_THRIFT_SENT, Sent("last, if there is no SASL", impala.question())),
        {**_SASL_STATES, "a refusal of the session": "Impala", "an unknown method": "another Thrift server"},
        "with SASL, whether it is Impala: nothing tells before a login",
        f"{_THRIFT_NOTICED}; the session that is named does not exist",
        ("https://github.com/apache/impala/blob/master/common/thrift/ImpalaService.thrift",),
    ),
    "hive+http": ServiceFacts(
        "Are you HiveServer2 in HTTP mode at this path, and which login do you want?",
        (Sent("after the handshake", _HIVE_POST.data),),
        _HIVE_STATES,
        "which of HiveServer2, Kyuubi and Spark Thrift Server it is",
        _HTTP_NOTICED,
        ("https://www.rfc-editor.org/rfc/rfc4559",),
    ),
    "http": ServiceFacts(
        "What do you answer to one GET, and do you want Kerberos (SPNEGO)?",
        (_plain_get(),),
        {
            "an HTTP answer": "its status, server and redirect; the redirect is not followed",
            "401 with `Negotiate`": "it wants Kerberos",
            "“HTTP request to a Hadoop IPC port”": "a Hadoop RPC port",
        },
        "which service it is: the schemes of the services below ask for that",
        _HTTP_NOTICED,
        ("https://www.rfc-editor.org/rfc/rfc9112", "https://www.rfc-editor.org/rfc/rfc4559"),
    ),
    "https": ServiceFacts(
        "The same inside TLS, and which certificate do you show?",
        (Sent("inside TLS", http.request_bytes(SAMPLE, "GET", "/", secure=True)),),
        {
            "an HTTP answer": "its status, server and redirect, and the certificate with its name and dates",
            "no handshake": "it does not speak TLS, or ends the handshake",
        },
        "whether a client trusts the issuer",
        _HTTP_NOTICED,
        ("https://www.rfc-editor.org/rfc/rfc9110",),
    ),
    "namenode": _web(
        "namenode",
        "Are you a NameNode, active or standby, and in safe mode?",
        {"200, the bean NameNodeStatus": "a NameNode, its state and safe mode; a standby serves no client"},
        "whether writes succeed",
    ),
    "webhdfs": _web(
        "webhdfs",
        "What is the status of the directory “/”?",
        {
            "200, the status of a directory": "WebHDFS of the active NameNode",
            "StandbyException": "the NameNode is a standby",
            "RetriableException": "the NameNode is starting",
            "another RemoteException": "WebHDFS that refused, with its exception",
        },
        "NameNode and HttpFS apart: both answer in this form",
    ),
    "datanode-web": _web(
        "datanode-web",
        "Are you the web server of a DataNode, which clients of webhdfs:// are sent to?",
        {"200, the bean JvmMetrics of DataNode": "a DataNode"},
        "whether a block can be read or written",
    ),
    "resourcemanager": _web(
        "resourcemanager",
        "Are you a ResourceManager, and the active one?",
        {
            "200, JSON with `clusterInfo`": "a ResourceManager, its release and state",
            "a redirect to the active one": "a standby; the redirect is not followed",
        },
        "whether jobs get resources",
    ),
    "jobhistory": _web(
        "jobhistory",
        "Are you the JobHistory server of MapReduce?",
        {"200, JSON with `historyInfo`": "the JobHistory server, and its release"},
        "whether its RPC port answers: `hadoop://` asks that",
    ),
    "timeline": _web(
        "timeline",
        "Are you the Timeline Server of YARN?",
        {"200, JSON “Timeline API”": "the Timeline Server of version 1, and its release"},
        "whether it stores what it is sent",
    ),
    "spark-history": _web(
        "spark-history",
        "Are you the REST service of Spark?",
        {"200, JSON with `spark`": "the history server or the page of a running driver, and its release"},
        "the two apart: the page says the release and no more",
    ),
    "presto": _PRESTO,
    "trino": _PRESTO,
    "kms": _web(
        "kms",
        "What are the metadata of no key at all?",
        {
            "200": "KMS without a login",
            "401 with `PseudoAuth`": "KMS, which wants a user name that nobody checks",
            "a RemoteException": "KMS that refused, with its exception",
        },
        "with Kerberos, whether it is KMS; and who may use which key",
    ),
    "hbase-web": _web(
        "hbase-web",
        "Are you an HBase Master or RegionServer, and is the Master active?",
        {"200, the bean Server": "the process, and the state of a Master"},
        "whether its regions are served",
    ),
    "hbase": ServiceFacts(
        "Do you want Kerberos? (preamble of HBase RPC)",
        (
            Sent("first, a client with Kerberos", hbase.QUESTION),
            Sent("if that is met with silence, a client without", hbase.QUESTION_SIMPLE),
        ),
        {
            "`00000000 ffffffa8` to the first": "no login",
            "AccessDeniedException to the second": "Kerberos",
            "another exception": "HBase that refused the preamble",
            "silence to both": "not told apart from a server that hangs",
        },
        "Master and RegionServer apart, the principal, and whether regions are served",
        "two connections without a call; the refusal may stand in its log",
        ("https://github.com/apache/hbase/blob/master/hbase-protocol-shaded/src/main/protobuf/rpc/RPC.proto",),
    ),
    "zookeeper": ServiceFacts(
        "Which release are you, in which mode, and do you serve? With ?session=yes: what does a client get that did "
        "not log in?",
        (
            Sent("after the handshake", zookeeper.QUESTION),
            Sent("with ?session=yes, on a second connection, a session", zookeeper_session.CONNECT),
            Sent("then, whether “/” exists", zookeeper_session.EXISTS),
            Sent("last, unless the server has ended the session, its end", zookeeper_session.CLOSE),
        ),
        {
            "“Zookeeper version: …”": "its release and mode",
            "“is not in the whitelist”": "ZooKeeper, which may not tell more",
            "“not currently serving requests”": "ZooKeeper without a quorum, or one that is starting",
            "error 0 within the session": "clients without a login get answers",
            "error -124 or -115 within the session": "clients must log in with SASL first",
        },
        "without ?session=yes, whether clients must log in with SASL; and what the rights of a node are",
        "one command. A session is opened only with ?session=yes: its begin and its end are two transactions that "
        "every server of the ensemble writes. One that wants SASL ends it, at the latest by the timeout",
        (
            "https://zookeeper.apache.org/doc/r3.8.4/zookeeperAdmin.html#sc_4lw",
            "https://zookeeper.apache.org/doc/r3.8.4/zookeeperAdmin.html#sc_authOptions",
        ),
    ),
    "mysql": ServiceFacts(
        "Which server are you, do you offer TLS, and do you admit this host?",
        (
            Sent("after its greeting, a login of a user that nobody has", mysql.login_packet()),
            Sent("if it asks for another way to log in, no password either", mysql.packet(3, b"")),
            Sent("if an account without a name admits everybody, the end of the session", mysql.QUIT),
        ),
        {
            "`0a`, a version": "MySQL or MariaDB; bit `0x800` of its capabilities is TLS",
            "`ff`, error 1130": "no account admits this host",
            "`ff`, error 1129": "this host is blocked after too many interrupted handshakes",
            "`ff`, error 1040": "all connections are in use",
            "error 1045 to the login": "as it should be: a user and a password are wanted",
            "error 3159 to the login": "logins are taken inside TLS alone",
            "OK to the login": "an account without a name lets everybody in",
        },
        "whether the user and the password of the metastore are right, and whether its database is there",
        "one denied login: Aborted_connects and Access_denied_errors grow by one, and the log may name the user "
        "`emr-diagnose`. It is no connect error (SUM_CONNECT_ERRORS, max_connect_errors). To close after the greeting "
        "would be one, and so are COM_QUIT, a request for TLS that is not followed by a login, and `tcp://` to this "
        "port. Measured on MariaDB 10.11 with max_connect_errors=1; for MySQL by its documentation. `check` does not "
        "ask this port, because no task of DataWorks connects to it",
        (_MYSQL, _HOST_CACHE),
    ),
    "ldap": ServiceFacts(
        "What do you hold, which SASL mechanisms and StartTLS do you have, and do you accept a client without a name? "
        "(EMR's own OpenLDAP listens on 10389)",
        (*_LDAP_SENT, Sent("on a second connection, unless StartTLS is not listed", ldap.UPGRADE)),
        {**_LDAP_STATES, "StartTLS result 0": "TLS follows, and its certificate is read"},
        _LDAP_UNTOLD,
        _LDAP_NOTICED,
        _RFC_LDAP,
    ),
    "ldaps": ServiceFacts(
        "The same inside TLS, and which certificate do you show?",
        _LDAP_SENT,
        _LDAP_STATES,
        f"{_LDAP_UNTOLD}; whether a client trusts the issuer",
        _LDAP_NOTICED,
        _RFC_LDAP,
    ),
    "tls": ServiceFacts(
        "Which version of TLS do you choose, and which certificates do you show?",
        (),
        {
            "a handshake": "its version, and the chain as it is sent: names, dates, keys and hashes",
            "TLSv1.1 or older, MD2 or MD5, a key of RSA below 1024 or EC below 224 bits": "Java 8u291, 11.0.11 and "
            "later refuse it",
            "an alert": "TLS that ends the handshake: it may want a certificate of the client, or a name",
            "anything else": "no TLS; the protocol is named by its first bytes",
        },
        "whether a client trusts the issuer: it is named, because that depends on the client's trust store. Versions "
        "beside the chosen one are not tried",
        "a handshake that ends without a request",
        ("https://www.rfc-editor.org/rfc/rfc8446", _JAVA),
    ),
    "ssh": ServiceFacts(
        "Which software are you?",
        (),
        {
            "a line “SSH-2.0-…”": "an SSH server, its software and its comment",
            "anything else": "no SSH; the protocol is named by its first bytes",
        },
        "whether a login succeeds, and which keys it takes",
        "a connection that closes before a login. From OpenSSH 9.8 on, many of them make it refuse the address for a "
        "while (PerSourcePenalties)",
        (
            "https://www.rfc-editor.org/rfc/rfc4253#section-4.2",
            "https://man.openbsd.org/sshd_config#PerSourcePenalties",
        ),
    ),
}
"""Scheme -> what is known of its service."""
