"""Five faults, one symptom: a Java task that cannot log in, on a cluster where TCP to everything
else works. Are they told apart?

A resource group sees "Receive timed out" or an empty LoginException in all of them. The repairs
have nothing in common, so the codes may not either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from .cases import LabCase, healthy
from .cloud import permission
from .diagnosis import check, serve_cluster
from .kdc_clients import Told
from .kdc_faults import NO_TEXT
from .kdc_making import EVERYTHING, ONLY_TCP, bound_acl
from .netns import RG_CIDR
from .scene import Lab


@dataclass(frozen=True)
class LookAlike:
    """arrange: brings the fault about and gives the case as it then is; touches_groups: may the
    repair be a security-group rule? java_says: end of what a login says, as a real one in
    test_kdc_faults.py does.
    """

    code: str
    name: str
    arrange: Callable[[Lab], LabCase]
    touches_groups: bool
    java_says: str = "Receive timed out"

    def __str__(self) -> str:
        return self.name


def _udp_dropped(lab: Lab) -> LabCase:
    serve_cluster(lab)
    return healthy().without("sgr-kdc-udp")


def _stopped(lab: Lab) -> LabCase:
    serve_cluster(lab)
    lab.kdc.stop()
    return healthy()


def _rejected_by_the_host(lab: Lab) -> LabCase:
    """As firewalld and the iptables service of RHEL do it."""
    serve_cluster(lab)
    lab.host_firewall("kdc", "udp dport 88 reject with icmp type host-prohibited")
    return healthy()


def _replies_lost(lab: Lab) -> LabCase:
    """Let a network ACL, which keeps no state, drop the datagrams that come back."""
    serve_cluster(lab)
    return bound_acl([EVERYTHING], [ONLY_TCP])(healthy())


def _on_another_port(lab: Lab) -> LabCase:
    """Let in the KDC's real port in the security group; krb5.conf has another port."""
    serve_cluster(lab, kdc_port=1088)
    case = healthy()
    opened = [
        permission(f"sgr-kdc-{protocol}-1088", IpProtocol=protocol.upper(), PortRange="1088/1088", SourceCidrIp=RG_CIDR)
        for protocol in ("udp", "tcp")
    ]
    return case.with_rules("sg-emr", [*case.rules("sg-emr"), *opened])


LOOK_ALIKES = (
    LookAlike("SG-KDC-UDP", "UDP dropped, TCP open", _udp_dropped, touches_groups=True),
    LookAlike("KDC-DOWN", "KDC stopped", _stopped, touches_groups=False, java_says=NO_TEXT),
    LookAlike("FW-OS-REJECT", "rejected by the KDC's own firewall", _rejected_by_the_host, touches_groups=False),
    LookAlike("NACL-RETURN", "reply lost in a stateless ACL", _replies_lost, touches_groups=False),
    LookAlike("KDC-PORT", "KDC on another port", _on_another_port, touches_groups=False, java_says=NO_TEXT),
)


def test_no_two_of_them_have_one_code() -> None:
    assert len({one.code for one in LOOK_ALIKES}) == len(LOOK_ALIKES)


@pytest.mark.parametrize("look_alike", LOOK_ALIKES, ids=str)
def test_the_primary_is_the_fault_and_the_repair_fits_it(lab: Lab, tmp_path: Path, look_alike: LookAlike) -> None:
    found = check(lab, look_alike.arrange(lab), tmp_path)
    assert (found.exit_code, found.primary) == (1, look_alike.code), found
    # A refusal alone does not prove that the KDC is stopped: it may listen elsewhere.
    certainty = "strong" if look_alike.code == "KDC-DOWN" else "proven"
    assert found.report["findings"][0]["confidence"] == certainty, found
    assert bool(found.report["suggested_rules"]) is look_alike.touches_groups, found
    java = Told.of(found.report, "jdk")
    assert java.works == "no", found
    assert (java.message or "").endswith(look_alike.java_says), java
