"""What a sweep says of endpoints on loopback; what it says under loss and limits is in
tests/lab/test_sweep.py."""

from __future__ import annotations

import contextlib
import errno
import socket
import time
from collections.abc import Iterator

import pytest

from probes.endpoint import Endpoint
from probes.network import sockets, sweep, tcp
from probes.network.host import Handshake
from probes.network.pacing import ENOUGH_ANSWERS, Pace
from probes.network.runner import Job, run
from probes.network.sweep import Sweep
from probes.network.sweep import sweep as engine
from probes.network.sweep.second_look import CONTROL_ATTEMPTS, ROUNDS, further
from probes.network.sweep.swept_endpoint import Path, SweptEndpoint
from probes.observation import Observation
from probes.vantage import HERE, PATIENCE, Vantage
from tests.support.deaf_listener import deaf_listener
from tests.support.descriptors import held

LOCAL = "127.0.0.1"


def at(port: int, address: str = LOCAL) -> Endpoint:
    return Endpoint("here", port, "tcp", address)


def swept(
    targets: list[tuple[str, Endpoint]],
    *,
    patience: float = PATIENCE,
    source: str | None = None,
    descriptors: int = 1000,
    hurry: bool = True,
) -> dict[str, Observation]:
    """Driven by hand, without an event loop."""
    found: dict[str, Observation] = {}

    def tell(key: str, seen: Observation) -> None:
        assert key not in found, "told twice"
        found[key] = seen

    vantage = Vantage(source_address=source, patience=patience)
    asked = Sweep(targets, tell, vantage, descriptors=descriptors, hurry=hurry)
    give_up = time.monotonic() + 60
    while (seconds := asked.step()) is not None:
        assert time.monotonic() < give_up
        time.sleep(min(seconds, 0.005))
    asked.close()
    return found


@pytest.fixture
def listener() -> Iterator[int]:
    """Yield a port that accepts."""
    with socket.create_server((LOCAL, 0), backlog=512) as sock:
        yield sock.getsockname()[1]


@pytest.fixture
def closed() -> Iterator[int]:
    """Yield a port that is bound and does not listen."""
    with socket.socket() as sock:
        sock.bind((LOCAL, 0))
        yield sock.getsockname()[1]


@pytest.fixture
def deaf() -> Iterator[int]:
    """Yield a listener whose queue is full.

    The kernel drops further SYNs, as a packet filter would.
    """
    with deaf_listener(LOCAL) as endpoint:
        yield endpoint.port


def test_nothing_to_ask_is_nothing_to_tell() -> None:
    assert swept([]) == {}


def test_open_and_closed_are_told_at_the_first_attempt(listener: int, closed: int) -> None:
    found = swept([("a", at(listener)), ("b", at(closed))])
    assert [(found[key].state, found[key].reason, found[key].attempts) for key in "ab"] == [
        ("open", "syn-ack", 1),
        ("closed", "rst", 1),
    ]
    assert found["a"].source == LOCAL
    assert found["a"].address == LOCAL
    assert found["a"].rtt_ms is not None


@pytest.mark.needs("ipv6")
def test_the_same_over_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as sock, socket.socket(socket.AF_INET6) as unused:
        unused.bind(("::1", 0))
        ports = sock.getsockname()[1], unused.getsockname()[1]
        found = swept([(f"{port}", at(port, "::1")) for port in ports])
    assert [found[f"{port}"].state for port in ports] == ["open", "closed"]


def test_an_unknown_path_is_asked_over_the_whole_patience(deaf: int) -> None:
    started = time.monotonic()
    found = swept([("a", at(deaf))], patience=1.2)
    assert time.monotonic() - started >= 1.2
    # 0, 0.3 and 1.0 s, and the SYNs that the kernel sends again after a second
    assert (found["a"].state, found["a"].reason) == ("filtered", "no-response")
    assert found["a"].attempts >= 4
    assert found["a"].detail == {}


