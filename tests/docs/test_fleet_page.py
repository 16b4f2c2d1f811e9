"""Does docs/fleet.md name every field of a line that a reader needs?"""

from __future__ import annotations

import re

from diagnose.fleet.record import FleetLine
from tests.support.places import PROJECT

BY_NAME = {
    *("schema_version", "language", "optional", "suggested_rules", "suggested_edits"),
    *("still_open", "skipped", "bugs"),
}
"""Fields that say by their name what they are; the schema has the rest."""


def test_the_page_names_the_fields_of_a_line() -> None:
    named = set(re.findall(r"`(\w+)`", (PROJECT / "docs" / "fleet.md").read_text("utf-8")))
    assert set(FleetLine.__struct_fields__) - BY_NAME <= named
