"""How does a real MIT KDC come to run on a lab host, and what is the smallest question that it
answers without any credential?

The database and both configuration files live in one temporary directory; `krb5kdc -n` stays in
the foreground, so stopping it is stopping a child. Nothing of the machine's own /etc/krb5.conf
or /etc/krb5kdc is read or written.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.needs import FAKETIME

from .netns import Host, LabError

REALM = "EMR.C-0A1B2C3D4E5F6071.COM"
READY_SECONDS = 60.0
PASSWORD = "lab"

NEEDED_PREAUTH = 25
"""KDC_ERR_PREAUTH_REQUIRED: the answer of a KDC that serves the realm it was asked for."""


class Kdc:
    """One realm on one host. `log` is what krb5kdc wrote, over all starts."""

    def __init__(self, host: Host, directory: Path, realm: str = REALM) -> None:
        self.host, self.directory, self.realm = host, directory, realm
        self.log_file = directory / "kdc.log"
        self.ports: tuple[int, int] | None = None
        self._address = str(host.address)
        self._running: subprocess.Popen[bytes] | None = None
        self._environment = {
            "KRB5_CONFIG": str(directory / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(directory / "kdc.conf"),
        }
        (directory / "krb5.conf").write_text(
            f"[libdefaults]\n default_realm = {realm}\n"
            " dns_lookup_kdc = false\n dns_lookup_realm = false\n rdns = false\n"
            f"[logging]\n kdc = FILE:{self.log_file}\n",
            encoding="utf-8",
        )
        self._configure(88, 88)
        self._command("kdb5_util", "create", "-s", "-r", realm, "-P", PASSWORD)
        queries = "".join(f"addprinc +requires_preauth -pw {PASSWORD} {name}\n" for name in ("hdfs", "hive/master-1-1"))
        queries += f"modprinc +requires_preauth krbtgt/{realm}\n"
        self._command("kadmin.local", "-r", realm, stdin=queries)

    def start(self, udp: int | None = 88, tcp: int | None = 88, ahead: int = 0, *, address: str | None = None) -> None:
        """Serve these ports (None: not this transport) and return when the KDC says that it does.
        ahead: seconds that its clock is fast; address: another one of this host's.
        """
        self.stop()
        clock = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"{ahead:+d}s"} if ahead else {}
        self._address = address or str(self.host.address)
        self._configure(udp, tcp)
        before = self.log.count("commencing operation")
        self._running = subprocess.Popen(
            self.host.argv("krb5kdc", "-n", "-r", self.realm),
            env={**os.environ, **self._environment, **clock},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + READY_SECONDS
        while self.log.count("commencing operation") == before:
            if self._running.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise LabError(f"krb5kdc did not start:\n{self.log[-2000:]}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it, if it runs; ports are free when this returns."""
        if self._running is not None:
            self._running.terminate()
            try:
                self._running.wait(5)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait(5)
            self._running = None

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    def admin(self, *queries: str) -> None:
        """Change the database, also while the KDC runs."""
        self._command("kadmin.local", "-r", self.realm, stdin="".join(f"{query}\n" for query in queries))

    def keytab(self, file: Path, *principals: str) -> None:
        """Write the keys of these principals as they are."""
        self.admin(*(f"ktadd -norandkey -k {file} {name}" for name in principals))

    def forget(self) -> None:
        """Remove what was logged until now."""
        self.log_file.unlink(missing_ok=True)

    def _configure(self, udp: int | None, tcp: int | None) -> None:
        at = f"[{self._address}]" if ":" in self._address else self._address

        def listen(port: int | None) -> str:
            return '""' if port is None else f"{at}:{port}"

        (self.directory / "kdc.conf").write_text(
            f"[kdcdefaults]\n kdc_listen = {listen(udp)}\n kdc_tcp_listen = {listen(tcp)}\n"
            f"[realms]\n {self.realm} = {{\n  database_name = {self.directory}/principal\n"
            f"  key_stash_file = {self.directory}/stash\n  acl_file = {self.directory}/acl\n }}\n",
            encoding="utf-8",
        )

    def _command(self, *command: str, stdin: str | None = None) -> None:
        done = self.host.run(*command, stdin=stdin, env=self._environment)
        if done.returncode:
            raise LabError(f"{command[0]}: {done.stderr.strip()}")


@contextmanager
def kdc_with_keytab(host: Host, directory: Path, principals: Sequence[str]) -> Iterator[tuple[Kdc, Path]]:
    """Run a KDC until the block ends. Yield it with the keytab of these principals of services.

    Both have their files in `directory`.
    """
    place, keytab = directory / "kdc", directory / "servers.keytab"
    place.mkdir()
    kdc = Kdc(host, place)
    kdc.admin(*(f"addprinc -randkey +requires_preauth {name}" for name in principals))
    kdc.keytab(keytab, *principals)
    try:
        kdc.start()
        yield kdc, keytab
    finally:
        kdc.stop()


def as_req(realm: str, nonce: int) -> bytes:
    """AS-REQ of RFC 4120 5.4.1 for krbtgt/REALM as client, without a stream length. Give each
    question its own nonce: a KDC repeats its old answer to the same bytes.
    """
    name = _tlv(0x30, _tlv(0xA0, _integer(2)) + _tlv(0xA1, _tlv(0x30, _string("krbtgt") + _string(realm))))
    body = (
        _tlv(0xA0, _tlv(0x03, b"\x00\x00\x00\x00\x00"))
        + _tlv(0xA1, name)
        + _tlv(0xA2, _string(realm))
        + _tlv(0xA3, name)
        + _tlv(0xA5, _tlv(0x18, b"20370101000000Z"))
        + _tlv(0xA7, _integer(nonce))
        + _tlv(0xA8, _tlv(0x30, _integer(18) + _integer(17)))
    )
    request = _tlv(0xA1, _integer(5)) + _tlv(0xA2, _integer(10)) + _tlv(0xA4, _tlv(0x30, body))
    return _tlv(0x6A, _tlv(0x30, request))


def error_code(reply: bytes) -> int | None:
    """error-code of a KRB-ERROR (RFC 4120 5.9.1), None for anything else. Enough for the lab: the
    field is found by its tag.
    """
    if not reply.startswith(b"\x7e"):
        return None
    found = reply.find(b"\xa6\x03\x02\x01")
    return reply[found + 4] if found > 0 else None


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    length = (
        bytes([size]) if size < 0x80 else bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")
    )
    return bytes([tag]) + length + value


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _string(value: str) -> bytes:
    return _tlv(0x1B, value.encode("ascii"))
