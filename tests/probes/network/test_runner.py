"""Each job ends as one observation: seen, broken, late or interrupted, and nothing is left
behind."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from probes.endpoint import Endpoint
from probes.network import runner, tcp
from probes.network.runner import Job, run, run_async, worst_case
from probes.observation import Observation
from probes.vantage import HERE, Vantage
from tests.support.descriptors import held
from tests.support.places import PROJECT

ENDPOINT = Endpoint("kdc", 88, "tcp", "192.0.2.1")
SEEN = Observation("local", "open", "syn-ack")
HANG = 30
"""Seconds that no machine needs, however busy it is. One after the other the jobs take longer."""


async def at_once(endpoint: Endpoint, vantage: Vantage) -> Observation:
    return SEEN


async def silent(endpoint: Endpoint, vantage: Vantage) -> Observation:
    await asyncio.sleep(vantage.patience)
    return Observation("local", "filtered", "no-response")


async def for_ever(endpoint: Endpoint, vantage: Vantage) -> Observation:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


def jobs(count: int, probe: runner.Probe, vantage: Vantage = HERE) -> list[Job]:
    return [Job(f"{probe.__name__} {n}", ENDPOINT, vantage, probe) for n in range(count)]


@pytest.fixture
def limit() -> Iterator[int]:
    """Yield the soft limit of descriptors, and restore it after the test."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def listener() -> Iterator[Endpoint]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(2048)
        yield Endpoint("here", sock.getsockname()[1], "tcp", "127.0.0.1")


def test_observations_come_in_the_order_of_the_jobs() -> None:
    mixed = [*jobs(2, silent, Vantage(patience=0.1)), *jobs(3, at_once)]

    done = run(mixed)

    assert list(done.observations) == [job.key for job in mixed]
    assert [seen.reason for seen in done.observations.values()] == ["no-response"] * 2 + ["syn-ack"] * 3
    assert (done.interrupted, done.errors) == (False, ())


def test_the_observations_of_a_run_are_not_written_out_as_text() -> None:
    """Python's own modules did: the handler of SIGINT holds the task, and the task its result."""
    written = []

    class WrittenOut(Observation):
        def __repr__(self) -> str:
            written.append(self.state)
            return "seen"

    async def told(endpoint: Endpoint, vantage: Vantage) -> Observation:
        return WrittenOut("local", "open", "syn-ack")

    run(jobs(1, told))

    assert written == []


def test_nothing_to_do_is_done() -> None:
    assert run([]) == runner.Run({})


def test_two_jobs_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="share a key"):
        run([*jobs(1, at_once), *jobs(1, at_once)])


def test_all_wait_together() -> None:
    began = time.monotonic()

    run(jobs(500, silent, Vantage(patience=0.5)))

    assert time.monotonic() - began < HANG


def test_no_more_run_at_once_than_allowed() -> None:
    running = most = 0

    async def counted(endpoint: Endpoint, vantage: Vantage) -> Observation:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return SEEN

    run(jobs(50, counted), in_flight=7)

    assert most == 7


