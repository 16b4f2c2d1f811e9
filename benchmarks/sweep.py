"""Make handshakes from this host, or from another one over one SSH session, and print how long they
took.

`python -m benchmarks.sweep ENDPOINTS [SSH_CONFIG HOST]` prints JSON: seconds of the login, of the
handshakes in the way of `check` and in that of `probe`, and the state of each endpoint in the two.
ENDPOINTS is a file with a line "ADDRESS PORT" for each.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from probes.endpoint import Endpoint
from probes.network.runner import Job, run
from probes.vantage import HERE, Vantage


def main(endpoints: str, *ssh: str) -> None:
    lines = Path(endpoints).read_text(encoding="ascii").splitlines()
    with ExitStack() as stack:
        began = time.monotonic()
        vantage = _far(stack, *ssh) if ssh else HERE
        answer: dict[str, object] = {"login": time.monotonic() - began}
        for way, hurry in (("check", False), ("probe", True)):
            jobs = [
                Job(line, Endpoint(address, int(port), "tcp", address), vantage)
                for line, (address, port) in ((line, line.split()) for line in lines)
            ]
            began = time.monotonic()
            seen = run(jobs, hurry=hurry).observations
            seconds = time.monotonic() - began
            answer[way] = {"seconds": seconds, "states": {key: each.state for key, each in seen.items()}}
    print(json.dumps(answer))


def _far(stack: ExitStack, config: str, host: str) -> Vantage:
    from diagnose.live.vantages import opened
    from probes.ssh.session import SshSettings
    from probes.ssh.target import SshTarget

    settings = SshSettings(config_files=(Path(config),))
    places = stack.enter_context(opened([SshTarget(None, host, None)], settings))
    return places.open[0].vantage


if __name__ == "__main__":
    main(*sys.argv[1:])
