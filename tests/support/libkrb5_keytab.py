"""What does libkrb5 itself read in a keytab, and how does it write a principal?

The library of this machine is loaded into this process.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

_KRB5_KT_END = -1765328202

MIT = "libkrb5.so.3"
"""The full name, because Heimdal's library with other structures is called libkrb5 too."""


class _Block(ctypes.Structure):
    _fields_ = (
        ("magic", ctypes.c_int32),
        ("enctype", ctypes.c_int32),
        ("length", ctypes.c_uint),
        ("contents", ctypes.POINTER(ctypes.c_ubyte)),
    )


class _Entry(ctypes.Structure):
    _fields_ = (
        ("magic", ctypes.c_int32),
        ("principal", ctypes.c_void_p),
        ("timestamp", ctypes.c_int32),
        ("vno", ctypes.c_uint),
        ("key", _Block),
    )


Row = tuple[str, int, int, int, bytes]
"""Principal as text, kvno, enctype, timestamp modulo 2**32, key."""


@cache
def library() -> tuple[Any, ctypes.c_void_p] | None:
    """Return libkrb5 and a context, None if there is no libkrb5."""
    try:
        krb5 = ctypes.CDLL(MIT)
    except OSError:
        return None
    context = ctypes.c_void_p()
    return (krb5, context) if krb5.krb5_init_context(ctypes.byref(context)) == 0 else None


def rows(path: Path) -> tuple[list[Row], int]:
    """Return all entries until libkrb5 stops, and its error code: 0 at the end of the file."""
    found = library()
    assert found is not None
    krb5, context = found
    table, cursor = ctypes.c_void_p(), ctypes.c_void_p()
    read: list[Row] = []
    assert krb5.krb5_kt_resolve(context, b"FILE:" + bytes(path), ctypes.byref(table)) == 0
    code = int(krb5.krb5_kt_start_seq_get(context, table, ctypes.byref(cursor)))
    if code == 0:
        entry = _Entry()
        while (code := int(krb5.krb5_kt_next_entry(context, table, ctypes.byref(entry), ctypes.byref(cursor)))) == 0:
            key = bytes(entry.key.contents[: entry.key.length])
            name = _text(krb5, context, entry.principal)
            read.append((name, entry.vno, entry.key.enctype, entry.timestamp % (1 << 32), key))
            krb5.krb5_free_keytab_entry_contents(context, ctypes.byref(entry))
        krb5.krb5_kt_end_seq_get(context, table, ctypes.byref(cursor))
    krb5.krb5_kt_close(context, table)
    return read, 0 if code == _KRB5_KT_END else code


def written(text: str) -> str | None:
    """Return the text read as a principal and written again, None if libkrb5 rejects it."""
    found = library()
    assert found is not None
    krb5, context = found
    principal = ctypes.c_void_p()
    if krb5.krb5_parse_name(context, text.encode(), ctypes.byref(principal)) != 0:
        return None
    try:
        return _text(krb5, context, principal.value)
    finally:
        krb5.krb5_free_principal(context, principal)


def _text(krb5: Any, context: ctypes.c_void_p, principal: int | None) -> str:
    name = ctypes.c_char_p()
    code = krb5.krb5_unparse_name(context, ctypes.c_void_p(principal), ctypes.byref(name))
    assert code == 0, code
    text = (name.value or b"").decode("utf-8", "backslashreplace")
    krb5.krb5_free_unparsed_name(context, name)
    return text
