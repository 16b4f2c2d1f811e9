"""`probes.names.dns` against a real dnsmasq: every type of record, every way to say no, an answer
that needs TCP.
"""

from __future__ import annotations

import json
import sys

from tests.lab.cases import full_name
from tests.lab.netns import CLUSTER, RG
from tests.support.places import PROJECT

from .conftest import Place
from .server import ADDRESS, OTHER, Zone

MASTER, AT = full_name("master"), CLUSTER["master"]
MANY = [f"10.0.{n // 250}.{n % 250 + 1}" for n in range(200)]
"""More than fits into 512 bytes, and into one segment of TCP."""

ZONE = Zone(
    cname={f"alias.{OTHER}": MASTER},
    more=(
        f"srv-host=_kerberos._udp.{OTHER},{MASTER},88,0,5",
        f"host-record=six.{OTHER},2001:db8::11",
        *(f"host-record=many.{OTHER},{address}" for address in MANY),
    ),
)

ASK = """
import asyncio, json, sys
from probes.names.dns import ask
from probes.vantage import Vantage
server, *questions = sys.argv[1:]
for question in questions:
    record, name = question.split(" ")
    found = asyncio.run(ask(server, name, record, vantage=Vantage(patience=4)))
    print(json.dumps([found.said, sorted(found.records), list(found.aliases)]))
"""


def test_what_dnsmasq_says(place: Place) -> None:
    place.names(ZONE)
    expected = {
        f"A {MASTER}": ["records", [AT], []],
        f"PTR {AT}": ["records", [MASTER], []],
        f"SRV _kerberos._udp.{OTHER}": ["records", [f"0 5 88 {MASTER}"], []],
        f"AAAA six.{OTHER}": ["records", ["2001:db8::11"], []],
        f"A six.{OTHER}": ["no-data", [], []],
        f"A alias.{OTHER}": ["records", [AT], [MASTER]],
        f"CNAME alias.{OTHER}": ["records", [MASTER], []],
        f"A absent.{OTHER}": ["no-such-name", [], []],
        "PTR 192.168.20.98": ["no-such-name", [], []],
        "A www.example.com": ["refused", [], []],
    }

    done = place.lab.host(RG).run(sys.executable, "-c", ASK, ADDRESS, *expected, f"A many.{OTHER}", cwd=PROJECT)

    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert dict(zip(expected, answers, strict=False)) == expected
    said, records, _ = answers[-1]
    assert (said, set(records) <= set(MANY), len(records)) == ("records", True, 64)
