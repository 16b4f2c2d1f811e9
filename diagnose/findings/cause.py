"""Which causes does one code have, if its words, its severity or its repair depend on them?"""

from __future__ import annotations

from typing import Literal

NameCause = Literal[
    "unknown-name",
    "failing-resolver",
    "reverse-name",
    "refused-name",
    "address-in-url",
    "alias",
    "mit-name",
    "other-address",
    "address-beside",
    "loopback-by-resolver",
    "loopback-in-file",
    "datanode-address",
]
"""What is wrong with a name. All hosts with the same fault share one finding."""

Cause = (
    NameCause
    | Literal[
        # INPUT-STALE: which input is out of date, or of another cluster.
        "rules-contradicted",
        "records-contradicted",
        # SG-KDC-UDP, SG-KDC-TCP, SG-DATANODE, SG-SVC: the target is silent and its groups are not
        # in the case.
        "no-export",
        # SG-SVC, SG-DATANODE: a file names another port than the usual one, which the rules open.
        "unusual-port",
        # NET-ROUTE, RET-ROUTE, NET-OVERLAP, NET-SNAT: by a route table, by packets, or by the
        # records of the host.
        "route-table",
        "loop",
        "local-policy",
        "no-local-route",
        "router-unreachable",
        "host-records",
        "host-route",
        # KDC-PORT, KDC-UDP-OFF, KDC-TCP-OFF, KDC-BIND: by the kdc.conf of the case.
        "kdc-conf",
        # KDC-RESET: the port closes the connection before a byte of an answer.
        "closed-early",
        # KDC-DOWN: by the log of the KDC, or by a kdc.conf with which it does not start.
        "kdc-start",
        # FW-VPC
        "forged-reset",
        "reject-on-the-way",
        "taken-connections",
        # Findings that one fact shows, whose code other checks use as well.
        "first-server-silent",
        "servers-silent-mit",
        "no-flow",
        "no-address",
        "no-hosts-line",
        "keytab",
        "login-step",
        "weak-keys",
        "service-login",
        "kdc-reply",
        "file-no-text",
        "file-line",
        # A setting: SVC-UNSET, SVC-PORT, SVC-BIND, SVC-STANDBY, DNS-LOOPBACK, HA-NAMESERVICE,
        # DW-FILES-STALE, HA-PARTIAL.
        "setting-unset",
        "setting-authority",
        "setting-port",
        "setting-loopback",
        "setting-provider",
        "setting-pinned",
        "setting-bind",
        "setting-other-port",
        "setting-rpc-port",
        "setting-other-service",
        "setting-unknown-host",
        "setting-other-node",
        "setting-old-path",
        "setting-local-disk",
        "setting-twin",
        "setting-missing",
        # SVC-STANDBY: by what the only NameNode of the files says itself.
        "standby-alone",
        # SVC-PORT, as packets show it.
        "answers-elsewhere",
        "other-protocol",
        # SVC-HMS, SVC-HANG: the service accepts and does not answer.
        "hangs",
        # SVC-HANG: the list of sockets shows that its queue is full.
        "full-queue",
        # KRB-SVC-PATTERN, DW-FILES-MIXED: by a principal of the Hadoop files.
        "principal-shape",
        # DNS-STALE-IP: by a line of the hosts file in the case.
        "hosts-line",
        # DNS-CLUSTER-NAME: by a line of it that resolvers skip.
        "hosts-swapped",
        "principal-realm",
        # DW-FILES-MIXED, DW-FILES-STALE: as rules of registration see it.
        "cluster-ids",
        "files-differ",
        # DW-REINIT.
        "never-initialized",
        "changed-since",
        # INPUT-LOG: how the failure of a log stands to what else is known.
        "log-alone",
        "log-unexplained",
        "log-contradicted",
        "log-disagrees",
        "log-answered",
        # A code that the words of a log name, and nothing else in the case shows.
        "log-named",
        # KRB-RENEWER, RUN-PROXY-KEYTAB, SVC-QOP: by a file.
        "client-setting",
        # HADOOP-CONF-VALUE, KRB-CLIENT-SIMPLE: a program ends with it, or takes another value.
        "value-refused",
        "value-read-otherwise",
        # KRB-CLIENT-SIMPLE, KRB-SERVER-SIMPLE, SVC-HMS, SVC-HS2-MECH: by the answer of a service
        # beside a file.
        "other-login",
        # KRB-A2L: by the rules of core-site.xml.
        "name-rules",
        # KRB-DOMAIN-REALM: the Hadoop files and krb5.conf place a service in different realms.
        "service-realm",
    ]
)
