"""What stands for a label of a host name, for an id, for an account?

The same for the same, in every file. Labels keep their hyphens, underscores and numbers, so that
etl-01 and etl-02 stay two machines of one kind. Labels that say nothing of their owner stay: those
of `diagnose/data/redaction.toml`, and the parts of keys.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable
from functools import cache
from itertools import zip_longest
from typing import Final

from diagnose import data
from diagnose.collect.redaction.format_words import fixed_words
from diagnose.collect.redaction.near_names import near_words
from diagnose.collect.redaction.tally import Replaced, Tally
from diagnose.flows.spelling import FEWEST_LETTERS
from probes.regex import regex

_RUN: Final = regex(r"[a-z]+|[0-9]+|[^a-z0-9]+")
_NODE: Final = regex(r"(?:emr-)?[a-z]+(?:-\d{1,5}){1,2}|[a-z]{1,2}|[a-z]{0,2}\d{1,6}")
_MOST_RUNS: Final = 6
"""Most runs of letters and digits that make a label. One with more is random."""
_SHORTEST: Final = 3
"""Fewest letters that say something of an owner."""
_WORD: Final = regex(r"[A-Za-z0-9]+(?:[-_]+[A-Za-z0-9]+)*")
_LOG_FILE: Final = regex(rf"{_WORD.pattern}(?=\.(?:log|out)\b)")
"""The name of a log, such as hadoop-hdfs-namenode-HOST.log."""
_HEX: Final = regex(r"[0-9a-z]{8,32}")
_HEXTET: Final = regex(r"[0-9a-f]{1,4}")
"""A word that may be a part of an address of IPv6."""
_CLUSTER_NAME: Final = regex(r"(?:cluster-|emr\.(?=\d+\.com))(\d{3,12})(?:\.com)?")
"""The domain of an older cluster, or its realm."""
_RESOURCE_GROUP: Final = regex(r"(?i)(?<![a-z0-9])([a-z]{1,20}_res_group_)(\d{4,20})_(\d{4,20})(?![a-z0-9])")
"""Id of a resource group of DataWorks. The first number is the same for all of one account."""
_MOST_DRAWS: Final = 50
"""Draws of made words until the short ones are in order."""
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@cache
def is_kept(label: str) -> bool:
    """Return True if a label, in small letters, says nothing of its owner."""
    bare = label.rstrip("0123456789").rstrip("-_")
    if label in fixed_words():
        return True
    if not re.search(r"[a-z]", label) or label in _labels() or _HEXTET.fullmatch(label) or _region().fullmatch(label):
        return True
    return bool(_NODE.fullmatch(label)) and (len(bare) < _SHORTEST or _is_kind(label))


@cache
def _region() -> re.Pattern[str]:
    return re.compile(data.table("redaction")["names"]["region"])


def _is_kind(label: str) -> bool:
    """Return True for emr-header-1, master-1-1 and the like."""
    return all(run in _labels() or not run.isalpha() for run in _RUN.findall(label))


@cache
def _labels() -> frozenset[str]:
    return frozenset(data.table("redaction")["names"]["labels"])


@cache
def certain_ids() -> re.Pattern[str]:
    """Return what finds an id that is one wherever it stands."""
    table = data.table("redaction")["ids"]
    longest = max(map(len, table["prefixes"]))
    prefixes = "|".join(table["prefixes"])
    # The first part fails at once where no hyphen follows. The second one tells which word it is.
    return re.compile(rf"(?i)(?<![a-z0-9])(?=[a-z]{{1,{longest}}}-)(?:{prefixes})-{table['fixed']}(?![a-z0-9])")


def resource_groups_in(text: str) -> list[str]:
    """Return the ids of resource groups of DataWorks, such as Serverless_res_group_1234_5678."""
    return [found[0] for found in _RESOURCE_GROUP.finditer(text)] if "_res_group_" in text else []


class NameMap:
    """Replaces words: labels, ids and accounts that were found in the case."""

    def __init__(
        self,
        draw: random.Random,
        labels: Iterable[str],
        ids: Iterable[str],
        accounts: Iterable[str],
        names: Collection[str] = (),
    ) -> None:
        """Take what the case has. `names`: whole names of hosts and realms, of which some are
        almost alike."""
        self._words: dict[str, tuple[Replaced, str]] = {}
        ids = {each.lower() for each in ids}
        labels = {each.lower() for each in labels} - ids
        # emr-header-1.cluster-12345 has the realm EMR.12345.COM: the number is one word of both.
        numbers = {found[1] for each in (*labels, *names) for found in [_CLUSTER_NAME.fullmatch(each)] if found}
        self._words |= {label: ("name", new) for label, new in _of_labels(draw, labels, names).items() if label != new}
        self._words |= {each: ("id", new) for each, new in _of_ids(draw, ids).items()}
        self._words |= {each: ("account", _digits(draw, len(each))) for each in sorted(set(accounts) - numbers)}
        for number in sorted(numbers):
            self._words[number] = ("id", new := _digits(draw, len(number)))
            self._words[f"cluster-{number}"] = ("id", f"cluster-{new}")
        made = {word: new for word, (_, new) in self._words.items()}
        for word, new in near_words(draw, names, made).items():
            self._words[word] = (self._words[word][0] if word in self._words else "name", new)
        strong = data.table("redaction")["ids"]
        self._embedded = re.compile(
            rf"(?i)(?<![a-z0-9])(?:{'|'.join(strong['prefixes'])})-{strong['fixed']}(?![a-z0-9])"
            rf"|{_RESOURCE_GROUP.pattern.removeprefix('(?i)')}"
        )

    def __call__(self, text: str, tally: Tally) -> str:
        """Return the text with the words replaced that were found in the case."""
        text = _LOG_FILE.sub(lambda found: self._last(found[0], tally), text)
        return _WORD.sub(lambda found: self._word(found[0], tally), text)

    def path(self, text: str, tally: Tally) -> str:
        """Return a path of the case. A name may stand behind the kind of a file: ss-NODE.txt."""

        return _WORD.sub(lambda found: self._last(found[0], tally), text)

    def _last(self, word: str, tally: Tally) -> str:
        """Return a word that is a name, or that has one behind a hyphen, with the name replaced."""
        if word.lower() in self._words:
            return self._word(word, tally)
        for place in (mark.start() for mark in re.finditer(r"[-_]", word)):
            if word[place + 1 :].lower() in self._words:
                return word[: place + 1] + self._word(word[place + 1 :], tally)
        return word

    def _word(self, word: str, tally: Tally) -> str:
        known = self._words.get(word.lower())
        if known is not None:
            tally.add(known[0])
            return _in_case_of(word, known[1])
        return self._embedded.sub(lambda found: self._part(found[0], tally), word) if "-" in word else word

    def _part(self, word: str, tally: Tally) -> str:
        known = self._words.get(word.lower())
        if known is None:
            return word
        tally.add(known[0])
        return _in_case_of(word, known[1])


def _of_labels(draw: random.Random, labels: Collection[str], names: Collection[str]) -> dict[str, str]:
    wanted = [label for label in labels if not is_kept(label)]
    pieces = {label: _RUN.findall(label) for label in wanted}
    is_random = {label for label, runs in pieces.items() if len(runs) > _MOST_RUNS}
    runs = {
        run
        for label in wanted
        if label not in is_random
        for run in pieces[label]
        if len(run) >= _SHORTEST and run.isalpha() and run not in _labels()
    }
    # A short name is not compared with others. What stands for it has to be as short.
    short = {run for name in names if len(name) < FEWEST_LETTERS for run in pieces.get(name, ())} & runs
    words = _of_words(draw, runs, short)
    found = {label: "".join(words.get(run, run) for run in pieces[label]) for label in wanted if label not in is_random}
    return found | {label: f"h{draw.getrandbits(48):012x}" for label in sorted(is_random)}


def _of_words(draw: random.Random, words: Collection[str], short: Collection[str]) -> dict[str, str]:
    """Return word -> made word, in the same order of the alphabet.

    short: words whose length stays, unless there are many of them.
    """
    for _ in range(_MOST_DRAWS):
        made = _drawn(draw, words)
        cut = [new[: len(old)] if old in short else new for old, new in zip(sorted(words), made, strict=True)]
        if cut == sorted(set(cut)) and not any(new in words or is_kept(new) for new in cut):
            made = cut
            break
    return dict(zip(sorted(words), made, strict=True))


def _drawn(draw: random.Random, words: Collection[str]) -> list[str]:
    """Return as many made words, in order."""
    made: set[str] = set()
    while len(made) < len(words):
        word = "".join(draw.choice(letters) for letters in (_CONSONANTS, _VOWELS) * 4)
        made |= {word} - set(words)
    return sorted(made)


def _of_ids(draw: random.Random, ids: Collection[str]) -> dict[str, str]:
    """Return id -> made id with the same word before the hyphen, in the same order."""
    groups: dict[tuple[str, bool], list[str]] = {}
    found = _of_resource_groups(draw, ids)
    for each in sorted(set(ids) - found.keys()):
        prefix, _, tail = each.partition("-")
        groups.setdefault((prefix, _HEX.fullmatch(tail) is not None), []).append(each)
    for (prefix, is_long), members in groups.items():
        made: set[str] = set()
        while len(made) < len(members):
            made.add(f"{draw.getrandbits(64):016x}" if is_long else f"x{draw.getrandbits(24):06x}")
        found |= dict(zip(members, (f"{prefix}-{tail}" for tail in sorted(made)), strict=True))
    return found


def _of_resource_groups(draw: random.Random, ids: Collection[str]) -> dict[str, str]:
    """Return the same for resource groups: numbers as long instead of their numbers."""
    parts = [found for found in map(_RESOURCE_GROUP.fullmatch, ids) if found is not None]
    lengths: dict[int, set[str]] = {}
    for number in (number for found in parts for number in (found[2], found[3])):
        lengths.setdefault(len(number), set()).add(number)
    numbers: dict[str, str] = {}
    for length, members in sorted(lengths.items()):
        made: set[str] = set()
        while len(made) < len(members):
            made.add(_digits(draw, length))
        numbers |= dict(zip(sorted(members), sorted(made), strict=True))
    return {found[0]: f"{found[1]}{numbers[found[2]]}_{numbers[found[3]]}" for found in parts}


def _digits(draw: random.Random, count: int) -> str:
    return "".join((draw.choice("123456789"), *(draw.choice("0123456789") for _ in range(count - 1))))


def _in_case_of(before: str, after: str) -> str:
    """Return a word in capitals if the other was, or with a capital if the other began with one.

    Of another mixture, each place has the case of that place, so that spellings stay different.
    """
    if before.isupper():
        return after.upper()
    if before.islower() or before[1:].islower():
        return after[:1].upper() + after[1:] if before[:1].isupper() else after
    pairs = zip_longest(before[: len(after)], after, fillvalue=before[-1])
    return "".join(new.upper() if old.isupper() else new for old, new in pairs)
