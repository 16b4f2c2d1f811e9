"""The packets of a run, kept as evidence: started once it is known where packets will go, so that nothing else of this host's traffic is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from diagnose.case.model import Skipped
from probes.raw import MOST_PACKETS, Capture, pcap

CHECK = "the packets of this run"


@dataclass(slots=True)
class Evidence:
    """`with Evidence() as evidence:` around a run that calls `watch`. refused: why nothing could be captured."""

    capture: Capture | None = None
    refused: str | None = None
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
        try:
            self.capture = self._stack.enter_context(Capture(tuple(dict.fromkeys(addresses))))
        except OSError as failure:
            self.refused = failure.strerror or "the packet socket could not be opened"

    def pcap(self) -> bytes | None:
        """None where nothing was captured, not even nothing: no packet was sent, or none could be read."""
        return None if self.capture is None else pcap(self.capture.packets)

    def skipped(self) -> tuple[Skipped, ...]:
        """What the file would have shown and does not."""
        if self.refused is not None:
            cause = f"this process may not read packets ({self.refused}), so no capture was written"
            return (Skipped(CHECK, cause, "CAP_NET_RAW: the check run as root"),)
        if self.capture is None:
            return (Skipped(CHECK, "nothing was sent, so no capture was written", ""),)
        if self.capture.lost:
            cause = f"{self.capture.lost} packets after the first {MOST_PACKETS} are not in the capture"
            return (Skipped(CHECK, cause, ""),)
        return ()
