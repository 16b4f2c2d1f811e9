"""Which error does a program of another host name, in the words of the C library?

The words are those of glibc and of musl, in the locale C.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from typing import Final

_ERRORS: Final[Mapping[str, int]] = {
    "Connection refused": errno.ECONNREFUSED,
    "No route to host": errno.EHOSTUNREACH,
    "Host is unreachable": errno.EHOSTUNREACH,
    "Network is unreachable": errno.ENETUNREACH,
    "Network unreachable": errno.ENETUNREACH,
    "Connection timed out": errno.ETIMEDOUT,
    "Operation timed out": errno.ETIMEDOUT,
    "Connection reset by peer": errno.ECONNRESET,
    "Permission denied": errno.EACCES,
    "Operation not permitted": errno.EPERM,
    "Cannot assign requested address": errno.EADDRNOTAVAIL,
    "Address not available": errno.EADDRNOTAVAIL,
    "Address family not supported by protocol": errno.EAFNOSUPPORT,
    "Network is down": errno.ENETDOWN,
    "Host is down": errno.EHOSTDOWN,
    "Machine is not on the network": errno.ENONET,
    "Protocol not available": errno.ENOPROTOOPT,
    "Protocol error": errno.EPROTO,
    "Operation not supported": errno.EOPNOTSUPP,
    "Too many open files": errno.EMFILE,
    "No file descriptors available": errno.EMFILE,
    "Cannot allocate memory": errno.ENOMEM,
    "Out of memory": errno.ENOMEM,
    "Resource temporarily unavailable": errno.EAGAIN,
    "No such file or directory": errno.ENOENT,
    "Not a directory": errno.ENOTDIR,
    "Is a directory": errno.EISDIR,
    "Invalid argument": errno.EINVAL,
}

_LOOKUPS: Final[Mapping[str, int]] = {
    "Name or service not known": socket.EAI_NONAME,
    "Name does not resolve": socket.EAI_NONAME,
    "No address associated with hostname": socket.EAI_NODATA,
    "Name has no usable address": socket.EAI_NODATA,
    "Temporary failure in name resolution": socket.EAI_AGAIN,
    "Try again": socket.EAI_AGAIN,
    "Non-recoverable failure in name resolution": socket.EAI_FAIL,
    "Non-recoverable error": socket.EAI_FAIL,
    "System error": socket.EAI_SYSTEM,
}


def failure(text: str) -> OSError | None:
    """Return the error that a text names at its end. None if it names none that is known.

    Words that are not at the end of a line do not count: a path may have any.
    """
    for line in text.splitlines():
        for words, number in _ERRORS.items():
            if line.rstrip().endswith(words):
                return TimeoutError() if number == errno.ETIMEDOUT else OSError(number, os.strerror(number))
    return None


def lookup_failure(text: str) -> tuple[int, str] | None:
    """Return number and text of an error of getaddrinfo (EAI_...). None if none is known."""
    for line in text.splitlines():
        for words, number in _LOOKUPS.items():
            if line.rstrip().endswith(words):
                return number, words
    return None
