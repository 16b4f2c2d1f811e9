"""What does an oracle say from inside a namespace? `python -m tests.lab.kerberos.asked ORACLE
ADDRESS REALM` prints it as JSON.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from probes.endpoint import Endpoint
from probes.kerberos.as_req import ask_udp
from probes.kerberos.kdc.udp_reply_size import UdpReplyLimit, udp_reply_limit
from probes.observation import Observation
from probes.vantage import HERE, Vantage

ORACLES: dict[str, Callable[[Endpoint, str, Vantage], Coroutine[Any, Any, UdpReplyLimit | Observation]]] = {
    "cliff": udp_reply_limit,
    "question": ask_udp,
}


def main(oracle: str, address: str, realm: str) -> None:
    told = asyncio.run(ORACLES[oracle](Endpoint(address, 88, "udp", address), realm, HERE))
    print(json.dumps(dataclasses.asdict(told)))


if __name__ == "__main__":
    main(*sys.argv[1:])
