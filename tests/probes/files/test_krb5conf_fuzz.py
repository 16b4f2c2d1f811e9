"""Thousands of broken configurations, read by us and by the installed libkrb5.

EMR_DIAGNOSE_FUZZ sets how many (default 3000). The two differ on purpose in these points, and the
comparison accepts them:

- A missing include: libkrb5 refuses the configuration. We go on and report what is missing, because
  a case need not hold all files of its host.
- An include cycle: libkrb5 opens files until it may open no more. We name the cycle. We also refuse
  a chain of over 10 files, and over 1000 files.
- More than 20 levels of braces: libkrb5 has no limit.
- A `kdc` that begins with "/": a Unix socket to 1.22, hence skipped; a host name to the 1.20 that
  is asked here.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.files.krb5conf import Includer, KdcEntryError, Krb5ConfError, Krb5ValueError, Profile, has_ports, load, mit
from probes.files.krb5conf.tree import Tree
from tests.support.krb5conf_samples import NAMES, SEEDS, TOKENS, Memory
from tests.support.oracles.krb5conf import disagreement

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000"))


def _mutated(dice: random.Random, content: bytes) -> bytes:
    for _ in range(dice.choice((0, 1, 1, 2, 3, 6))):
        cut = dice.randrange(len(content) + 1)
        if dice.random() < 0.5:  # most odd rules concern the ends of lines
            cut = max(content.find(b"\n", cut), 0)
        end = min(cut + dice.choice((1, 2, 5, 40)), len(content))
        match dice.randrange(6):
            case 0:
                content = content[:cut] + content[end:]
            case 1:
                content = content[:cut] + content[cut:end] * dice.randrange(2, 4) + content[end:]
            case 2:
                content = content[:cut] + bytes([dice.randrange(256)]) + content[cut + 1 :]
            case 3:
                lines = content.split(b"\n")
                dice.shuffle(lines)
                content = b"\n".join(lines)
            case _:
                content = content[:cut] + dice.choice(TOKENS) + content[cut:]
    return content


def _write(directory: Path, name: str, content: bytes) -> Path:
    place = directory / name
    place.write_bytes(content.replace(b"DIR", bytes(directory)))
    return place


@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
def test_libkrb5_and_we_agree_on_mutated_files(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    disagreements = []
    for number in range(COUNT):
        dice = random.Random(number)
        if number % 8 == 0:
            for name in NAMES:
                _write(
                    tmp_path,
                    name,
                    _mutated(dice, dice.choice(SEEDS)) if dice.random() < 0.2 else dice.choice(SEEDS[3:]),
                )
        files = [_write(tmp_path, name, _mutated(dice, dice.choice(SEEDS))) for name in "ab"[: dice.choice((1, 2))]]
        said = disagreement(files)
        if said is not None:
            disagreements.append((number, said, [file.read_bytes() for file in files]))
    assert not disagreements[:5], f"{len(disagreements)} of {COUNT}"


def ask_everything(profile: Profile) -> None:
    """Ask every question. Only documented errors may be raised."""
    for realm in profile.subsections("realms"):
        mit.kdc_entries(profile, realm)
        for servers in (mit.kdcs, mit.admin_servers):
            with suppress(KdcEntryError):
                servers(profile, realm)
    with suppress(Krb5ValueError):
        has_ports.ports(profile)
    for name in profile.relation_names("libdefaults"):
        relation = mit.libdefault(profile, name, "R")
        assert relation is not None
        for read in (mit.boolean, mit.integer):
            with suppress(Krb5ValueError):
                read(relation)
    mit.realm_of_host(profile, "a.b")
    repr(profile)
    hash(profile)


def refusal(contents: Sequence[bytes], includer: Includer | None = None) -> Krb5ConfError | None:
    """Return the refusal of `load`. Without one check that no byte is lost, and ask everything."""
    try:
        profile = load([(f"f{number}", content) for number, content in enumerate(contents)], includer)
    except Krb5ConfError as error:
        return error
    assert [_raw(tree) for tree in profile.trees] == list(contents)
    ask_everything(profile)
    return None


pieces = st.one_of(st.sampled_from(TOKENS), st.sampled_from(SEEDS), st.binary(max_size=40))


@given(st.lists(st.lists(pieces, max_size=30).map(b"".join), max_size=3), st.booleans())
@settings(max_examples=300)
def test_arbitrary_bytes_raise_only_our_error(contents: list[bytes], with_includes: bool) -> None:
    includer = Memory(contents[-1]) if with_includes and contents else None
    error = refusal(contents, includer)
    assert error is None or str(error).isprintable()


def _raw(tree: Tree) -> bytes:
    return b"".join(line.raw for line in tree.lines())


def test_time_is_linear_in_what_was_sent() -> None:
    """Read what is slow in a naive reader.

    These are many names, many openings, long lines, deep braces and almost-numbers of many digits.
    """
    hostile = (
        b"[realms]\n" + b"".join(b"R%d = {\nkdc = h%d\n}\n" % (number, number) for number in range(8_000)),
        b"[realms]\nR = {\n" + b"kdc = h\n" * 30_000,
        b"[a]" + b"*" * 500_000,
        b"[a]\n" + b"x = {\n" * 100_000,
        b"[a]\n" + b'x = "' + b'\\"' * 300_000,
        b"[realms]\nR = {\n" + (b"kdc = h:" + b"0" * 1900 + b"x\n") * 200,
        b"[\n]" * 200_000,
        b"\n" * 200_000,
    )
    for content in hostile:
        started = time.process_time()
        refusal([content])
        assert time.process_time() - started < 30, content[:40]
