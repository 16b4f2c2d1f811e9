"""A host to collect from, without SSH: the script runs here, and sees only one directory."""

from __future__ import annotations

import re
import select
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from diagnose.collect.collection import Collection
from diagnose.collect.node.collect import collect
from diagnose.collect.node.host import HostWish
from diagnose.collect.node.shell import COMMAND
from probes.ssh.target import SshTarget, parse
from tests.support.remote import LocalPipe

PATH = "/usr/bin:/bin"

_REQUEST = re.compile(rb"^((?:root-)?(?:file|end|names) \d+ \d+ )/", re.MULTILINE)


class FakeRoot(LocalPipe):
    """The script. Each absolute path that it is asked for is one below `root`."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        super().__init__(COMMAND, environment)
        self.root = root

    def write(self, data: bytes) -> None:
        super().write(_REQUEST.sub(rb"\1" + str(self.root).encode() + b"/", data))

    def close(self) -> None:
        """End it as a closed channel does: nobody reads its output any more."""
        super().close()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def read(self, most: int, timeout: float | None = None) -> bytes:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            raise TimeoutError
        return super().read(most)


class FakeHost:
    """A directory with the files of a host, and programs that answer what they are told to."""

    def __init__(self, directory: Path, name: str = "master-1-1") -> None:
        self.root, self.bin, self.home = (directory / part for part in ("root", "bin", "home"))
        for each in (self.root, self.bin, self.home):
            each.mkdir(parents=True)
        self.pipes: list[FakeRoot] = []
        self.program("uname", f"echo {name}")
        self.program("hostname", f"echo {name}")
        self.program("id", "echo 0")
        for tool in ("ss", "ip"):
            self.program(tool, ":")
        for tool in ("iptables-save", "ip6tables-save", "nft"):
            self.program(tool, "exit 127")

    def file(self, path: str, content: str | bytes) -> Path:
        """Write a file of the host."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def program(self, name: str, script: str) -> None:
        """Replace a program by a script of /bin/sh."""
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def has_plain_user(self) -> None:
        """Let the login be that of a user who is not root."""
        self.program("id", "echo 1000")
        for tool in ("iptables-save", "ip6tables-save", "nft"):
            self.program(tool, ":")

    def connect(self) -> FakeRoot:
        environment = {"PATH": f"{self.bin}:{PATH}", "HOME": str(self.home)}
        self.pipes.append(FakeRoot(self.root, environment))
        return self.pipes[-1]

    def end(self) -> None:
        """Require that nothing of it runs any more."""
        for pipe in self.pipes:
            pipe.close()
            assert pipe.process.wait(20) in (0, -signal.SIGPIPE)


def gathered(*hosts: FakeHost, wish: HostWish | None = None, seconds: float = 60.0) -> Collection:
    """Return what is collected from these hosts."""
    by_target = {parse(f"ssh://host{number}"): host for number, host in enumerate(hosts)}

    def connect(target: SshTarget, _settings: object, _stack: ExitStack) -> FakeRoot:
        return by_target[target].connect()

    try:
        return collect(list(by_target), None, wish or HostWish(), seconds, connect)
    finally:
        for host in hosts:
            host.end()
