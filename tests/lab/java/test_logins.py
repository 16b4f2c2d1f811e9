"""Does each release of Java log in, or fail, at a real KDC as its encryption types foretell?

11.0.2 is left out: its package lacks Krb5LoginModule.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from diagnose.clients.etypes import KnownKeys, jdk_fault, mit_fault
from diagnose.scene.java import ranges
from probes.files.krb5conf import jdk, load
from tests.lab.clients.real import EXPORTS, SOURCE, Jvm
from tests.lab.kerberos.conftest import MIT_PRINCIPALS, PASSWORD, serving
from tests.lab.kerberos.kdc import REALM
from tests.lab.kerberos.mit import MitKdc
from tests.support.needs import JAVA_RELEASES, java_of, require

SERVICE: Final = f"hdfs/master-1-1@{REALM}"
RULES: Final = {release: java.rules for java in ranges() for release in java.run}
RELEASES: Final = ("17.0.15", *(release for release in JAVA_RELEASES if release != "11.0.2"))

LINES: Final = (
    "",
    "default_tkt_enctypes = des-cbc-crc des-cbc-md5",
    "default_tgs_enctypes = des-cbc-md5",
    "permitted_enctypes = des-cbc-crc",
    "default_tkt_enctypes = aes256-cts\npermitted_enctypes = des-cbc-md5",
    "default_tkt_enctypes = aes",
    "default_tkt_enctypes = aes256-cts",
    "permitted_enctypes = aes256-cts",
    "default_tgs_enctypes = aes128-cts",
)

SHORTEST_WAIT: Final = 30.0
"""Seconds that Java waits for a KDC that does not answer. An exchange that asks none takes less."""

KEYS: Final = {"alice": (18, 17, 20, 19, 23), "aes128": (17,)}
"""Principal -> encryption types of its keys."""


@pytest.fixture(scope="module")
def kdc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MitKdc]:
    require("java-releases", "javac", "krb5kdc", "kdb5_util", "kadmin.local", "kinit", "kvno")
    made = MitKdc(tmp_path_factory.mktemp("mit"), principals=MIT_PRINCIPALS)
    with serving(made):
        yield made


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("classes")
    for_java_11 = ("-source", "11", "-target", "11")
    command = ["javac", "-nowarn", *for_java_11, *EXPORTS, "-d", str(directory), str(SOURCE)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return directory


@contextmanager
def jvm(java: str, classes: Path) -> Iterator[Jvm]:
    flags = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m", *EXPORTS, "-cp", str(classes))
    command = [java, *flags, "LoginOracle", f"alice@{REALM}", PASSWORD, SERVICE]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield Jvm(process)
    finally:
        process.kill()
        process.communicate()


def a_file(kdc: MitKdc, directory: Path, lines: str) -> Path:
    """Return the KDC's own client file without weak types, with these lines."""
    kdc.write_client_file()
    text = kdc.krb5_conf.read_text(encoding="utf-8").replace(" allow_weak_crypto = true\n", "")
    file = directory / "krb5.conf"
    file.write_text(text.replace("[libdefaults]\n", f"[libdefaults]\n{lines}\n", 1), encoding="utf-8")
    return file


@pytest.mark.parametrize("release", RELEASES)
def test_java_ends_as_its_encryption_types_foretell(release: str, kdc: MitKdc, classes: Path, tmp_path: Path) -> None:
    keytabs = {name: kdc.keytab(f"{name}.keytab", name) for name in KEYS}
    wrong = []
    with jvm("java" if release not in JAVA_RELEASES else str(java_of(release)), classes) as java:
        assert java.ask("keep", a_file(kdc, tmp_path, "")).works
        for lines in LINES:
            file = a_file(kdc, tmp_path, lines)
            reading = jdk.read("krb5.conf", file.read_bytes(), None, RULES[release])
            for name, types in KEYS.items():
                real = java.ask("login", file, f"{name}@{REALM} {keytabs[name]}")
                fault = jdk_fault(reading, "as", KnownKeys(types, types))
                # The order of the keys in the message is that of the keytab, newest first.
                foretold = None if fault is None else str(fault.message).partition("following type")[0]
                if (real.message or "").partition("following type")[0] != (
                    foretold or ""
                ) or real.seconds >= SHORTEST_WAIT:
                    wrong.append(f"{lines!r}, login as {name}: foretold {foretold}, experienced {real}")
            real = java.ask("kept", file)
            fault = jdk_fault(reading, "tgs", KnownKeys(None, None))
            if real.message != (None if fault is None else fault.message):
                wrong.append(f"{lines!r}, ticket: foretold {fault}, experienced {real}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("lines", LINES)
def test_kinit_and_kvno_end_as_their_encryption_types_foretell(lines: str, kdc: MitKdc, tmp_path: Path) -> None:
    plain, file = tmp_path / "plain", a_file(kdc, tmp_path, "")
    plain.write_bytes(file.read_bytes())
    file = a_file(kdc, tmp_path, lines)
    profile = load([("krb5.conf", file.read_bytes())])
    for name, types in KEYS.items():
        fault = mit_fault(profile, "as", KnownKeys(types, types))
        said = run(file, tmp_path / name, "kinit", "-k", "-t", str(kdc.keytab(f"{name}.keytab", name)), name)
        assert said == ("" if fault is None else f"kinit: {fault.message}")
    # The ticket is that of a login with this file, or with a plain one if this file permits none
    command = ("kinit", "-k", "-t", str(kdc.keytab("alice.keytab", "alice")), "alice")
    assert run(file, tmp_path / "cache", *command) == "" or run(plain, tmp_path / "cache", *command) == ""
    fault = mit_fault(profile, "tgs", KnownKeys(None, None))
    said = run(file, tmp_path / "cache", "kvno", SERVICE)
    assert said.startswith("" if fault is None else f"kvno: {fault.message}")
    assert bool(said) == (fault is not None)


def run(file: Path, cache: Path, *command: str) -> str:
    """Return what a program of libkrb5 reports."""
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/bin",
        "KRB5_CONFIG": str(file),
        "KRB5CCNAME": f"FILE:{cache}",
        "LC_ALL": "C",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    return done.stderr.strip()
