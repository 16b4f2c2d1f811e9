"""Which two checks come next for a failure of a log? One pair of sentences a topic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_THRIFT: Final = (
    "emr-diagnose probe hive://{endpoint} or metastore://{endpoint}: it shows transport, SASL and TLS",
    "the release of the client's driver, beside that of the service: hive --version on each",
)
"""For bytes of another protocol."""

CHECKS: Final[Mapping[str, tuple[str, str]]] = {
    "kdc-silent": (
        (
            "{kdc_probes}, from a host in the resource group's vSwitch: silence over UDP and an answer over TCP says "
            "that UDP is dropped, most often for lack of a rule"
        ),
        "DescribeSecurityGroupAttribute of the KDC's node, and check with it: does a rule let UDP {port} in",
    ),
    "kdc-refused": (
        "{kdc_probes}: a refusal over both says that no KDC listens there",
        "on the KDC's node: ss -lntu, for a listener on port {port} that is not on 127.0.0.1",
    ),
    "kdc-tcp": (
        "{kdc_probes}: an answer over UDP beside silence over TCP is a missing TCP rule",
        "DescribeSecurityGroupAttribute of the KDC's node, and check with it: does a rule let TCP {port} in",
    ),
    "kdc-mit": (
        "how long kinit took: under a second is a refusal or a name that is not known, 15 s and more is silence",
        "{kdc_probes}, from the same host",
    ),
    "kdc-other": ("{kdc_probes}: it names the protocol that answers", "the `kdc =` lines of krb5.conf: host and port"),
    "service-silent": (
        "emr-diagnose probe {tcp}, from a host in the resource group's vSwitch",
        "DescribeSecurityGroupAttribute of the node, and check with it: does a rule let TCP {port} in",
    ),
    "service-refused": (
        "emr-diagnose probe {tcp}: a refusal again says that the network is open",
        "on the node: ss -lntp, for a listener on port {port} that is not on 127.0.0.1",
    ),
    "service-other": (
        "emr-diagnose probe {tcp}: it names the protocol that answers",
        "the setting that names this port: RPC and web ports differ",
    ),
    "no-route": (
        "emr-diagnose probe {tcp}: it names the address that sent the ICMP error",
        "on the node: iptables-save or firewall-cmd --list-all, for a rule that rejects",
    ),
    "name": (
        "getent hosts {name}, on the host that wrote the log",
        "the settings that name it: a nameservice stands in dfs.nameservices, a host in the hosts file",
    ),
    "resolver": (
        "getent hosts {name}, on the host that wrote the log",
        "the name servers in its /etc/resolv.conf: emr-diagnose probe 'dns://SERVER?name={name}'",
    ),
    "krb5-conf": (
        "emr-diagnose kerberos FILE, with the krb5.conf that the client reads",
        "which file that is: run the client with -Dsun.security.krb5.debug=true and read “Java config name”",
    ),
    "principal": (
        "klist -kte KEYTAB: the realm and the spelling of the principal",
        "on the KDC: kadmin.local getprinc {principal}",
    ),
    "keytab": (
        "klist -kte KEYTAB, as the user that runs the task: principal, key version, encryption types",
        "kinit -kt KEYTAB {principal}, with KRB5_TRACE=/dev/stderr",
    ),
    "clock": (
        "date -u on the client, on the KDC and on the service's node, within one second",
        "{kdc_clock}: it shows the KDC's clock",
    ),
    "etypes": (
        "klist -kte KEYTAB: the encryption types of its keys",
        "emr-diagnose kerberos FILE, with the krb5.conf that the client reads",
    ),
    "ticket": (
        "klist, as the user and with the KRB5CCNAME of the task: is there a ticket, and until when",
        "hadoop.security.authentication in the core-site.xml that the client reads",
    ),
    "server-key": (
        "the log of the service at this time: “Checksum failed” or a key version there names its keytab",
        "on the service's node: klist -kte of its keytab, beside kvno of its principal",
    ),
    "spn+asked": (
        "on the KDC: kadmin.local -q listprincs, for a name like {principal}, which was asked for",
        "getent hosts ADDRESS on the client: the name that it gives is the one in the principal",
    ),
    "spn": (
        "which name was asked for: KRB5_TRACE, -Dsun.security.krb5.debug=true, or UNKNOWN_SERVER in the KDC's log",
        "getent hosts ADDRESS on the client: the name that it gives is the one in the principal",
    ),
    "settings": (
        "the files that the client reads, beside those in /etc/taihao-apps of a node",
        "the same files in a case: emr-diagnose check CASE --offline",
    ),
    "proxy": (
        "hadoop.proxyuser.* in the core-site.xml of the service that refuses",
        "on the NameNode: hdfs groups USER, for the user that is impersonated",
    ),
    "user": ("id USER, on each NodeManager", "banned.users and min.user.id in container-executor.cfg"),
    "hs2": (
        "emr-diagnose probe hive://{endpoint}: it shows mechanism and transport",
        "hive.server2.authentication, hive.server2.transport.mode and hive.server2.use.SSL in hive-site.xml",
    ),
    "metastore": (
        "emr-diagnose probe metastore://{endpoint}: it shows whether it answers, and whether it wants SASL",
        "hive.metastore.sasl.enabled in the hive-site.xml of the client and in hivemetastore-site.xml of the node",
    ),
    "zookeeper": (
        "emr-diagnose probe zookeeper://HOST:2181, for each host of the quorum",
        "the namespace in the JDBC URL, beside hive.server2.zookeeper.namespace",
    ),
    "datanode": (
        "emr-diagnose probe {datanode}, from a host in the resource group's vSwitch",
        "DescribeSecurityGroupAttribute of the core and task nodes, and check with it",
    ),
    "datanode-login": (
        "dfs.data.transfer.protection and dfs.encrypt.data.transfer, in the client's hdfs-site.xml and on the DataNode",
        "the DataNode's own log at this time: it says why it closed the connection",
    ),
    "service-hangs": (
        "emr-diagnose probe {tcp}, from a host in the resource group's vSwitch: does it answer now",
        "on the node: jstack of the process, and its log at this time",
    ),
    "releases": (
        "the release of the client's driver, beside that of the service: hive --version on each",
        "whether another process, such as a Spark Thrift Server, has this port: ss -lntp on the node",
    ),
    "no-file-system": (
        "which path or which fs.defaultFS names the scheme: the files that the client reads, and the task",
        "the libraries of the client: a jar for this scheme, and fs.SCHEME.impl in core-site.xml",
    ),
    "own-name": (
        "getent hosts $(hostname), on the host that runs the driver: is it an address of this host",
        "spark.driver.bindAddress, spark.driver.host and SPARK_LOCAL_IP of the task",
    ),
    "datanode-inside": (
        "on the NameNode: hdfs dfsadmin -report, for the DataNodes that are live",
        "on a core node: nc -vz to the other DataNodes and to the NameNode, and the DataNode's own log",
    ),
    "tls": (
        "emr-diagnose probe https://{endpoint}, or openssl s_client: the certificate",
        "hive.server2.use.SSL and ssl= in the URL",
    ),
    "python": (
        "on the client: pluginviewer -c, for GSSAPI among the mechanisms",
        "kerberos_service_name in the program: hive, and not the whole principal",
    ),
    "web": (
        "curl --negotiate -u : -v of the page, with a ticket: the name that is asked for, and the status",
        "on the page's node: klist -kte of its keytab, for HTTP and the full host name",
    ),
    "spark-login": (
        "spark.kerberos.principal and spark.yarn.principal in spark-defaults.conf, and --principal of the task",
        "“Pass Proxy User Information” of the cluster in DataWorks",
    ),
    "safe-mode": (
        "on the NameNode: hdfs dfsadmin -safemode get, and hdfs dfsadmin -report for DataNodes that are missing",
        "the NameNode's log: since when, and whether a person turned it on",
    ),
    "permission": (
        "hdfs dfs -ls -d and hdfs dfs -getfacl of the path in the message, or the policies of Ranger",
        "whether the task should run as this user: the default access identity and the identity mapping in DataWorks",
    ),
    "token": (
        "how long the job ran, beside dfs.namenode.delegation.token.max-lifetime and renew-interval",
        "whether the job has a keytab of its own: spark.kerberos.keytab and spark.kerberos.principal",
    ),
    "file-system": (
        "fs.defaultFS in the core-site.xml that the client reads, beside the path in the message",
        "where the path comes from: the location of the table (DESCRIBE FORMATTED), or the task itself",
    ),
    "callback": (
        "on a core node: nc -vz {name} {port}, while the driver runs",
        "spark.submit.deployMode: in cluster mode nothing dials the resource group",
    ),
    "proxy+user": (
        "hadoop.proxyuser.{acting}.hosts and .groups in the core-site.xml of the service that refuses",
        "on the NameNode: hdfs groups {user}",
    ),
    "proxy+acting": (
        "hadoop.proxyuser.{acting}.hosts in the core-site.xml of the service: does it have the address in the message",
        "hadoop.proxyuser.{acting}.groups in the same file",
    ),
    "user+user": ("id {user}, on each NodeManager", "banned.users and min.user.id in container-executor.cfg"),
    "permission+path": (
        "hdfs dfs -ls -d {path} and hdfs dfs -getfacl {path}, or the policies of Ranger",
        "whether the task should run as {user}: the default access identity and the identity mapping in DataWorks",
    ),
    "keytab+keytab": (
        "ls -l {keytab}, as the user that runs the task",
        "the setting that names this file, and whether the file is on the host that runs the task",
    ),
    "krb5-conf+realm": (
        "emr-diagnose kerberos FILE, with the krb5.conf that the client reads: does it show a KDC of {realm}",
        "which file that is: run the client with -Dsun.security.krb5.debug=true and read “Java config name”",
    ),
    "spn+service": (
        "on the KDC: kadmin.local getprinc {service}, which is the name in the log",
        "getent hosts ADDRESS on the client: the name that it gives is the one in the principal",
    ),
    "zookeeper+target": (
        "emr-diagnose probe zookeeper://{endpoint}, and the same for each other host of the quorum",
        "the namespace in the JDBC URL, beside hive.server2.zookeeper.namespace",
    ),
    "no-file-system+scheme": (
        "which path or which fs.defaultFS begins with {scheme}://, in the files that the client reads or in the task",
        "the libraries of the client: a jar for {scheme}, and fs.{scheme}.impl in core-site.xml",
    ),
    "scheme-capitals": (
        "which path or which fs.defaultFS begins with {scheme}://: write the scheme in small letters there",
        "the same setting on a node, in /etc/taihao-apps",
    ),
    "resources": (
        "yarn application -status ID and yarn queue -status QUEUE: are there containers, and is there free memory",
        "the log of one of its containers: “Failed to connect to driver” there is RUN-CALLBACK",
    ),
    "executor": (
        "yarn logs -applicationId ID: the last lines of this executor, for OutOfMemoryError or a kill",
        "the NodeManager's log of that node at this time: a restart, a removal, a full disk",
    ),
    "executor-memory": (
        "spark.executor.memory and spark.executor.memoryOverhead of the task, beside the size in the message",
        "the stage in the Spark web page: does one task read far more than the others",
    ),
    "kyuubi-engine": (
        "yarn application -list: is there an application of this engine, and is it ACCEPTED or RUNNING",
        "the log of the engine, which Kyuubi keeps in its work directory, in a folder for each user",
    ),
    "hs2-http": (
        "emr-diagnose probe hive+http://{endpoint}: it shows the login that is wanted",
        "hive.server2.authentication of the server, beside principal= and user= in the JDBC URL",
    ),
    "hs2-path": (
        "emr-diagnose probe hive+http://{endpoint}/cliservice, which asks HiveServer2 at the usual path",
        "hive.server2.thrift.http.path of the server, beside httpPath= in the JDBC URL",
    ),
    "hs2-gateway": (
        "emr-diagnose probe hive+http://HOST:10001, with the node of HiveServer2 as HOST",
        "the log of the proxy or load balancer at this time, and whether HiveServer2 runs",
    ),
    "thrift": _THRIFT,
    "thrift-http": _THRIFT,
    "thrift-tls": _THRIFT,
    "thrift-sasl": _THRIFT,
    "trino": (
        "emr-diagnose probe trino://{endpoint}: it shows what answers there",
        "http-server.http.port in the config.properties of the coordinator, beside the port in the URL",
    ),
    "thrift-size": (
        "a smaller query, or fewer partitions in one call: does that work",
        "hive.thrift.max.message.size and hive.server2.thrift.max.message.size, on the side that writes the line",
    ),
    "metastore-database": (
        "on the metastore's node: emr-diagnose probe mysql://HOST:3306, HOST from javax.jdo.option.ConnectionURL",
        "whether the database runs, and whether its whitelist has the nodes of the metastore",
    ),
    "hbase-znode": (
        "zookeeper.znode.parent in the hbase-site.xml that the client reads, beside that of the cluster",
        "emr-diagnose probe hbase-web://HOST:16010, for the node of the HMaster: does it run",
    ),
    "renewer": (
        "the log of the ResourceManager at this time: it says why it could not renew the token",
        "whether hdfs-site.xml of the ResourceManager knows the nameservice behind “Service:” in the message",
    ),
}
"""Topic of a message -> the two checks that cost least and part its candidates best.

After a "+" stands a value: such a row is for a failure that names it.
"""
