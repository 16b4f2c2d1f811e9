"""How is the product run on a desk from which only SSH leads to the resource-group host?

The desk is a network namespace with one cable, and no route. So no packet of a run can come from
where the tool runs: all of them are sent by the host that it logs in to.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.support.places import PROJECT
from tests.support.ssh_keys import public_text, write_private
from tests.support.ssh_server import USER, Server, known_line, sshd

from .cases import LabCase
from .diagnosis import Diagnosis
from .netns import RG, Host, batch, remove
from .scene import CHECK_SECONDS, Lab

DESK: Final = "desk"
BASTION: Final = "bastion"
KEY: Final = 7
"""Number of the key that opens every login of the desk."""

RG_NAME: Final = "rg"
"""What the desk calls the resource-group host."""

TARGET: Final = f"ssh://{RG_NAME}"

WRITABLE: Final = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.home())
"""Where a login can leave files without meaning to."""

ERRORS_SECONDS: Final = 6.0
"""After which a router that has no route may tell five packets so again, at once: it counts for
each peer (net.ipv4.route.error_burst)."""

OF_A_FINDING: Final = (
    *("code", "severity", "confidence", "rank", "title", "cause", "flows", "excluded", "undone", "remedies", "waived"),
)
"""Fields of a finding that two runs on one host have in common. The others may tell of times, sizes
of answers, and packets that only one of them captured."""


@dataclass(frozen=True)
class Desk:
    """Where the tool runs."""

    host: Host
    """Its namespace."""
    rg: Server
    """The sshd of the resource-group host."""
    directory: Path
    """Where its keys and its ssh_config are."""

    @property
    def config(self) -> Path:
        """Its ssh_config."""
        return self.directory / "config"

    def argv(self, case: Path, *arguments: str) -> list[str]:
        """Return the command line of `emr-diagnose check CASE --via …` on the desk."""
        via = ("--via", TARGET, "--ssh-config", str(self.config))
        return self.host.argv(sys.executable, "-m", "diagnose", "check", str(case), *via, *arguments)

    def check(self, case: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.argv(case, *arguments),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=CHECK_SECONDS,
            check=False,
        )


@contextmanager
def desk(
    rg: Host, directory: Path, *, bastion: bool = False, settings: Sequence[str] = (), is_empty: bool = False
) -> Iterator[Desk]:
    """Yield a desk wired to the resource-group host, whose sshd sees that host's /etc as it is now.

    bastion: put a host between the two. settings: of the sshd of the resource-group host. is_empty:
    its logins see empty directories of WRITABLE, so the directory of the desk must lie elsewhere.
    """
    hosts = {role: replace(rg, name=f"{rg.name}-{role}", role=role) for role in (DESK, BASTION)[: 1 + bastion]}
    way = [*hosts.values(), rg]
    with ExitStack() as undo:
        for host in hosts.values():
            undo.callback(remove, host.name)
            batch(None, [f"netns add {host.name}"])
            batch(host.name, ["link set lo up"])
            host.write_etc("hosts", "127.0.0.1 localhost\n")
            host.write_etc("resolv.conf", "nameserver 127.0.0.1\n")
        servers = []
        for number, (near, far) in enumerate(itertools.pairwise(way)):
            _cable(near, far, number)
            undo.callback(_unplug, far, number)
            wanted = settings if far is rg else ()
            user_key = public_text("ed25519", KEY)
            running = sshd(
                directory / far.role,
                address=f"172.30.{number}.2",
                argv=partial(_emptied, far) if is_empty and far is rg else far.argv,
                user_key=user_key,
                settings=wanted,
                number=200 + number,
            )
            servers.append(undo.enter_context(running))
        _configure(directory, servers)
        yield Desk(hosts[DESK], servers[-1], directory)


def _emptied(host: Host, *command: str) -> list[str]:
    """Return the command line that runs a command with empty directories of its own."""
    mounts = "; ".join(f"mount -t tmpfs none {directory}" for directory in WRITABLE)
    return host.argv("unshare", "--mount", "--", "sh", "-ec", f'{mounts}; exec "$@"', "sh", *command)


def _cable(near: Host, far: Host, number: int) -> None:
    """Wire two hosts, as 172.30.NUMBER.1 and .2."""
    batch(None, [f"link add far{number} netns {near.name} type veth peer name near{number} netns {far.name}"])
    for host, name, last in ((near, f"far{number}", 1), (far, f"near{number}", 2)):
        batch(host.name, [f"address add 172.30.{number}.{last}/30 dev {name}", f"link set {name} up"])


def _unplug(far: Host, number: int) -> None:
    batch(far.name, [f"link delete near{number}"])


def _configure(directory: Path, servers: Sequence[Server]) -> None:
    """Write the desk's key, known hosts and ssh_config."""
    write_private(directory / "key", "ed25519", KEY)
    (directory / "known_hosts").write_text("".join(map(known_line, servers)))
    lines = [f"User {USER}", f"IdentityFile {directory}/key", "IdentitiesOnly yes", "IdentityAgent none"]
    lines.append(f"UserKnownHostsFile {directory}/known_hosts")
    *before, last = servers
    named = [*((BASTION, server, "") for server in before), (RG_NAME, last, f"ProxyJump {BASTION}" if before else "")]
    for name, server, jump in named:
        lines += [f"Host {name}", f"HostName {server.address}", f"Port {server.port}", *([jump] if jump else [])]
    (directory / "config").write_text("\n".join([*lines, ""]))


def check_over_ssh(lab: Lab, case: LabCase, directory: Path, *, bastion: bool = False) -> Diagnosis:
    """Diagnose exactly this case from a desk. The report is empty if none was written.

    What the kernel learnt of the path in an earlier run is forgotten before.
    """
    for family in ("-4", "-6"):
        lab.host(RG).run("ip", family, "route", "flush", "cache")
    time.sleep(ERRORS_SECONDS)
    with desk(lab.host(RG), directory / "desk", bastion=bastion) as place:
        done = place.check(case.write(directory / "via"), "--format", "json")
    report = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    return Diagnosis(done.returncode, report, done.stderr)


def conclusions(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report concludes, without what only one run of two can have measured."""
    whole = ("exit_code", "status", "basis", "suggested_rules", "suggested_edits", "changes", "clients")
    return {
        **{name: report.get(name) for name in (*whole, "bugs", "expectations")},
        # Nobody reads the packets of another host.
        "skipped": [skip for skip in report.get("skipped", ()) if not skip["needs"].startswith("CAP_NET_RAW")],
        "findings": [_conclusion(finding) for finding in report.get("findings", ())],
        "flows": {flow["id"]: (flow["need"], flow["verdict"]) for flow in report.get("flows", ())},
    }


def _conclusion(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return what two runs have in common. Answers of a KDC vary by the digits of their
    microseconds."""
    found = {name: finding[name] for name in OF_A_FINDING}
    if found["code"] == "KDC-FRAG":
        found["cause"] = re.sub(r"\d+ bytes", "N bytes", found["cause"])
    return found
