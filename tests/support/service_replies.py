"""What do Hadoop RPC, HTTP and Thrift servers reply, as bytes?"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping

from probes.services import thrift

SIMPLE = bytes.fromhex("00000012 0e 08dfffffff0f100018093a004001 02 1000")
"""As a server without Kerberos sends it."""


CALL = 0xFFFFFFDF
"""-33, unsigned."""


def number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def text(field: int, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def delimited(message: bytes) -> bytes:
    return _varint(len(message)) + message


def framed(*messages: bytes) -> bytes:
    body = b"".join(map(delimited, messages))
    return struct.pack("!I", len(body)) + body


def header(status: int = 0, *, call: int = CALL, error: str = "") -> bytes:
    told = text(4, "org.apache.hadoop.Boom") + text(5, error) if error else b""
    return number(1, call) + number(2, status) + number(3, 9) + told + text(7, b"") + number(8, 1)


def auth(method: str, mechanism: str = "", protocol: str = "", server: str = "") -> bytes:
    return text(4, text(1, method) + text(2, mechanism) + text(3, protocol) + text(4, server))


KERBEROS = framed(
    header(), number(2, 1) + auth("TOKEN", "DIGEST-MD5") + auth("KERBEROS", "GSSAPI", "hdfs", "master-1-1.example")
)


SPNEGO = (
    b"HTTP/1.1 401 Authentication required\r\nDate: x\r\nWWW-Authenticate: Negotiate\r\n"
    b"Set-Cookie: hadoop.auth=; Path=/\r\n"
    b"Server: Jetty(6.1.26)\r\nContent-Length: 43\r\n\r\n<html><b>Authentication   required</b></html>"
)


HIVE_HTTP = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nConnection: close\r\n"
    b"Server: Jetty(9.3.20.v20170531)\r\n\r\nAuthentication Error: java.lang.reflect.UndeclaredThrowableException\n"
)
"""As HiveServer2 3.1.3 in HTTP mode with Kerberos sends it to a POST without a token."""


def of_kyuubi(error: str) -> bytes:
    """Return an error page as Kyuubi 1.7.4 in HTTP mode sends it to an empty POST."""
    rows = {
        "URI": "/cliservice",
        "STATUS": "500",
        "MESSAGE": error,
        "SERVLET": "org.apache.kyuubi.server.http.ThriftHttpServlet-47f08b81",
    }
    table = "".join(f"<tr><th>{key}:</th><td>{value}</td></tr>\n" for key, value in rows.items())
    head = f"<title>Error 500 {error}</title>\n</head>\n<body><h2>HTTP ERROR 500 {error}</h2>"
    page = f"<html>\n<head>\n{head}\n<table>\n{table}</table>\n</body>\n</html>\n"
    return web("500 Server Error", page.encode(), "Content-Type: text/html;charset=iso-8859-1", "Connection: close")


KYUUBI_LOGIN = "java.lang.IllegalArgumentException: requirement failed: No valid authorization provided"
KYUUBI_CALL = "javax.servlet.ServletException: org.apache.thrift.transport.TTransportException"
"""Errors of Kyuubi 1.7.4: with LDAP beside Kerberos, and with NONE or NOSASL."""


PROXY = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nServer: squid\r\nContent-Length: 0\r\n\r\n"
"""As any web server or proxy with Kerberos sends it."""


IPC = (
    b"HTTP/1.1 404 Not Found\r\nContent-type: text/plain\r\n\r\n"
    b"It looks like you are making an HTTP request to a Hadoop IPC port. "
    b"This is not the correct port for the web interface on this daemon.\r\n"
)


def sasl(status: int, text: str = "") -> bytes:
    return struct.pack("!BI", status, len(text.encode())) + text.encode()


def an_exception(
    text: str = "Invalid method name: 'x'", name: str = thrift.METHOD, *, kind_first: bool = False
) -> bytes:
    message = struct.pack("!BhI", 11, 1, len(text)) + text.encode()
    kind = struct.pack("!Bhi", 8, 2, 1)
    body = kind + message if kind_first else message + kind
    return struct.pack("!II", 0x80010003, len(name)) + name.encode() + struct.pack("!I", 0) + body + b"\0"


def web(status: str, body: object = None, *headers: str, chunked: bool = False) -> bytes:
    """Return an HTTP answer. `body`: a JSON value, or bytes; `chunked`: in two chunks."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, indent=2).encode()
    if chunked:
        half = len(content) // 2
        pieces = (content[:half], content[half:], b"")
        content = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(content)}"
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, size, "", "")).encode() + content


def a_namenode(state: str = "active", fs: str = "Operational", *, chunked: bool = False) -> bytes:
    stem = "Hadoop:service=NameNode,name="
    beans = [
        {"name": f"{stem}BlockStats", "modelerType": "x"},
        {"name": f"{stem}FSNamesystemState", "FSState": fs, "CapacityTotal": 7},
        {
            "name": f"{stem}NameNodeStatus",
            "NNRole": "NameNode",
            "HostAndPort": "master-1-1.example:8020",
            "SecurityEnabled": True,
            "State": state,
        },
    ]
    return web("200 OK", {"beans": beans}, chunked=chunked)


def a_remote_exception(name: str, message: str = "Operation category READ is not supported", *headers: str) -> bytes:
    exception = {"exception": name, "javaClassName": f"org.apache.hadoop.ipc.{name}", "message": message}
    return web("403 Forbidden", {"RemoteException": exception}, *headers)


