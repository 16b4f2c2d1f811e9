"""What do MySQL and MariaDB servers send, as bytes?"""

from __future__ import annotations

import struct

from probes.services.mysql import packet

SALT = b"7f!kzD$'", b"@UmBBcN:vh%|"


def greeting(
    version: str = "5.5.5-10.11.6-MariaDB", *, tls: bool = False, plugin: str = "mysql_native_password"
) -> bytes:
    """Return the greeting of protocol 10."""
    low, high = 0xF7FE | (0x800 if tls else 0), 0x81FF
    head = b"\x0a" + version.encode() + b"\0" + struct.pack("<I", 13) + SALT[0] + b"\0"
    middle = struct.pack("<HBHHB", low, 45, 2, high, 21) + bytes(10)
    return packet(0, head + middle + SALT[1] + b"\0" + plugin.encode() + b"\0")


def error(code: int, text: str, *, number: int = 0, state: str = "") -> bytes:
    """Return an error. `state`: five characters behind "#". Before a login there is none."""
    mark = f"#{state}" if state else ""
    return packet(number, b"\xff" + struct.pack("<H", code) + f"{mark}{text}".encode())


DENIED = error(
    1045, "Access denied for user 'emr-diagnose'@'192.168.10.5' (using password: NO)", number=2, state="28000"
)
OK = packet(2, b"\0\0\0\x02\0\0\0")
SWITCH = packet(2, b"\xfemysql_native_password\0" + SALT[0] + SALT[1] + b"\0")
REFUSED = error(1130, "Host '192.168.10.5' is not allowed to connect to this MariaDB server")
BLOCKED = error(1129, "Host '192.168.10.5' is blocked because of many connection errors")
FULL = error(1040, "Too many connections", state="08004")
