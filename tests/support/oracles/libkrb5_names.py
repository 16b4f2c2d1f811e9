"""Which principal does the installed libkrb5 make of a host-based service?

Run it on the host whose resolver is to be asked: `python -m tests.support.oracles.libkrb5_names
PROFILE HOST …` prints one principal a line. libkrb5 may try several names with
dns_canonicalize_hostname = fallback. Then krb5_sname_to_principal gives the first of them.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_int32, c_void_p

HOST_BASED = 3
"""KRB5_NT_SRV_HST."""

_LIB = ctypes.CDLL("libkrb5.so.3")
_LIB.profile_init_path.argtypes = [c_char_p, POINTER(c_void_p)]
_LIB.krb5_init_context_profile.argtypes = [c_void_p, c_int32, POINTER(c_void_p)]
_LIB.krb5_sname_to_principal.argtypes = [c_void_p, c_char_p, c_char_p, c_int32, POINTER(c_void_p)]
_LIB.krb5_unparse_name.argtypes = [c_void_p, c_void_p, POINTER(c_char_p)]


def principals(profile: str, hosts: list[str]) -> list[str]:
    """Return hive/HOST@REALM as libkrb5 writes it, for each host."""
    opened, context = c_void_p(), c_void_p()
    _check(_LIB.profile_init_path(profile.encode(), byref(opened)))
    _check(_LIB.krb5_init_context_profile(opened, 0, byref(context)))
    found = []
    for host in hosts:
        principal, text = c_void_p(), c_char_p()
        _check(_LIB.krb5_sname_to_principal(context, host.encode(), b"hive", HOST_BASED, byref(principal)))
        _check(_LIB.krb5_unparse_name(context, principal, byref(text)))
        found.append((text.value or b"").decode())
    return found


def _check(code: int) -> None:
    if code:
        raise SystemExit(f"libkrb5 says {code}")


if __name__ == "__main__":
    sys.stdout.write("".join(f"{name}\n" for name in principals(sys.argv[1], sys.argv[2:])))