@pytest.mark.parametrize(
    ("soft", "wanted", "allowed"), [(256, None, 192), (256, 500, 192), (256, 10, 10), (4096, None, 2000), (70, 0, 1)]
)
def test_concurrency_is_bounded_by_descriptors(limit: int, soft: int, wanted: int | None, allowed: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < soft:
        pytest.skip("the hard limit is lower")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert runner.concurrency(wanted) == allowed


def test_worst_case_counts_rounds() -> None:
    assert worst_case(0) == 0
    assert worst_case(10, patience=3.5, in_flight=10) == 7
    assert worst_case(11, patience=3.5, in_flight=10) == 14


def test_a_broken_probe_is_a_bug_and_the_rest_goes_on() -> None:
    async def broken(endpoint: Endpoint, vantage: Vantage) -> Observation:
        raise KeyError("realm")

    async def gives_up(endpoint: Endpoint, vantage: Vantage) -> Observation:
        raise asyncio.CancelledError

    done = run(
        [Job("a", ENDPOINT, Vantage("rg"), broken), Job("b", ENDPOINT, HERE, gives_up), *jobs(3, at_once)], in_flight=1
    )

    bug = done.observations["a"]
    assert (bug.vantage, bug.state, bug.reason, bug.address) == ("rg", "not-probed", "bug", "192.0.2.1")
    assert bug.detail == {"error": "KeyError: 'realm'"}
    assert done.observations["b"].detail == {"error": "the probe cancelled itself"}
    assert [seen.reason for seen in done.observations.values()][2:] == ["syn-ack"] * 3


def test_a_probe_that_never_ends_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_SLACK", 0.1)

    done = run([*jobs(1, for_ever, Vantage(patience=0.1)), *jobs(1, at_once)])

    assert [seen.reason for seen in done.observations.values()] == ["bug", "syn-ack"]
    assert "did not end within 0.3 s" in str(done.observations["for_ever 0"].detail["error"])


def test_a_probe_that_is_late_because_the_host_is_busy_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_SLACK", 0.1)
    patient = Vantage(patience=0.5)

    async def busy(endpoint: Endpoint, vantage: Vantage) -> Observation:
        await asyncio.sleep(0)
        time.sleep(3.0)
        return SEEN

    done = run([*jobs(1, silent, patient), *jobs(1, busy, patient)])

    assert [seen.reason for seen in done.observations.values()] == ["no-response", "syn-ack"]


def test_the_deadline_keeps_what_was_learned() -> None:
    began = time.monotonic()

    done = run([*jobs(3, at_once), *jobs(5, for_ever), *jobs(2, silent)], deadline=0.3, in_flight=4)

    assert time.monotonic() - began < HANG
    reasons = [seen.reason for seen in done.observations.values()]
    assert reasons == ["syn-ack"] * 3 + ["cancelled"] * 7
    assert {seen.state for seen in done.observations.values()} == {"open", "not-probed"}
    assert not done.interrupted


def test_a_deadline_that_has_passed_probes_nothing() -> None:
    done = run(jobs(3, silent), deadline=0)

    assert {seen.reason for seen in done.observations.values()} == {"cancelled"}


def test_progress_tells_each_end_once() -> None:
    told: list[tuple[str, str, int, int]] = []

    run(
        [*jobs(2, at_once), *jobs(1, silent, Vantage(patience=0.05))],
        on_progress=lambda key, seen, done, total: told.append((key, seen.reason, done, total)),
    )

    assert told == [
        ("at_once 0", "syn-ack", 1, 3),
        ("at_once 1", "syn-ack", 2, 3),
        ("silent 0", "no-response", 3, 3),
    ]


def test_a_broken_display_does_not_cost_the_run() -> None:
    def broken(key: str, seen: Observation, done: int, total: int) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    done = run(jobs(3, at_once), on_progress=broken)

    assert [seen.reason for seen in done.observations.values()] == ["syn-ack"] * 3
    assert done.errors == ("progress: BrokenPipeError: [Errno 32] Broken pipe",)


def test_another_loop_may_stop_a_run() -> None:
    async def scene() -> runner.Run:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        return await run_async([*jobs(1, at_once), *jobs(2, for_ever)], stop=stop)

    done = asyncio.run(scene())

    assert done.interrupted
    assert [seen.reason for seen in done.observations.values()] == ["syn-ack", "cancelled", "cancelled"]


def test_a_cancelled_run_leaves_no_task() -> None:
    async def scene() -> set[str]:
        running = asyncio.create_task(run_async(jobs(20, for_ever)))
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()} if task is not None}

    assert asyncio.run(scene()) == set()


