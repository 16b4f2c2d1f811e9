"""What does a log say that no finding explains, and which two checks are the cheapest next ones?"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from diagnose.findings import catalogue
from diagnose.findings.values import Params, Statement
from diagnose.findings.wording.en.phrases import place
from diagnose.findings.wording.log_checks import filled
from diagnose.findings.wording.words import Words

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
}
"""Topic of a message -> the two checks that cost least and part its candidates best."""


def next_checks(params: Params) -> tuple[str, str]:
    """Return the two cheapest next checks for a failure of a log."""
    return filled(CHECKS, params, "of the service")


OUTSIDE: Final = "The log is of an earlier time or another client, or the fault is outside the case."
"""What may be, if a log has a failure and files and packets have none."""


ALONE: Final = "A log alone decides nothing: equal messages have different causes."
"""What a log without any other file is worth."""


SHOWS: Final[Mapping[str, str]] = {
    "login": "A service answered a request of this client, so its connection and its login worked at that time.",
    "connection": "A service answered this client, so its connection worked at that time. It refused the token.",
    "unsent": "The client stopped before it sent anything, so the line says nothing of the network.",
}
"""What the words of a message show -> the sentence that says so."""


MEANS: Final[Mapping[str, str]] = {
    "safe-mode": (
        "In safe mode HDFS is read and not changed. A NameNode leaves it by itself after a start, "
        "once enough blocks are reported."
    ),
    "permission": "The user has no right to do this there. No rule and no line of krb5.conf changes that.",
    "token": (
        "The delegation token is expired, or the server no longer has it. Jobs that run for long meet this, "
        "and jobs with the token of one that ended."
    ),
    "file-system": "The path names another file system than the one that the client opened.",
    "releases": "Client and service are of different releases, and one does not know a call of the other.",
    "no-file-system": "The client has no library for this kind of file system. No rule changes that.",
}
"""Topic of a message that lists no code -> what it means."""


def told(s: Statement) -> Words:
    """INPUT-LOG: a failure in a log that no finding explains."""
    said, file = s.text("said"), s.text("file").rpartition("/")[2]
    at = f" at {s.text('at')}" if s.text("at") else ""
    to = f" to {s.text('target')}" if s.text("target") else ""
    says = f"{s.text('file')}:{s.text('line')} says “{said}”{at}{to}{_whose(s)}"
    advice = (f"First check: {next_checks(s.params)[0]}.",)
    if s.cause == "log-contradicted":
        return Words(
            f"{file} is old or of another client: what failed there works now",
            f"{says}, but the service answers packets from the resource group now.",
            " ".join(filter(None, ("The log is no evidence of a fault that is still there.", _age(s)))),
            ("Take a log of a run after this check, if tasks still fail.",),
        )
    if s.cause == "log-answered":
        return Words(
            f"{file} says “{said}”, which is no fault of the network",
            f"{says}. {_shows(s)}",
            " ".join(filter(None, (MEANS[s.text("topic")], _around(s)))),
            advice,
        )
    detail = " ".join(filter(None, (_shows(s), _around(s), *_candidates(s), _excluded(s))))
    if s.cause == "log-disagrees":
        return Words(
            f"{file} does not fit what was found: “{said}”",
            f"{says}. {', '.join(s.texts('others'))} would look different in a log: it is old or of another client, "
            f"or there is a second fault. {_codes(s)}",
            detail,
            advice,
        )
    if s.cause == "log-unexplained":
        return Words(
            f"{file} says “{said}”, which nothing in the case explains",
            f"{says}. {_codes(s)}",
            f"{detail} {OUTSIDE}",
            advice,
        )
    many = ": several faults look like this" if len(s.texts("candidates")) > 1 else ""
    return Words(f"{file} says “{said}”{many}", f"{says}. {_codes(s)}", f"{ALONE} {detail}", advice)


def _but(s: Statement) -> str:
    """Return what a setting is beside the words of a log: it agrees, or says something else."""
    return "But " if s.code == "SVC-HS2-PRINC" else "It fits that "


def named(s: Statement) -> Words:
    """Word a fault that a log names (cause log-named)."""
    entry = catalogue.entry(s.code, "en")
    at = f" at {s.text('at')}" if s.text("at") else ""
    to = f" to {s.text('target')}" if s.text("target") else ""
    fits = f"{_but(s)}{place(s)} sets {s.text('key')} to {s.text('value')}." if s.text("key") else ONLY_THE_LOG
    return Words(
        f"{entry.title}, says {s.text('file').rpartition('/')[2]}",
        f"{s.text('file')}:{s.text('line')} says “{s.text('said')}”{at}{to}. {entry.meaning}",
        " ".join(filter(None, (fits, _around(s)))),
        (f"Write {s.text('value')} into the URL.",) if s.code == "SVC-HS2-PRINC" else entry.repair,
    )


ONLY_THE_LOG: Final = "Only the log says so. It may be old, or of another client."


def _codes(s: Statement) -> str:
    codes = s.texts("candidates")
    if len(codes) == 1:
        return f"Perhaps it is {codes[0]}."
    if more := s.number("more"):
        explain = f"emr-diagnose explain {shlex.quote(s.text('said'))}"
        return f"It may be {', '.join(codes)}, the most likely first, or one of {more} more: {explain}."
    return f"It may be {', '.join(codes[:-1])} or {codes[-1]}, the most likely first."


def _around(s: Statement) -> str:
    """Return what else the log tells: excluded DataNodes, another cluster, its age."""
    nodes = s.texts("datanodes")
    excluded = f"It excludes the DataNodes {', '.join(nodes[:4])}." if nodes else ""
    elsewhere = f"No connection of the case goes to {s.text('target')}." if s.is_true("elsewhere") else ""
    return " ".join(filter(None, (excluded, elsewhere, _age(s))))


def _whose(s: Statement) -> str:
    """Return what shows that the log is of another client than the files, or of another host."""
    unnamed = ", which no kdc line of krb5.conf names" if s.is_true("unnamed_kdc") else ""
    client = s.text("client")
    return unnamed + (f", from {client}, which is no address of the resource group" if client else "")


def _shows(s: Statement) -> str:
    return SHOWS.get(s.text("shows"), "")


def _age(s: Statement) -> str:
    return "The log is older than the last initialization of the resource group." if s.is_true("old") else ""


def _candidates(s: Statement) -> list[str]:
    return [f"{code}: {title}." for code, title in zip(s.texts("candidates"), s.texts("titles"), strict=True)]


def _excluded(s: Statement) -> str:
    gone = s.texts("excluded")
    return f"The files of the case exclude {', '.join(gone)}." if gone else ""
