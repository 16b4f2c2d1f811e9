"""Thousands of broken files, read by us and by the installed JDK.

EMR_DIAGNOSE_FUZZ sets how many (default 3000). The two differ on purpose in these points, and the
comparison accepts them:

- A missing include: the JDK refuses the file. We go on and report what is missing, because a case
  need not hold all files of its host.
- A chain of over 10 files, over 1000 files, over a megabyte, or over 20 levels of braces: only we
  refuse it.
- A port above 65535: the JDK takes it and its socket refuses it. The oracle opens no socket.
- A default realm from DNS: the JDK asks for TXT records and the name of its machine. We stop at the
  file.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probes.errors import FormatError
from probes.files.krb5conf import jdk
from probes.files.krb5conf.dns_questions import jdk_questions
from probes.files.krb5conf.jdk_etypes import offer
from tests.support.krb5conf_samples import NAMES, OWN_SEEDS, OWN_TOKENS, SEEDS, TOKENS, Memory, mutated
from tests.support.oracles.jdk import Jdk, running
from tests.support.oracles.jdk_krb5conf import HOSTS, disagreement

COUNT: Final = int(os.environ.get("EMR_DIAGNOSE_FUZZ", "3000"))


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jdk]:
    with running(tmp_path_factory.mktemp("jdk"), HOSTS) as started:
        yield started


@pytest.mark.scaled("EMR_DIAGNOSE_FUZZ")
@pytest.mark.needs("java", "javac")
def test_the_jdk_and_we_agree_on_mutated_files(oracle: Jdk, tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    seeds, tokens = (*OWN_SEEDS, *OWN_SEEDS, *SEEDS), (*OWN_TOKENS, *TOKENS)
    disagreements, refused = [], 0
    for number in range(COUNT):
        dice = random.Random(number)
        if number % 8 == 0:
            for name in NAMES:
                content = dice.choice(seeds) if dice.random() < 0.3 else b"[realms]\nR = {\n kdc = i\n}\n"
                write(tmp_path, name, mutated(dice, content, tokens) if dice.random() < 0.2 else content)
        file = write(tmp_path, "a", mutated(dice, dice.choice(seeds), tokens))
        said = disagreement(oracle, file)
        if said is not None:
            disagreements.append((number, said, file.read_bytes()))
        refused += _refused(file)
    assert not disagreements[:5], f"{len(disagreements)} of {COUNT}"
    assert COUNT / 10 < refused < COUNT * 9 / 10, "mutations that are nearly all refused, or never, test little"


def write(directory: Path, name: str, content: bytes) -> Path:
    place = directory / name
    place.write_bytes(content.replace(b"DIR", bytes(directory)))
    return place


def _refused(file: Path) -> bool:
    try:
        jdk.read(str(file), file.read_bytes())
    except FormatError:
        return True
    return False


pieces = st.one_of(st.sampled_from((*OWN_TOKENS, *TOKENS)), st.sampled_from(OWN_SEEDS), st.binary(max_size=40))


@given(st.lists(pieces, max_size=30).map(b"".join), st.booleans())
@example(b"[libdefaults]\n\x7f R = {\n", False)
@settings(max_examples=300)
def test_arbitrary_bytes_raise_only_our_error(content: bytes, with_includes: bool) -> None:
    try:
        reading = jdk.read("f", content, Memory(content) if with_includes else None)
    except FormatError as error:
        assert str(error).isprintable()  # noqa: PT017 - the call may also succeed
        return
    for realm in (*reading.sections("realms"), "R", ""):
        with suppress(jdk.JdkShapeError):
            jdk.kdc_entries(reading, realm)
        with suppress(jdk.JdkShapeError):
            jdk_questions(reading, realm)
        jdk.limits(reading, realm)
    for ask in (jdk.default_realm, jdk.dns_lookup_kdc, jdk.dns_lookup_realm):
        with suppress(jdk.JdkShapeError):
            ask(reading)
    with suppress(jdk.JdkShapeError):
        offer(reading, "default_tkt_enctypes")
    with suppress(jdk.JdkShapeError):
        jdk.realm_of_host(reading, "a.b.c")
    repr(reading)
