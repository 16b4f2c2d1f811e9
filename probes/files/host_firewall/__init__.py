"""What does a host's own packet filter make of a new packet? Text in, a ruling out, with the line that decided it.

`iptables -S`, `iptables-save`, `iptables -vnL` and `nft list ruleset` are read into one model. What a rule says that is not understood makes the rule a "maybe",
and a maybe that could change the outcome makes the ruling unknown: a packet is called accepted only where every rule on its way was understood.
"""

from __future__ import annotations

from probes.files.host_firewall.model import Chain, Firewall, Packet, Rule, Ruling
from probes.files.host_firewall.read import read_firewall

__all__ = ["Chain", "Firewall", "Packet", "Rule", "Ruling", "read_firewall"]
