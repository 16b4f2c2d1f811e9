"""A real MIT krb5kdc on a high port of loopback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .kdc import Kdc

ENCTYPES = "aes256-cts:normal aes128-cts:normal aes256-sha2:normal aes128-sha2:normal arcfour-hmac:normal"


@dataclass(slots=True)
class MitKdc(Kdc):
    """principals: what `addprinc` makes at the start, name -> its options; kdc_conf: more lines for
    [kdcdefaults].
    """

    principals: Mapping[str, str] | None = None
    kdc_conf: str = ""

    def create(self) -> None:
        self.write_client_file()
        (self.directory / "kdc.conf").write_text(
            f"[kdcdefaults]\n kdc_listen = {self.host}:{self.port}\n kdc_tcp_listen = {self.host}:{self.port}\n"
            f"{self.kdc_conf}"
            f"[realms]\n {self.realm} = {{\n  database_name = {self.directory}/principal\n"
            f"  key_stash_file = {self.directory}/stash\n  acl_file = {self.directory}/acl\n"
            f"  supported_enctypes = {ENCTYPES}\n  max_life = 10h\n }}\n"
            f"[logging]\n kdc = FILE:{self.directory}/kdc.log\n",
            encoding="utf-8",
        )
        self.command("kdb5_util", "create", "-s", "-r", self.realm, "-P", "master")
        self.admin(*(f"addprinc {options} {name}" for name, options in (self.principals or {}).items()))

    def admin(self, *queries: str) -> str:
        """kadmin.local in one process."""
        return self.command("kadmin.local", "-r", self.realm, stdin="".join(f"{query}\n" for query in queries))

    def keytab(self, name: str, *principals: str) -> Path:
        path = self.directory / name
        path.unlink(missing_ok=True)
        self.admin(*(f"ktadd -k {path} -norandkey {principal}" for principal in principals))
        return path

    def daemon(self) -> list[str]:
        return ["krb5kdc", "-n", "-r", self.realm]

    def environment(self) -> Mapping[str, str]:
        return {"KRB5_CONFIG": str(self.krb5_conf), "KRB5_KDC_PROFILE": str(self.directory / "kdc.conf")}

    @property
    def log(self) -> str:
        return (self.directory / "kdc.log").read_text(encoding="utf-8", errors="replace")
