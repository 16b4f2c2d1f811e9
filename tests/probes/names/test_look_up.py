"""What does this host's resolver know of a name (replaced by functions), and what do name servers
answer if it knows nothing?"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from probes.names import dns
from probes.names.canonical import Back
from probes.names.dns import DnsReply
from probes.names.look_up import MOST_ADDRESSES, look_up
from probes.names.resolve import Reverse, reverse
from probes.names.resolver_view import ResolverNote, ResolverView, Said, ServerAnswer
from probes.network.blocking_call import with_timeout
from probes.observation import Observation

FULL, ADDRESS = "master-1-1.example.test", "192.0.2.11"


class World:
    """forward: name -> addresses. backward: address -> name. servers: (server, name) -> answer."""

    def __init__(self) -> None:
        self.forward: Mapping[str, list[str]] = {FULL: [ADDRESS]}
        self.backward: Mapping[str, str] = {ADDRESS: FULL}
        self.servers: Mapping[tuple[str, str], Said] = {}

    def getaddrinfo(self, host: str, *_: object, **__: object) -> list[Any]:
        if host not in self.forward:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, host, (one, 0, 0, 0))
            for one in self.forward[host]
        ]

    def getnameinfo(self, place: tuple[str, int], _: int) -> tuple[str, str]:
        if place[0] not in self.backward:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.backward[place[0]], "0"

    async def ask(self, server: str, name: str, **_: object) -> DnsReply:
        said = self.servers.get((server, name), "no-such-name")
        return DnsReply(server, name, "A", said, Observation("local", "open", "service-reply"))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(socket, "getnameinfo", made.getnameinfo)
    monkeypatch.setattr(dns, "ask", made.ask)
    return made


@pytest.fixture
def known(tmp_path: Path, world: World) -> Callable[..., ResolverView]:
    """Run know() on a host with this hosts file and resolv.conf."""

    def ask(
        host: str = FULL, hosts: str = "", resolv_conf: str = "nameserver 192.0.2.53\n", **options: Any
    ) -> ResolverView:
        (tmp_path / "hosts").write_text(hosts)
        (tmp_path / "resolv.conf").write_text(resolv_conf)
        options |= {"hosts": str(tmp_path / "hosts"), "resolv_conf": str(tmp_path / "resolv.conf")}
        return asyncio.run(look_up(host, timeout=5, **options))

    return ask


def test_forward_back_and_forward_again(known: Callable[..., ResolverView]) -> None:
    found = known()

    assert found.names.addresses == (ADDRESS,)
    assert found.names.back == {ADDRESS: Back(FULL, addresses=(ADDRESS,))}
    assert (found.reason, found.line, found.servers) == (None, None, ())


def test_an_address_without_a_name_says_why(world: World, known: Callable[..., ResolverView]) -> None:
    world.backward = {}

    assert known().names.back == {ADDRESS: Back(reason="name-not-found")}


def test_a_name_that_leads_nowhere_has_no_addresses(world: World, known: Callable[..., ResolverView]) -> None:
    world.backward = {ADDRESS: "gone.test"}

    assert known().names.back == {ADDRESS: Back("gone.test", lost="name-not-found")}


def test_nothing_is_looked_up_backwards_that_nobody_asks_for(known: Callable[..., ResolverView]) -> None:
    assert known(back=False).names.back == {}


def test_ipv4_addresses_are_looked_up_first_and_no_more_than_four(
    world: World, known: Callable[..., ResolverView]
) -> None:
    world.forward = {FULL: [f"2001:db8::{n}" for n in range(9)] + [ADDRESS]}

    back = known().names.back

    assert len(back) == MOST_ADDRESSES
    assert next(iter(back)) == ADDRESS


def test_the_line_of_the_hosts_file(known: Callable[..., ResolverView]) -> None:
    hosts = f"127.0.0.1 localhost\n{ADDRESS} master-1-1 {FULL}\n"

    assert known(hosts=hosts).line == ResolverNote(2, ADDRESS, ("master-1-1", FULL))


def test_an_unknown_name_is_asked_of_each_server_with_each_domain(
    world: World, known: Callable[..., ResolverView]
) -> None:
    # Given two servers, and only the second knows the name with a domain of the search list
    conf = "nameserver 192.0.2.53\nnameserver 192.0.2.54\nsearch a.test b.test\n"
    world.forward = {FULL: [ADDRESS]}
    world.servers = {("192.0.2.54", "master-1-1.b.test"): "records", ("192.0.2.53", "master-1-1"): "silent"}

    found = known("master-1-1", resolv_conf=conf, others=(FULL, "absent.test"))

    assert found.reason == "name-not-found"
    assert found.others == {FULL: (ADDRESS,)}
    assert found.search == ("a.test", "b.test")
    assert found.servers == (
        ServerAnswer("192.0.2.53", "answers-some"),
        ServerAnswer("192.0.2.54", "no-such-name", "master-1-1.b.test"),
    )


def test_a_server_that_answers_for_nothing_is_silent_and_one_asked_for_nothing_is_not_named(
    world: World, known: Callable[..., ResolverView]
) -> None:
    world.servers = {("192.0.2.53", "absent"): "silent", ("192.0.2.53", "absent.a.test"): "silent"}
    conf = "nameserver 192.0.2.53\nsearch a.test\n"

    assert known("absent", resolv_conf=conf).servers == (ServerAnswer("192.0.2.53", "silent"),)
    assert known("absent", resolv_conf=conf, servers=False).servers == ()


@pytest.mark.parametrize(
    ("conf", "said", "shown"),
    [
        ("", "closed", "not-configured"),
        ("search a.test\n", "silent", "not-configured"),
        ("", "no-such-name", "no-such-name"),
        ("nameserver 127.0.0.1\n", "closed", "closed"),
    ],
)
def test_a_resolv_conf_without_a_server_is_told_from_a_server_that_is_dead(
    world: World, known: Callable[..., ResolverView], conf: str, said: Said, shown: str
) -> None:
    world.servers = {("127.0.0.1", name): said for name in ("absent", "absent.a.test")}

    assert known("absent", resolv_conf=conf).servers == (ServerAnswer("127.0.0.1", shown),)


def test_a_hosts_file_that_changes_is_read_again(known: Callable[..., ResolverView]) -> None:
    assert known(hosts=f"{ADDRESS} {FULL}\n").line == ResolverNote(1, ADDRESS, (FULL,))
    assert known(hosts=f"# a line more\n{ADDRESS} {FULL}\n").line == ResolverNote(2, ADDRESS, (FULL,))


def test_files_that_are_not_there_count_as_empty(world: World) -> None:
    found = asyncio.run(
        look_up("absent.test", timeout=5, hosts="/nonexistent/hosts", resolv_conf="/nonexistent/resolv")
    )

    assert [one.server for one in found.servers] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("address", "reason"),
    [("192.0.2.99", "name-not-found"), ("no address", "resolver-failed"), ("", "resolver-failed")],
)
def test_reverse_never_raises(world: World, address: str, reason: str) -> None:
    found = asyncio.run(reverse(address, timeout=5))

    assert (found.name, found.reason) == (None, reason)


def test_reverse_waits_no_longer_than_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hangs(*_: object) -> tuple[str, str]:
        release.wait(20)
        return "late", "0"

    monkeypatch.setattr(socket, "getnameinfo", hangs)
    found = asyncio.run(reverse(ADDRESS, timeout=0.1))
    release.set()

    assert found == Reverse(ADDRESS, reason="resolver-failed", error="no answer within 0.1 s")


def test_what_a_call_raises_reaches_who_waits() -> None:
    def fails() -> None:
        raise LookupError("of its own")

    with pytest.raises(LookupError, match="of its own"):
        asyncio.run(with_timeout(fails, timeout=5, name="fails"))
