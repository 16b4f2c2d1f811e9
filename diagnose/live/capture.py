"""Which packets did a run send and receive?

The capture starts once it is known where packets will go, so that no other traffic of this host is
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import field
from types import TracebackType
from typing import Self

from diagnose.case.model import Skipped
from probes.frozen import mutable
from probes.language import marked, tr
from probes.network.raw import MOST_ADDRESSES, MOST_PACKETS, Capture, pcap
from probes.os_words import os_words

CHECK = marked("the packets of this run")


@mutable
class PacketCapture:
    """`with PacketCapture() as packets:` around a run that calls `watch`."""

    capture: Capture | None = None
    """The capture. None until `watch` is called, and if it was refused."""

    refused: str | None = None
    """Why no packet could be captured. None unless this host refused."""

    left_out: int = 0
    """Addresses whose packets are not captured."""

    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def watch(self, addresses: Sequence[str]) -> None:
        """Keep the packets to and from these addresses from now on."""
        if self.capture is not None or not addresses:
            return
        wanted = tuple(dict.fromkeys(addresses))
        self.left_out = max(0, len(wanted) - MOST_ADDRESSES)
        try:
            self.capture = self._stack.enter_context(Capture(wanted[:MOST_ADDRESSES]))
        except OSError as failure:
            self.refused = os_words(failure) if failure.strerror else tr("the packet socket could not be opened")

    def pcap(self) -> bytes | None:
        """Return the capture as a file. None if no packet was sent, or none could be read."""
        return None if self.capture is None else pcap(self.capture.packets)

    def skipped(self) -> tuple[Skipped, ...]:
        """Return what the file does not show, with the cause."""
        if self.refused is not None:
            cause = tr("this process may not read packets ({error}), so no capture was written", error=self.refused)
            return (Skipped(tr(CHECK), cause, tr("CAP_NET_RAW: the check run as root")),)
        if self.capture is None:
            return (Skipped(tr(CHECK), tr("nothing was sent, so no capture was written"), ""),)
        missing = []
        if self.left_out:
            missing.append(
                tr(
                    "packets of {more} addresses beyond the first {most} are not in the capture",
                    more=self.left_out,
                    most=MOST_ADDRESSES,
                )
            )
        if self.capture.lost:
            missing.append(
                tr(
                    "{more} packets after the first {most} are not in the capture",
                    more=self.capture.lost,
                    most=MOST_PACKETS,
                )
            )
        return tuple(Skipped(tr(CHECK), cause, "") for cause in missing)
