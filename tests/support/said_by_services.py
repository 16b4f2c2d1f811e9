"""The answers of services that a live run recorded, as a file of a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.support.incident_cases import Content, changed, report


def with_answers(
    folder: Path, files: Mapping[str, Content], said: Mapping[int, Mapping[str, str]]
) -> dict[str, Content]:
    """Return the files of a case in which these ports answered so: port -> detail."""
    first = report(folder, files)
    base = {"vantage": "local", "rtt_ms": 1.0, "attempts": 1, "source": "192.168.10.7", "address": "192.168.20.11"}
    rows = []
    for flow in first["flows"]:
        if flow["port"] in said:
            seen = {"flow": flow["id"], **base}
            rows.append({**seen, "state": "open", "reason": "syn-ack"})
            detail = {"own_protocol": "answered", **said[flow["port"]]}
            rows.append({**seen, "state": "not-probed", "reason": "service-reply", "detail": detail})
    recorded = json.dumps({"schema_version": "1", "observations": rows})
    return changed(files, {"observations.json": recorded})
