"""The engine of a sweep: attempts, answers, timers, and the second look."""

from __future__ import annotations

import errno
import heapq
import os
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count

from probes.endpoint import Endpoint
from probes.network import errqueue, sockets, tcp
from probes.network.pacing import OFFSETS
from probes.network.sweep.flow import MOST_AT_ONE, Flow, Path, network
from probes.network.sweep.second_look import further
from probes.observation import Observation
from probes.vantage import Vantage

STARTS = 64
"""Attempts that are begun before answers are looked at again: more, and the time of an answer would be that of our own queue."""

EVENTS = 512

Tell = Callable[[str, Observation], None]
"""Key of the endpoint and what was seen; called once for each."""


class Sweep:
    """One pass over many endpoints; each is told once, in the order in which they end.

    `fileno` is readable when an answer is there; `step` does what is to be done and returns the seconds until it has to be called again at the latest, None once all has
    been told. `close` ends it early: silence is told only where the whole patience was waited for, since what was asked in a hurry lacks its second look.
    """

    def __init__(
        self,
        targets: Iterable[tuple[str, Endpoint]],
        tell: Tell,
        vantage: Vantage,
        *,
        descriptors: int = 1000,
        hurry: bool = True,
    ) -> None:
        """targets: key and endpoint with a numeric address; descriptors: sockets at once; hurry: silence
        may count before the patience is over, where the path is known."""
        self._hurried = hurry
        self._tell, self._vantage = tell, vantage
        self._free = max(2, descriptors)
        self._most = max(1, self._free // 2)
        self._epoll = select.epoll()
        self._by_fd: dict[int, tuple[Flow, socket.socket, float]] = {}
        self._timers: list[tuple[float, int, int, Flow]] = []
        self._order = count()
        self._paths: dict[str, Path] = {}
        self._live: set[Flow] = set()
        self._at: Counter[str] = Counter()
        self._held: dict[str, list[Flow]] = {}
        self._waiting: deque[Flow] = deque(self._flows(targets))
        self._total = len(self._waiting)
        self._spacing, self._next_start = 0.0, 0.0
        self._looks = further(self._paths.values(), hurry=hurry)

    def fileno(self) -> int:
        return self._epoll.fileno()

    def step(self) -> float | None:
        for number, _ in self._epoll.poll(0, EVENTS):
            if number in self._by_fd:
                self._answered(number)
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, _, turn, flow = heapq.heappop(self._timers)
            if flow in self._live and turn == flow.turn:
                self._guarded(flow, self._due)
        started = self._start(now)
        if not self._live and not self._waiting and not self._look_again():
            return None
        if started:
            return 0.0
        moments = [self._timers[0][0]] if self._timers else []
        if self._waiting and len(self._live) < self._most:
            moments.append(self._next_start)
        return max(0.0, min(moments, default=now) - time.monotonic())

    def close(self) -> None:
        for flow in tuple(self._live):
            self._drop(flow)
        for path in self._paths.values():
            path.silent[:] = [flow for flow in path.silent if not flow.hurried]
        self._tell_silence()
        self._epoll.close()

    def _flows(self, targets: Iterable[tuple[str, Endpoint]]) -> Iterator[Flow]:
        for key, endpoint in targets:
            try:
                family, address = sockets.place(endpoint)
            except OSError as error:
                self._tell(key, sockets.local_failure(error, endpoint, replace(self._vantage, source_address=None)))
                continue
            except ValueError as error:  # a name, which our caller should have looked up
                self._tell(key, self._mistake(endpoint, error))
                continue
            path = self._paths.setdefault(network(family, address[0]), Path())
            yield Flow(key, endpoint, path, family, address)

    def _start(self, now: float) -> int:
        """Begin with the next endpoints that wait, as many as may be; how many."""
        begun = 0
        while self._waiting and begun < STARTS and len(self._live) < self._most and now >= self._next_start:
            flow = self._waiting.popleft()
            if self._at[flow.address[0]] >= MOST_AT_ONE:
                self._held.setdefault(flow.address[0], []).append(flow)
                continue
            self._at[flow.address[0]] += 1
            flow.began, flow.before, flow.sent, flow.hurried = time.monotonic(), flow.before + flow.sent, 0, False
            self._next_start = now + self._spacing
            self._live.add(flow)
            self._guarded(flow, self._due)
            begun += 1
        return begun

    def _guarded(self, flow: Flow, step: Callable[[Flow], None]) -> None:
        """Our own mistake with one endpoint is its result; the others go on."""
        try:
            step(flow)
        except Exception as error:  # noqa: BLE001 - this is the boundary
            self._end(flow, self._mistake(flow.endpoint, error))

    def _mistake(self, endpoint: Endpoint, error: Exception) -> Observation:
        detail = {"error": f"{type(error).__name__}: {error}"}
        return Observation(self._vantage.name, "not-probed", "bug", address=endpoint.address, detail=detail)

    def _due(self, flow: Flow) -> None:
        """The next moment of this endpoint has come: ask it again, or call it silent for now."""
        pace, waited = flow.path.pace, time.monotonic() - flow.began
        if flow.quota is not None or (self._hurried and pace.known):
            flow.hurried = True
            quota = pace.attempts(self._total) if flow.quota is None else flow.quota
            last = flow.sockets[-1][1] + pace.timeout() - time.monotonic() if flow.sockets else 0.0
            if waited < self._vantage.patience and flow.sent < quota:
                self._attempt(flow)
                self._wake(flow, pace.gap())
            elif waited < self._vantage.patience and last > 0:
                self._wake(flow, last)
            else:
                self._no_answer(flow)
            return
        moments = [offset for offset in OFFSETS if offset < self._vantage.patience]
        if flow.sent < len(moments) and waited >= moments[flow.sent]:
            self._attempt(flow)
        elif waited >= self._vantage.patience:
            self._no_answer(flow)
            return
        following = moments[flow.sent] if flow.sent < len(moments) else self._vantage.patience
        self._wake(flow, following - waited)

    def _wake(self, flow: Flow, seconds: float) -> None:
        if flow in self._live:
            flow.turn += 1
            heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), flow.turn, flow))

    def _attempt(self, flow: Flow) -> None:
        """One more SYN. Where no descriptor is left the oldest attempt of this endpoint gives way."""
        if not self._free and flow.sockets:
            self._release(flow, *flow.sockets.pop(0))
        try:
            sock = sockets.ready(flow.family, socket.SOCK_STREAM, self._vantage.source_address)
        except OSError as error:
            self._unready(flow, error)
            return
        now = time.monotonic()
        self._free -= 1
        flow.sent += 1
        flow.sockets.append((sock, now))
        failed = sock.connect_ex(flow.address)
        if failed == errno.EINPROGRESS:
            self._by_fd[sock.fileno()] = (flow, sock, now)
            self._epoll.register(sock, select.EPOLLOUT)
        else:
            self._seen(flow, sock, now, failed)

    def _unready(self, flow: Flow, error: OSError) -> None:
        """This host refuses another socket. While others are open it is only a matter of waiting."""
        if flow.sockets:
            flow.sent, flow.before = flow.sent + 1, flow.before - 1  # its moment has passed, and nothing left
            return
        if error.errno in sockets.EXHAUSTED and len(self._live) > 1:
            self._most = max(1, len(self._live) - 1)
            self._drop(flow)
            self._waiting.appendleft(flow)
            return
        seen = sockets.local_failure(error, flow.endpoint, self._vantage)
        self._end(flow, seen)

    def _answered(self, number: int) -> None:
        flow, sock, started = self._by_fd[number]
        failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not failed and not tcp.connected(sock):
            errqueue.read(sock)  # a note of the kernel's, such as a smaller path MTU, and no answer
            return
        self._guarded(flow, lambda flow: self._seen(flow, sock, started, failed))

    def _seen(self, flow: Flow, sock: socket.socket, started: float, failed: int) -> None:
        """An attempt has ended, and with it the endpoint."""
        seconds = time.monotonic() - started
        if failed:
            error = OSError(failed, os.strerror(failed))
            ended = tcp.unopened(sock, error, flow.endpoint, self._vantage, seconds * 1000)
        else:
            ended = tcp.opened(sock, flow.endpoint, self._vantage, seconds * 1000)
        if ended.state == "not-probed" and len(flow.sockets) > 1:
            flow.sockets.remove(
                (sock, started)
            )  # this host had no port left for one more attempt; the others may still be answered
            self._release(flow, sock, started)
            return
        again = ended.attempts - 1
        if ended.state in ("open", "closed"):
            known = flow.path.pace.known
            later = sum(begun > started for _, begun in flow.sockets)
            flow.path.pace.answered(seconds, flow.sent - later + again)
            if self._hurried and flow.path.pace.known and not known:
                self._hurry(flow.path)
        elif ended.offender is not None:
            flow.path.refusals[ended.reason, ended.offender] += 1
        self._end(flow, replace(ended, attempts=flow.before + flow.sent + again))

    def _hurry(self, path: Path) -> None:
        """The path is known from now on: who waits for a later moment is asked at its pace."""
        for flow in self._live:
            if flow.path is path and flow.sockets:
                self._wake(flow, max(0.0, flow.sockets[-1][1] + path.pace.gap() - time.monotonic()))

    def _no_answer(self, flow: Flow) -> None:
        """Keep it for the end: a second look may still find it."""
        if flow.sockets:
            flow.source = sockets.own_address(flow.sockets[-1][0])
        self._drop(flow)
        flow.path.silent.append(flow)

    def _end(self, flow: Flow, seen: Observation) -> None:
        if flow in self._live:
            self._drop(flow)
            flow.path.told += 1
            self._tell(flow.key, seen)

    def _drop(self, flow: Flow) -> None:
        self._live.discard(flow)
        self._at[flow.address[0]] -= 1
        if held := self._held.get(flow.address[0]):
            self._waiting.append(held.pop(0))
        for sock, started in flow.sockets:
            self._release(flow, sock, started)
        flow.sockets.clear()

    def _release(self, flow: Flow, sock: socket.socket, started: float) -> None:
        if time.monotonic() - started > 1.0:
            flow.before += tcp.retransmits(sock)
        self._by_fd.pop(sock.fileno(), None)
        sock.close()
        self._free += 1

    def _tell_silence(self) -> None:
        for path in self._paths.values():
            for flow in path.silent:
                self._tell(flow.key, flow.silence(self._vantage))
            path.silent.clear()

    def _look_again(self) -> bool:
        """Everything has ended: is there someone to be asked once more? If not, the silent ones are told."""
        for flows, quota, spacing in self._looks:
            if flows:
                for flow in flows:
                    flow.path.silent.remove(flow)
                    flow.quota = quota
                self._spacing, self._next_start = spacing, time.monotonic() + spacing
                self._waiting.extend(flows)
                return True
        self._tell_silence()
        return False
