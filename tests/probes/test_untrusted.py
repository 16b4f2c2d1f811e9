"""Does no character that a terminal obeys reach it?"""

from __future__ import annotations

import re
import sys

from probes.untrusted import MOST_SHOWN, STEERING, clean


def test_every_steering_character_is_replaced_and_no_other_one() -> None:
    steering = re.compile(STEERING)
    for character in map(chr, range(sys.maxunicode + 1)):
        expected = "a b" if character.isspace() else f"a{'�' if steering.match(character) else character}b"
        assert clean(f"a{character}b") == expected, hex(ord(character))


def test_a_text_that_was_not_written_for_a_reader_is_cut() -> None:
    assert clean("x" * MOST_SHOWN) == "x" * MOST_SHOWN
    assert clean("x" * (MOST_SHOWN + 1)) == "x" * (MOST_SHOWN - 1) + "…"
