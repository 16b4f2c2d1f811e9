"""Does an ordinary user get the verdicts that root gets, from `check` and from `probe`?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.places import PROJECT

from . import ipv6, layers, scene
from .kdc import REALM
from .kdc_making import KDC, Place, firewall, no_route, no_rule, router
from .netns import CLUSTER, RG
from .scene import CHECK_SECONDS, Lab

NOBODY = 65534
CAPABILITY = "dac_read_search"
"""All that is left of root: to read the program, wherever it was checked out. None that the network
knows.
"""

ORDINARY = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    f"--inh-caps=-all,+{CAPABILITY}",
    f"--ambient-caps=-all,+{CAPABILITY}",
    f"--bounding-set=-all,+{CAPABILITY}",
    "--no-new-privs",
    "--",
)
CAP_DAC_READ_SEARCH = 2
"""linux/capability.h"""

USERS: Mapping[str, tuple[str, ...]] = {"root": (), "nobody": ORDINARY}
MASTER = CLUSTER["master"]


@dataclass(frozen=True)
class Fault:
    name: str
    arrange: layers.Arrange = field(repr=False)
    targets: tuple[str, ...] = (
        f"tcp://{MASTER}:9083",
        f"tcp://{MASTER}:9000",
        f"krb5+udp://{KDC}?realm={REALM}",
        f"krb5+tcp://{KDC}?realm={REALM}",
    )

    def __str__(self) -> str:
        return self.name


FAULTS = (
    Fault("healthy", layers.made()),
    Fault("no rule for the KDC's UDP", layers.made(case=no_rule("udp"))),
    Fault("service stopped", layers.made(layers.without("metastore"))),
    Fault("host rejects, host-prohibited", layers.made(layers.rejects("reject with icmp type host-prohibited"))),
    Fault("host rejects, port-unreachable", layers.made(layers.rejects("reject with icmp type port-unreachable"))),
    Fault("host resets", layers.made(layers.rejects("reject with tcp reset"))),
    Fault("host rejects datagrams", layers.made(firewall("kdc", "udp dport 88 reject with icmp type host-prohibited"))),
    Fault("router rejects", layers.made(router("tcp dport 9083 reject with icmp type net-prohibited"))),
    Fault("no route", layers.made(no_route)),
    Fault("KDC stopped", layers.made(layers.kdc(None, None))),
    Fault(
        "IPv6, host rejects",
        layers.over_ipv6(layers.rejects("reject with icmpv6 type admin-prohibited")),
        (f"tcp://[{ipv6.ADDRESSES['master']}]:9083", f"krb5+udp://[{ipv6.ADDRESSES['kdc']}]?realm={REALM}"),
    ),
)

LABS = 3


@dataclass(frozen=True)
class Said:
    """What one user was told: exit codes of both commands, the primary, and of every flow and
    target what was seen.
    """

    exit_codes: tuple[int, int]
    primary: str | None
    flows: dict[str, tuple[Any, ...]]
    targets: list[tuple[Any, ...]]


def _said(lab: Lab, fault: Fault, directory: Path, prefix: tuple[str, ...]) -> Said:
    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        command = (*prefix, sys.executable, "-m", "diagnose", *arguments, "--format", "json")
        done = lab.host(RG).run(*command, cwd=PROJECT, seconds=CHECK_SECONDS)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    checked, report = run("check", str(directory))
    probed, answers = run("probe", *fault.targets)
    findings = report["findings"]
    return Said(
        (checked, probed),
        findings[0]["code"] if findings else None,
        {flow["id"]: (flow["verdict"], *_seen(flow["observations"])) for flow in report["flows"]},
        _seen(_answers(answers)),
    )


def _seen(observations: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Without the notes beside them: root may be able to add some."""
    return [(o["state"], o["reason"], o.get("offender")) for o in observations if o["state"] != "not-probed"]


def _answers(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every observation in the answer of `probe`, however deep it stands."""
    if isinstance(value, dict):
        if {"state", "reason"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _answers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _answers(inner)


Told = dict[str, Said]


@pytest.fixture(scope="module")
def told(
    lab_machine: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Fault], Told]:
    """Each fault as root and as nobody, one after the other in one lab; several faults side by
    side.
    """
    asked = [
        item.callspec.params["fault"]
        for item in request.session.items
        if item.path == Path(__file__) and hasattr(item, "callspec") and "fault" in item.callspec.params
    ]

    def run(fault: Fault, lab: Lab) -> Told:
        with ExitStack() as undo:
            undo.callback(lab.reset)
            case = fault.arrange(Place(lab, undo, tmp_path_factory.mktemp("place")))
            lab.enforce(case.documents.values())
            # pytest's own directories are closed to others.
            public = Path(undo.enter_context(TemporaryDirectory(prefix="emr-case-")))
            public.chmod(0o755)
            written = case.write(public / "case")
            return {name: _said(lab, fault, written, prefix) for name, prefix in USERS.items()}

    def run_some(faults: list[Fault]) -> dict[Fault, Told | Exception]:
        done: dict[Fault, Told | Exception] = {}
        with scene.lab(tmp_path_factory.mktemp("lab")) as lab:
            for fault in faults:
                try:
                    done[fault] = run(fault, lab)
                except Exception as error:  # noqa: BLE001 - told to the test of this fault
                    done[fault] = error
        return done

    with ThreadPoolExecutor(LABS) as workers:
        futures = [workers.submit(run_some, asked[start::LABS]) for start in range(LABS)]
        results = {fault: result for future in futures for fault, result in future.result().items()}

    def get(fault: Fault) -> Told:
        result = results[fault]
        if isinstance(result, Exception):
            raise result
        return result

    return get


def test_nobody_may_do_nothing_that_root_may_on_a_network(lab: Lab) -> None:
    status = lab.host(RG).run(*ORDINARY, "cat", "/proc/self/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == [str(NOBODY)] * 4
    assert fields["Groups"].strip() == ""
    assert {int(fields[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {1 << CAP_DAC_READ_SEARCH}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_nobody_is_told_what_root_is_told(told: Callable[[Fault], Told], fault: Fault) -> None:
    said = told(fault)
    assert said["nobody"] == said["root"]
    assert len(said["root"].targets) >= len(fault.targets)
    assert (said["root"].primary is None) == (fault.name == "healthy")
