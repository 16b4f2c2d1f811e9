"""Which words say what the operating system answered?

English keeps the words of the C library. A translation adds the symbol, such as ECONNREFUSED, which
is the same in every language and can be searched for.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from probes.language import marked, tr

_WORDS: Final[Mapping[int, str]] = {
    errno.EPERM: marked("Operation not permitted"),
    errno.ENOENT: marked("No such file or directory"),
    errno.EIO: marked("Input/output error"),
    errno.EBADF: marked("Bad file descriptor"),
    errno.ENOMEM: marked("Cannot allocate memory"),
    errno.EACCES: marked("Permission denied"),
    errno.EEXIST: marked("File exists"),
    errno.ENOTDIR: marked("Not a directory"),
    errno.EISDIR: marked("Is a directory"),
    errno.EINVAL: marked("Invalid argument"),
    errno.EMFILE: marked("Too many open files"),
    errno.EFBIG: marked("File too large"),
    errno.ENOSPC: marked("No space left on device"),
    errno.EROFS: marked("Read-only file system"),
    errno.EPIPE: marked("Broken pipe"),
    errno.ENAMETOOLONG: marked("File name too long"),
    errno.ELOOP: marked("Too many levels of symbolic links"),
    errno.EADDRINUSE: marked("Address already in use"),
    errno.EADDRNOTAVAIL: marked("Cannot assign requested address"),
    errno.ENETDOWN: marked("Network is down"),
    errno.ENETUNREACH: marked("Network is unreachable"),
    errno.ECONNRESET: marked("Connection reset by peer"),
    errno.ETIMEDOUT: marked("Connection timed out"),
    errno.ECONNREFUSED: marked("Connection refused"),
    errno.EHOSTDOWN: marked("Host is down"),
    errno.EHOSTUNREACH: marked("No route to host"),
    errno.EDQUOT: marked("Disk quota exceeded"),
}
"""Number of an error -> the words of the C library."""

_LOOKUPS: Final[Mapping[str, str]] = {
    "EAI_NONAME": marked("Name or service not known"),
    "EAI_AGAIN": marked("Temporary failure in name resolution"),
}
"""Symbol of an error of getaddrinfo -> its words."""


def os_words(error: OSError) -> str:
    """Return what the operating system says of an error, in the language of this process."""
    symbol, words = _known(error.errno)
    if not words or (translated := tr(words)) == words:
        return error.strerror or str(error) or type(error).__name__
    return tr("{words} ({symbol})", words=translated, symbol=symbol)


def _known(number: int | None) -> tuple[str, str]:
    """Return symbol and words of an error. Empty if it is not known."""
    if number is None:
        return "", ""
    if number >= 0:
        return errno.errorcode.get(number, ""), _WORDS.get(number, "")
    import socket

    return next(((name, words) for name, words in _LOOKUPS.items() if getattr(socket, name) == number), ("", ""))
