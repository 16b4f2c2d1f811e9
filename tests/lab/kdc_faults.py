"""Which faults stand between a client and its KDC, how is each one made for real, and what do people then see?

One row a fault: what is done to krb5.conf, the account, the network and the KDC; what the diagnosis has to call it; and what kinit and a Java login say,
"" where they succeed. The last two are held against the real programs, so a row cannot drift from the world.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from . import cloud
from .cases import CLIENT_GROUP, NODE_GROUP, LabCase, full_name, healthy
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

TIMED_OUT, CONNECT, READ = "Receive timed out", "Connect timed out", "Read timed out"
NO_KDC: Final = "Cannot contact any KDC for realm"
NO_TEXT: Final = "javax.security.auth.login.LoginException"
"""All that Java says where UDP is refused."""

HTTP: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
AFTER_THE_HANDSHAKE: Final = "tcp dport 88 ct original packets > 2"


def krb5(*kdcs: str, default: str | None = REALM, realm: str = REALM, tail: str = "", **settings: object) -> str:
    """A krb5.conf; settings go to libdefaults, tail behind everything. kdcs: none for a realm without stanza."""
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
        """A script that says a line once it is ready."""
        running: subprocess.Popen[str] = self.lab.host(role).start(sys.executable, "-I", str(script), *arguments)
        self.undo.callback(running.communicate)
        self.undo.callback(running.kill)
        assert running.stdout is not None
        assert running.stdout.readline()


def _nothing(_: Place) -> None:
    return


def _as_it_is(case: LabCase) -> LabCase:
    return case


@dataclass(frozen=True)
class Fault:
    """code: the primary, None where nothing is found; harmless: it breaks nothing now, so exit 0; also: other findings that must stand beside it.

    kdc: ports of UDP and TCP, None for what is not served; ahead: seconds that its clock is fast; realm: of the principal that logs in; kinit, jvm: a part
    of what they say, "" where they succeed; foretold: False where the product has to say that it cannot tell."""

    code: str | None
    name: str
    conf: str = field(default=krb5(KDC), repr=False)
    kinit: str = ""
    jvm: str = ""
    kdc: tuple[int | None, int | None] = (88, 88)
    ahead: int = 0
    realm: str = REALM
    account: Callable[[LabCase], LabCase] = field(default=_as_it_is, repr=False)
    prepare: Callable[[Place], None] = field(default=_nothing, repr=False)
    also: tuple[str, ...] = ()
    harmless: bool = False
    foretold: bool = True

    def __str__(self) -> str:
        return self.name

    @property
    def exit_code(self) -> int:
        return 0 if self.code is None or self.harmless else 1

    def case(self) -> LabCase:
        built = healthy()
        return self.account(replace(built, files={**built.files, "krb5.conf": self.conf}))


# The account.


def _no_rule(*names: str) -> Callable[[LabCase], LabCase]:
    return lambda case: case.without(*(f"sgr-kdc-{name}" for name in names))


def _also_1088(case: LabCase) -> LabCase:
    opened = [
        permission(f"sgr-kdc-{name}-1088", IpProtocol=name.upper(), PortRange="1088/1088", SourceCidrIp=RG_CIDR)
        for name in ("udp", "tcp")
    ]
    return case.with_rules(NODE_GROUP, [*case.rules(NODE_GROUP), *opened])


def _from_the_cluster(case: LabCase) -> LabCase:
    """The resource group's own security group lets the cluster speak first, so that an answer from a second address gets as far as the client."""
    return case.with_rules(CLIENT_GROUP, [permission("sgr-back", IpProtocol="ALL", SourceCidrIp=CLUSTER_CIDR)])


def bound_acl(ingress: list[cloud.Document], egress: list[cloud.Document]) -> Callable[[LabCase], LabCase]:
    answer = cloud.network_acl("nacl-emr", "vsw-emr", ingress, egress)

    def bound(case: LabCase) -> LabCase:
        documents = {**case.documents, "DescribeNetworkAclAttributes.json": answer}
        case = replace(case, documents=documents)
        return case.with_document("DescribeVSwitches.json", _bind)

    return bound


def _bind(document: cloud.Document) -> None:
    for row in document["VSwitches"]["VSwitch"]:
        if row["VSwitchId"] == "vsw-emr":
            row["NetworkAclId"] = "nacl-emr"


EVERYTHING: Final = cloud.acl_entry("nae-all", "0.0.0.0/0")
ONLY_TCP: Final = cloud.acl_entry("nae-tcp", "0.0.0.0/0", "tcp", "1/65535")

# The network and the hosts.


def _firewall(role: str, *rules: str) -> Callable[[Place], None]:
    return lambda place: place.lab.host_firewall(role, *rules)


def _router(*rules: str, hook: str = "forward", priority: int = 0) -> Callable[[Place], None]:
    lines = "\n".join(f"    {rule}" for rule in rules)
    chain = f"  chain fault {{\n    type filter hook {hook} priority {priority}; policy accept;\n{lines}\n  }}\n"
    return lambda place: place.lab.beside(f"table inet fault {{\n{chain}}}\n")


