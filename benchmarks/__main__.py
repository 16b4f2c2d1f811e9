"""How does the project compare with its peers? `python -m benchmarks` prints all comparisons of one
run.

The exit code is 0 if everything was measured, whether the aims are met or not.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median

from benchmarks import fleet, growth, handshakes, kerberos, over_ssh, rules, scale, startup


def main(argv: Sequence[str] | None = None) -> None:
    options = _options(argv)
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores", flush=True)
    print(f"{load()} before\n", flush=True)
    for name in options.parts or PARTS:
        for line in PARTS[name](options):
            print(line, flush=True)
        print(f"{load()} after it\n", flush=True)


def _rules(options: argparse.Namespace) -> Iterable[str]:
    return rules_table(rules.measure(options.groups, min(options.compared, options.groups)))


def _startup(options: argparse.Namespace) -> Iterable[str]:
    return startup_table(startup.measure(options.runs))


def _growth_of_a_check(options: argparse.Namespace) -> Iterable[str]:
    return growth_table(growth.measure(runs=options.growth_runs))


def _fleet(options: argparse.Namespace) -> Iterable[str]:
    return fleet.table(list(fleet.measure(options.fleets)), fleet.single())


def _scale(options: argparse.Namespace) -> Iterable[str]:
    return scale.table(list(scale.by_size()), scale.needs(options.drawn), scale.profile())


def _over_ssh(options: argparse.Namespace) -> Iterable[str]:
    if not over_ssh.available():
        return ["Over SSH: not measured, which needs root, nft and sshd"]
    return over_ssh_table(over_ssh.measure(options.far_endpoints, options.turns))


def _kerberos(options: argparse.Namespace) -> Iterable[str]:
    if not kerberos.available():
        return ["Kerberos: not measured, which needs root, nft, krb5kdc, kinit, faketime, java and .ci/hadoop"]
    return kerberos_table(kerberos.measure(turns=options.kerberos_turns))


def _handshakes(options: argparse.Namespace) -> Iterable[str]:
    if not handshakes.available():
        return ["Handshakes: not measured, which needs root, nft and nmap"]
    return handshakes_table(handshakes.measure(options.endpoints, options.losses, options.turns))


PARTS: Mapping[str, Callable[[argparse.Namespace], Iterable[str]]] = {
    "rules": _rules,
    "startup": _startup,
    "growth": _growth_of_a_check,
    "fleet": _fleet,
    "scale": _scale,
    "ssh": _over_ssh,
    "kerberos": _kerberos,
    "sweep": _handshakes,
}
"""Name of a comparison -> the function that measures it and gives its lines."""


def load() -> str:
    """Return how many processes wanted a core, on average over the last minute. The benchmark
    itself is one.
    """
    return f"Load of the machine: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores"


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare with peers, in one run.")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", type=_part, help=f"one of {', '.join(PARTS)} (default: all of them)"
    )
    parser.add_argument("--groups", type=_count, default=1000, help="security groups to evaluate (default %(default)s)")
    parser.add_argument(
        "--compared", type=_count, default=50, help="how many of them netaddr evaluates too (default %(default)s)"
    )
    parser.add_argument("--runs", type=_count, default=15, help="runs of each whole process (default %(default)s)")
    parser.add_argument(
        "--growth-runs", type=_count, default=3, help="runs of each generated case (default %(default)s)"
    )
    parser.add_argument(
        "--fleets", type=_count, nargs="+", default=fleet.SIZES, help="cases of each fleet (default %(default)s)"
    )
    parser.add_argument(
        "--drawn", type=_count, default=scale.DRAWN, help="cases of mixed sizes to measure (default %(default)s)"
    )
    parser.add_argument(
        "--endpoints",
        type=_count,
        nargs="+",
        default=handshakes.SIZES,
        help="TCP endpoints to probe (default %(default)s)",
    )
    parser.add_argument(
        "--losses",
        type=int,
        nargs="+",
        default=handshakes.LOSSES,
        help="percent of packets lost each way (default %(default)s)",
    )
    parser.add_argument(
        "--far-endpoints",
        type=_count,
        default=over_ssh.ENDPOINTS,
        help="TCP endpoints to probe over SSH (default %(default)s)",
    )
    parser.add_argument("--turns", type=_count, default=3, help="turns of each prober (default %(default)s)")
    parser.add_argument(
        "--kerberos-turns",
        type=_count,
        default=1,
        help="turns at each Kerberos fault (default %(default)s)",
    )
    return parser.parse_args(argv)


def _part(text: str) -> str:
    if text not in PARTS:
        raise argparse.ArgumentTypeError(f"not one of {', '.join(PARTS)}")
    return text


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def rules_table(measured: rules.Measured) -> list[str]:
    """Return the rules comparison as lines of text."""
    each = f"{rules.RULES_IN_A_GROUP} rules each, {len(rules.QUESTIONS)} ports"
    return [
        f"Security groups: {each}, all sources of {rules.VSWITCH}; µs for one group and one port, compiling included",
        _row(f"this project, {measured.groups} groups", f"{measured.ours:.1f} µs"),
        _row(f"this project, {measured.compared} of them", f"{measured.ours_compared:.1f} µs", "1 x"),
        _row(
            "netaddr IPSet, straightforward, the same", f"{measured.straightforward:.1f} µs", f"{measured.ratio:.1f} x"
        ),
        _row("netaddr IPSet, prepared, the same", f"{measured.prepared:.1f} µs", f"{measured.prepared_ratio:.1f} x"),
        f"  netaddr is slow, so it does {measured.compared} groups and is compared on these",
        f"  all answers there are equal; an answer has {measured.ranges:.1f} ranges on average",
        _times_faster(rules.AIM_PREPARED, "prepared", measured.prepared_ratio),
        _times_faster(rules.AIM_RATIO, "straightforward", measured.ratio),
    ]


def _times_faster(aim: float, peer: str, ratio: float) -> str:
    return f"  {aim:.0f} times faster than {peer} netaddr: {_met(ratio >= aim)}"


def startup_table(timed: Sequence[startup.Timed]) -> list[str]:
    """Return the start-up comparison as lines of text. Ratios refer to the first row."""
    lines = [
        "Start-up: whole processes, bytecode compiled; median of the runs by the wall clock,",
        "  and of processor time (least), which is how many times a bare interpreter",
    ]
    for each in timed:
        aim = each.command.aim
        ratio = each.processor / timed[0].processor
        verdict = "" if aim is None else f"at most {aim:.0f} x: {_met(ratio <= aim)}"
        times = f"{each.wall:.0f} ms {each.processor:>6.0f} ms ({each.least:.0f})"
        lines.append(_row(each.command.name, times, f"{ratio:.1f} x", verdict))
    return lines


def growth_table(measured: Iterable[growth.Grown]) -> Iterator[str]:
    """Yield the growth of `check --offline`, line by line. Factors refer to the first row."""
    small = growth.SMALL
    yield f"Growth: check --offline of a case of {small.nodes} nodes, {small.kdcs} KDC lines,"
    yield f"  {small.networks} networks, {small.rules} rules, {small.entries} prefix-list entries,"
    yield "  and with one of these numbers raised; median of the runs, the largest memory"
    yield f"  {'':<30}{'wall':>9}{'processor':>11}{'memory':>10}{'factor':>9}"
    for each in measured:
        run = each.run
        figures = f"{run.wall:>7.2f} s{run.processor:>9.2f} s{run.memory:>6.0f} MiB{each.factor:>7.1f} x"
        verdict = "" if each.factor == 1 else f"   at most {growth.AIM:.0f} x: {_met(each.factor <= growth.AIM)}"
        yield f"  {each.name:<30}{figures}{verdict}"


def over_ssh_table(measured: over_ssh.Measured) -> list[str]:
    """Return the comparison of --via with the host itself as lines of text."""
    aim = over_ssh.AIM
    lines = [
        f"Over SSH: {measured.endpoints} endpoints, half open, a quarter closed, a quarter dropped, from a host and",
        "  through one SSH session to it; median of the turns; right: the worst of the turns over SSH",
        f"  {'':<24}{'on the host':>12}{'over SSH':>10}{'ratio':>8}{'right':>9}",
    ]
    for way in measured.ways:
        verdict = f"   at most {aim:g} x: {_met(way.ratio <= aim)}"
        figures = f"{way.here:>10.2f} s{way.there:>8.2f} s{way.ratio:>6.2f} x{way.right:>9.1%}"
        lines.append(f"  {'in the way of ' + way.name:<24}{figures}{verdict}")
    lines.append(f"  login, until the host is ready: {measured.login:.2f} s, not counted above")
    return lines


def kerberos_table(measured: Iterable[kerberos.Judged]) -> Iterator[str]:
    """Yield the comparison of Kerberos verdicts, line by line, and what the rows have in sum."""
    yield "Kerberos: a fault a row, a real KDC, one login with a keytab; whole processes, median of the turns"
    yield "  yes: check has the right code first; kinit and KDiag have words that lead to the right thing"
    yield f"  {'':<34}" + "".join(f"{name:>21}" for name in kerberos.TOOLS)
    judged: list[kerberos.Judged] = []
    for each in measured:
        judged.append(each)
        cells = [_kerberos_cell(each, each.verdicts[tool]) for tool in kerberos.TOOLS]
        yield f"  {each.row.name:<34}{''.join(cells)}"
    yield from _kerberos_sums(judged)


def _kerberos_cell(judged: kerberos.Judged, verdict: kerberos.Verdict) -> str:
    words = ("no alarm", "alarm") if judged.row.fault.code is None else ("yes", "no")
    return f"{words[not verdict.right]:>11}{verdict.seconds:>8.2f} s"


def _kerberos_sums(judged: Sequence[kerberos.Judged]) -> Iterator[str]:
    """Yield for each tool how many faults it named, and its seconds beside ours."""
    faults = [each for each in judged if each.row.fault.code is not None]
    healthy = [each for each in judged if each.row.fault.code is None]
    yield f"  {'':<24}{'right':>10}{'told apart':>12}{'false alarms':>14}{'median':>10}{'longest':>10}{'median is':>14}"
    ours = median(each.verdicts[kerberos.OURS].seconds for each in judged)
    for tool in kerberos.TOOLS:
        named = sum(each.verdicts[tool].right for each in faults)
        alone = named - len(kerberos.shared(judged, tool))
        alarms = sum(not each.verdicts[tool].right for each in healthy)
        seconds = [each.verdicts[tool].seconds for each in judged]
        ratio = "" if tool == kerberos.OURS else f"{median(seconds) / ours:.2f} x ours"
        counts = f"{named:>4} of {len(faults):>2}{alone:>6} of {len(faults):>2}{alarms:>9} of {len(healthy)}"
        yield f"  {tool:<24}{counts}{median(seconds):>8.2f} s{max(seconds):>8.2f} s{ratio:>14}".rstrip()
    yield "  told apart: by words that the tool did not write for any other cause of this table"
    right = all(each.verdicts[kerberos.OURS].right for each in judged)
    yield f"  check is right in every row: {_met(right)}"


def handshakes_table(measured: Iterable[handshakes.Measured]) -> Iterator[str]:
    """Yield the comparison with nmap, line by line. Ratios refer to the row of ours above."""
    yield "Handshakes: half open, a quarter closed, a quarter dropped; whole processes,"
    yield "  median of the turns (nmap with retries: one turn); right: the worst of the turns"
    yield f"  {'':<24}{'wall':>9}{'processor':>11}{'memory':>9}{'right: answering':>18}{'dropped':>9}{'wall is':>12}"
    ours: dict[tuple[int, int], handshakes.Run] = {}
    aims: list[str] = []
    for each in measured:
        run, place = each.run, (each.endpoints, each.loss)
        if each.tool is handshakes.OURS:
            ours[place] = run
            yield f" {each.endpoints} endpoints, {each.loss} % of packets lost each way"
        ratio = f"{run.wall / ours[place].wall:.2f} x ours" if each.tool is not handshakes.OURS else ""
        shares = f"{run.answering:>17.2%}{run.silent:>9.1%}"
        figures = f"{run.wall:>7.2f} s{run.processor:>9.2f} s{run.memory:>5.0f} MiB{shares}{ratio:>13}"
        yield f"  {each.tool.name:<24}{figures}".rstrip()
        if each.tool is handshakes.QUICK and not each.loss:
            times = ours[place].wall / run.wall
            aims.append(f"  {each.endpoints} endpoints at 0 % loss: {times:.2f} x {each.tool.name}")
            aims[-1] += f"; at most {handshakes.AIM:g} x: {_met(times <= handshakes.AIM)}"
    yield from aims
    yield from _growth(ours)


def _growth(ours: Mapping[tuple[int, int], handshakes.Run]) -> Iterator[str]:
    """Yield how the time grows from the second largest to the largest number of endpoints."""
    sizes = sorted({size for size, _ in ours})
    for loss in sorted({loss for _, loss in ours}) if len(sizes) > 1 else ():
        few, many = sizes[-2:]
        growth = ours[many, loss].wall / ours[few, loss].wall
        verdict = f"at most {many / few:g} x: {_met(growth <= many / few)}"
        yield f"  {few} to {many} endpoints at {loss} % loss: {growth:.1f} x the time; {verdict}"


def _row(name: str, time: str, ratio: str = "", verdict: str = "") -> str:
    return f"  {name:<36}{time:>22}{ratio:>9}   {verdict}".rstrip()


def _met(met: bool) -> str:
    return "met" if met else "not met"


if __name__ == "__main__":
    main()
