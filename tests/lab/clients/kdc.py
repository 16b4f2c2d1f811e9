"""How is a real MIT KDC made to say "too big", and where does the client's password come from?"""

from __future__ import annotations

from tests.lab.kdc import PASSWORD, Kdc

__all__ = ["CLIENT", "PASSWORD", "SERVICE", "TooBigKdc"]

CLIENT = "hdfs"
SERVICE = "hive/master-1-1"


class TooBigKdc(Kdc):
    """A KDC whose largest datagram can be set: `largest_reply` in bytes, None for its own default.
    It counts from the next start on.
    """

    largest_reply: int | None = None

    def _configure(self, udp: int | None, tcp: int | None) -> None:
        super()._configure(udp, tcp)
        if self.largest_reply is not None:
            file = self.directory / "kdc.conf"
            text = file.read_text(encoding="utf-8")
            setting = f"[kdcdefaults]\n kdc_max_dgram_reply_size = {self.largest_reply}\n"
            file.write_text(text.replace("[kdcdefaults]\n", setting), encoding="utf-8")
