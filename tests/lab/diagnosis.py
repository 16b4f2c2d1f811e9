"""One round of the loop a person goes through: put the account in force, run `check` on the
resource-group host, read its report.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from typing import Any

from .cases import COMFORTS, DATANODE_PORT, MASTER_PORTS, LabCase
from .kdc import REALM, as_req
from .netns import CLUSTER
from .scene import Lab, Packet

_ROUND = count(1)


@dataclass(frozen=True)
class Diagnosis:
    """exit_code of the process; report: what it wrote as JSON; text: both streams, for a failing
    assertion.
    """

    exit_code: int
    report: dict[str, Any]
    text: str

    @property
    def primary(self) -> str | None:
        """Code of the first finding, which is the primary cause."""
        return self.report["findings"][0]["code"] if self.report["findings"] else None

    def __repr__(self) -> str:
        rows = [
            f"{f['rank']}. {f['code']} {f['severity']} {f['confidence']}: {f['title']}" for f in self.report["findings"]
        ]
        verdicts = [f"{f['id']}: {f['verdict']}" for f in self.report["flows"]]
        skipped = [f"skipped {s['check']}: {s['cause']}" for s in self.report["skipped"]]
        repairs = [json.dumps(part) for part in (*self.report["suggested_rules"], *self.report["suggested_edits"])]
        return "\n".join([f"exit {self.exit_code}", *rows, *verdicts, *skipped, *repairs, self.text[-2000:]])


def serve_cluster(lab: Lab, kdc_port: int = 88) -> None:
    """Every service where the configuration says it is, and a real KDC."""
    lab.serve("master", tcp=MASTER_PORTS.values())
    for role in ("core-1", "core-2"):
        lab.serve(role, tcp=[DATANODE_PORT])
    lab.kdc.start(kdc_port, kdc_port)


def reached(lab: Lab, case: LabCase, clients: Iterable[str]) -> set[str]:
    """Return the states of everything that a cluster requires, as the kernel gives them to each of
    these addresses.
    """
    services = [("tcp", CLUSTER["master"], port) for name, port in MASTER_PORTS.items() if name not in COMFORTS]
    datanodes = [("tcp", CLUSTER[role], DATANODE_PORT) for role in ("core-1", "core-2")]
    kdc = [(transport, CLUSTER["kdc"], case.kdc_port) for transport in ("tcp", "udp")]
    question = as_req(REALM, int.from_bytes(os.urandom(3)))
    lab.enforce(case.documents.values())
    packets = [
        Packet(client, transport, host, port, payload=question if transport == "udp" else b"")  # type: ignore[arg-type]
        for client, (transport, host, port) in product(clients, [*services, *datanodes, *kdc])
    ]
    return {seen.state for seen in lab.send(packets)}


def check(lab: Lab, case: LabCase, directory: Path, *arguments: str) -> Diagnosis:
    """Enforce what the answers of the case say, then diagnose exactly this case."""
    lab.enforce(case.documents.values())
    written = case.write(directory / f"round-{next(_ROUND)}")
    done = lab.check(written, "--format", "json", *arguments)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"check wrote no report, exit {done.returncode}\n{done.stdout}\n{done.stderr}") from None
    return Diagnosis(done.returncode, report, done.stderr)
