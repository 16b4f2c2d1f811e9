"""In which points do releases of Java read and use one krb5.conf differently?

A `JdkRules` is one set of answers. `JDK_17` is the set that every reader takes unless it is told
another one.
"""

from __future__ import annotations

from probes.frozen import frozen


@frozen
class JdkRules:
    """What one range of Java releases does where releases differ."""

    built_in: tuple[int, ...]
    """Encryption types that are not weak, in the order of Java's own list."""
    weak: tuple[int, ...]
    """Encryption types that it uses only with allow_weak_crypto, in the order of its own list."""
    offers_weak: bool
    """True if allow_weak_crypto alone adds the weak types to Java's own list."""
    takes_permitted: bool
    """True if permitted_enctypes counts for a key that the file lacks."""
    knows_sha2: bool
    """True if it knows the types 19 and 20, and the short names aes128-sha1 and aes256-sha1."""
    only_true: bool
    """True if only the exact word `true` switches allow_weak_crypto on. False: also `yes`, in any
    case of letters."""
    no_types: str
    """Text of a login if a list leaves no type. {count}: words of the list; {key}: its key."""
    zero_is_tcp: bool
    """True if udp_preference_limit = 0 means TCP at once, and max_retries = 0 of a realm counts."""
    reads_includes: bool
    """True if it reads include lines. False: it skips them before the first section."""
    sorts_includes: bool
    """True if it reads the files of an includedir in the order of their names."""
    last_wins: bool
    """True if the last of several values, and the last of several sections of one name, counts."""
    reads_lifetimes: bool
    """True if a login reads ticket_lifetime and renew_lifetime, and fails if it cannot."""

    @property
    def of_text(self) -> tuple[bool, bool, bool]:
        """Equal for two releases that find the same sections and values in every file."""
        return self.reads_includes, self.sorts_includes, self.last_wins


JDK_17 = JdkRules(
    built_in=(18, 17, 20, 19),
    weak=(16, 23, 1, 3),
    offers_weak=True,
    takes_permitted=True,
    knows_sha2=True,
    only_true=False,
    no_types="out of {count} default etypes no supported etypes found for configuration {key}",
    zero_is_tcp=False,
    reads_includes=True,
    sorts_includes=False,
    last_wins=False,
    reads_lifetimes=True,
)
