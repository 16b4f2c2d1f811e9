"""What does the product itself see and foretell, on the host where it runs? `python -m
tests.lab.clients.look CASE`: states and predictions as JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from diagnose.case.directory import read
from diagnose.case.sources import with_sources
from diagnose.clients import clients_of
from diagnose.clients.states import state
from diagnose.flows.plan import flows
from diagnose.live.observe import LiveSettings
from diagnose.live.observe_case import observe_case
from diagnose.scene.observed import scene_of
from probes.vantage import Vantage
from tests.lab.netns import RG_CIDR

PATIENCE = 1.5
"""Seconds: answers come within a millisecond here."""


def main(directory: Path) -> None:
    case = with_sources(read([directory]), [RG_CIDR])
    scene = scene_of(case, flows(case), observe_case(case, LiveSettings(Vantage(patience=PATIENCE))))
    states = {
        f"{o.flow.endpoint.transport}://{o.flow.endpoint.host}:{o.flow.endpoint.port}": state(o) for o in scene.outcomes
    }
    json.dump({"states": states, "clients": [asdict(one) for one in clients_of(scene)]}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
