"""Which of these TCP endpoints complete a handshake?

Thousands are asked at once, in about the time that the network itself takes to answer.

- Every endpoint is asked several times, a little apart (`probes.network.pacing`). The first
  SYN-ACK, RST or ICMP error ends it.
- Each attempt is a connection of its own. If an answer takes longer than the gap, a server may see
  two of them open and close.
- Silence is recorded last. A burst can itself cause a loss, so a sample of the silent endpoints is
  asked once more when all is quiet, together with endpoints that have answered (controls).
- If one of the sample answers, or no control does, silence counts after the whole patience only. So
  it does at an address that has never answered.
- Hosts send few ICMP errors a second to one address (Linux: six at once, then one a second,
  icmp_ratelimit in https://docs.kernel.org/networking/ip-sysctl.html). If one came, a few of the
  silent endpoints are asked again at that pace. The detail of the rest has what came `beside` them.
"""

from probes.network.sweep.from_afar import sweep_from
from probes.network.sweep.second_look import worst_case
from probes.network.sweep.sweep import Sweep

__all__ = ["Sweep", "sweep_from", "worst_case"]
