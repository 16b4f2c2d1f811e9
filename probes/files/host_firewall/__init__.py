"""What does a host's own packet filter do with a new packet, and which line of its listing decides?

`iptables -S`, `iptables-save`, `iptables -vnL` and `nft list ruleset` are read into one model. A
rule with an option that the reader does not understand matches "maybe". The ruling is unknown if
such a rule could change it. So a packet is accepted only if every rule on its way was understood.
"""

from __future__ import annotations

from probes.files.host_firewall.detect import no_rules, read_firewall
from probes.files.host_firewall.model import Chain, Firewall, FirewallRule, Packet, Ruling

__all__ = ["Chain", "Firewall", "FirewallRule", "Packet", "Ruling", "no_rules", "read_firewall"]
