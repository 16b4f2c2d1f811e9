"""Which of these TCP endpoints complete a handshake? Thousands at once, in about the time that the network itself takes to answer.

Every endpoint is asked several times, a little apart (`probes.network.pacing`); the first SYN-ACK, RST or ICMP error ends it.
Each attempt is a connection of its own, so where an
answer takes longer than the gap a server may see two of them open and close.

Silence is said late. A burst can itself be the cause of a loss, so a sample of the silent endpoints is asked once more when all is quiet, and if one of them answers, all
of them are. And hosts send few ICMP errors a second to one address (Linux: six at once, then one a second, icmp_ratelimit in
https://docs.kernel.org/networking/ip-sysctl.html): where one came, a few of the silent ones are asked again at that pace, and the rest say in their detail what was seen
`beside` them.
"""

from probes.network.sweep.second_look import worst_case
from probes.network.sweep.sweep import Sweep

__all__ = ["Sweep", "worst_case"]
