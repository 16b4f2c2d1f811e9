"""Which value does a key have after all files were loaded?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field

from probes.files.hadoopconf.deprecated import current
from probes.files.hadoopconf.setting import Setting, XmlLayer
from probes.frozen import frozen, replace
from probes.regex import regex

MAX_ROUNDS = 20
"""Variables that are replaced in one value before Hadoop gives up."""

MAX_EXPANDED = 1 << 20
"""Characters. A longer value is treated as one that never ends."""

_VARIABLE = regex(r"\$\{([^}$ ]+)\}")
"""The innermost reference. As in Hadoop, a dollar sign or a blank inside the braces makes it plain
text.
"""

_ENVIRONMENT = regex(r"env\..+", re.DOTALL)
_DEFAULT_MARK = regex(r":?-")

_JAVA_BLANK = "".join(map(chr, range(33)))
"""Characters that String.trim() removes."""


_LIST_SEPARATOR = regex(r"[,\n]")

Layer = XmlLayer | Iterable[Setting]


@frozen
class Configuration:
    """The settings that hold, under their current keys. Built by `overlay`.

    Every lookup accepts deprecated keys and trims the key, as Hadoop does.
    """

    settings: tuple[Setting, ...] = ()
    """One for each key, in the order in which the keys were first set."""
    refused: tuple[Setting, ...] = ()
    """Settings without effect: an earlier layer or line had made the key final with another
    value.
    """
    _by_key: dict[str, Setting] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {setting.key: setting for setting in self.settings})

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.setting(key) is not None

    def keys(self) -> Iterable[str]:
        """Return the current spellings, in the order in which they were first set."""
        return self._by_key.keys()

    def setting(self, key: str) -> Setting | None:
        """Return the setting that holds, with its raw value."""
        return self._by_key.get(current(key.strip(_JAVA_BLANK)))

    def matching(self, prefix: str) -> tuple[Setting, ...]:
        """Return the raw settings whose current key begins with `prefix`, in the order of
        `keys`.
        """
        return tuple(setting for setting in self.settings if setting.key.startswith(prefix))

    def get(self, key: str) -> str | None:
        """Return the value with `${variables}` replaced by the values of other keys, not trimmed.

        - None if the key is not set.
        - `${env.NAME}` counts as unset. `${env.NAME:-default}` and `${env.NAME-default}` give the
          default. Without a default the reference stays.
        - Java system properties are not known.
        - The first reference without a value ends the replacement, so later ones stay too.
        - A value that refers to itself is returned raw.
        - A value that goes in circles or needs 20 replacements or more is returned raw. Hadoop
          throws IllegalStateException for it.
        """
        setting = self.setting(key)
        return None if setting is None else self._expand(setting.value)

    def get_list(self, key: str) -> tuple[str, ...]:
        """Return the value cut at commas and line ends. Parts are trimmed, empty parts dropped."""
        parts = (part.strip(_JAVA_BLANK) for part in _LIST_SEPARATOR.split(self.get(key) or ""))
        return tuple(part for part in parts if part)

    def get_bool(self, key: str) -> bool | None:
        """Return the value of `true` or `false`, in upper or lower case.

        Return None for anything else: Hadoop then takes its default.
        """
        return {"true": True, "false": False}.get((self.get(key) or "").strip(_JAVA_BLANK).lower())

    def _expand(self, raw: str) -> str:
        text = raw
        for _ in range(MAX_ROUNDS):
            reference = _VARIABLE.search(text)
            value = self._variable(reference[1]) if reference else None
            if reference is None or value is None:
                return text
            if reference[0] in value:
                return raw
            text = text[: reference.start()] + value + text[reference.end() :]
            if len(text) > MAX_EXPANDED:
                return raw
        return raw

    def _variable(self, name: str) -> str | None:
        if _ENVIRONMENT.fullmatch(name) and (mark := _DEFAULT_MARK.search(name)):
            return name[mark.end() :]
        setting = self.setting(name)
        return None if setting is None else setting.value


def overlay(*layers: Layer) -> Configuration:
    """Return what holds after these layers, given in the order in which Hadoop loads them (defaults
    before site files, core before hdfs, …).

    The last setting of a key wins, across layers and within one, unless an earlier one is final.
    Deprecated keys take part under their current spelling.
    """
    holding: dict[str, Setting] = {}
    refused: list[Setting] = []
    locked: set[str] = set()
    for layer in layers:
        settings, valueless = (layer.settings, layer.valueless) if isinstance(layer, XmlLayer) else (layer, ())
        for written in settings:
            key = current(written.key)
            setting = written if key == written.key else replace(written, key=key)
            if key not in locked:
                holding[key] = setting
            elif key not in holding or holding[key].value != setting.value:
                refused.append(setting)
            if setting.final:
                locked.add(key)
        locked.update(current(setting.key) for setting in valueless if setting.final)
    return Configuration(tuple(holding.values()), tuple(refused))


EMPTY = Configuration()
"""A configuration in which no key is set."""
