"""What does `probe` say of a real coordinator that starts, and of one that serves?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from .situations import TARGETS, Seen

PLAIN, SECURE, OTHER = TARGETS


def lines(answer: Mapping[str, Any]) -> dict[str, str]:
    return {line["what"]: line["answer"] for line in answer["told"]}


@pytest.mark.parametrize(("target", "transport"), [(PLAIN, "HTTP"), (SECURE, "HTTPS")])
def test_a_coordinator_tells_its_release_without_a_login_though_its_clients_need_one(
    seen: Seen, target: str, transport: str
) -> None:
    answer = seen.serving[target]
    said = lines(answer)

    assert answer["works"]
    assert (said["it is"], said["engine"], said["role"]) == ("Presto / Trino 389", "Trino", "coordinator")
    assert (said["state"], said["demands"], said["transport"]) == ("started", "no login for this page", transport)


@pytest.mark.parametrize("target", [PLAIN, SECURE])
def test_a_coordinator_that_starts_says_so_and_does_not_work_yet(seen: Seen, target: str) -> None:
    answer = seen.starting[target]

    assert (answer["works"], lines(answer)["state"]) == (False, "starting")


def test_a_coordinator_is_no_namenode(seen: Seen) -> None:
    answer = seen.serving[OTHER]

    assert not answer["works"]
    assert lines(answer)["instead"] == "a web server that does not answer as NameNode"
