"""What does the ladder of a trace show on imagined paths: gaps, long ways, refusals, loops, a host
that may not send? tests/lab/path has real routers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.endpoint import Endpoint
from probes.observation import Observation
from probes.path.trace import GAP, MOST_HOPS, Trace, _Ladder, trace
from probes.vantage import HERE, Vantage
from tests.support.fake_kdc import FakeKdc

TARGET = "192.0.2.99"
SYN_ACK = Observation("local", "open", "syn-ack", address=TARGET)
RST = Observation("local", "closed", "rst", address=TARGET)
NOTHING = Observation("local", "filtered", "no-response", address=TARGET)
PROHIBITED = Observation("local", "filtered", "admin-prohibited", "10.0.0.9", address=TARGET)
UNROUTED = Observation("local", "filtered", "no-route", address=TARGET)


def exceeded(router: str) -> Observation:
    return Observation("local", "filtered", "ttl-exceeded", router, 1.0, address=TARGET)


class Imagined:
    """A path: its routers in order (None for one that never answers), and what answers behind them.
    `asked`: the numbers of hops that were tried."""

    def __init__(self, routers: Sequence[str | None], end: Observation, *, round_and_round: bool = False) -> None:
        self.routers, self.end, self.loops = routers, end, round_and_round
        self.asked: list[int] = []

    async def __call__(self, ttl: int, left: float) -> Observation:
        self.asked.append(ttl)
        place = (ttl - 1) % len(self.routers) if self.loops else ttl - 1
        if place < len(self.routers):
            router = self.routers[place]
            if router is not None:
                return exceeded(router)
        elif self.end is not NOTHING:
            return self.end
        await asyncio.sleep(left)
        return NOTHING


def climb(path: Imagined, patience: float = 2.0) -> Trace:
    return asyncio.run(_Ladder(path, patience).climb())


def routers(count: int) -> list[str | None]:
    return [f"10.0.0.{n}" for n in range(1, count + 1)]


def test_every_hop_and_the_end() -> None:
    found = climb(Imagined(routers(3), SYN_ACK))
    assert [(hop.ttl, hop.address) for hop in found.hops] == [(1, "10.0.0.1"), (2, "10.0.0.2"), (3, "10.0.0.3")]
    assert (found.reached, found.distance, found.last, found.answer) == (True, 4, "10.0.0.3", SYN_ACK)
    assert found.detail()["answer"] == "syn-ack"


def test_a_way_of_many_hops_is_followed_to_its_end() -> None:
    found = climb(Imagined(routers(25), RST), 5.0)
    assert (len(found.hops), found.distance, found.reached) == (25, 26, True)


def test_a_gap_longer_than_the_reach_is_crossed_where_the_target_answers() -> None:
    found = climb(Imagined([*routers(1), *([None] * (GAP + 2))], SYN_ACK), 2.0)
    assert found.reached
    assert found.last == "10.0.0.1"


def test_silence_is_asked_a_few_hops_beyond_the_last_answer_and_no_further() -> None:
    path = Imagined(routers(2), NOTHING)
    found = climb(path)
    assert (found.last, found.reached, found.distance, found.answer) == ("10.0.0.2", False, None, None)
    assert max(ttl for ttl in path.asked if ttl < MOST_HOPS) == 2 + GAP


def test_nobody_answers() -> None:
    found = climb(Imagined([], NOTHING))
    assert (found.hops, found.last, found.reached, found.loop) == ((), None, False, ())
    assert found.detail()["last"] is None


def test_a_refusal_is_an_answer_and_its_sender_the_last_router() -> None:
    found = climb(Imagined(routers(2), PROHIBITED))
    assert (found.reached, found.distance, found.answer, found.last) == (False, 3, PROHIBITED, "10.0.0.9")


def test_a_loop_of_two() -> None:
    found = climb(Imagined(["10.0.0.1", "10.0.0.2"], NOTHING, round_and_round=True))
    assert (found.loop, found.reached) == (("10.0.0.1", "10.0.0.2"), False)


def test_one_router_seen_twice_is_shared_load_and_no_loop() -> None:
    found = climb(Imagined(["10.0.0.1", "10.0.0.2", "10.0.0.1"], NOTHING))
    assert found.loop == ()


@pytest.mark.parametrize("end", [NOTHING, PROHIBITED])
def test_one_address_for_all_routers_behind_a_translation_is_no_loop(end: Observation) -> None:
    """Linux does so behind DNAT: errors come from the address that was asked."""
    assert climb(Imagined(["10.0.0.1", TARGET, TARGET, TARGET, TARGET], end)).loop == ()


def test_a_loop_with_a_router_that_never_answers() -> None:
    assert climb(Imagined(["10.0.0.1", None], NOTHING, round_and_round=True)).loop == ("10.0.0.1",)


def test_one_silent_router_does_not_hide_the_end_of_a_long_way() -> None:
    way = [*routers(2), None, *routers(12)[3:]]
    found = climb(Imagined(way, SYN_ACK), 3.0)
    assert (found.distance, len(found.hops)) == (13, 11)


def test_this_host_is_no_router() -> None:
    """Given a target on our link that does not answer ARP, then this host sends the error."""
    nobody = Observation("local", "filtered", "host-unreachable", "192.0.2.1", source="192.0.2.1", address=TARGET)
    assert climb(Imagined([], nobody)).last is None


def test_this_host_may_not_send() -> None:
    path = Imagined([], UNROUTED)
    found = climb(path)
    assert (found.answer, found.reached, found.hops) == (UNROUTED, False, ())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", None]), max_size=MOST_HOPS - 2),
    st.sampled_from([SYN_ACK, RST, PROHIBITED]),
)
def test_a_trace_never_invents(way: list[str | None], end: Observation) -> None:
    path = Imagined(way, end)
    found = climb(path, 0.08)
    assert all(way[hop.ttl - 1] == hop.address for hop in found.hops)
    assert found.distance in (None, len(way) + 1)
    assert found.reached <= (end is not PROHIBITED)
    assert len(path.asked) == len(set(path.asked)) <= MOST_HOPS + 1


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_neighbour_is_one_hop_away(transport: str) -> None:
    with FakeKdc() as kdc:
        endpoint = kdc.endpoint(transport)  # type: ignore[arg-type]
        found = asyncio.run(trace(endpoint, HERE, payload=b"x"))
    assert (found.hops, found.distance, found.reached) == ((), 1, True)


def test_a_source_that_is_not_ours_is_said() -> None:
    found = asyncio.run(trace(Endpoint("h", 1, "tcp", "127.0.0.1"), Vantage(source_address="192.0.2.1")))
    assert found.answer is not None
    assert (found.answer.state, found.reached) == ("not-probed", False)