def _answers_from_elsewhere(place: Place) -> None:
    rewrite = f"udp sport 88 ip saddr set {OTHER_ADDRESS}"
    chain = f"  chain output {{\n    type filter hook output priority 0; policy accept;\n    {rewrite}\n  }}\n"
    place.lab.filter("kdc", f"table inet host {{\n{chain}}}\n")


def _fragments_lost(place: Place) -> None:
    """A tunnel's MTU at the KDC, and a router that drops fragments before connection tracking puts them together."""
    place.on("kdc", "ip", "link", "set", "eth0", "mtu", "576")
    place.undo.callback(place.on, "kdc", "ip", "link", "set", "eth0", "mtu", "1500")
    _router("ip frag-off & 0x3fff != 0 counter drop", hook="prerouting", priority=-450)(place)


def _no_route(place: Place) -> None:
    place.on(RG, "ip", "route", "delete", "default")
    place.undo.callback(place.on, RG, "ip", "route", "add", "default", "via", RG_GATEWAY)


def _web_server(place: Place) -> None:
    place.lab.serve("kdc", tcp={88: HTTP})


def _other_realm(place: Place) -> None:
    directory = place.directory / "other-realm"
    directory.mkdir()
    other = Kdc(place.lab.host("kdc"), directory, OTHER_REALM)
    other.start()
    place.undo.callback(other.stop)


def _slow(place: Place) -> None:
    """The KDC itself is on 1088, and reached through something that takes its time."""
    place.program("kdc", HERE / "slow_path.py", CLUSTER["kdc"], "88", "1088", "0.1")


def _no_such_name(place: Place) -> None:
    place.program(RG, HERE.parent / "lab_clients" / "dns.py", "127.0.0.1")


def _resolver_silent(place: Place) -> None:
    place.resolver(NOBODY)


CLOSED: Final = (None, None)
UDP_ONLY_TWICE: Final = krb5(
    tail=f"[realms]\n  {REALM} = {{\n    admin_server = {KDC}\n  }}\n  {REALM} = {{\n    kdc = {KDC}\n  }}\n"
)

