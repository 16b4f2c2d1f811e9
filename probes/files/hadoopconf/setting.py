"""What is one setting, and what does one Hadoop XML file contain?"""

from __future__ import annotations

from probes.frozen import frozen
from probes.origin import Origin


@frozen
class Setting:
    """One key with its value, from any of the formats that map keys to text."""

    key: str
    """As the file spells it. In a Configuration it is the current spelling, and `origin.key` keeps
    that of the file.
    """
    value: str
    """Raw: variables are not expanded."""
    origin: Origin
    """Where the setting was read."""
    final: bool = False
    """True if later layers cannot change it (Hadoop XML only)."""


@frozen
class XmlLayer:
    """One Hadoop XML file with everything that it includes."""

    settings: tuple[Setting, ...]
    """In document order; those of an included file stand at the place of its include. A key may
    occur more than once.
    """
    valueless: tuple[Setting, ...] = ()
    """Properties that name a key without a value (`<value/>` counts as none). They set nothing, but
    a final one still locks its key.
    """
    missing: tuple[Origin, ...] = ()
    """Includes that were not found and have no fallback. Hadoop refuses to start with such a file.
    Its other settings are kept here all the same.
    """
