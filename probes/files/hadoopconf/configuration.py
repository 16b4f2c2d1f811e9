"""What value does a key have once every file has had its say?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from probes.files.hadoopconf.deprecated import current
from probes.files.hadoopconf.setting import Setting, XmlLayer

MAX_ROUNDS = 20
"""Hadoop gives up when it has replaced this many variables in one value."""

MAX_EXPANDED = 1 << 20
"""Characters. A value that grows beyond this is treated as one that never ends."""

_VARIABLE = re.compile(r"\$\{([^}$ ]+)\}")
"""The innermost reference: as in Hadoop a dollar sign or a blank inside the braces makes it plain text."""

_ENVIRONMENT = re.compile(r"env\..+", re.DOTALL)
_DEFAULT_MARK = re.compile(r":?-")

_JAVA_BLANK = "".join(map(chr, range(33)))
"""What String.trim() removes."""

_LIST_SEPARATOR = re.compile(r"[,\n]")
_INTEGER = re.compile(r"[+-]?[0-9]+|-?0[xX][0-9a-fA-F]+")
INT_RANGE = range(-(2**31), 2**31)
"""Of Java's int."""

Layer = XmlLayer | Iterable[Setting]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings that hold, under their current keys; built by `overlay`. Every lookup accepts deprecated keys and trims the key, as Hadoop does.

    settings: one for each key, in the order in which the keys were first set.
    refused: settings that came too late, because an earlier layer or an earlier line had made the key final with another value.
    """

    settings: tuple[Setting, ...] = ()
    refused: tuple[Setting, ...] = ()
    _by_key: dict[str, Setting] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {setting.key: setting for setting in self.settings})

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.setting(key) is not None

    def keys(self) -> Iterable[str]:
        """Current spellings, in the order in which they were first set."""
        return self._by_key.keys()

    def setting(self, key: str) -> Setting | None:
        """The setting that holds, with its raw value."""
        return self._by_key.get(current(key.strip(_JAVA_BLANK)))

    def matching(self, prefix: str) -> tuple[Setting, ...]:
        """The settings whose current key begins with `prefix`, raw, in the order of `keys`."""
        return tuple(setting for setting in self.settings if setting.key.startswith(prefix))

    def get(self, key: str) -> str | None:
        """The value with `${variables}` replaced by the values of other keys; not trimmed. None where the key is not set.

        `${env.NAME}` is taken as unset: `${env.NAME:-default}` and `${env.NAME-default}` give the default, without one the reference stays. Java system
        properties are not known either. The first reference that has no value ends the replacement, so later ones stay too. A value that refers to itself is
        returned raw; so is one that goes in circles or needs 20 replacements or more, where Hadoop throws IllegalStateException.
        """
        setting = self.setting(key)
        return None if setting is None else self._expand(setting.value)

    def get_list(self, key: str) -> tuple[str, ...]:
        """The value cut at commas and line ends, each part trimmed, empty parts dropped."""
        parts = (part.strip(_JAVA_BLANK) for part in _LIST_SEPARATOR.split(self.get(key) or ""))
        return tuple(part for part in parts if part)

    def get_int(self, key: str) -> int | None:
        """Decimal, or hexadecimal with 0x. None where the key is not set or the text is no 32-bit integer; `setting` tells the two apart."""
        text = (self.get(key) or "").strip(_JAVA_BLANK)
        if len(text) > 40 or not _INTEGER.fullmatch(text):
            return None
        number = int(text, 16 if "x" in text.lower() else 10)
        return number if number in INT_RANGE else None

    def get_bool(self, key: str) -> bool | None:
        """`true` or `false` in any case. None where the key is not set or holds anything else; Hadoop then takes its default."""
        return {"true": True, "false": False}.get((self.get(key) or "").strip(_JAVA_BLANK).lower())

    def _expand(self, raw: str) -> str:
        text = raw
        for _ in range(MAX_ROUNDS):
            found = _VARIABLE.search(text)
            value = self._variable(found[1]) if found else None
            if found is None or value is None:
                return text
            if found[0] in value:
                return raw
            text = text[: found.start()] + value + text[found.end() :]
            if len(text) > MAX_EXPANDED:
                return raw
        return raw

    def _variable(self, name: str) -> str | None:
        if _ENVIRONMENT.fullmatch(name) and (mark := _DEFAULT_MARK.search(name)):
            return name[mark.end() :]
        setting = self.setting(name)
        return None if setting is None else setting.value


def overlay(*layers: Layer) -> Configuration:
    """Layers in the order in which Hadoop loads them (defaults before site files, core before hdfs, …) -> what holds.

    The last setting of a key wins, across layers and within one, unless an earlier one is final. Deprecated keys take part under their current spelling.
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
"""No key is set."""