FAULTS: Final = (
    # Nothing is wrong with the network.
    Fault(None, "no fault"),
    Fault(None, "limit 1", krb5(KDC, udp_preference_limit=1)),
    Fault("KDC-UDP-LARGE", "limit 4096", krb5(KDC, udp_preference_limit=4096), harmless=True),
    Fault("KDC-UDP-ZERO", "limit 0", krb5(KDC, udp_preference_limit=0), harmless=True),
    # Rules of the security group.
    Fault("SG-KDC-UDP", "no rule for UDP", jvm=TIMED_OUT, account=_no_rule("udp")),
    Fault(
        "SG-KDC-UDP",
        "no rule for UDP, limit 0",
        krb5(KDC, udp_preference_limit=0),
        jvm=TIMED_OUT,
        account=_no_rule("udp"),
        also=("KDC-UDP-ZERO",),
    ),
    Fault(None, "no rule for UDP, limit 1", krb5(KDC, udp_preference_limit=1), account=_no_rule("udp")),
    Fault(
        "SG-KDC-UDP",
        "no rule for UDP, limit 4096",
        krb5(KDC, udp_preference_limit=4096),
        jvm=TIMED_OUT,
        account=_no_rule("udp"),
        also=("KDC-UDP-LARGE",),
    ),
    Fault("SG-KDC-TCP", "no rule for TCP", account=_no_rule("tcp")),
    Fault(
        "SG-KDC-TCP",
        "no rule for TCP, limit 1",
        krb5(KDC, udp_preference_limit=1),
        jvm=CONNECT,
        account=_no_rule("tcp"),
    ),
    Fault("SG-KDC-UDP", "no rule for either", kinit=NO_KDC, jvm=TIMED_OUT, account=_no_rule("udp", "tcp")),
    Fault("SG-KDC-PORT", "rules for another port", krb5(f"{KDC}:1088"), NO_KDC, TIMED_OUT, kdc=(1088, 1088)),
    # Network ACLs.
    Fault("NACL-RETURN", "replies lost in a stateless ACL", jvm=TIMED_OUT, account=bound_acl([EVERYTHING], [ONLY_TCP])),
    Fault("NACL-IN", "an ACL lets no datagram in", jvm=TIMED_OUT, account=bound_acl([ONLY_TCP], [EVERYTHING])),
    # Firewalls and routes.
    Fault(
        "FW-OS-REJECT",
        "the host's firewall rejects UDP",
        jvm=TIMED_OUT,
        prepare=_firewall("kdc", "udp dport 88 reject with icmp type host-prohibited"),
    ),
    Fault("FW-OS-DROP", "the host's firewall drops UDP", jvm=TIMED_OUT, prepare=_firewall("kdc", "udp dport 88 drop")),
    Fault(
        "FW-VPC",
        "a router rejects UDP",
        jvm=TIMED_OUT,
        prepare=_router("udp dport 88 reject with icmp type admin-prohibited"),
    ),
    Fault("NET-ROUTE", "no route", kinit=NO_KDC, jvm="Network is unreachable", prepare=_no_route),
    # The KDC.
    Fault("KDC-DOWN", "KDC stopped", kinit=NO_KDC, jvm=NO_TEXT, kdc=CLOSED),
    Fault("KDC-PORT", "KDC on another port", kinit=NO_KDC, jvm=NO_TEXT, kdc=(1088, 1088), account=_also_1088),
    Fault("KDC-UDP-OFF", "KDC serves TCP only", jvm=NO_TEXT, kdc=(None, 88)),
    Fault("KDC-TCP-OFF", "KDC serves UDP only", kdc=(88, None)),
    Fault(
        "KDC-TCP-OFF",
        "KDC serves UDP only, limit 1",
        krb5(KDC, udp_preference_limit=1),
        jvm="Connection refused",
        kdc=(88, None),
    ),
    Fault(
        "KDC-TCP-HOLE",
        "TCP accepts and stays silent, limit 1",
        krb5(KDC, udp_preference_limit=1),
        jvm=READ,
        prepare=_firewall("kdc", f"{AFTER_THE_HANDSHAKE} drop"),
    ),
    Fault(
        "KDC-RESET",
        "TCP accepts and resets, limit 1",
        krb5(KDC, udp_preference_limit=1),
        jvm="Connection reset",
        prepare=_firewall("kdc", f"{AFTER_THE_HANDSHAKE} reject with tcp reset"),
    ),
    Fault(
        "KDC-NOT-KRB",
        "HTTP on port 88, limit 1",
        krb5(KDC, udp_preference_limit=1),
        NO_KDC,
        "Cannot get a KDC reply",
        CLOSED,
        prepare=_web_server,
    ),
    Fault("KDC-FRAG", "fragments lost", jvm=TIMED_OUT, prepare=_fragments_lost),
    Fault(
        "KDC-ASYM-SRC",
        "answers from another address",
        jvm=TIMED_OUT,
        account=_from_the_cluster,
        prepare=_answers_from_elsewhere,
    ),
    Fault(
        "KRB-WRONG-REALM",
        "KDC of another realm",
        kinit="not found in Kerberos database",
        jvm="Client not found in Kerberos database (6)",
        kdc=CLOSED,
        prepare=_other_realm,
    ),
    Fault("KRB-SKEW", "KDC's clock is 10 minutes fast", jvm="Clock skew too great (37)", ahead=600),
    # Two KDCs.
    Fault(
        "KDC-FIRST-DEAD",
        "first of two KDCs silent",
        krb5(SECOND, KDC),
        prepare=_firewall("core-1", "meta l4proto { tcp, udp } th dport 88 drop"),
    ),
    Fault("KDC-FIRST-DEAD", "first of two KDCs refuses", krb5(SECOND, KDC)),
    # krb5.conf.
    Fault(
        "KDC-TIMEOUT-UNIT",
        "kdc_timeout of 30 ms, slow KDC",
        krb5(KDC, kdc_timeout=30),
        jvm=TIMED_OUT,
        kdc=(1088, 1088),
        prepare=_slow,
    ),
    Fault("KRB-DUP-STANZA", "realm twice, KDC in the second", UDP_ONLY_TWICE, jvm="Cannot locate KDC"),
    Fault(
        "KRB-REALM-CASE",
        "default realm in lower case",
        krb5(KDC, default=REALM.lower()),
        realm=REALM.lower(),
        kinit=f'Cannot find KDC for realm "{REALM.lower()}"',
        jvm="Cannot locate KDC",
    ),
    Fault("KRB-NO-STANZA", "realm without stanza", krb5(), f'Cannot find KDC for realm "{REALM}"', "Cannot locate KDC"),
    Fault(
        "KRB-NO-DEFAULT",
        "no default realm",
        krb5(KDC, default=None),
    ),
    Fault(
        "KRB-CONF-SYNTAX",
        "last brace missing",
        krb5(KDC, tail=f"[realms]\n  OTHER.COM = {{\n    kdc = {KDC}\n"),
        jvm="Not closed",
    ),
    Fault("KDC-MSG-CFG", "comma between KDCs", krb5(f"{KDC}, {SECOND}"), NO_KDC, foretold=False),
    Fault("KDC-LOOPBACK", "kdc = 127.0.0.1", krb5("127.0.0.1"), NO_KDC, NO_TEXT),
    # Names.
    Fault(
        "DNS-NX-KDC",
        "KDC's name does not exist",
        krb5(NO_NAME),
        NO_KDC,
        "Name or service not known",
        prepare=_no_such_name,
    ),
    Fault(
        "DNS-TIMEOUT",
        "name server silent",
        krb5(NO_NAME),
        "Resource temporarily unavailable",
        "Temporary failure in name resolution",
        prepare=_resolver_silent,
    ),
)
