"""What is one line of configuration, and what does one configuration file amount to?"""

from __future__ import annotations

from dataclasses import dataclass

from probes.origin import Origin


@dataclass(frozen=True, slots=True)
class Setting:
    """One key with its value, from any of the formats that map keys to text.

    key: as the file spells it; in a Configuration the current spelling, and `origin.key` keeps what the file says. value: raw, variables not expanded.
    final: later layers cannot change it (Hadoop XML only).
    """

    key: str
    value: str
    origin: Origin
    final: bool = False


@dataclass(frozen=True, slots=True)
class XmlLayer:
    """One Hadoop XML file with everything it includes.

    settings: in document order, an included file's at the place of its include; the same key may occur more than once.
    valueless: properties that name a key and give it no value (`<value/>` counts as none): they set nothing, but a final one still locks its key.
    missing: includes that were neither found nor have a fallback. Hadoop refuses to start with such a file; what else it says is kept all the same.
    """

    settings: tuple[Setting, ...]
    valueless: tuple[Setting, ...] = ()
    missing: tuple[Origin, ...] = ()
