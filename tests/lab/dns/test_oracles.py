"""Do libkrb5 and OpenJDK make of a host what `probes.names.canonical` says? Asked in a namespace
with a real name server and a hosts file that get everything wrong.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import msgspec
import pytest

from diagnose.findings.names.mit_settings import settings
from probes.files.krb5conf import load
from probes.names import canonical
from probes.names.resolver_view import ResolverView
from tests.lab.cases import full_name
from tests.lab.netns import CLUSTER, RG
from tests.lab.scene import DOMAIN
from tests.support.places import PROJECT

from .conftest import RESOLV_CONF, Place
from .server import NOBODY, OTHER, Zone, backward, forward

MASTER, KDC, CORE = full_name("master"), full_name("kdc"), full_name("core-1")
CONFIRMED, UNCONFIRMED = f"ip-20-21.{OTHER}", f"gone.{OTHER}"
ZONE = Zone(
    a=forward() | {CONFIRMED: CLUSTER["core-1"], f"nameless.{OTHER}": "192.168.20.98"},
    # the KDC's address has a name that does not exist, core-1's one that leads back to it, and
    # 192.168.20.98 none
    ptr=backward() | {CLUSTER["kdc"]: UNCONFIRMED, CLUSTER["core-1"]: CONFIRMED},
    cname={f"alias.{OTHER}": MASTER},
    more=(
        f"host-record=two.{OTHER},{CLUSTER['master']},2001:db8::11",
        f"ptr-record={'.'.join(reversed('20010db8' + '0' * 22 + '11'))}.ip6.arpa,six.{OTHER}",
    ),
)
HOSTS_FILE = f"{CLUSTER['core-2']} core-1-2 {full_name('core-2')}\n"
HOSTS = (
    *(MASTER, MASTER.upper(), f"{MASTER}.", KDC, CORE, "master-1-1", "core-1-2", full_name("core-2"), f"alias.{OTHER}"),
    *(
        f"nameless.{OTHER}",
        f"two.{OTHER}",
        f"absent.{OTHER}",
        "absent",
        CLUSTER["master"],
        CLUSTER["kdc"],
        "192.168.20.98",
        NOBODY,
    ),
)


@pytest.fixture
def known(place: Place) -> list[ResolverView]:
    place.names(ZONE, hosts=HOSTS_FILE, resolv_conf=f"{RESOLV_CONF}search {DOMAIN} {OTHER}\n")
    done = place.lab.host(RG).run(sys.executable, "-m", "tests.lab.dns.known", *HOSTS, cwd=PROJECT, seconds=120)
    assert done.returncode == 0, done.stderr
    return [msgspec.json.decode(line, type=ResolverView) for line in done.stdout.splitlines()]


def test_libkrb5_makes_the_same_principals(place: Place, known: list[ResolverView]) -> None:
    switches = list(product(("true", "false", "fallback"), ("true", "false"), (None, "", "qualified.example")))
    for number, (canonicalize, rdns, short) in enumerate(switches):
        qualify = "" if short is None else f' qualify_shortname = "{short}"\n'
        text = (
            f"[libdefaults]\n default_realm = R\n dns_canonicalize_hostname = {canonicalize}\n rdns = {rdns}\n"
            f"{qualify}[domain_realm]\n . = R\n"
        )
        file = place.directory / f"krb5-{number}.conf"
        file.write_text(text, encoding="utf-8")
        done = place.lab.host(RG).run(
            sys.executable, "-m", "tests.support.oracles.libkrb5_names", str(file), *HOSTS, cwd=PROJECT
        )
        assert done.returncode == 0, done.stderr
        theirs = [line.partition("@")[0].removeprefix("hive/") for line in done.stdout.splitlines()]

        profile = load([("krb5.conf", text.encode())])
        configured = [settings(profile, one.search) for one in known]
        ours = [canonical.mit_hosts(one.names, each)[0] for one, each in zip(known, configured, strict=True)]
        if canonicalize == "fallback":
            ours = list(HOSTS)  # left to the time of the request, which needs a ticket to watch

        assert dict(zip(HOSTS, ours, strict=True)) == dict(zip(HOSTS, theirs, strict=True)), (canonicalize, rdns, short)


@pytest.mark.needs("java")
def test_openjdk_makes_the_same_names(place: Place, known: list[ResolverView]) -> None:
    source = Path(__file__).with_name("java") / "NamesOracle.java"
    krb5 = place.directory / "krb5.conf"
    krb5.write_text("[libdefaults]\n default_realm = R\n", encoding="utf-8")
    # Negative answers would be kept for ten seconds, and no answer may depend on the one before it.
    switches = ("-Dsun.net.inetaddr.ttl=0", "-Dsun.net.inetaddr.negative.ttl=0", f"-Djava.security.krb5.conf={krb5}")
    done = place.lab.host(RG).run("java", "-XX:TieredStopAtLevel=1", *switches, str(source), *HOSTS, seconds=120)
    assert done.returncode == 0, done.stderr
    theirs = dict(zip(HOSTS, done.stdout.splitlines(), strict=True))

    ours = [canonical.jvm_canonical(one.names) or "unknown" for one in known]

    assert dict(zip(HOSTS, ours, strict=True)) == theirs
