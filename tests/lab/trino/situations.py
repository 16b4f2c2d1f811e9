"""Which situations is a real coordinator put into, and what do `probe` and `check` see there?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.lab.diagnosis import Diagnosis
from tests.lab.real.files import FIRST
from tests.lab.trino.coordinator import FREE, HTTP, HTTPS, PAGES, Coordinator, write_case

PORT, SECURE_PORT = "http-server.http.port", "http-server.https.port"
TARGETS: Final = (f"trino://{FIRST}:{HTTP}", f"presto://{FIRST}:{HTTPS}", f"namenode://{FIRST}:{HTTP}")
AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one coordinator."""

    starting: Mapping[str, Any]
    """Target -> what `probe` told while it started."""
    serving: Mapping[str, Any]
    """Target -> what `probe` told when it served."""
    statements: tuple[int, int]
    """Status of a query without a login, over HTTP and over HTTPS."""
    checks: Mapping[str, Diagnosis]
    """Situation -> what `check` found.

    - starting, healthy, frozen, stopped: the state of the server. The files are right.
    - next port, https, pages, ssh: what the files have in place of the HTTP port: a port on which
      nothing listens, its own HTTPS port, or that of another server.
    - next https, http: the same for the HTTPS port.

    - login: the files name the login as well, and a wrong HTTP port.

    Files with "https" or "http" name one port alone.
    """


def seen_of(running: Coordinator, directory: Path) -> Seen:
    """Put a coordinator that starts into all situations. It has ended then."""
    right = write_case(directory / "right")
    checks = {"starting": running.check(right)}
    starting = _probed(running)
    running.jvm.release()
    files: dict[str, dict[str, object]] = {
        "healthy": {},
        "next port": {PORT: FREE},
        "https": {PORT: HTTPS, "http-server.https.enabled": "false"},
        "pages": {PORT: PAGES},
        "ssh": {PORT: running.ssh},
        "next https": {SECURE_PORT: FREE},
        "login": {PORT: FREE, "http-server.authentication.type": "PASSWORD"},
        "http": {SECURE_PORT: HTTP, "http-server.http.enabled": "false"},
    }
    serving = _probed(running)
    statements = (running.statement("http", HTTP), running.statement("https", HTTPS))

    def look(name: str) -> Diagnosis:
        return running.check(write_case(directory / name.replace(" ", "-"), files[name]))

    with ThreadPoolExecutor(AT_ONCE) as workers:
        checks |= dict(zip(files, workers.map(look, files), strict=True))
    with running.jvm.frozen():
        checks["frozen"] = running.check(right)
    running.jvm.end()
    checks["stopped"] = running.check(right)
    return Seen(starting, serving, statements, checks)


def _probed(running: Coordinator) -> dict[str, Any]:
    done = running.run("probe", *TARGETS, "--format", "json", "--patience", "10")
    return {answer["target"]: answer for answer in json.loads(done.stdout)}
