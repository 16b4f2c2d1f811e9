"""What the far side's own records show to be wrong, one function a code."""

from __future__ import annotations

from collections.abc import Mapping

from diagnose.findings.wording.phrases import Told, Words, ends, listed, seen_here
from diagnose.scene.node_records.model import Topic

BIND_OPTIONS: Mapping[str, str] = {
    "namenode-rpc": "dfs.namenode.rpc-bind-host",
    "resourcemanager-client": "yarn.resourcemanager.bind-host",
    "hiveserver2": "hive.server2.thrift.bind.host",
}
"""Component -> the option that says which address it listens on (hdfs-default.xml, yarn-default.xml, hive-default.xml)."""


def bind(t: Told) -> Words:
    """KDC-BIND, SVC-BIND."""
    kdc = t.flows[0].area == "kerberos"
    what = "The KDC" if kdc else t.services
    option = next((BIND_OPTIONS[flow.component] for flow in t.flows if flow.component in BIND_OPTIONS), None)
    if kdc:
        port = t.flows[0].endpoint.port
        line = f"kdc_listen = 0.0.0.0:{port} and kdc_tcp_listen = 0.0.0.0:{port} in kdc.conf, and restart krb5kdc"
    elif option is not None:
        line = f"{option} = 0.0.0.0, and restart {t.services}"
    else:
        line = f"the address that {t.services} binds to as 0.0.0.0, and look for 127.0.0.1 beside the host's own name in its hosts file"
    return Words(
        f"{what} listens on an address that nobody else can reach",
        f"On {t.hosts}, {said(t, 'listening')}. From {t.hosts} itself it works, everybody else is refused. No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself.",
        (f"On {t.hosts}: set {line}.",),
    )


def route_back(t: Told) -> Words:
    """RET-ROUTE."""
    heard = said(t, "arrived")
    known = (
        f"The requests arrive: {heard}" if heard else f"Nothing that is known stops a request on its way to {ends(t)}"
    )
    return Words(
        "The answers do not find their way back to the resource group",
        f"{known}. The answers of {t.hosts} to {t.sources} are lost: a route on the host, a route table or something else on the way back leads them away. "
        "Adding inbound security-group rules will not help.",
        seen_here(t, f"{ends(t)} does not answer"),
        (
            f"On {t.hosts}: ip route get {_one_source(t)}. It has to leave by the host's usual gateway, not by a bridge (docker0, cni0) or a tunnel.",
            f"Compare the route table of the vSwitch of {t.hosts}: it needs a way to {t.sources}.",
        ),
    )


def translated(t: Told) -> Words:
    """NET-SNAT."""
    other = listed(
        dict.fromkeys(far.translated for flow in t.flows if (far := t.scene.far.of(flow.id)).translated is not None)
    )
    return Words(
        "The cluster sees another source address than the vSwitch's",
        f"The log of {t.hosts} has our question from {other}, which is no address of {t.sources}: address translation on the way. Security-group rules, "
        "proxyuser hosts and allow-lists that are written for the vSwitch do not match.",
        seen_here(t, f"{ends(t)} does not answer"),
        (
            f"Take the resource group out of the translation (NAT gateway, SNAT entry), or write the rules for {other} as well.",
            "noaddresses = true in krb5.conf keeps tickets valid across the translation.",
        ),
    )


def said(t: Told, topic: Topic) -> str:
    """What the records say of this, with file and line."""
    lines = [line for flow in t.flows for line in t.scene.far.of(flow.id).lines if line.topic == topic]
    return listed(dict.fromkeys(f"{line.text} ({line.origin.file}:{line.origin.line})" for line in lines))


def _one_source(t: Told) -> str:
    sources = (b.outcome.observed.source for b in t.blames if b.outcome.observed and b.outcome.from_inside)
    return next((source for source in sources if source), "an address of the resource group")