def test_a_known_path_is_not_waited_for_longer_than_it_takes(listener: int, deaf: int) -> None:
    many = [(f"{number}", at(listener)) for number in range(300)]
    found = swept([("first", at(deaf)), *many, ("last", at(deaf))], patience=30)
    assert {found[key].state for key, _ in many} == {"open"}
    assert {found[key].reason for key in ("first", "last")} == {"no-response"}
    # A sample is asked again when all is quiet: more than the three attempts that a good path
    # takes.
    assert found["last"].attempts >= 5


def test_without_hurry_a_known_path_is_waited_for_as_long_as_any(listener: int, deaf: int) -> None:
    many = [(f"{number}", at(listener)) for number in range(300)]
    started = time.monotonic()
    found = swept([*many, ("silent", at(deaf))], patience=1.2, hurry=False)
    assert time.monotonic() - started >= 1.2
    assert (found["silent"].reason, len(found)) == ("no-response", 301)


def test_what_was_called_silent_in_a_hurry_is_not_told_without_its_second_look(
    monkeypatch: pytest.MonkeyPatch, listener: int, deaf: int
) -> None:
    found: dict[str, Observation] = {}
    monkeypatch.setattr(Sweep, "_look_again", lambda _: True)  # the deadline comes before the second look
    targets = [*((f"{number}", at(listener)) for number in range(300)), ("silent", at(deaf))]
    asked = Sweep(targets, found.__setitem__, Vantage(patience=30))
    give_up = time.monotonic() + 30
    while asked._live or asked._waiting:
        assert time.monotonic() < give_up
        asked.step()
    asked.close()
    assert len(found) == 300
    assert "silent" not in found


def test_an_attempt_that_this_host_could_not_make_leaves_the_others_their_chance(
    monkeypatch: pytest.MonkeyPatch, deaf: int
) -> None:
    """Given a host that has no port left for the second attempt, when nothing answers, then it
    is silence and not a lack of ports."""
    real, calls = socket.socket.connect_ex, []

    class Scarce(socket.socket):
        def connect_ex(self, address: object) -> int:
            calls.append(address)
            return errno.EADDRNOTAVAIL if len(calls) == 2 else real(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "socket", Scarce)
    found = swept([("a", at(deaf))], patience=0.6)
    assert (found["a"].state, found["a"].reason) == ("filtered", "no-response")


def test_who_answers_the_second_look_is_told_so(monkeypatch: pytest.MonkeyPatch, listener: int) -> None:
    """Given a burst in which every connection to one address is lost, when the sample of them
    answers, then all are asked again and found."""
    quiet = "127.0.0.9"
    calm = {"yes": False}
    real = socket.socket.connect_ex

    class Deaf(socket.socket):
        def connect_ex(self, address: object) -> int:
            if address[0] == quiet and not calm["yes"]:  # type: ignore[index]
                return real(self, ("127.0.0.1", full))
            return real(self, address)  # type: ignore[arg-type]

    looks = sweep.Sweep._look_again

    def look_again(self: Sweep) -> bool:
        calm["yes"] = True
        return looks(self)

    with contextlib.ExitStack() as stack:
        full = stack.enter_context(deaf_listener(LOCAL)).port
        everywhere = stack.enter_context(socket.create_server(("", 0), backlog=512))
        port = everywhere.getsockname()[1]
        monkeypatch.setattr(socket, "socket", Deaf)
        monkeypatch.setattr(sweep.Sweep, "_look_again", look_again)
        answering = [(f"{number}", at(port)) for number in range(150)]
        lost = [(f"lost {number}", at(port, quiet)) for number in range(40)]
        found = swept([*answering, *lost], patience=1.2)
    assert {found[key].state for key, _ in (*answering, *lost)} == {"open"}
    assert all(found[key].attempts > 3 for key, _ in lost)


def test_all_paths_of_which_a_sample_answered_are_asked_again_together() -> None:
    """One after the other they would take a patience each, and the worst case counts one for
    all."""
    paths = [Path(Pace(answers=ENOUGH_ANSWERS)) for _ in range(3)]
    for number, path in enumerate(paths):
        for port in (1, 2):
            endpoint = at(port, f"192.0.{number}.1")
            path.silent.append(SweptEndpoint(f"{number} {port}", endpoint, path, socket.AF_INET, ("", port)))
    looks = further(paths, hurry=True)
    sample = next(looks)[0]
    assert len(sample) == 6
    for each in sample:
        each.path.silent.append(each)
    for path in paths[:2]:
        path.ended += 1
    assert [flow.key for flow in next(looks)[0]] == ["0 1", "0 2", "1 1", "1 2"]