def test_a_run_works_outside_the_main_thread() -> None:
    done: list[runner.Run] = []
    thread = threading.Thread(target=lambda: done.append(run(jobs(2, at_once))))

    thread.start()
    thread.join(10)

    assert len(done[0].observations) == 2


def test_the_handler_of_sigint_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)

    run(jobs(1, at_once))

    assert signal.getsignal(signal.SIGINT) is before


def test_a_thousand_handshakes_at_once(listener: Endpoint) -> None:
    """Given one listener and many closed ports, when 1,000 are asked at once, then all are right
    and no descriptor stays."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = Endpoint("here", unused.getsockname()[1], "tcp", "127.0.0.1")
        asked = [Job(f"{n}", listener if n % 2 else closed, Vantage(patience=10), tcp.connect) for n in range(1000)]
        before = held()

        done = run(asked)

        assert held() <= before
    states = [seen.state for seen in done.observations.values()]
    assert states == ["closed", "open"] * 500


WITHOUT_DESCRIPTORS = """
import asyncio, contextlib, itertools, json, os, resource, socket
from probes.endpoint import Endpoint
from probes.network import tcp
from probes.network.runner import Job, run
from probes.vantage import HERE

FOR_THE_LOOP, LEFT, USED, COUNT = 3, 20, 100, 40
asked = []
all_asked = asyncio.Event()

async def hold(endpoint, vantage):
    seen, connection = await tcp.open_connection(endpoint, vantage)
    asked.append(seen)
    if len(asked) == COUNT:
        all_asked.set()
    with connection or contextlib.nullcontext():
        await all_asked.wait()
    return seen

listener = socket.create_server(("127.0.0.1", 0), backlog=COUNT)
endpoint = Endpoint("here", listener.getsockname()[1], "tcp", "127.0.0.1")
files = [open(os.devnull, "rb") for _ in range(USED)]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (files[-1].fileno() + 1 + FOR_THE_LOOP + LEFT, hard))
done = run(Job(f"{n}", endpoint, HERE, hold) for n in range(COUNT))
print(json.dumps([seen.reason for seen in done.observations.values()]))
"""


def test_descriptors_that_are_gone_are_said_and_not_hidden() -> None:
    """Given a process that has used up its descriptors itself, when it probes, then what could
    not be asked is `no-descriptor`.

    It is a process of its own, because other tests leave descriptors and threads in this one.
    """
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DESCRIPTORS], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60
    )
    reasons = json.loads(done.stdout)
    assert set(reasons) == {"syn-ack", "no-descriptor"}
    assert 20 <= reasons.count("syn-ack") <= 23


SIGINT_PROGRAM = """
import asyncio, json, sys
from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.network.runner import Job, run
from probes.vantage import HERE

async def at_once(endpoint, vantage):
    return Observation("local", "open", "syn-ack")

async def silent(endpoint, vantage):
    print("waiting", flush=True)
    await asyncio.sleep(60)

jobs = [Job("a", Endpoint("x", 1, "tcp"), HERE, at_once), Job("b", Endpoint("x", 2, "tcp"), HERE, silent)]
done = run(jobs)
print(json.dumps([done.interrupted, {key: seen.reason for key, seen in done.observations.items()}]))
"""


def test_sigint_ends_the_run_with_what_was_learned() -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SIGINT_PROGRAM],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "waiting\n"
        program.send_signal(signal.SIGINT)
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)

    assert (program.returncode, err) == (0, "")
    assert json.loads(out) == [True, {"a": "syn-ack", "b": "cancelled"}]


def test_sigint_is_not_heard_where_the_parent_does_not_want_it() -> None:
    """As nohup and background jobs of a shell do it."""
    program = SIGINT_PROGRAM.replace("sleep(60)", "sleep(0.3)\n    return await at_once(endpoint, vantage)")
    with subprocess.Popen(
        [sys.executable, "-c", "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + program],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    assert json.loads(out) == [False, {"a": "syn-ack", "b": "syn-ack"}]
