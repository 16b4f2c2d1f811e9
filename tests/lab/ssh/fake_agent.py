"""What if the Python of a host is none? It stands in the login's PATH as `python3`, begins as the
script that the tool sends would, and then misbehaves as its first argument says."""

import json
import os
import re
import sys

CONTROL = "\x1b]0;owned\x07\x1b[2J\u202e\n"


def answers(manner: str) -> None:
    """Say what the manner says to each request."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked:
            continue
        if manner == "garbage":
            os.write(1, b"\x00\xff" * 1000 + b"\n")
        elif manner == "endless line":
            while True:
                os.write(1, b"x" * 65536)
        elif manner == "endless lines":
            while True:
                os.write(1, b'{"on": 0, "data": "AAAA"}\n' * 2000)
        elif manner == "wrong types":
            print(
                json.dumps({"id": asked["id"], "seconds": [], "failure": {}, "addresses": 7, "time": None}), flush=True
            )
        else:
            said: dict[str, dict[str, object]] = {
                "clock": {"time": 0},
                "addresses": {"addresses": ["127.0.0.1", CONTROL], "canonical": CONTROL},
                "connect": {"failure": CONTROL, "seconds": 0, "sent": 1, "again": 0, "own": CONTROL},
                "file": {"errno": CONTROL, "error": CONTROL},
            }
            print(json.dumps({"id": asked["id"], **said.get(asked["op"], {"bug": CONTROL})}), flush=True)


def main(manner: str, *arguments: str) -> None:
    if arguments[-1] == "":
        return  # only if it starts is tried
    if manner == "noise":
        while True:
            os.write(1, b"\x1b[2Jnoise\n" * 1000)
    script = os.read(0, 65536)
    size = int(re.findall(r"read\((\d+)\)", arguments[-1])[0])
    while len(script) < size:
        script += os.read(0, size - len(script))
    found = re.search(rb'TOKEN = "([^"]+)"', script)
    assert found is not None
    greeting = {"python": f"3.9 {CONTROL}" if manner == "controls" else "3.9", "sees_icmp": True, "descriptors": 1000}
    os.write(1, b"\n" + found[1] + b"\n" + json.dumps(greeting).encode() + b"\n")
    answers(manner)


main(*sys.argv[1:])
