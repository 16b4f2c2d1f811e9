"""A link on which every packet is late. A script of its own, run inside a namespace as root:
TUN-DEVICE OUT-DEVICE SECONDS.

What the kernel routes into the TUN device leaves by the other device that many seconds later,
unchanged and in order; what comes back is not delayed. Bounded: it ends after
`LIFETIME_SECONDS`, and what does not fit into its queue is lost, as on any link.
"""

from __future__ import annotations

import fcntl
import os
import selectors
import socket
import struct
import sys
import time
from collections import deque
from contextlib import suppress

LIFETIME_SECONDS = 300.0
LONGEST_QUEUE = 10_000
PACKET_SIZE = 65536
SO_BINDTODEVICE = 25

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
"""linux/if_tun.h: whole IP packets, without a header of the driver's own."""


def open_tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH14x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def open_way_out(name: str) -> socket.socket:
    """Open a socket that sends packets with their own header, by this device only."""
    way_out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    way_out.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, name.encode() + b"\0")
    return way_out


def relay(device: int, way_out: socket.socket, delay: float) -> None:
    waiting: deque[tuple[float, bytes]] = deque()
    end = time.monotonic() + LIFETIME_SECONDS
    with selectors.DefaultSelector() as poll:
        poll.register(device, selectors.EVENT_READ)
        while (now := time.monotonic()) < end:
            if poll.select(max(0.0, waiting[0][0] - now) if waiting else 1.0):
                with suppress(BlockingIOError):
                    packet = os.read(device, PACKET_SIZE)
                    if packet[0] >> 4 == 4 and len(waiting) < LONGEST_QUEUE:
                        waiting.append((time.monotonic() + delay, packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, packet = waiting.popleft()
                with suppress(OSError):
                    way_out.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))


def main(tun: str, out: str, delay: str) -> None:
    device, way_out = open_tun(tun), open_way_out(out)
    print("ready", flush=True)
    relay(device, way_out, float(delay))


if __name__ == "__main__":
    main(*sys.argv[1:])