def silent_beside_one_that_answers() -> Path:
    """Return a known path with an address of which port 80 answered and two ports did not."""
    path = Path(Pace(answers=ENOUGH_ANSWERS))
    first, *others = (
        SweptEndpoint(f"{port}", at(port, "192.0.2.1"), path, socket.AF_INET, ("192.0.2.1", port), hurried=True)
        for port in (80, 1, 2)
    )
    path.answered["192.0.2.1"] = first
    path.silent += others
    return path


def test_silence_counts_if_an_endpoint_of_the_same_address_answers_at_the_same_time() -> None:
    path = silent_beside_one_that_answers()
    looks = further([path], hurry=True)
    sample = next(looks)[0]
    assert [(each.key, each.quota) for each in sample if each.is_control] == [("80", CONTROL_ATTEMPTS)]
    path.silent += [each for each in sample if not each.is_control]
    path.alive.add("192.0.2.1")
    assert [list(endpoints) for endpoints, _ in looks] == [[], []]
    assert not path.doubted


def test_silence_is_doubted_if_what_answered_before_is_silent_as_well() -> None:
    """Given a host that has stalled, when no round of controls is answered, then all of its silent
    endpoints are asked again over the whole patience."""
    path = silent_beside_one_that_answers()
    looks = further([path], hurry=True)
    for _ in range(ROUNDS):
        sample = [each for each in next(looks)[0] if not each.is_control]
        assert {each.key for each in sample} == {"1", "2"}
        path.silent += sample
    again = next(looks)[0]
    assert {(each.key, each.quota, each.may_hurry) for each in again} == {("1", None, False), ("2", None, False)}


def test_silent_endpoints_are_asked_again_as_long_as_some_of_them_answer() -> None:
    """Given a device that lets a few new connections through in each look."""
    path = silent_beside_one_that_answers()
    looks = further([path], hurry=True)
    path.silent += [each for each in next(looks)[0] if not each.is_control]
    path.alive.add("192.0.2.1")
    path.ended += 1
    first = next(looks)[0]
    assert {each.key for each in first} == {"1", "2"}
    path.silent += first[1:]
    path.ended += 1
    second = next(looks)[0]
    assert [each.key for each in second] == ["2"]
    path.silent += second
    assert [list(endpoints) for endpoints, _ in looks] == [[]]


def test_a_host_that_stalls_in_mid_sweep_is_not_taken_for_a_packet_filter(
    monkeypatch: pytest.MonkeyPatch, listener: int, deaf: int
) -> None:
    real, stalled, begun = socket.socket.connect_ex, 0.9, []

    class Stalling(socket.socket):
        def connect_ex(self, address: object) -> int:
            begun.append(time.monotonic())
            is_stalled = len(begun) > 150 and time.monotonic() - begun[150] < stalled
            return real(self, (LOCAL, deaf) if is_stalled else address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "socket", Stalling)
    found = swept([(f"{number}", at(listener)) for number in range(190)], patience=2.5)
    assert {seen.state for seen in found.values()} == {"open"}


def test_an_address_that_has_not_answered_is_waited_for_as_on_an_unknown_path(listener: int) -> None:
    """Its neighbours may be nearer."""
    with deaf_listener("127.0.0.2") as deaf:
        started = time.monotonic()
        found = swept([("silent", deaf), *((f"{number}", at(listener)) for number in range(150))], patience=1.2)
    assert time.monotonic() - started >= 1.2
    assert found["silent"].reason == "no-response"
    assert len(found) == 151


