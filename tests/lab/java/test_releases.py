"""Does each release of Java read a krb5.conf as its row of data/java.toml says?

Java 8 is not to be had as a package: its rows are read from its source and not held against it.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import pytest

from diagnose.scene.java import ranges
from tests.support.krb5conf_samples import OWN_SEEDS, OWN_TOKENS, SEEDS, TOKENS, mutated
from tests.support.needs import JAVA_RELEASES, java_of
from tests.support.oracles.jdk import running
from tests.support.oracles.jdk_krb5conf import HOSTS, disagreement

COUNT: Final = 400

LINES: Final = (
    b"default_tkt_enctypes = rc4-hmac des3-cbc-sha1\n",
    b"default_tkt_enctypes = des-cbc-crc\n",
    b"default_tgs_enctypes = des-cbc-crc, aes128-sha1\n",
    b"permitted_enctypes = aes rc4\n",
    b"permitted_enctypes = arcfour-hmac aes256-cts\n",
    b"allow_weak_crypto = true\n",
    b"allow_weak_crypto = yes\n",
    b"allow_weak_crypto = TRUE\n",
    b"udp_preference_limit = 0\n",
    b"max_retries = 0\n",
    b"kdc_timeout = 0s\n",
)
"""Lines whose meaning differs by release, or might."""

RULES: Final = {release: java.rules for java in ranges() for release in java.run}


def a_file(dice: random.Random) -> bytes:
    """Return a file with some of these lines, or a broken one."""
    if dice.random() < 0.5:
        return mutated(dice, dice.choice((*OWN_SEEDS, *SEEDS)), (*OWN_TOKENS, *TOKENS, *LINES))
    own = dice.sample((*LINES[-3:], b""), 2)
    return b"".join(
        (
            b"[libdefaults]\ndefault_realm = R\n",
            *dice.sample(LINES, dice.randrange(5)),
            b"[realms]\nR = {\nkdc = h\n",
            *own,
            b"}\n",
        )
    )


@pytest.mark.needs("java-releases", "javac")
@pytest.mark.parametrize("release", JAVA_RELEASES)
def test_a_release_reads_what_its_row_says(release: str, tmp_path: Path) -> None:
    (tmp_path / "classes").mkdir()
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "b.conf").write_bytes(b"[realms]\nR = {\n kdc = b\n}\n")
    (tmp_path / "conf.d" / "a.conf").write_bytes(b"[realms]\nR = {\n kdc = a\n}\n")
    disagreements = []
    with running(tmp_path / "classes", HOSTS, str(java_of(release))) as oracle:
        for number in range(COUNT):
            file = tmp_path / "krb5.conf"
            file.write_bytes(a_file(random.Random(number)).replace(b"DIR", bytes(tmp_path)))
            said = disagreement(oracle, file, RULES[release])
            if said is not None:
                disagreements.append((number, said, file.read_bytes()))
    assert not disagreements[:3], f"{len(disagreements)} of {COUNT}"


def test_every_row_that_was_run_is_run_here_or_by_the_installed_java() -> None:
    assert set(RULES) - set(JAVA_RELEASES) == {"17.0.15"}
