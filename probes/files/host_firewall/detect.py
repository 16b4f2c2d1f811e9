"""Which format of packet filter listing is this text in?"""

from __future__ import annotations

import re

from probes.files.host_firewall import iptables_commands, iptables_listing, nft
from probes.files.host_firewall.model import Chain, Firewall, FirewallRule
from probes.origin import Origin
from probes.regex import regex

LARGEST_READ = 2 << 20
"""Characters. A host of a container platform has some hundred thousand of rules. A longer text
gives no ruling.
"""

LONGEST_LINE = 16_384
"""Characters. iptables and nft write no line that long themselves. A text with such a line gives no
ruling.
"""

_NFT = regex(r"^[ \t]*table (ip|ip6|inet|arp|bridge|netdev) \S+ \{", re.MULTILINE)
_COMMANDS = regex(r"^(\[\d+:\d+\] )?-[APN] \S+|^:\S+ \S+ \[\d+:\d+\]", re.MULTILINE)
_LISTING = regex(r"^Chain \S+ \(", re.MULTILINE)


def read_firewall(file: str, text: str) -> Firewall | None:
    """Read a listing in any of the formats. None if the text is in none of them. Never raises."""
    head = text[:LARGEST_READ]
    for shape, read in ((_NFT, nft.read), (_COMMANDS, iptables_commands.read), (_LISTING, iptables_listing.read)):
        if shape.search(head):
            # A cut text gives no ruling: a called chain may go on after the cut.
            is_complete = len(head) == len(text) and all(len(line) <= LONGEST_LINE for line in head.split("\n"))
            return read(file, text) if is_complete else Firewall()
    return None


def no_rules(file: str) -> Firewall:
    """Return the firewall of a host whose program (in the name of the file) lists nothing."""
    name = file.rpartition("/")[2]
    family = 6 if name.startswith("ip6tables") else 4 if name.startswith("iptables") else None
    accept = FirewallRule("accept", Origin(file, 1), "")
    return Firewall({"INPUT": Chain("INPUT", (), accept, family)}, ("INPUT",))