def test_a_look_catches_up_on_little_of_its_spacing_alone(monkeypatch: pytest.MonkeyPatch, deaf: int) -> None:
    """Given a second without a step, then the endpoints that are late do not begin all at once."""
    started, attempt = [], Sweep._attempt

    def counted(self: Sweep, flow: SweptEndpoint) -> None:
        started.append(flow.key)
        attempt(self, flow)

    monkeypatch.setattr(Sweep, "_attempt", counted)
    monkeypatch.setattr(engine, "LATE", 2**-9)  # the sums are exact
    asked = Sweep([(f"{n}", at(deaf)) for n in range(40)], lambda *_: None, Vantage(patience=30))
    now = float(int(time.monotonic()))
    asked._spacing, asked._next_start = 2**-11, now - 1.0
    asked._start(now)
    asked.close()
    assert len(started) == 5


def test_an_answer_that_is_late_counts_although_the_endpoint_was_called_silent(
    monkeypatch: pytest.MonkeyPatch, listener: int, deaf: int
) -> None:
    """Given a port of a near host whose packets are forwarded to a far one, when the sample of the
    second look leaves it out, then its first attempts are still open."""
    began, taken = time.monotonic(), Sweep._answered

    def forwarded(self: Sweep, number: int) -> None:
        if self._by_fd[number][0].key != "slow" or time.monotonic() - began > 0.09:
            taken(self, number)

    monkeypatch.setattr(Sweep, "_answered", forwarded)
    targets = [*((f"{number}", at(listener)) for number in range(150)), *((f"deaf {n}", at(deaf)) for n in range(40))]
    began = time.monotonic()
    found = swept([*targets, ("slow", at(listener))], patience=1.5)
    assert found["slow"].state == "open"


def test_an_answer_that_is_there_counts_before_the_timers_that_are_due(
    monkeypatch: pytest.MonkeyPatch, listener: int
) -> None:
    monkeypatch.setattr(engine, "EVENTS", 1)
    found: dict[str, Observation] = {}
    asked = Sweep([(f"{number}", at(listener)) for number in range(20)], found.__setitem__, HERE)
    asked.step()
    time.sleep(0.1)
    asked.step()
    asked.close()
    assert len(found) == 20


def test_no_descriptor_stays_open(listener: int, closed: int, deaf: int) -> None:
    before = held()
    swept([(f"{port} {number}", at(port)) for port in (listener, closed, deaf) for number in range(5)], patience=0.4)
    assert held() <= before


def test_closing_early_tells_what_has_been_asked_enough_and_nothing_else(listener: int, deaf: int) -> None:
    before = held()
    found: dict[str, Observation] = {}
    asked = Sweep([("a", at(listener)), ("b", at(deaf))], found.__setitem__, Vantage(patience=30))
    for _ in range(20):
        asked.step()
        time.sleep(0.005)
    asked.close()
    assert list(found) == ["a"]
    assert held() <= before


@pytest.mark.parametrize("room", [2, 3, 8])
def test_few_descriptors_are_enough(listener: int, deaf: int, room: int) -> None:
    ports = [listener] * 20 + [deaf] * 3
    found = swept([(f"{n}", at(port)) for n, port in enumerate(ports)], patience=0.5, descriptors=room)
    assert [found[f"{n}"].state for n in range(23)] == ["open"] * 20 + ["filtered"] * 3


def test_one_address_is_never_asked_more_than_so_often_at_once(
    monkeypatch: pytest.MonkeyPatch, listener: int, deaf: int
) -> None:
    monkeypatch.setattr(engine, "MOST_AT_ONE", 7)
    most = 0
    attempt = Sweep._attempt

    def counted(self: Sweep, flow: SweptEndpoint) -> None:
        nonlocal most
        attempt(self, flow)
        most = max(most, len(self._live))

    monkeypatch.setattr(Sweep, "_attempt", counted)
    found = swept([(f"{n}", at(deaf if n % 3 == 0 else listener)) for n in range(60)], patience=0.2)
    assert most == 7
    assert [found[f"{n}"].state for n in range(60)] == ["filtered" if n % 3 == 0 else "open" for n in range(60)]


def test_packets_leave_through_the_interface_that_is_asked_for(listener: int) -> None:
    assert swept([("a", at(listener))], source="lo")["a"].state == "open"


