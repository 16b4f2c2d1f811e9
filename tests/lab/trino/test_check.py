"""Does `check` say that a real coordinator works, and name the one cause if it does not?"""

from __future__ import annotations

import pytest

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.files import FIRST

from .coordinator import HTTP, HTTPS, PAGES
from .situations import Seen

MASTER = FIRST.partition(".")[0]


def plain(port: int) -> str:
    return f"trino-http/{MASTER}:{port}"


def secure(port: int) -> str:
    return f"trino-https/{MASTER}:{port}"


def verdicts(found: Diagnosis) -> dict[str, str]:
    return {flow["id"]: flow["verdict"] for flow in found.report["flows"]}


def test_a_coordinator_that_serves_works_on_both_ports_without_any_finding(seen: Seen) -> None:
    found = seen.checks["healthy"]

    assert (found.exit_code, found.report["findings"]) == (0, []), found
    assert verdicts(found) == {plain(HTTP): "reachable", secure(HTTPS): "reachable"}


def test_a_login_leaves_https_alone_for_queries_and_the_http_port_needs_no_rule(seen: Seen) -> None:
    """Given files that name the login, whose HTTP port is wrong besides."""
    found = seen.checks["login"]

    assert seen.statements == (403, 401)  # the one is forbidden, the other one wants the login
    assert (found.exit_code, found.report["findings"]) == (0, []), found
    assert verdicts(found) == {secure(HTTPS): "reachable"}


PLAIN, SECURE = "trino-http", "trino-https"


@pytest.mark.parametrize(
    ("situation", "code", "components"),
    [
        ("next port", "SVC-DOWN", {PLAIN}),
        ("next https", "SVC-DOWN", {SECURE}),
        ("ssh", "SVC-PORT", {PLAIN}),
        ("https", "SVC-PORT", {PLAIN}),
        ("http", "SVC-PORT", {SECURE}),
        ("frozen", "SVC-HANG", {PLAIN, SECURE}),
        ("stopped", "SVC-DOWN", {PLAIN, SECURE}),
    ],
)
def test_one_cause_is_named_and_its_undoing_repairs_its_flows_alone(
    seen: Seen, situation: str, code: str, components: set[str]
) -> None:
    found = seen.checks[situation]
    (finding,) = found.report["findings"]
    blocked = {flow for flow, verdict in verdicts(found).items() if verdict == "blocked"}

    assert (found.exit_code, finding["code"], finding["severity"]) == (1, code, "error"), found
    assert finding["confidence"] in ("proven", "strong"), found
    assert {flow.partition("/")[0] for flow in blocked} == components, found
    assert (set(finding["undone"]["repairs"]), finding["undone"]["remains"]) == (blocked, []), finding["undone"]


@pytest.mark.parametrize(("situation", "answers"), [("https", "TLS"), ("http", "HTTP without TLS")])
def test_the_port_of_the_other_transport_is_named_as_such(seen: Seen, situation: str, answers: str) -> None:
    (finding,) = seen.checks[situation].report["findings"]

    assert finding["title"].startswith(f"{answers} answers on the port of Trino"), finding


@pytest.mark.parametrize(("situation", "flow"), [("starting", plain(HTTP)), ("pages", plain(PAGES))])
def test_a_server_that_starts_or_may_be_another_one_is_not_decided_and_nobody_is_blamed(
    seen: Seen, situation: str, flow: str
) -> None:
    """Given the page of another web server, a proxy before the coordinator may have sent it."""
    found = seen.checks[situation]

    assert (found.exit_code, found.report["findings"], verdicts(found)[flow]) == (3, [], "unknown"), found
