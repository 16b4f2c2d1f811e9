"""How is the reason of an observation said to people?"""

from __future__ import annotations

from collections.abc import Mapping

from probes.language import marked

ICMP_WORDS: Mapping[str, str] = {
    "host-unreachable": marked("host unreachable"),
    "host-prohibited": marked("host prohibited"),
    "net-unreachable": marked("network unreachable"),
    "net-prohibited": marked("network prohibited"),
    "admin-prohibited": marked("administratively prohibited"),
    "proto-unreachable": marked("protocol unreachable"),
    "policy-failed": marked("policy failed"),
    "reject-route": marked("reject route"),
    "ttl-exceeded": marked("time to live exceeded: a routing loop"),
    "icmp-other": marked("an ICMP error"),
}
WORDS: Mapping[str, str] = {
    "syn-ack": marked("connected"),
    "kerberos-reply": marked("the KDC answered"),
    "udp-reply": marked("answered"),
    "service-reply": marked("the service answered"),
    "rst": marked("refused: nothing listens there"),
    "port-unreachable": marked("refused: nothing listens there"),
    "conn-refused": marked("refused, by the host itself or by a firewall"),
    "no-response": marked("no answer"),
    "no-route": marked("no route from here"),
    "local-prohibited": marked("this host forbids it: a prohibit route, or its own firewall"),
    "name-not-found": marked("the name does not exist, or has no address"),
    "resolver-failed": marked("the name server failed, or did not answer"),
    "cancelled": marked("not finished in time"),
    "no-vantage": marked("not probed: nothing can send from there"),
    "contradicted": marked("two records of it contradict each other"),
    "no-descriptor": marked("not probed: no socket left"),
    "bug": marked("the probe failed by a mistake of ours"),
}
