"""What does the installed libkrb5 read from a krb5.conf?

Calls its public profile functions and its server locator in this process. Nothing here may reach
the network. So `servers` asks the locator only if the file lists servers; without them it would ask
DNS.
"""

from __future__ import annotations

import ctypes
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_long, c_size_t, c_ubyte, c_uint, c_void_p
from typing import Any, Final

from tests.support.needs import require

Tree = tuple[dict[str, list[str]], dict[str, Any]]
"""Values by relation name, subtrees by section name."""

PROF: Final = -1429577728
"""Base of the profile library's error table."""

NO_RELATION: Final = {PROF + 2, PROF + 3}
ERRORS: Final = {
    PROF + 13: "section-not-top",
    PROF + 14: "section-syntax",
    PROF + 15: "relation-syntax",
    PROF + 16: "extra-brace",
    PROF + 17: "missing-brace",
    PROF + 28: "boolean",
    PROF + 29: "integer",
    PROF + 31: "include-file",
    PROF + 32: "include-directory",
    PROF + 35: "module",
    22: "EINVAL",
    -1765328147: "no-types",
}


class RefusedError(Exception):
    """libkrb5 returns an error. `why`: a word of `ERRORS`, or the number."""

    def __init__(self, code: int) -> None:
        self.why = ERRORS.get(code, str(code))
        super().__init__(self.why)


class _Data(ctypes.Structure):
    _fields_ = (("magic", c_int32), ("length", c_uint), ("data", c_char_p))


class _Server(ctypes.Structure):
    """struct server_entry of os-proto.h, krb5 1.13 to 1.20."""

    _fields_ = (
        ("hostname", c_void_p),
        ("port", c_int),
        ("transport", c_int),
        ("uri_path", c_void_p),
        ("family", c_int),
        ("primary", c_int),
        ("addrlen", c_size_t),
        ("addr", c_ubyte * 128),
    )


class _Servers(ctypes.Structure):
    _fields_ = (("servers", POINTER(_Server)), ("count", c_size_t))


_TRANSPORTS: Final = {0: ("udp", "tcp"), 1: ("tcp",), 2: ("udp",), 3: ("https",)}
require("libkrb5")
_C: Final = ctypes.CDLL(None)
_LIB: Final = ctypes.CDLL("libkrb5.so.3")
_STRINGS: Final = POINTER(c_char_p)

_C.free.argtypes = [c_void_p]
_LIB.profile_init_path.argtypes = [c_char_p, POINTER(c_void_p)]
_LIB.profile_abandon.argtypes = [c_void_p]
_LIB.profile_free_list.argtypes = [_STRINGS]
for _name in ("profile_get_values", "profile_get_subsection_names", "profile_get_relation_names"):
    getattr(_LIB, _name).argtypes = [c_void_p, _STRINGS, POINTER(_STRINGS)]
    getattr(_LIB, _name).restype = c_long
for _name in ("profile_get_boolean", "profile_get_integer"):
    getattr(_LIB, _name).argtypes = [c_void_p, c_char_p, c_char_p, c_char_p, c_int, POINTER(c_int)]
    getattr(_LIB, _name).restype = c_long
_LIB.profile_init_path.restype = c_long
_LIB.krb5_init_context_profile.argtypes = [c_void_p, c_int32, POINTER(c_void_p)]
_LIB.krb5_free_context.argtypes = [c_void_p]
_LIB.krb5_free_context.restype = None
_LIB.k5_locate_kdc.argtypes = [c_void_p, POINTER(_Data), POINTER(_Servers), c_int, c_int]
_LIB.krb5_get_host_realm.argtypes = [c_void_p, c_char_p, POINTER(_STRINGS)]
_LIB.krb5_free_host_realm.argtypes = [c_void_p, _STRINGS]
_LIB.krb5_get_default_in_tkt_ktypes.argtypes = [c_void_p, POINTER(POINTER(c_int32))]
_LIB.krb5_get_tgs_ktypes.argtypes = [c_void_p, c_void_p, POINTER(POINTER(c_int32))]
_LIB.krb5_get_permitted_enctypes.argtypes = [c_void_p, POINTER(POINTER(c_int32))]
_LIB.krb5_free_enctypes.argtypes = [c_void_p, POINTER(c_int32)]
_LIB.krb5_free_enctypes.restype = None
_LIB.krb5_string_to_deltat.argtypes = [c_char_p, POINTER(c_int32)]
_LIB.krb5_get_default_realm.argtypes = [c_void_p, POINTER(c_void_p)]


