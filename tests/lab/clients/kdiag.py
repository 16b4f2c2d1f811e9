"""What do Hadoop's KDiag and `emr-diagnose check` say of the same fault on the same host? `python
-m tests.lab.clients.kdiag JARS [NAME …]`.

JARS is a directory with hadoop-client-api, hadoop-client-runtime, commons-logging, slf4j-api, a
binding of it and reload4j, all from Maven Central. Each fault has a lab of its own and the
clients' default patience, so the whole takes about 15 minutes; faults named as arguments are
taken alone. One JSON object a line.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.lab.cases import LabCase, full_name, healthy, krb5_conf
from tests.lab.diagnosis import serve_cluster
from tests.lab.kdc import PASSWORD, REALM
from tests.lab.netns import CLUSTER, RG, RG_ADDRESSES, Host
from tests.lab.scene import Lab, hosts_file, lab

from .kdc import CLIENT, TooBigKdc

LONGEST: Final = 400.0
LOGGING: Final = (
    "log4j.rootLogger=INFO,console\nlog4j.appender.console=org.apache.log4j.ConsoleAppender\n"
    "log4j.appender.console.target=System.err\nlog4j.appender.console.layout=org.apache.log4j.PatternLayout\n"
    "log4j.appender.console.layout.ConversionPattern=%p %c{1}: %m%n\n"
)
MAIN: Final = "org.apache.hadoop.security.KDiag"


@dataclass(frozen=True)
class Trouble:
    """arrange: brings the fault about in a lab whose services run, and gives the case as it then
    is.
    """

    name: str
    arrange: Callable[[Lab], LabCase]


def _stopped(built: Lab) -> LabCase:
    built.kdc.stop()
    return healthy()


def _no_udp(built: Lab) -> LabCase:
    built.kdc.start(udp=None)
    return healthy()


def _firewall(*rules: str) -> Callable[[Lab], LabCase]:
    def arrange(built: Lab) -> LabCase:
        built.host_firewall("kdc", *rules)
        return healthy()

    return arrange


def _file(*changes: tuple[str, str], without: Iterable[str] = ()) -> Callable[[Lab], LabCase]:
    def arrange(_: Lab) -> LabCase:
        case, text = healthy().without(*without), krb5_conf(88)
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        return replace(case, files={**case.files, "krb5.conf": text})

    return arrange


_KDC_LINE: Final = f"    kdc = {full_name('kdc')}:88\n"
_DEFAULTS: Final = "[libdefaults]\n"


def _first_dead(built: Lab) -> LabCase:
    """As if the first machine were gone: nothing comes back from it."""
    built.host_firewall("core-1", "meta l4proto { tcp, udp } th dport 88 drop")
    return _file((_KDC_LINE, f"    kdc = {full_name('core-1')}:88\n{_KDC_LINE}"))(built)


TROUBLES: Final = (
    Trouble("nothing wrong", lambda _: healthy()),
    Trouble("no rule for UDP 88", lambda _: healthy().without("sgr-kdc-udp")),
    Trouble(
        "no rule for UDP 88, udp_preference_limit = 0",
        _file((_DEFAULTS, f"{_DEFAULTS}  udp_preference_limit = 0\n"), without=["sgr-kdc-udp"]),
    ),
    Trouble("no rule for TCP 88", lambda _: healthy().without("sgr-kdc-tcp")),
    Trouble(
        "no rule for TCP 88, udp_preference_limit = 1",
        _file((_DEFAULTS, f"{_DEFAULTS}  udp_preference_limit = 1\n"), without=["sgr-kdc-tcp"]),
    ),
    Trouble("no rule for port 88 at all", lambda _: healthy().without("sgr-kdc-udp", "sgr-kdc-tcp")),
    Trouble("KDC stopped", _stopped),
    Trouble("KDC without UDP", _no_udp),
    Trouble(
        "UDP 88 rejected by the KDC's firewall (host-prohibited)",
        _firewall("udp dport 88 reject with icmp type host-prohibited"),
    ),
    Trouble("UDP 88 dropped by the KDC's firewall", _firewall("udp dport 88 drop")),
    Trouble("first of two KDCs dead", _first_dead),
    Trouble("name of the KDC that no name server answers for", _file((full_name("kdc"), "kdc-that-is-not.example"))),
    Trouble("wrong port in krb5.conf", _file((":88\n", ":1088\n"))),
    Trouble(
        "kdc_timeout = 30 with no rule for UDP 88",
        _file((_DEFAULTS, f"{_DEFAULTS}  kdc_timeout = 30\n"), without=["sgr-kdc-udp"]),
    ),
    Trouble("a krb5.conf without its last brace", _file(("  }\n\n[domain_realm]", "\n[domain_realm]"))),
)


def run(trouble: Trouble, jars: Path) -> dict[str, Any]:
    """One fault: both tools one after the other, on the resource-group host."""
    with tempfile.TemporaryDirectory() as name, lab(Path(name)) as built:
        directory = Path(name)
        (directory / "client-kdc").mkdir()
        built.kdc = TooBigKdc(built.host("kdc"), directory / "client-kdc")
        serve_cluster(built)
        case = trouble.arrange(built)
        built.enforce(case.documents.values())
        written = case.write(directory / "case")
        # KDiag stops at once where the host does not know its own name.
        built.host(RG).write_etc("hosts", f"{hosts_file()}{RG_ADDRESSES[0]} {socket.gethostname()}\n")
        return {
            "fault": trouble.name,
            "kdiag": _kdiag(built.host(RG), written, directory, jars),
            "ours": _ours(built, written),
            "client": CLUSTER["kdc"],
        }


def _kdiag(host: Host, case: Path, directory: Path, jars: Path) -> dict[str, Any]:
    keytab = directory / "client.keytab"
    orders = f"addent -password -p {CLIENT}@{REALM} -k 1 -e aes256-cts-hmac-sha1-96\n{PASSWORD}\nwkt {keytab}\n"
    host.run("ktutil", stdin=orders)
    (directory / "log4j.properties").write_text(LOGGING, encoding="utf-8")
    began = time.monotonic()
    done = host.run(
        *command(case / "krb5.conf", f"{case}:{directory}:{jars}/*", keytab, f"{CLIENT}@{REALM}"), seconds=LONGEST
    )
    text = done.stdout + done.stderr
    return {
        "exit": done.returncode,
        "seconds": round(time.monotonic() - began, 1),
        "lines": text.count("\n"),
        "bytes": len(text),
        "says": _verdict(text.splitlines()),
    }


def command(krb5_conf: Path, classpath: str, keytab: Path, principal: str) -> tuple[str, ...]:
    """Return the command line of KDiag. The class path has its jars, the directory of the Hadoop
    files, and a directory with LOGGING as log4j.properties.
    """
    exports = ("--add-exports", "java.security.jgss/sun.security.krb5=ALL-UNNAMED")
    conf = f"-Djava.security.krb5.conf={krb5_conf}"
    return ("java", *exports, conf, "-cp", classpath, MAIN, "--keytab", str(keytab), "--principal", principal)


def _verdict(lines: list[str]) -> list[str]:
    """Its own error line and the innermost cause; nothing where it is content."""
    own = [line for line in lines if line.startswith("ERROR KDiag")]
    causes = [line for line in lines if line.startswith("Caused by: ")]
    return [*own[:1], *causes[-1:]] if own else []


def _ours(built: Lab, case: Path) -> dict[str, Any]:
    began = time.monotonic()
    done = built.check(case, "--format", "json")
    seconds = round(time.monotonic() - began, 1)
    report = json.loads(done.stdout)
    found = [f"{f['code']} {f['severity']} {f['confidence']}: {f['title']}" for f in report["findings"]]
    first = report["findings"][0] if report["findings"] else {}
    return {
        "exit": done.returncode,
        "seconds": seconds,
        "findings": found,
        "cause": first.get("cause"),
        "bytes": len(done.stdout),
    }


def main(jars: Path, names: list[str]) -> None:
    for trouble in TROUBLES:
        if not names or trouble.name in names:
            print(json.dumps(run(trouble, jars)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
