"""How is one fault put in force, and what do the product and the real clients make of it at the
same time?
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from diagnose.clients import ClientSettings, Prediction
from probes.files.krb5conf.jdk import Limits
from tests.lab.kdc import REALM
from tests.lab.netns import RG, RG_GATEWAY, ROUTER, LabError
from tests.lab.scene import Lab
from tests.support.places import PROJECT
from tests.support.predictions import predict

from .faults import DEAD_RESOLVER_SECONDS, NOBODY, QUICK, Fault
from .kdc import TooBigKdc
from .real import Experience, Jvm, conf, kinit, kvno

HERE: Final = Path(__file__).parent
_ROUND = count(1)
_RESOLVERS: Final[Mapping[str, str]] = {"refuses": "127.0.0.1", "knows nothing": "127.0.0.1", "is silent": NOBODY}


@dataclass(frozen=True, slots=True)
class ProductAnswer:
    """What the product says: predictions by (family, exchange); states by transport://host:port."""

    predictions: Mapping[tuple[str, str], Prediction]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Round:
    """One fault. real: by (family, exchange), the time of a faultless exchange taken off."""

    told: ProductAnswer
    real: Mapping[tuple[str, str], Experience]


class Bench:
    """`warm_up` once, then a `round` for each fault, and `heal` after it."""

    def __init__(self, lab: Lab, kdc: TooBigKdc, java: Jvm, directory: Path) -> None:
        self.lab, self.kdc, self.java, self.directory = lab, kdc, java, directory
        self.rg = lab.host(RG)
        self.ticket = directory / "ticket"
        self._dns: subprocess.Popen[str] | None = None
        self._usual: dict[tuple[str, str], float] = {}
        self._route = True

    def warm_up(self) -> None:
        """Tickets from before any fault, and how long everything takes without one."""
        healthy = self._write(Fault("warm-up"))
        self.kdc.start()
        first = kinit(self.rg, healthy, self.ticket).wait()
        if not first.works:
            raise LabError(f"kinit without a fault: {first.message}")
        for verb in ("keep", "login", "ticket"):
            answer = self.java.ask(verb, healthy if verb != "ticket" else None)
            if not answer.works:
                raise LabError(f"the JVM without a fault, {verb}: {answer.message}")
        self._usual = {key: min(one.seconds, two.seconds) for (key, one), two in self._both(healthy)}
        self.heal()

    def _both(self, healthy: Path) -> list[tuple[tuple[tuple[str, str], Experience], Experience]]:
        first, second = self._clients(healthy), self._clients(healthy)
        return [((key, one), second[key]) for key, one in first.items()]

    def round(self, fault: Fault) -> Round:
        directory = self._write(fault).parent
        self._arrange(fault)
        looking = self._look(directory)
        raw = self._clients(directory / "krb5.conf")
        out, errors = looking.communicate(timeout=60)
        if looking.returncode:
            raise LabError(f"the product: {errors}")
        real = {key: Experience(max(0.0, one.seconds - self._usual[key]), one.message) for key, one in raw.items()}
        return Round(_told(fault, json.loads(out)), real)

    def heal(self) -> None:
        """No rule, no server, the route and the resolver of the lab."""
        self.rg.filter("")
        self.lab.host(ROUTER).filter("")
        self.lab.serve("kdc")
        self.kdc.stop()
        self.kdc.largest_reply = None
        self._resolver("refuses")
        if not self._route:
            self._command("ip", "route", "add", "default", "via", RG_GATEWAY)
            self._route = True

    def _write(self, fault: Fault) -> Path:
        """Write a case with krb5.conf alone."""
        file = self.directory / f"case-{next(_ROUND)}" / "krb5.conf"
        file.parent.mkdir()
        file.write_text(conf(*fault.kdcs, **{**QUICK, **fault.settings}), encoding="utf-8")
        return file

    def _arrange(self, fault: Fault) -> None:
        self.lab.host(ROUTER).filter(_chain("forward", fault.router))
        self.rg.filter(_chain("output", fault.own))
        self.kdc.largest_reply = fault.largest_reply
        if fault.udp or fault.tcp:
            self.kdc.start(88 if fault.udp else None, 88 if fault.tcp else None)
        http = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        answers = {88: http} if fault.http else {88: b""} if fault.closing else {}
        self.lab.serve("kdc", tcp=answers, udp=[88] if fault.echo else [])
        self._resolver(fault.dns)
        if not fault.route:
            self._command("ip", "route", "delete", "default")
            self._route = False

    def _resolver(self, kind: str) -> None:
        self.rg.write_etc("resolv.conf", f"nameserver {_RESOLVERS[kind]}\noptions timeout:1 attempts:1\n")
        if self._dns is not None:
            self._dns.kill()
            self._dns.communicate()
            self._dns = None
        if kind == "knows nothing":
            self._dns = self.rg.start(sys.executable, "-I", str(HERE / "dns.py"), "127.0.0.1")
            assert self._dns.stdout is not None
            self._dns.stdout.readline()

    def _look(self, directory: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.rg.argv(sys.executable, "-m", "tests.lab.clients.look", str(directory)),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _clients(self, file: Path) -> dict[tuple[str, str], Experience]:
        """All at once. kvno has a ticket from before the fault; so has the JVM where its login
        fails.
        """
        number = next(_ROUND)
        cache = self.directory / f"cache-{number}"
        shutil.copy(self.ticket, cache)
        login, ticket = kinit(self.rg, file, self.directory / f"new-{number}"), kvno(self.rg, file, cache)
        java = self.java.ask("login", file)
        service = self.java.ask("ticket") if java.works else self.java.ask("kept", file)
        return {
            ("mit", "as"): login.wait(),
            ("mit", "tgs"): ticket.wait(),
            ("jdk", "as"): java,
            ("jdk", "tgs"): service,
        }

    def _command(self, *command: str) -> None:
        done = self.rg.run(*command)
        if done.returncode:
            raise LabError(f"{' '.join(command)}: {done.stderr.strip()}")


class Rounds:
    """Rounds of several benches at the same time."""

    def __init__(self, free: SimpleQueue[Bench]) -> None:
        self._free = free
        self.begun: Mapping[str, Future[Round]] = {}
        """Name of a fault -> its round."""

    def run(self, fault: Fault) -> Round:
        """Go through one fault on a bench that is free."""
        bench = self._free.get()
        try:
            return bench.round(fault)
        finally:
            bench.heal()
            self._free.put(bench)

    def alone(self, fault: Fault) -> Round:
        """Go through a fault once more, with nothing beside it."""
        wait(self.begun.values())
        return self.run(fault)


def _chain(hook: str, rules: tuple[str, ...]) -> str:
    lines = "\n".join(f"    {rule}" for rule in rules)
    policy = f"type filter hook {hook} priority 0; policy accept;"
    return f"table inet fault {{\n  chain {hook} {{\n    {policy}\n{lines}\n  }}\n}}\n"


def _told(fault: Fault, seen: dict[str, Any]) -> ProductAnswer:
    """Where the fault says the states, these; else what the product saw."""
    if fault.told:
        limits = Limits(timeout_ms=1000, retries=2, udp_limit=1465)
        predictions = predict(fault.told, ClientSettings(REALM, jdk=limits, resolver_seconds=DEAD_RESOLVER_SECONDS))
    else:
        predictions = tuple(Prediction(**one) for one in seen["clients"])
    return ProductAnswer(
        {(prediction.family, prediction.exchange): prediction for prediction in predictions}, seen["states"]
    )
