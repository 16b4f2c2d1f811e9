"""What is wrong with a KDC, one function a code."""

from __future__ import annotations

from diagnose.findings.wording.told import Told, Words, ends, listed, place, seen_here


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
        f" {listed(f'{r.id} in {r.group}' for r in opened)} opens that port on the cluster, which does nothing for a KDC elsewhere."
        if opened
        else ""
    )
    return Words(
        "The KDC is outside the cluster, so the cluster's security group does not guard it",
        f"krb5.conf names {t.configured_hosts} ({place(t)}), which is no node of the cluster.{useless} "
        f"{t.ports} has to be open from {t.sources} at that host's own firewall or security group, and routed there and back.",
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


def tcp_hole(t: Told) -> Words:
    return Words(
        "The KDC's TCP port accepts connections and never answers",
        f"{ends(t)} completes the handshake and then stays silent. Java waits for “Read timed out”; kinit waits without limit.",
        advice=(
            f"Look at what listens on {t.ports} of {t.hosts}: a hung KDC, a half-open proxy, or packets that are lost once they are large.",
        ),
    )
