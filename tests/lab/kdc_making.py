"""How is a KDC fault made for real: a krb5.conf, an account, a packet filter, a host, a name
server?
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from . import cloud
from .cases import CLIENT_GROUP, NODE_GROUP, LabCase, full_name
from .cloud import permission
from .kdc import REALM, Kdc
from .netns import CLUSTER, CLUSTER_CIDR, RG, RG_CIDR, RG_GATEWAY
from .scene import DOMAIN, Lab

HERE: Final = Path(__file__).parent
KDC: Final = full_name("kdc")
SECOND: Final = full_name("core-1")
"""A host of the cluster that runs no KDC."""

NO_NAME: Final = f"master-1-9.{DOMAIN}"
NOBODY: Final = "192.168.20.99"
"""An address that the router swallows."""

OTHER_ADDRESS: Final = "192.168.20.13"
OTHER_REALM: Final = "EMR.C-FFFFFFFFFFFFFFFF.COM"
QUICK: Final[Mapping[str, object]] = {"kdc_timeout": 1000, "max_retries": 2}
"""Else every silence costs a JVM a minute and a half."""

HTTP: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
AFTER_THE_HANDSHAKE: Final = "tcp dport 88 ct original packets > 2"


def krb5(*kdcs: str, default: str | None = REALM, realm: str = REALM, tail: str = "", **settings: object) -> str:
    """Return a krb5.conf.

    `settings` go to libdefaults, and `tail` goes to the end. A realm without `kdcs` has no stanza.
    """
    head = {"dns_lookup_kdc": "false", "dns_lookup_realm": "false", "rdns": "false", **QUICK, **settings}
    lines = [f"  {key} = {value}\n" for key, value in head.items()]
    named = [f"  default_realm = {default}\n"] if default else []
    entries = "".join(f"    kdc = {kdc}\n" for kdc in kdcs)
    stanza = f"[realms]\n  {realm} = {{\n{entries}  }}\n" if kdcs else ""
    return f"[libdefaults]\n{''.join(named + lines)}{stanza}[domain_realm]\n  .{DOMAIN} = {realm}\n{tail}"


@dataclass(frozen=True)
class Place:
    """Where a fault is made. undo: what `Lab.reset` does not know of, taken back at the end."""

    lab: Lab
    undo: ExitStack
    directory: Path

    def on(self, role: str, *command: str) -> None:
        done = self.lab.host(role).run(*command)
        assert done.returncode == 0, done.stderr

    def resolver(self, address: str) -> None:
        self.lab.host(RG).write_etc("resolv.conf", f"nameserver {address}\noptions timeout:1 attempts:1\n")
        self.undo.callback(
            self.lab.host(RG).write_etc, "resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
        )

    def program(self, role: str, script: Path, *arguments: str) -> None:
        """Start a script and wait for the line that it prints when it is ready."""
        running: subprocess.Popen[str] = self.lab.host(role).start(sys.executable, "-I", str(script), *arguments)
        self.undo.callback(running.communicate)
        self.undo.callback(running.kill)
        assert running.stdout is not None
        assert running.stdout.readline()


# The account.


def no_rule(*names: str) -> Callable[[LabCase], LabCase]:
    return lambda case: case.without(*(f"sgr-kdc-{name}" for name in names))


def also_1088(case: LabCase) -> LabCase:
    opened = [
        permission(f"sgr-kdc-{name}-1088", IpProtocol=name.upper(), PortRange="1088/1088", SourceCidrIp=RG_CIDR)
        for name in ("udp", "tcp")
    ]
    return case.with_rules(NODE_GROUP, [*case.rules(NODE_GROUP), *opened])


def from_the_cluster(case: LabCase) -> LabCase:
    """Let the cluster open connections to the resource group, so that an answer from a second
    address reaches the client.
    """
    return case.with_rules(CLIENT_GROUP, [permission("sgr-back", IpProtocol="ALL", SourceCidrIp=CLUSTER_CIDR)])


def bound_acl(
    ingress: list[cloud.Document], egress: list[cloud.Document], vswitch: str = "vsw-emr"
) -> Callable[[LabCase], LabCase]:
    ident = vswitch.replace("vsw", "nacl")
    answer = cloud.network_acl(ident, vswitch, ingress, egress)

    def bind(document: cloud.Document) -> None:
        for row in document["VSwitches"]["VSwitch"]:
            if row["VSwitchId"] == vswitch:
                row["NetworkAclId"] = ident

    def bound(case: LabCase) -> LabCase:
        documents = {**case.documents, "DescribeNetworkAclAttributes.json": answer}
        case = replace(case, documents=documents)
        return case.with_document("DescribeVSwitches.json", bind)

    return bound


EVERYTHING: Final = cloud.acl_entry("nae-all", "0.0.0.0/0")
ONLY_TCP: Final = cloud.acl_entry("nae-tcp", "0.0.0.0/0", "tcp", "1/65535")

# The network and the hosts.


def firewall(role: str, *rules: str) -> Callable[[Place], None]:
    return lambda place: place.lab.host_firewall(role, *rules)


def router(*rules: str, hook: str = "forward", priority: int = 0) -> Callable[[Place], None]:
    lines = "\n".join(f"    {rule}" for rule in rules)
    chain = f"  chain fault {{\n    type filter hook {hook} priority {priority}; policy accept;\n{lines}\n  }}\n"
    return lambda place: place.lab.beside(f"table inet fault {{\n{chain}}}\n")


def answers_from_elsewhere(place: Place) -> None:
    rewrite = f"udp sport 88 ip saddr set {OTHER_ADDRESS}"
    chain = f"  chain output {{\n    type filter hook output priority 0; policy accept;\n    {rewrite}\n  }}\n"
    place.lab.filter("kdc", f"table inet host {{\n{chain}}}\n")


def fragments_lost(place: Place) -> None:
    """Give the KDC a tunnel's MTU, and let the router drop fragments before connection tracking
    puts them together.
    """
    place.on("kdc", "ip", "link", "set", "eth0", "mtu", "576")
    place.undo.callback(place.on, "kdc", "ip", "link", "set", "eth0", "mtu", "1500")
    router("ip frag-off & 0x3fff != 0 counter drop", hook="prerouting", priority=-450)(place)


def no_route(place: Place) -> None:
    place.on(RG, "ip", "route", "delete", "default")
    place.undo.callback(place.on, RG, "ip", "route", "add", "default", "via", RG_GATEWAY)


def web_server(place: Place) -> None:
    place.lab.serve("kdc", tcp={88: HTTP})


def echo(place: Place) -> None:
    """Send every datagram to port 88 back."""
    place.program("kdc", HERE / "odd_server.py", "echo", "88")


def other_realm(place: Place) -> None:
    directory = place.directory / "other-realm"
    directory.mkdir()
    other = Kdc(place.lab.host("kdc"), directory, OTHER_REALM)
    other.start()
    place.undo.callback(other.stop)


def slow_path(place: Place) -> None:
    """Move the KDC itself to 1088, behind a forwarder that is slow."""
    place.program("kdc", HERE / "slow_path.py", CLUSTER["kdc"], "88", "1088", "0.1")


def no_such_name(place: Place) -> None:
    place.program(RG, HERE / "clients" / "dns.py", "127.0.0.1")


def resolver_silent(place: Place) -> None:
    place.resolver(NOBODY)