def a_resourcemanager(state: str = "ACTIVE", service: str = "STARTED") -> bytes:
    info = {
        "id": 1700000000000,
        "state": service,
        "haState": state,
        "resourceManagerVersion": "3.2.1",
        "hadoopVersion": "3.2.1",
        "haZooKeeperConnectionState": "CONNECTED",
    }
    return web("200 OK", {"clusterInfo": info})


def a_coordinator(version: str = "389", *, starting: bool = False, coordinator: bool = True) -> bytes:
    info = {
        "nodeVersion": {"version": version},
        "environment": "production",
        "coordinator": coordinator,
        "starting": starting,
        "uptime": "2.00h",
    }
    return web("200 OK", info)


STANDBY_REDIRECT = web(
    "307 TEMPORARY_REDIRECT",
    b"This is standby RM. The redirect url is: /ws/v1/cluster/info\n",
    "Location: http://master-1-2:8088/ws/v1/cluster/info",
)
HADOOP_COOKIE = "Set-Cookie: hadoop.auth=; Path=/; HttpOnly"
PSEUDO = web("401 Unauthorized", b"<html>", "WWW-Authenticate: PseudoAuth", HADOOP_COOKIE)
KERBEROS_WEB = web(
    "401 Authentication required", b"<html>", "WWW-Authenticate: Negotiate", HADOOP_COOKIE, "Server: Jetty(9.4.20)"
)


PRESTO_LOGIN = web(
    "401 Unauthorized",
    b"<h2>HTTP ERROR 401</h2>\n<p>Problem accessing /v1/info. Reason:\n<pre>    Unauthorized</pre></p>",
    'WWW-Authenticate: Basic realm="Presto"',
    "Cache-Control: must-revalidate,no-cache,no-store",
)
"""Presto 0.287 over HTTPS, with http-server.authentication.type=PASSWORD."""


def an_hbase(role: str = "Master", **tags: str) -> bytes:
    bean = {"name": f"Hadoop:service=HBase,name={role},sub=Server"} | {f"tag.{key}": tag for key, tag in tags.items()}
    return web("200 OK", {"beans": [{"name": "x"}, bean]})


WEB: Mapping[str, tuple[bytes, ...]] = {
    "namenode": (a_namenode(), a_namenode("standby"), a_namenode(fs="safeMode", chunked=True)),
    "webhdfs": (
        web("200 OK", {"FileStatus": {"type": "DIRECTORY", "owner": "hdfs", "length": 0}}),
        a_remote_exception("StandbyException"),
        a_remote_exception("RetriableException", "Namenode is in startup mode"),
        a_remote_exception("AccessControlException"),
        a_remote_exception("IllegalArgumentException"),
    ),
    "datanode-web": (web("200 OK", {"beans": [{"name": "Hadoop:service=DataNode,name=JvmMetrics"}]}),),
    "resourcemanager": (a_resourcemanager(), a_resourcemanager("STANDBY"), STANDBY_REDIRECT),
    "jobhistory": (web("200 OK", {"historyInfo": {"startedOn": 1, "hadoopVersion": "3.2.1"}}),),
    "timeline": (
        web("200 OK", {"About": "Timeline API", "timeline-service-version": "3.3.5", "hadoop-version": "3.3.5"}),
    ),
    "spark-history": (web("200 OK", {"spark": "3.3.1"}),),
    "presto": (a_coordinator(), a_coordinator("0.228"), a_coordinator("338", starting=True), PRESTO_LOGIN),
    "kms": (web("200 OK", b"[ ]"), PSEUDO, a_remote_exception("AuthorizationException")),
    "hbase-web": (
        an_hbase(isActiveMaster="true", serverName="master-1-1,16000,1"),
        an_hbase(isActiveMaster="false"),
        an_hbase("RegionServer", serverName="core-1-1,16020,1", zookeeperQuorum="master-1-1:2181"),
    ),
}
"""Answers of each web service to its GET."""


NO_HBASE_SECURITY = bytes.fromhex("00000000ffffffa8")


def an_hbase_refusal(name: str = "org.apache.hadoop.hbase.security.AccessDeniedException") -> bytes:
    return framed(number(1, 0xFFFFFFFF) + text(2, text(1, name) + text(2, "at x") + number(5, 1)))


def an_impala_result() -> bytes:
    """Return an error of a session, as Impala's own method answers it."""
    name = b"PingImpalaHS2Service"
    status = struct.pack("!Bhi", 8, 1, 3) + struct.pack("!BhI", 11, 3, 5) + b"HY000" + b"\0"
    result = struct.pack("!Bh", 12, 0) + struct.pack("!Bh", 12, 1) + status + b"\0\0"
    return struct.pack("!II", 0x80010002, len(name)) + name + struct.pack("!I", 0) + result


def a_refusal_of_shared_memory() -> bytes:
    """Return what a DataNode of Hadoop 2.10.2 and 3.3.6 answers to a client over TCP."""
    where = "NioInetPeer(Socket[addr=/192.168.10.10,port=52972,localport=9866])"
    told = f"Bad request from {where}: must request a shared memory segment over a UNIX domain socket."
    return delimited(number(1, 3) + text(2, told))


def a_challenge(qop: str) -> bytes:
    """Return the first challenge of a DataNode of Hadoop 2.10.2 and 3.3.6 that wants SASL."""
    told = f'realm="0",nonce="vSRqAIHVUVY+IIpn",qop="{qop}",charset=utf-8,algorithm=md5-sess'
    return delimited(number(1, 0) + text(2, told))
