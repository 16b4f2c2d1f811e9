"""Which faults stand between a client and its KDC, how is each one made for real, and what do
people then see?

One row a fault: what is done to krb5.conf, the account, the network and the KDC; what the
diagnosis has to call it; and what kinit and a Java login say, "" where they succeed. The last
two are held against the real programs, so a row cannot drift from the world.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from .cases import LabCase, healthy
from .diagnosis import serve_cluster
from .kdc import REALM
from .kdc_making import (
    AFTER_THE_HANDSHAKE,
    EVERYTHING,
    KDC,
    NO_NAME,
    ONLY_TCP,
    SECOND,
    Place,
    also_1088,
    answers_from_elsewhere,
    bound_acl,
    echo,
    firewall,
    fragments_lost,
    from_the_cluster,
    krb5,
    no_route,
    no_rule,
    no_such_name,
    other_realm,
    resolver_silent,
    router,
    slow_path,
    web_server,
)

TIMED_OUT, CONNECT, READ = "Receive timed out", "Connect timed out", "Read timed out"
CLOSED: Final = (None, None)
NO_KDC: Final = "Cannot contact any KDC for realm"
NO_TEXT: Final = "javax.security.auth.login.LoginException"
"""All that Java says where UDP is refused."""


def _nothing(_: Place) -> None:
    return


def _as_it_is(case: LabCase) -> LabCase:
    return case


@dataclass(frozen=True)
class Fault:
    """code: the primary, None where nothing is found; harmless: it breaks nothing now, so exit 0;
    also: other findings that must stand beside it.

    kdc: ports of UDP and TCP, None for what is not served; ahead: seconds that its clock is
    fast; realm: of the principal that logs in; kinit, jvm: a part of what they say, "" where
    they succeed; foretold: False where the product has to say that it cannot tell.
    """

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
    hadoop_first: str = ""
    """What a Hadoop client says before it lets the JDK log in. The lab logs in without Hadoop."""

    def __str__(self) -> str:
        return self.name

    @property
    def exit_code(self) -> int:
        return 0 if self.code is None or self.harmless else 1

    def case(self) -> LabCase:
        built = healthy()
        return self.account(replace(built, files={**built.files, "krb5.conf": self.conf}))

    def arrange(self, place: Place) -> LabCase:
        """Start the services of the cluster, make the fault, and return the case."""
        serve_cluster(place.lab)
        place.lab.kdc.stop()
        if self.kdc != CLOSED:
            place.lab.kdc.start(*self.kdc, self.ahead)
        self.prepare(place)
        return self.case()


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
    Fault("SG-KDC-UDP", "no rule for UDP", jvm=TIMED_OUT, account=no_rule("udp")),
    Fault(
        "KDC-UDP-ZERO",
        "no rule for UDP, limit 0",
        krb5(KDC, udp_preference_limit=0),
        jvm=TIMED_OUT,
        account=no_rule("udp"),
        also=("SG-KDC-UDP",),
    ),
    Fault(None, "no rule for UDP, limit 1", krb5(KDC, udp_preference_limit=1), account=no_rule("udp")),
    Fault(
        "SG-KDC-UDP",
        "no rule for UDP, limit 4096",
        krb5(KDC, udp_preference_limit=4096),
        jvm=TIMED_OUT,
        account=no_rule("udp"),
        also=("KDC-UDP-LARGE",),
    ),
    Fault("SG-KDC-TCP", "no rule for TCP", account=no_rule("tcp")),
    Fault(
        "SG-KDC-TCP",
        "no rule for TCP, limit 1",
        krb5(KDC, udp_preference_limit=1),
        jvm=CONNECT,
        account=no_rule("tcp"),
    ),
    Fault("SG-KDC-UDP", "no rule for either", kinit=NO_KDC, jvm=TIMED_OUT, account=no_rule("udp", "tcp")),
    Fault("SG-KDC-PORT", "rules for another port", krb5(f"{KDC}:1088"), NO_KDC, TIMED_OUT, kdc=(1088, 1088)),
    # Network ACLs.
    Fault("NACL-RETURN", "replies lost in a stateless ACL", jvm=TIMED_OUT, account=bound_acl([EVERYTHING], [ONLY_TCP])),
    Fault("NACL-IN", "an ACL lets no datagram in", jvm=TIMED_OUT, account=bound_acl([ONLY_TCP], [EVERYTHING])),
    # Firewalls and routes.
    Fault(
        "FW-OS-REJECT",
        "the host's firewall rejects UDP",
        jvm=TIMED_OUT,
        prepare=firewall("kdc", "udp dport 88 reject with icmp type host-prohibited"),
    ),
    Fault("FW-OS-DROP", "the host's firewall drops UDP", jvm=TIMED_OUT, prepare=firewall("kdc", "udp dport 88 drop")),
    Fault(
        "FW-VPC",
        "a router rejects UDP",
        jvm=TIMED_OUT,
        prepare=router("udp dport 88 reject with icmp type admin-prohibited"),
    ),
    Fault("NET-ROUTE", "no route", kinit=NO_KDC, jvm="Network is unreachable", prepare=no_route),
    # The KDC.
    Fault("KDC-DOWN", "KDC stopped", kinit=NO_KDC, jvm=NO_TEXT, kdc=CLOSED),
    Fault("KDC-PORT", "KDC on another port", kinit=NO_KDC, jvm=NO_TEXT, kdc=(1088, 1088), account=also_1088),
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
        prepare=firewall("kdc", f"{AFTER_THE_HANDSHAKE} drop"),
    ),
    Fault(
        "KDC-RESET",
        "TCP accepts and resets, limit 1",
        krb5(KDC, udp_preference_limit=1),
        jvm="Connection reset",
        prepare=firewall("kdc", f"{AFTER_THE_HANDSHAKE} reject with tcp reset"),
    ),
    Fault(
        "KDC-NOT-KRB",
        "HTTP on port 88, limit 1",
        krb5(KDC, udp_preference_limit=1),
        NO_KDC,
        "Cannot get a KDC reply",
        CLOSED,
        prepare=web_server,
    ),
    Fault(
        "KDC-NOT-KRB",
        "something echoes UDP",
        kinit="Invalid message type",
        jvm="Identifier doesn't match expected value (906)",
        kdc=(None, 88),
        prepare=echo,
    ),
    Fault("KDC-FRAG", "fragments lost", jvm=TIMED_OUT, prepare=fragments_lost),
    Fault(
        "KDC-ASYM-SRC",
        "answers from another address",
        jvm=TIMED_OUT,
        account=from_the_cluster,
        prepare=answers_from_elsewhere,
    ),
    Fault(
        "KRB-WRONG-REALM",
        "KDC of another realm",
        kinit="not found in Kerberos database",
        jvm="Client not found in Kerberos database (6)",
        kdc=CLOSED,
        prepare=other_realm,
    ),
    Fault("KRB-SKEW", "KDC's clock is 10 minutes fast", jvm="Clock skew too great (37)", ahead=600),
    # Two KDCs.
    Fault(
        "KDC-FIRST-DEAD",
        "first of two KDCs silent",
        krb5(SECOND, KDC),
        prepare=firewall("core-1", "meta l4proto { tcp, udp } th dport 88 drop"),
    ),
    Fault("KDC-FIRST-DEAD", "first of two KDCs refuses", krb5(SECOND, KDC), harmless=True),
    Fault(
        "KDC-SPARE",
        "second of two KDCs silent",
        krb5(KDC, SECOND),
        prepare=firewall("core-1", "meta l4proto { tcp, udp } th dport 88 drop"),
        harmless=True,
    ),
    # krb5.conf.
    Fault(
        "KDC-TIMEOUT-UNIT",
        "kdc_timeout of 30 ms, slow KDC",
        krb5(KDC, kdc_timeout=30),
        jvm=TIMED_OUT,
        kdc=(1088, 1088),
        prepare=slow_path,
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
        hadoop_first="Can't get Kerberos realm",
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
        prepare=no_such_name,
    ),
    Fault(
        "DNS-TIMEOUT",
        "name server silent",
        krb5(NO_NAME),
        "Resource temporarily unavailable",
        "Temporary failure in name resolution",
        prepare=resolver_silent,
    ),
)
