"""How does a sweep run: attempts, answers, timers and the second look?"""

from __future__ import annotations

import errno
import heapq
import os
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from itertools import count

from probes.endpoint import Endpoint
from probes.frozen import replace
from probes.network import errqueue, sockets, tcp
from probes.network.pacing import LEAST_LISTENING, OFFSETS
from probes.network.sweep.second_look import further
from probes.network.sweep.swept_endpoint import MOST_AT_ONE, Path, SweptEndpoint, network
from probes.network.this_host import handshake_of, is_connected, tcp_info
from probes.observation import Observation
from probes.vantage import Vantage

STARTS = 64
"""Attempts that begin before answers are read again.

With more of them, the measured time of an answer would be the time in our own queue.
"""

LATE = 0.002
"""Seconds of its spacing that a look may catch up on. Timers tick in whole milliseconds."""

EVENTS = 512

Record = Callable[[str, Observation], None]
"""Called once for each endpoint, with its key and what was seen."""


class Sweep:
    """One pass over many endpoints. Each is recorded once, in the order in which they end.

    - `fileno` is readable when an answer is there.
    - `step` does what is due. It returns the seconds after which it must be called again, None once
      all endpoints are recorded.
    - `close` ends it early. It records silence only after the whole patience, because endpoints
      that were asked in a hurry lack their second look.
    """

    def __init__(
        self,
        targets: Iterable[tuple[str, Endpoint]],
        record: Record,
        vantage: Vantage,
        *,
        descriptors: int = 1000,
        hurry: bool = True,
    ) -> None:
        """Take the endpoints.

        - targets: key and endpoint with a numeric address
        - descriptors: sockets that may be open at once
        - hurry: silence may count before the patience is over if the path is known
        """
        self._hurried = hurry
        self._record, self._vantage = record, vantage
        self._free = max(2, descriptors)
        self._most = max(1, self._free // 2)
        self._epoll = select.epoll()
        self._by_fd: dict[int, tuple[SweptEndpoint, socket.socket, float]] = {}
        self._timers: list[tuple[float, int, int, SweptEndpoint]] = []
        self._order = count()
        self._paths: dict[str, Path] = {}
        self._live: set[SweptEndpoint] = set()
        self._kept: deque[SweptEndpoint] = deque()  # silent ones whose attempts are still open
        self._at: Counter[str] = Counter()
        self._held: dict[str, list[SweptEndpoint]] = {}
        self._waiting: deque[SweptEndpoint] = deque(self._swept_endpoints(targets))
        self._total = len(self._waiting)
        self._spacing, self._next_start = 0.0, 0.0
        self._looks = further(self._paths.values(), hurry=hurry)

    def fileno(self) -> int:
        return self._epoll.fileno()

    def step(self) -> float | None:
        events = EVENTS
        while events == EVENTS:  # an answer that is there by now counts before the timers that are due by now
            events = self._read()
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, _, turn, swept = heapq.heappop(self._timers)
            if swept in self._live and turn == swept.turn:
                self._guarded(swept, self._due)
        started = self._start(now)
        if not self._live and not self._waiting and not self._look_again():
            if (left := self._left_to_listen()) > 0:
                return left
            self._record_silence()
            return None
        if started:
            return 0.0
        moments = [self._timers[0][0]] if self._timers else []
        if self._waiting and len(self._live) < self._most:
            moments.append(self._next_start)
        return max(0.0, min(moments, default=now) - time.monotonic())

    def _read(self) -> int:
        """Take the answers that are there, at most `EVENTS`. Return how many."""
        ready = self._epoll.poll(0, EVENTS)
        for number, _ in ready:
            if number in self._by_fd:
                self._answered(number)
        return len(ready)

    def close(self) -> None:
        for swept in tuple(self._live):
            self._drop(swept)
        self._close_kept()
        for path in self._paths.values():
            path.silent[:] = [swept for swept in path.silent if not swept.hurried]
        self._record_silence()
        self._epoll.close()

    def _swept_endpoints(self, targets: Iterable[tuple[str, Endpoint]]) -> Iterator[SweptEndpoint]:
        for key, endpoint in targets:
            try:
                family, address = sockets.place(endpoint)
            except OSError as error:
                self._record(key, sockets.local_failure(error, endpoint, replace(self._vantage, source_address=None)))
                continue
            except ValueError as error:  # a name, which our caller should have looked up
                self._record(key, self._mistake(endpoint, error))
                continue
            path = self._paths.setdefault(network(family, address[0]), Path())
            yield SweptEndpoint(key, endpoint, path, family, address)

    def _start(self, now: float) -> int:
        """Start as many waiting endpoints as may be in flight. Return how many."""
        begun = 0
        while self._waiting and begun < STARTS and len(self._live) < self._most and now >= self._next_start:
            swept = self._waiting.popleft()
            if swept.is_recorded:
                continue
            if self._at[swept.address[0]] >= MOST_AT_ONE:
                self._held.setdefault(swept.address[0], []).append(swept)
                continue
            self._at[swept.address[0]] += 1
            swept.began, swept.before, swept.sent, swept.hurried = time.monotonic(), swept.before + swept.sent, 0, False
            self._next_start = max(self._next_start, now - LATE) + self._spacing
            self._live.add(swept)
            self._guarded(swept, self._due)
            begun += 1
        return begun

    def _guarded(self, swept: SweptEndpoint, step: Callable[[SweptEndpoint], None]) -> None:
        """Run one step. A bug of ours becomes the result of this endpoint, and the others go on."""
        try:
            step(swept)
        except Exception as error:  # noqa: BLE001 - this is the boundary
            self._end(swept, self._mistake(swept.endpoint, error))

    def _mistake(self, endpoint: Endpoint, error: Exception) -> Observation:
        detail = {"error": f"{type(error).__name__}: {error}"}
        return Observation(self._vantage.name, "not-probed", "bug", address=endpoint.address, detail=detail)

    def _due(self, swept: SweptEndpoint) -> None:
        """Ask this endpoint again, or call it silent for now."""
        pace, waited = swept.path.pace, time.monotonic() - swept.began
        if swept.quota is not None or (self._hurried and swept.may_hurry):
            swept.hurried = True
            quota = pace.attempts(self._total) if swept.quota is None else swept.quota
            last = swept.sockets[-1][1] + pace.timeout() - time.monotonic() if swept.sockets else 0.0
            if waited < self._vantage.patience and swept.sent < quota:
                self._attempt(swept)
                self._wake(swept, pace.gap())
            elif waited < self._vantage.patience and last > 0:
                self._wake(swept, last)
            else:
                self._no_answer(swept)
            return
        moments = [offset for offset in OFFSETS if offset < self._vantage.patience]
        if swept.sent < len(moments) and waited >= moments[swept.sent]:
            self._attempt(swept)
        elif waited >= self._vantage.patience:
            self._no_answer(swept)
            return
        following = moments[swept.sent] if swept.sent < len(moments) else self._vantage.patience
        self._wake(swept, following - waited)

    def _wake(self, swept: SweptEndpoint, seconds: float) -> None:
        if swept in self._live:
            swept.turn += 1
            heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), swept.turn, swept))

    def _attempt(self, swept: SweptEndpoint) -> None:
        """Send one more SYN.

        If no descriptor is left, the attempts of silent endpoints are closed, or else the oldest
        one of this endpoint.
        """
        if not self._free:
            self._close_kept()
        if not self._free and swept.sockets:
            self._release(swept, *swept.sockets.pop(0))
        try:
            sock = sockets.open_socket(swept.family, socket.SOCK_STREAM, self._vantage.source_address)
        except OSError as error:
            self._unready(swept, error)
            return
        now = time.monotonic()
        self._free -= 1
        swept.sent += 1
        swept.sockets.append((sock, now))
        failed = sock.connect_ex(swept.address)
        if failed == errno.EINPROGRESS:
            self._by_fd[sock.fileno()] = (swept, sock, now)
            self._epoll.register(sock, select.EPOLLOUT)
        else:
            self._settle(swept, sock, now, failed)

    def _unready(self, swept: SweptEndpoint, error: OSError) -> None:
        """Handle a refusal of this host to open a socket.

        While others are open, it waits for one of them.
        """
        if swept.sockets:
            swept.sent, swept.before = swept.sent + 1, swept.before - 1  # its moment has passed, and nothing left
            return
        if error.errno in sockets.EXHAUSTED and (self._kept or len(self._live) > 1):
            self._close_kept()
            self._most = max(1, len(self._live) - 1)
            self._drop(swept)
            self._waiting.appendleft(swept)
            return
        seen = sockets.local_failure(error, swept.endpoint, self._vantage)
        self._end(swept, seen)

    def _answered(self, number: int) -> None:
        swept, sock, started = self._by_fd[number]
        failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not failed and not is_connected(sock):
            errqueue.read(sock)  # no answer: the kernel only learnt something, for example a smaller path MTU
            return
        self._guarded(swept, lambda swept: self._settle(swept, sock, started, failed))

    def _settle(self, swept: SweptEndpoint, sock: socket.socket, started: float, failed: int) -> None:
        """End the endpoint with the result of one attempt."""
        seconds = time.monotonic() - started
        error = OSError(failed, os.strerror(failed)) if failed else None
        ended = tcp.observed(handshake_of(sock, error, seconds * 1000), swept.endpoint, self._vantage)
        if ended.state == "not-probed" and len(swept.sockets) > 1:
            # This host had no port left for one more attempt. The others may still be answered.
            swept.sockets.remove((sock, started))
            self._release(swept, sock, started)
            return
        again = ended.attempts - 1
        if ended.state in ("open", "closed"):
            later = sum(begun > started for _, begun in swept.sockets)
            self._learn(swept, seconds, max(1, swept.sent - later) + again)
        elif ended.offender is not None:
            swept.path.refusals[ended.reason, ended.offender] += 1
        attempts = swept.before + swept.sent + again
        self._end(swept, ended if ended.attempts == attempts else replace(ended, attempts=attempts))

    def _learn(self, swept: SweptEndpoint, seconds: float, attempts: int) -> None:
        """Count an answer. Ask those that it lets hurry at the pace of the path from now on."""
        path, before = swept.path, swept.path.pace.is_known
        path.pace.answered(seconds, attempts)
        is_first = path.answered.setdefault(swept.address[0], swept) is swept
        if not (self._hurried and path.pace.is_known and (is_first or not before)):
            return
        for other in self._live:
            if other.path is path and other.sockets and other.may_hurry:
                self._wake(other, max(0.0, other.sockets[-1][1] + path.pace.gap() - time.monotonic()))

    def _no_answer(self, swept: SweptEndpoint) -> None:
        """Keep the endpoint for the end, because a second look may still get an answer.

        After a hurried look its attempts stay open, because a late answer counts as well.
        """
        if swept.sockets:
            swept.source = sockets.own_address(swept.sockets[-1][0])
        if not swept.hurried or swept.is_control:
            self._drop(swept)
        else:
            self._leave(swept)
            self._kept.append(swept)
        if not swept.is_control:
            swept.path.silent.append(swept)

    def _end(self, swept: SweptEndpoint, seen: Observation) -> None:
        if swept.is_recorded:
            return
        swept.is_recorded = True
        if swept in self._live:
            self._leave(swept)
        elif swept in swept.path.silent:
            swept.path.silent.remove(swept)
        self._close(swept)
        if swept.is_control:
            swept.path.alive |= {swept.address[0]} if seen.state in ("open", "closed") else set()
            return
        swept.path.ended += 1
        self._record(swept.key, seen)

    def _drop(self, swept: SweptEndpoint) -> None:
        self._leave(swept)
        self._close(swept)

    def _leave(self, swept: SweptEndpoint) -> None:
        """Take an endpoint out of those in flight. The next one of its address may begin."""
        self._live.discard(swept)
        self._at[swept.address[0]] -= 1
        if held := self._held.get(swept.address[0]):
            self._waiting.append(held.pop(0))

    def _close_kept(self) -> None:
        """Close the attempts of silent endpoints that are still open."""
        while self._kept:
            swept = self._kept.popleft()
            if swept not in self._live:
                self._close(swept)

    def _close(self, swept: SweptEndpoint) -> None:
        for sock, started in swept.sockets:
            self._release(swept, sock, started)
        swept.sockets.clear()

    def _release(self, swept: SweptEndpoint, sock: socket.socket, started: float) -> None:
        if time.monotonic() - started > 1.0:
            swept.before += tcp.figures(tcp_info(sock))[1]
        self._by_fd.pop(sock.fileno(), None)
        sock.close()
        self._free += 1

    def _left_to_listen(self) -> float:
        """Return the seconds for which the attempts of silent endpoints have to stay open."""
        first = max((swept.sockets[0][1] for swept in self._kept if swept.sockets), default=0.0)
        return first + LEAST_LISTENING - time.monotonic()

    def _record_silence(self) -> None:
        self._close_kept()
        for path in self._paths.values():
            for swept in path.silent:
                self._record(swept.key, swept.silence(self._vantage))
            path.silent.clear()

    def _look_again(self) -> bool:
        """Start the next look. Return False if there is none."""
        for endpoints, spacing in self._looks:
            if endpoints:
                self._spacing, self._next_start = spacing, time.monotonic() + spacing
                self._waiting.extend(endpoints)
                return True
        return False