class Profile:
    """An open profile; use as a context manager. Every text is UTF-8 with surrogate escapes."""

    def __init__(self, files: Sequence[str]) -> None:
        self._handle, self._context = c_void_p(), c_void_p()
        with _few_descriptors():
            _check(_LIB.profile_init_path(":".join(files).encode(), byref(self._handle)))

    def __enter__(self) -> Profile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._context:
            _LIB.krb5_free_context(self._context)
        _LIB.profile_abandon(self._handle)

    def values(self, *path: str) -> list[str]:
        return self._list("profile_get_values", path)

    def subsections(self, *path: str) -> list[str]:
        """Return the names, each once. libkrb5 repeats a section for each file that has it."""
        return list(dict.fromkeys(self._list("profile_get_subsection_names", path)))

    def relation_names(self, *path: str) -> list[str]:
        return self._list("profile_get_relation_names", path)

    def tree(self, *path: str) -> Tree:
        return (
            {name: self.values(*path, name) for name in self.relation_names(*path)} if path else {},
            {name: self.tree(*path, name) for name in self.subsections(*path)},
        )

    def boolean(self, section: str, name: str) -> bool:
        return bool(self._number("profile_get_boolean", section, name))

    def integer(self, section: str, name: str) -> int:
        return self._number("profile_get_integer", section, name)

    def start(self) -> None:
        """Call krb5_init_context on these files. RefusedError if it fails."""
        if not self._context:
            _check(_LIB.krb5_init_context_profile(self._handle, 0, byref(self._context)))

    def servers(self, realm: str) -> list[tuple[str, int, tuple[str, ...], str | None]]:
        """Return the KDCs of the realm as host, port, transports, URL path. Needs `start`."""
        if not realm or not self.values("realms", realm, "kdc"):
            return []
        found = _Servers()
        raw = _encode(realm)
        _check(_LIB.k5_locate_kdc(self._context, byref(_Data(0, len(raw), raw)), byref(found), 0, 0))
        out = []
        for server in found.servers[: found.count]:
            path = _take(server.uri_path)
            out.append((_take(server.hostname) or "", server.port, _TRANSPORTS[server.transport], path))
        _C.free(found.servers)
        return out

    def locate(self, realm: str) -> None:
        """Run the locator even if the file lists no server, which asks DNS.

        Only for a process that has no network. Needs `start`.
        """
        found, raw = _Servers(), _encode(realm)
        _LIB.k5_locate_kdc(self._context, byref(_Data(0, len(raw), raw)), byref(found), 0, 0)

    def default_realm(self) -> str | None:
        """Return the default realm. Needs `start`.

        None if the file has none: libkrb5 would ask the host name and DNS.
        """
        if not self.values("libdefaults", "default_realm"):
            return None
        found = c_void_p()
        _check(_LIB.krb5_get_default_realm(self._context, byref(found)))
        return _take(found.value)

    def realm_of_host(self, host: str) -> str:
        """Return the realm of a host. "" is libkrb5's word for: ask the KDC. Needs `start`."""
        found = _STRINGS()
        _check(_LIB.krb5_get_host_realm(self._context, _encode(host), byref(found)))
        realm = found[0]
        _LIB.krb5_free_host_realm(self._context, found)
        assert realm is not None
        return _decode(realm)

    def login_types(self) -> list[int]:
        """Return the encryption types that a login offers. [] if it fails. Needs `start`."""
        return self._types("krb5_get_default_in_tkt_ktypes", self._context)

    def ticket_types(self) -> list[int]:
        """Return the types that a request for a service ticket offers. As `login_types`.

        libkrb5 asks for the permitted ones first, and fails if there are none.
        """
        permitted = self._types("krb5_get_permitted_enctypes", self._context)
        return self._types("krb5_get_tgs_ktypes", self._context, None) if permitted else []

    def _types(self, function: str, *arguments: object) -> list[int]:
        found = POINTER(c_int32)()
        try:
            _check(getattr(_LIB, function)(*arguments, byref(found)))
        except RefusedError as refused:
            if refused.why == "no-types":
                return []
            raise
        types = list(_numbers(found))
        _LIB.krb5_free_enctypes(self._context, found)
        return types

    def _list(self, function: str, path: Sequence[str]) -> list[str]:
        names = (c_char_p * (len(path) + 1))(*map(_encode, path), None)
        found = _STRINGS()
        code = getattr(_LIB, function)(self._handle, names, byref(found))
        if code in NO_RELATION:
            return []
        _check(code)
        out = list(_until_null(found))
        _LIB.profile_free_list(found)
        return out

    def _number(self, function: str, section: str, name: str) -> int:
        number = c_int()
        _check(getattr(_LIB, function)(self._handle, _encode(section), _encode(name), None, -77, byref(number)))
        return number.value


@contextmanager
def _few_descriptors(most: int = 250) -> Iterator[None]:
    """Limit the open files, so that an include cycle ends soon and before the stack is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _until_null(strings: Any) -> Iterator[str]:
    place = 0
    while (raw := strings[place]) is not None:
        yield _decode(raw)
        place += 1


def _numbers(zero_ended: Any) -> Iterator[int]:
    place = 0
    while zero_ended[place]:
        yield zero_ended[place]
        place += 1


def _take(address: int | None) -> str | None:
    """Return a C string of libkrb5 and free it."""
    if not address:
        return None
    raw = ctypes.string_at(address)
    _C.free(address)
    return _decode(raw)


def _check(code: int) -> None:
    if code:
        raise RefusedError(ctypes.c_int32(code).value)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def deltat(text: str) -> int | None:
    """Return the seconds of a duration. None if libkrb5 refuses it."""
    seconds = c_int32()
    code = _LIB.krb5_string_to_deltat(text.encode("utf-8", "surrogateescape"), byref(seconds))
    return None if code else seconds.value
