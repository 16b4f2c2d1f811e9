"""Which hosts does the path lab have, and how does code of the test process run on one of them?

client - near - far - server, each link with an IPv4 /24 and an IPv6 /64; ICMP rate limits are
the kernel's own. A thread that calls setns(2) is on that host, and sockets that it makes stay
there, so the probes are called as functions, with no child process between test and code.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, TypeVar

import probes
from tests.lab.netns import COMMAND_SECONDS, PREFIX, Host, LabError, remove

T = TypeVar("T")

CLIENT, NEAR, FAR, SERVER = "client", "near", "far", "server"
LINKS = ((CLIENT, NEAR), (NEAR, FAR), (FAR, SERVER))
"""Link n is 10.77.n.0/24 and fd77:n::/64; its left end is .1, its right end .2."""

CLIENT_ADDRESS, SERVER_ADDRESS = "10.77.1.1", "10.77.3.2"
CLIENT_ADDRESS_6, SERVER_ADDRESS_6 = "fd77:1::1", "fd77:3::2"
ROUTERS = ("10.77.1.2", "10.77.2.2")
ROUTERS_6 = ("fd77:1::2", "fd77:2::2")
"""As the client sees them: the address of the side that its packets come in by."""

NOBODY = 65534
_CLONE_NEWNET = 0x40000000
_SYS_SETRESUID = {"x86_64": 117, "aarch64": 147}
"""The bare system call, which changes one thread; the C library's function changes the whole
process.
"""

_NUMBER = count()
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Net:
    hosts: dict[str, Host]

    def on(self, role: str, function: Callable[[], T], *, uid: int | None = None) -> T:
        """Return what `function` returns on that host, in a thread of its own.

        With `uid` it runs as that user, without any capability.
        """
        if uid is not None:
            _preload()
        result: list[T] = []
        failure: list[BaseException] = []

        def body() -> None:
            try:
                _enter(self.hosts[role].name)
                if uid is not None:
                    _become(uid)
                result.append(function())
            except BaseException as error:  # noqa: BLE001 - raised again in the thread of the test
                failure.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return result[0]

    def ask(self, question: Callable[[], Coroutine[Any, Any, T]], *, uid: int | None = None) -> T:
        """Return the result of one coroutine that the client runs."""
        import asyncio

        return self.on(CLIENT, lambda: asyncio.run(question()), uid=uid)

    def ip(self, role: str, *lines: str) -> None:
        _ip(self.hosts[role].name, lines)

    def quiet(self) -> None:
        """No filter anywhere, nothing learnt about any path, every link as it was built."""
        for role, host in self.hosts.items():
            done = host.run("sh", "-c", "nft flush ruleset; ip route flush cache; ip -6 route flush cache")
            if done.returncode:
                raise LabError(f"{role}: {done.stderr.strip()}")
        self.mtu(1500)

    @contextmanager
    def loop(self) -> Iterator[None]:
        """Let the far router send packets for the server back to the near router."""
        routes = (f"{SERVER_ADDRESS}/32 via 10.77.2.1", f"{SERVER_ADDRESS_6}/128 via fd77:2::1")
        self.ip(FAR, f"route add {routes[0]}", f"-6 route add {routes[1]}")
        try:
            yield
        finally:
            self.ip(FAR, f"route del {routes[0]}", f"-6 route del {routes[1]}")

    def mtu(self, size: int) -> None:
        """Of the link between the routers, both ends: each router has to tell the sender on its own
        side.
        """
        self.ip(NEAR, f"link set far mtu {size}")
        self.ip(FAR, f"link set near mtu {size}")

    def filter(self, role: str, *rules: str, hook: str = "forward") -> None:
        """Rules of one chain of a router or host, for both families. LabError if nft rejects
        them.
        """
        body = "\n".join(rules)
        self.hosts[role].filter(f"table inet t {{\nchain c {{\ntype filter hook {hook} priority 0;\n{body}\n}}\n}}\n")


@contextmanager
def built() -> Iterator[Net]:
    """All four hosts, wired and routed; removed on the way out."""
    prefix = f"{PREFIX}-{os.getpid()}-path{next(_NUMBER)}-"
    net = Net({role: Host(prefix + role, role, None) for role in (CLIENT, NEAR, FAR, SERVER)})
    try:
        _wire(net)
        yield net
    finally:
        for host in net.hosts.values():
            remove(host.name)


def _wire(net: Net) -> None:
    _ip(None, [f"netns add {host.name}" for host in net.hosts.values()])
    for number, (left, right) in enumerate(LINKS, start=1):
        a, b = net.hosts[left].name, net.hosts[right].name
        _ip(None, [f"link add {right} netns {a} type veth peer name {left} netns {b}"])
        for end, (role, other) in enumerate(((left, right), (right, left)), start=1):
            net.ip(
                role,
                f"address add 10.77.{number}.{end}/24 dev {other}",
                f"address add fd77:{number}::{end}/64 dev {other} nodad",
                f"link set {other} up",
            )
    for host in net.hosts.values():
        forward = int(host.role in (NEAR, FAR))
        script = (
            f"ip link set lo up; echo {forward} > /proc/sys/net/ipv4/ip_forward; "
            f"echo {forward} > /proc/sys/net/ipv6/conf/all/forwarding"
        )
        host.run("sh", "-c", script)
    net.ip(CLIENT, "route add default via 10.77.1.2", "-6 route add default via fd77:1::2")
    net.ip(SERVER, "route add default via 10.77.3.1", "-6 route add default via fd77:3::1")
    net.ip(NEAR, f"route add {_net(3)} via 10.77.2.2", f"-6 route add {_net6(3)} via fd77:2::2")
    net.ip(FAR, f"route add {_net(1)} via 10.77.2.1", f"-6 route add {_net6(1)} via fd77:2::1")


def _net(number: int) -> str:
    return f"10.77.{number}.0/24"


def _net6(number: int) -> str:
    return f"fd77:{number}::/64"


def _ip(namespace: str | None, lines: tuple[str, ...] | list[str]) -> None:
    # `-6` of one line is an option of the whole command, so lines of both families go in two
    # batches.
    for option in ("", "-6"):
        batch = [line.removeprefix("-6 ") for line in lines if line.startswith("-6 ") == bool(option)]
        if not batch:
            continue
        command = ["ip", *([option] if option else []), *(["-n", namespace] if namespace else []), "-batch", "-"]
        done = subprocess.run(
            command, input="\n".join(batch), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
        )
        if done.returncode:
            raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")


@cache
def _preload() -> None:
    """Import everything that is imported on first use.

    An ordinary user may be unable to read the interpreter that root runs.
    """
    for name in ("asyncio", "encodings.idna", *(m.name for m in walk_packages(probes.__path__, "probes."))):
        import_module(name)


def _enter(name: str) -> None:
    descriptor = os.open(Path("/run/netns") / name, os.O_RDONLY)
    try:
        if _LIBC.setns(descriptor, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")
    finally:
        os.close(descriptor)


def _become(uid: int) -> None:
    number = _SYS_SETRESUID[os.uname().machine]
    if _LIBC.syscall(number, uid, uid, uid):
        raise OSError(ctypes.get_errno(), f"setresuid {uid}")