def test_a_descriptor_that_is_missing_for_now_is_waited_for(monkeypatch: pytest.MonkeyPatch, listener: int) -> None:
    ready, most = sockets.open_socket, 5

    def scarce(*args: object) -> socket.socket:
        if sum(1 for flow in asked._live for _ in flow.sockets) >= most:
            raise OSError(errno.EMFILE, "too many open files")
        return ready(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(sockets, "open_socket", scarce)
    found: dict[str, Observation] = {}
    asked = Sweep([(f"{n}", at(listener)) for n in range(40)], found.__setitem__, HERE)
    give_up = time.monotonic() + 30
    while asked.step() is not None:
        assert time.monotonic() < give_up
    asked.close()
    assert {seen.state for seen in found.values()} == {"open"}
    assert len(found) == 40


@pytest.mark.parametrize(
    ("endpoint", "source", "state", "reason"),
    [
        (at(9, "fe80::1%no-such-interface"), None, "filtered", "no-route"),
        (at(9), "192.0.2.77", "not-probed", "no-vantage"),
        (at(9), "::1", "not-probed", "no-vantage"),
        (at(9), "no-such-if0.17", "not-probed", "no-vantage"),
    ],
)
def test_what_this_host_refuses_is_told(endpoint: Endpoint, source: str | None, state: str, reason: str) -> None:
    found = swept([("a", endpoint)], source=source, patience=0.5)
    assert (found["a"].state, found["a"].reason) == (state, reason)


def test_our_own_mistake_with_one_endpoint_is_its_result(
    monkeypatch: pytest.MonkeyPatch, listener: int, closed: int
) -> None:
    real = tcp.observed

    def broken(handshake: Handshake, endpoint: Endpoint, vantage: Vantage) -> Observation:
        if handshake.failure is None:
            raise KeyError("x")
        return real(handshake, endpoint, vantage)

    monkeypatch.setattr(tcp, "observed", broken)
    found = swept([("a", at(listener)), ("b", at(closed))])
    assert (found["a"].reason, found["a"].detail) == ("bug", {"error": "KeyError: 'x'"})
    assert found["b"].reason == "rst"


def test_an_endpoint_without_an_address_does_not_cost_the_others(listener: int) -> None:
    found = swept([("a", Endpoint("no-address.example", 1, "tcp")), ("b", at(listener))])
    assert (found["a"].state, found["a"].reason) == ("not-probed", "bug")
    assert found["b"].state == "open"


def test_the_worst_case_is_never_less_than_what_a_silent_sweep_takes(deaf: int) -> None:
    started = time.monotonic()
    swept([(f"{n}", at(deaf)) for n in range(6)], patience=0.4, descriptors=4)
    assert sweep.worst_case(6, 0.4, 2) > time.monotonic() - started - 1.0
    assert sweep.worst_case(0, 3.5, 10) == 0


def test_the_runner_sweeps_what_has_no_probe(listener: int, closed: int) -> None:
    async def talk(endpoint: Endpoint, vantage: Vantage) -> Observation:
        return Observation("local", "open", "service-reply")

    ended: list[str] = []
    jobs = [Job("a", at(listener), HERE), Job("b", at(closed), HERE, talk), Job("c", at(closed), Vantage("rg", LOCAL))]
    done = run(jobs, on_progress=lambda key, seen, number, total: ended.append(f"{key} {total}"))
    assert [(key, seen.reason) for key, seen in done.observations.items()] == [
        ("a", "syn-ack"),
        ("b", "service-reply"),
        ("c", "rst"),
    ]
    assert done.observations["c"].vantage == "rg"
    assert sorted(ended) == ["a 3", "b 3", "c 3"]


def test_the_deadline_of_a_run_ends_a_sweep(deaf: int, listener: int) -> None:
    before = held()
    done = run([Job("a", at(deaf), HERE), Job("b", at(listener), HERE)], deadline=0.3)
    assert [seen.reason for seen in done.observations.values()] == ["cancelled", "syn-ack"]
    assert held() <= before
