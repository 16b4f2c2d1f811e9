"""Which source ports may a client's kernel choose? A stateless filter must let replies through to
all of them.

A program may bind a port of its own, and an administrator may set another range. So a conclusion
from one of these ranges is an assumption and is reported as one.
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
"""- linux: net.ipv4.ip_local_port_range, https://docs.kernel.org/networking/ip-sysctl.html
- linux-before-4.2: the same with one port more; the page on network ACLs names this range
- windows: since Vista, page default-dynamic-port-range-tcpip-chang of
  https://learn.microsoft.com/en-us/troubleshoot/windows-server/networking/
- any: all ports that https://www.alibabacloud.com/help/en/vpc/network-acl-overview (27 May 2026)
  advises to allow
"""
