"""How do tests run: which examples, and what if the machine lacks something that a test needs?"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, Phase, settings

from diagnose.findings import wording
from diagnose.findings.values import Statement
from probes.language import use
from tests.support import both_languages, needs, passed_tests

# A busy machine is no failure, and CI tries the same examples every time.
# A mutant that is noticed needs no smallest example.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
    phases=[phase for phase in Phase if phase is not Phase.shrink or "NO_SHRINKING" not in os.environ],
)
settings.load_profile("house")


DISCARD = 9

COUNTED = "counted"
"""Key of `record_property` for a line that the end of the run prints."""

OF_TESTS = ("EMR_DIAGNOSE_FUZZ", "EMR_DIAGNOSE_LAB", "EMR_DIAGNOSE_PASSED", "EMR_DIAGNOSE_REDACTED")
"""How variables begin that are for these tests. Each other one of the project sets an option."""

OF_A_SHELL = ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "LINES", "KRB5_CONFIG", "KRB5CCNAME")
"""Variables that change what a command writes or reads."""

for _name in tuple(os.environ):
    if _name in OF_A_SHELL or (_name.startswith("EMR_DIAGNOSE_") and not _name.startswith(OF_TESTS)):
        del os.environ[_name]

os.environ |= {"EMR_DIAGNOSE_LANG": "en", "COLUMNS": "80"}
"""Whatever locale and terminal the machine has, a command writes English and 80 columns."""

_strays: list[str] = []
"""Addresses beyond loopback that this process sent to, outside the lab's namespaces."""


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        opened, address = arguments[0], arguments[1]
        if isinstance(opened, socket.socket) and opened.family in (socket.AF_INET, socket.AF_INET6):
            host, port = address[:2] if isinstance(address, tuple) else ("127.0.0.1", 0)
            # A datagram socket that is connected to the discard port asks for a source address.
            is_silent = opened.type == socket.SOCK_DGRAM and port == DISCARD
            if not is_silent and not ipaddress.ip_address(str(host).partition("%")[0]).is_loopback:
                _strays.append(f"{event} {address}")


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def _sends_to_loopback_only(request: pytest.FixtureRequest) -> Generator[None]:
    """Fail a test that sends packets beyond loopback. Tests of the lab have namespaces."""
    _strays.clear()
    yield
    if request.node.get_closest_marker("lab") is None:
        assert _strays == []


@pytest.fixture(autouse=True)
def _english_afterwards() -> Generator[None]:
    """Write English in the next test, whatever this one asked for."""
    yield
    use("en")


@pytest.fixture(autouse=True)
def _statements_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every statement that a test makes, if that is asked for: see `both_languages`."""
    if not os.environ.get("STATEMENTS"):
        return
    write = wording.words

    def keep(statement: Statement) -> wording.Words:
        both_languages.record(statement)
        return write(statement)

    monkeypatch.setattr(wording, "words", keep)


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what an earlier run has passed, if that is asked for."""
    passed_tests.register(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test as `lab` if it needs more than an ordinary Debian has.

    Tests of a module run in one worker, so that its services start once.
    """
    for item in items:
        if not needs.EVERYWHERE.issuperset(needs.needs_of(item)):
            item.add_marker(pytest.mark.lab)
            item.add_marker(pytest.mark.xdist_group(passed_tests.module_of(item.nodeid)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test, or fail it if the lab is required, before its fixtures are made."""
    needs.require(*needs.needs_of(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note in the report which needs are absent."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, needs.AbsentError):
        report.user_properties += [(needs.ABSENT, name) for name in call.excinfo.value.absent]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have counted, and say in one line what this machine lacks."""
    for report in terminalreporter.getreports("passed"):
        for key, value in report.user_properties:
            if key == COUNTED:
                terminalreporter.write_line(str(value))
    skipped = list(needs.skipped_needs(terminalreporter.getreports("skipped")))
    if skipped:
        terminalreporter.write_line(needs.summary([name for names in skipped for name in names], len(skipped)))
