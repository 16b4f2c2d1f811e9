"""How is the reason of an observation said to people?"""

from __future__ import annotations

from collections.abc import Mapping

ICMP_WORDS: Mapping[str, str] = {
    "host-unreachable": "host unreachable",
    "host-prohibited": "host prohibited",
    "net-unreachable": "network unreachable",
    "net-prohibited": "network prohibited",
    "admin-prohibited": "administratively prohibited",
    "proto-unreachable": "protocol unreachable",
    "policy-failed": "policy failed",
    "reject-route": "reject route",
    "ttl-exceeded": "time to live exceeded: a routing loop",
    "icmp-other": "an ICMP error",
}
WORDS: Mapping[str, str] = {
    "syn-ack": "connected",
    "kerberos-reply": "the KDC answered",
    "udp-reply": "answered",
    "service-reply": "the service answered",
    "rst": "refused: nothing listens there",
    "port-unreachable": "refused: nothing listens there",
    "no-response": "no answer",
    "no-route": "no route from here",
    "local-prohibited": "this host forbids it: a prohibit route, or its own firewall",
    "name-not-found": "the name does not exist, or has no address",
    "resolver-failed": "the name server failed, or did not answer",
    "cancelled": "not finished in time",
    "no-vantage": "not probed: nothing can send from there",
    "contradicted": "two records of it contradict each other",
    "no-descriptor": "not probed: no socket left",
    "bug": "the probe failed by a mistake of ours",
}
