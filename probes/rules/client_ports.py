"""Which source ports may a client's kernel choose for a connection? A filter without state has to let answers through to every one of them.

A program may bind a port of its own, and an administrator may set another range: what follows from a range below is an assumption and said as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from probes.addresses import Range

Family = Literal["linux", "linux-before-4.2", "windows", "any"]

RANGES: Mapping[Family, Range] = {
    "linux": (32768, 60999),
    "linux-before-4.2": (32768, 61000),
    "windows": (49152, 65535),
    "any": (1024, 65535),
}
"""linux: net.ipv4.ip_local_port_range, https://docs.kernel.org/networking/ip-sysctl.html; before 4.2 with one port more, the range that the page on network
ACLs names; windows: since Vista, https://learn.microsoft.com/en-us/troubleshoot/windows-server/networking/default-dynamic-port-range-tcpip-chang;
any: all that https://www.alibabacloud.com/help/en/vpc/network-acl-overview (27 May 2026) advises to allow."""
