"""What is wrong with a KDC, one function a code."""

from __future__ import annotations

from diagnose.findings.wording import routes
from diagnose.findings.wording.phrases import Told, Words, ends, listed, place, seen_here


def external(t: Told) -> Words:
    opened = [
        rule
        for group in t.scene.model.groups.values()
        for rule in group.rules
        if rule.accept
        and rule.direction == "ingress"
        and isinstance(rule.ports, tuple)
        and rule.protocol is not None
        and any(low == high == flow.endpoint.port for low, high in rule.ports for flow in t.flows)
    ]
    useless = (
        f" {listed(f'{r.id} in {r.group}' for r in opened)} opens that port on the cluster, which does nothing for a host elsewhere."
        if opened
        else ""
    )
    what = "The KDC" if any(flow.area == "kerberos" for flow in t.flows) else t.services
    return Words(
        f"{what} is outside the cluster, so the cluster's security group does not guard it",
        f"{place(t)} names {t.configured_hosts}, which is no node of the cluster.{useless} "
        f"{t.ports} has to be open from {t.sources} at that host's own firewall or security group, and routed there and back.{routes.way_out(t)}",
        seen_here(t, "it does not answer from here"),
        (
            f"Open {t.ports} from {t.sources} at {t.hosts}, on its security group or firewall, and check the route both ways.",
        ),
    )


def kdc_down(t: Told) -> Words:
    host = t.hosts
    return Words(
        "The KDC is not running",
        f"{host} refuses {t.ports} at once: the packets get there and nothing listens. No security-group rule is missing.",
        "A security group drops in silence; a refusal comes from the host itself.",
        (
            f"On {host}: systemctl status krb5kdc; start it; ss -lntu shows whether it listens on {t.ports} on every interface.",
        ),
    )


def kdc_moved(t: Told) -> Words:
    key = t.blames[0].key
    port = key[1] if isinstance(key, tuple) else "another port"
    return Words(
        f"krb5.conf names the wrong KDC port: the KDC answers on {port}",
        f"{t.hosts} refuses {t.ports} ({place(t)}), and a KDC answers on port {port} of the same host.",
        advice=(
            f"Put port {port} behind {t.configured_hosts} in krb5.conf (EMR console, Kerberos service, Configure), and initialize the resource group again.",
        ),
    )


def kdc_half(t: Told) -> Words:
    off, on = ("UDP", "TCP") if t.flows[0].endpoint.transport == "udp" else ("TCP", "UDP")
    hurt = (
        "Java clients fail at once"
        if off == "UDP"
        else "replies that do not fit a datagram fail with “Connection refused”"
    )
    return Words(
        f"The KDC does not listen on {off}",
        f"{t.hosts} answers Kerberos over {on} and refuses {off}: {hurt}.",
        advice=(
            f"In kdc.conf set {'kdc_listen' if off == 'UDP' else 'kdc_tcp_listen'} to the port and restart krb5kdc.",
        ),
    )


def not_kerberos(t: Told) -> Words:
    return Words(
        "Something other than a KDC listens on the KDC's port",
        f"{ends(t)} accepts connections but does not answer Kerberos. Java says “Cannot get a KDC reply”.",
        advice=(f"Find what listens on {t.ports} of {t.hosts}, or correct host and port at {place(t)}.",),
    )


def first_dead(t: Told) -> Words:
    cause = t.blames[0].key[2] if isinstance(t.blames[0].key, tuple) else ""
    how = {
        "KDC-DOWN": "refuses connections",
        "KDC-UDP-OFF": "refuses UDP",
        "KDC-BIND": "listens on another address",
        "FW-OS-REJECT": "is closed by its own firewall",
    }.get(str(cause), "does not answer")
    return Words(
        "The first KDC in krb5.conf is dead, and another one answers",
        f"{t.hosts} ({place(t)}) {how}; a later KDC of the same realm answers. Java asks in the order of the file and gives the first one 3 x 30 s before it goes on, so "
        "a login succeeds after minutes, and the one to two minutes of an initialization are over by then.",
        seen_here(t, f"{ends(t)} got no answer"),
        (
            f"Repair {t.hosts}, or move it behind the others in krb5.conf; kdc_timeout = 3s and max_retries = 1 shorten the wait.",
            f"emr-diagnose explain {cause} says how to repair the host itself.",
        ),
    )


def asymmetric(t: Told) -> Words:
    senders = listed(
        dict.fromkeys(str(b.outcome.observed.detail.get("answered_from")) for b in t.blames if b.outcome.observed)
    )
    return Words(
        "The KDC answers from another address than the one that was asked",
        f"{ends(t)} was asked, and the answer came from {senders}. Java and every client with a connected socket throw such an answer away: "
        "“Receive timed out”.",
        advice=(
            "Name the KDC by the address that it answers from, or correct the address translation or load balancer in front of it; TCP is not hurt.",
        ),
    )


def reset(t: Told) -> Words:
    return Words(
        "The connection to the KDC is reset",
        f"{ends(t)} takes the connection and resets it when it is asked. Java says “Connection reset”.",
        advice=(f"Look at the log of krb5kdc on {t.hosts}; a device that inspects connections may do the same.",),
    )


def tcp_hole(t: Told) -> Words:
    return Words(
        "The KDC's TCP port accepts connections and never answers",
        f"{ends(t)} completes the handshake and then stays silent. Java waits for “Read timed out”; kinit waits without limit.",
        advice=(
            f"Look at what listens on {t.ports} of {t.hosts}: a hung KDC, a half-open proxy, or packets that are lost once they are large.",
        ),
    )
