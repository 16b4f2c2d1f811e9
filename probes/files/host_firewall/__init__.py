"""What does a host's own packet filter make of a new packet? Text in, a ruling out, with the line that decided it.

`iptables -S`, `iptables-save`, `iptables -vnL` and `nft list ruleset` are read into one model. What a rule says that is not understood makes the rule a "maybe",
and a maybe that could change the outcome makes the ruling unknown: a packet is called accepted only where every rule on its way was understood.
"""

from __future__ import annotations

from probes.files.host_firewall.detect import read_firewall
from probes.files.host_firewall.model import Chain, Firewall, FirewallRule, Packet, Ruling

__all__ = ["Chain", "Firewall", "FirewallRule", "Packet", "Ruling", "read_firewall"]
