"""A real Heimdal KDC on a high port of loopback.

Debian's packages of it conflict with those of MIT, so its programs are unpacked into a directory
of the tests and never installed; only the libraries, which conflict with nothing, may be.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .kdc import Kdc, KdcError

PROGRAMS = ("heimdal-kdc", "heimdal-clients")
LIBRARIES = (
    "libasn1-8-heimdal",
    "libcap-ng0",
    "libgssapi3-heimdal",
    "libhcrypto5-heimdal",
    "libhdb9-heimdal",
    "libheimbase1-heimdal",
    "libheimntlm0-heimdal",
    "libhx509-5-heimdal",
    "libkadm5clnt7-heimdal",
    "libkadm5srv8-heimdal",
    "libkafs0-heimdal",
    "libkdc2-heimdal",
    "libkrb5-26-heimdal",
    "libotp0-heimdal",
    "libroken19-heimdal",
    "libsl0-heimdal",
    "libwind0-heimdal",
)
"""What the programs need beyond a Debian with MIT's tools; also in .ci/packages."""

DOWNLOAD_SECONDS = 120.0


def unpack(directory: Path) -> Path:
    """Download the programs, and those libraries that are not installed, and unpack them below
    `directory`. KdcError if that is impossible here.
    """
    wanted = [*PROGRAMS, *(name for name in LIBRARIES if not _installed(name))]
    packages, root = directory / "packages", directory / "root"
    packages.mkdir(parents=True)
    if not _apt(packages, "download", *wanted):
        # The machine's own package lists may be old or gone, as in a container; these are read into
        # a place of ours.
        private = ("-o", f"Dir::State::Lists={packages}/lists", "-o", f"Dir::Cache={packages}/cache")
        (packages / "lists" / "partial").mkdir(parents=True)
        if not (_apt(packages, *private, "update") and _apt(packages, *private, "download", *wanted)):
            raise KdcError("the Debian packages of Heimdal cannot be downloaded here")
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, root], check=True, capture_output=True, timeout=60)
    return root


def _apt(directory: Path, *words: str) -> bool:
    """Did apt-get do it, in time? As the user who runs the tests: the directory is theirs."""
    try:
        done = subprocess.run(
            ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", *words],
            cwd=directory,
            capture_output=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _installed(package: str) -> bool:
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True, timeout=30, check=False
    )
    return asked.stdout.startswith("install ok")


@dataclass(slots=True)
class HeimdalKdc(Kdc):
    """root: of the unpacked packages; principals: name -> password, all with keys of the default
    enctypes.
    """

    root: Path = field(kw_only=True)
    principals: Mapping[str, str] = field(kw_only=True)

    def create(self) -> None:
        database = self.directory / "heimdal-db"
        self.write_client_file(" default_etypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96 arcfour-hmac-md5\n")
        with self.krb5_conf.open("a", encoding="utf-8") as file:
            file.write(
                f"[kdc]\n require-preauth = true\n database = {{\n  dbname = {database}\n  realm = {self.realm}\n"
                f"  mkey_file = {self.directory}/m-key\n  acl_file = {self.directory}/kadmind.acl\n"
                f"  log_file = {self.directory}/iprop.log\n }}\n"
                "[kadmin]\n default_keys = aes256-cts-hmac-sha1-96:pw-salt aes128-cts-hmac-sha1-96:pw-salt "
                "arcfour-hmac-md5:pw-salt\n"
                f"[logging]\n kdc = FILE:{self.directory}/kdc.log\n default = FILE:{self.directory}/other.log\n"
            )
        self.admin("init", "--realm-max-ticket-life=unlimited", "--realm-max-renewable-life=unlimited", self.realm)
        for name, password in self.principals.items():
            self.admin("add", f"--password={password}", "--use-defaults", name)

    def admin(self, *words: str) -> str:
        """One command of kadmin on the local database."""
        return self.command(
            self._program("usr/bin/kadmin.heimdal"), "-l", "-c", str(self.krb5_conf), "-r", self.realm, *words
        )

    def keytab(self, name: str, *principals: str) -> Path:
        path = self.directory / name
        path.unlink(missing_ok=True)
        self.admin("ext_keytab", f"--keytab={path}", *principals)
        return path

    def daemon(self) -> list[str]:
        kdc = self._program("usr/lib/heimdal-servers/kdc")
        return [kdc, f"--config-file={self.krb5_conf}", f"--ports={self.port}", f"--addresses={self.host}"]

    def environment(self) -> Mapping[str, str]:
        libraries = sorted({str(found.parent) for found in self.root.rglob("*.so.*")})
        return {"LD_LIBRARY_PATH": ":".join(libraries), "KRB5_CONFIG": str(self.krb5_conf)}

    def _program(self, path: str) -> str:
        return str(self.root / path)
