"""What does the product know of names from inside a namespace?

`python -m tests.lab.dns.known HOST …` prints one JSON object a line.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from probes.names.look_up import look_up


def main(hosts: list[str]) -> None:
    for host in hosts:
        found = asyncio.run(look_up(host, timeout=4))
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
