"""Do the benchmarks measure what they say? No test looks at a time.

Answers are equal, the input is as described, and each command did its work.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from netaddr import IPNetwork

from benchmarks import cases, growth, handshakes, kerberos, over_ssh, rules, scale, startup
from benchmarks.__main__ import PARTS, handshakes_table, main, over_ssh_table
from benchmarks.process import spawn
from probes.addresses import Ranges, intersect, parse
from probes.rules.security_group import TCP, UDP, Traffic
from tests.support.needs import LAB_NETWORK

VSWITCH: Ranges = (parse(rules.VSWITCH),)
TRAFFIC = Traffic(VSWITCH, None, frozenset({"sg-resource-group"}), frozenset({"sg-emr"}))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_netaddr_gives_the_same_answers(seed: int) -> None:
    groups = rules.security_groups(2, seed)
    translated = [rules.for_peer(group) for group in groups]
    ranges = rules.agree(groups, translated, TRAFFIC, IPNetwork(rules.VSWITCH))
    # Answers of one range each would be had without splitting anything
    assert ranges > 1


def test_a_wrong_answer_stops_the_run() -> None:
    # Given a group in which the peer is told the opposite of every rule
    (group,) = rules.security_groups(1)
    opposite = [rule._replace(accept=not rule.accept) for rule in rules.for_peer(group)]
    # Then no time is printed
    with pytest.raises(rules.Disagreement, match=group.id):
        rules.agree([group], [opposite], TRAFFIC, IPNetwork(rules.VSWITCH))


def test_groups_are_as_described_and_the_same_for_a_seed() -> None:
    groups = rules.security_groups(5, seed=7)
    assert groups == rules.security_groups(5, seed=7)
    assert groups != rules.security_groups(5, seed=8)
    made = [rule for group in groups for rule in group.rules]
    assert len(made) == 5 * rules.RULES_IN_A_GROUP
    assert {rule.protocol for rule in made} == {TCP, UDP, None}
    assert {rule.priority for rule in made} <= set(range(1, 101))
    assert 0.6 < sum(rule.accept for rule in made) / len(made) < 0.8
    overlapping = [rule for rule in made if isinstance(rule.source, tuple) and intersect(rule.source, VSWITCH)]
    assert 0.4 < len(overlapping) / len(made) < 0.6


def test_measures_a_ratio_on_the_same_groups() -> None:
    measured = rules.measure(groups=2, compared=1, passes=1)
    assert (measured.groups, measured.compared) == (2, 1)
    assert measured.ratio == measured.straightforward / measured.ours_compared


@pytest.mark.parametrize(("groups", "compared", "passes"), [(1, 2, 1), (1, 0, 1), (1, 1, 0)])
def test_refuses_to_compare_nothing(groups: int, compared: int, passes: int) -> None:
    with pytest.raises(ValueError, match="no comparison"):
        rules.measure(groups, compared, passes)


def test_a_command_that_fails_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = startup.Command("broken", (sys.executable, "-c", "raise SystemExit('no')"))
    monkeypatch.setattr(startup, "commands", lambda: (broken,))
    with pytest.raises(startup.DidNotAnswer, match=r"broken ended with 1, not 0: no"):
        startup.measure(runs=1)


def test_children_may_use_bytecode_and_see_no_settings() -> None:
    given = {
        "PATH": "/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "EMR_DIAGNOSE_DEADLINE": "1",
        "COVERAGE_PROCESS_START": "x",
    }
    assert startup.plain_environment(given) == {"PATH": "/bin"}


def test_prints_every_peer_ratio_and_aim_in_one_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(handshakes, "available", lambda: False)  # the lab's part is in tests/lab/test_sweep.py
    monkeypatch.setattr(kerberos, "available", lambda: False)  # tests/benchmarks/test_kerberos.py
    monkeypatch.setattr(growth, "DIMENSIONS", (growth.Dimension("60 nodes", cases.Shape(nodes=60)),))
    monkeypatch.setattr(scale, "DIMENSIONS", (("nodes", (cases.Shape(nodes=3), cases.Shape(nodes=30))),))
    small = [
        "--groups",
        "2",
        "--compared",
        "1",
        "--runs",
        "1",
        "--growth-runs",
        "1",
        "--fleets",
        "2",
        "4",
        "--drawn",
        "2",
    ]
    main(small)
    out = capsys.readouterr().out
    for name in ("netaddr IPSet, straightforward", "import scapy.all", "python -c pass", "--help", "check --offline"):
        assert name in out
    for aim in (
        "20 times faster than prepared netaddr: ",
        "50 times faster than straightforward netaddr: ",
        "at most 4 x: ",
        "at most 12 x: ",
        "at most 10 x: ",
        "at most 1.05 x: ",
        "10 times the nodes: ",
        "A million cases, from 2 of mixed sizes: ",
    ):
        assert aim in out
    assert "Kerberos: not measured" in out
    assert "Handshakes: not measured" in out
    assert out.count("Load of the machine: ") == 1 + len(PARTS)


def test_a_part_is_measured_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(handshakes, "available", lambda: False)
    main(["sweep"])
    out = capsys.readouterr().out
    assert "Handshakes: not measured" in out
    assert "netaddr" not in out
    with pytest.raises(SystemExit, match="2"):
        main(["no-such-part"])


def test_memory_is_that_of_the_program_and_not_of_the_process_that_measures(tmp_path: Path) -> None:
    # Given a benchmark that is larger than the program
    program = (sys.executable, "-I", "-S", "-c", "held = bytearray({} << 20); raise SystemExit(3)")
    ballast = bytearray(200 << 20)
    with (tmp_path / "out").open("w+b") as out:
        small, large = (
            spawn([*program[:-1], program[-1].format(size)], tmp_path / "used", out, out, seconds=60)
            for size in (1, 50)
        )
    # Then neither the benchmark's memory counts nor that of another program
    assert len(ballast) >> 20 == 200
    assert 1 < small.memory < 40
    assert 45 < large.memory - small.memory < 55
    assert (small.exit_code, large.exit_code) == (3, 3)


NMAP = b"""<?xml version="1.0"?>
<nmaprun>
<host><address addr="10.78.0.10" addrtype="ipv4"/><ports>
<extraports state="filtered" count="2"/>
<port protocol="tcp" portid="1"><state state="closed" reason="conn-refused"/></port>
<port protocol="tcp" portid="2"><state state="open" reason="syn-ack"/></port></ports></host>
<host><address addr="10.78.0.11" addrtype="ipv4"/><ports>
<extraports state="filtered" count="2"/><extraports state="closed" count="2"/></ports></host>
</nmaprun>"""


def test_nmap_is_read_with_the_ports_that_it_does_not_list() -> None:
    found = handshakes.of_nmap(NMAP, [1, 2, 3, 4])
    # Of the second host it cannot be known which port is which, so it told none
    assert {port: found["10.78.0.10", port] for port in (1, 2, 3, 4)} == {
        1: "closed",
        2: "open",
        3: "filtered",
        4: "filtered",
    }
    assert len(found) == 4
    assert handshakes.of_nmap(b"", [1]) == {}


def test_what_is_not_told_is_not_right() -> None:
    truth = {("a", 1): "open", ("a", 2): "closed", ("a", 3): "filtered", ("a", 4): "filtered"}
    assert handshakes.accuracy(truth, {("a", 1): "open", ("a", 3): "filtered"}) == (0.5, 0.5)
    assert handshakes.accuracy(truth, truth) == (1.0, 1.0)


def test_a_table_of_handshakes_has_ratios_and_growth() -> None:
    def row(tool: handshakes.Tool, size: int, wall: float) -> handshakes.Measured:
        return handshakes.Measured(tool, size, 0, handshakes.Run(wall, 0.1, 20.0, 1.0, 0.5))

    rows = [row(handshakes.OURS, 200, 0.5), row(handshakes.QUICK, 200, 1.0), row(handshakes.OURS, 400, 1.5)]
    text = "\n".join(handshakes_table(rows))
    assert "2.00 x ours" in text
    assert "200 endpoints at 0 % loss: 0.50 x nmap --max-retries 0; at most 1 x: met" in text
    assert "200 to 400 endpoints at 0 % loss: 3.0 x the time; at most 2 x: not met" in text


def test_a_table_of_handshakes_over_ssh_has_ratios_and_the_aim() -> None:
    ways = (over_ssh.Way("check", 4.0, 5.0, 1.0), over_ssh.Way("probe", 0.5, 4.0, 0.99))
    lines = over_ssh_table(over_ssh.Measured(600, 0.7, ways))
    assert "1.25 x" in lines[3]
    assert "at most 1.3 x: met" in lines[3]
    assert "8.00 x" in lines[4]
    assert lines[4].endswith("at most 1.3 x: not met")


@pytest.mark.alone
@pytest.mark.needs(*LAB_NETWORK, "sshd")
def test_every_endpoint_is_judged_right_over_ssh() -> None:
    measured = over_ssh.measure(40, turns=1)
    assert measured.endpoints == 40
    assert [way.right for way in measured.ways] == [1.0, 1.0]
    assert all(way.here > 0 for way in measured.ways)
