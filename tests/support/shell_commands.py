"""How does a shell read the commands that an emitter writes?"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

REGION = "cn-hangzhou"

NASTY = "a'b\"c`id`$(touch pwned)\\; touch pwned #\n${path.module} %{ if true } \x1b[31m 集群"
"""Text that a shell, Terraform or a terminal would obey if it were not quoted."""

CALLS = 'aliyun() { printf "call\\0"; printf "%s\\0" "$@"; }\n'
"""Shell function in the place of the real command. It prints the words of each call."""


def run(script: str, cwd: Path, **environment: str) -> list[list[str]]:
    """Run the script in /bin/sh and return the words of each call of `aliyun`, without `aliyun`."""
    done = subprocess.run(
        ["/bin/sh", "-c", CALLS + script],
        capture_output=True,
        check=True,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", **environment},
        timeout=20,
    )
    words = done.stdout.decode().split("\0")[:-1]
    calls: list[list[str]] = []
    for word in words:
        if word == "call":
            calls.append([])
        else:
            calls[-1].append(word)
    return calls


def options(call: list[str]) -> dict[str, str]:
    """Return option -> value of the call, after `ecs ACTION`. Both `--X V` and `--X=V` are read."""
    given: dict[str, str] = {}
    rest = iter(call[2:])
    for word in rest:
        name, joint, value = word.partition("=")
        given[name] = value if joint else next(rest)
    return given


def words(script: str) -> list[str]:
    """Return the words of a script of comments and one command, as a POSIX shell splits them."""
    lines = [line for line in script.splitlines() if not line.startswith("#")]
    return shlex.split(" ".join(line.removesuffix("\\") for line in lines))
