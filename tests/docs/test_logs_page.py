"""Does docs/logs.md say what the code does?"""

from __future__ import annotations

import re

from diagnose.symptoms import log
from diagnose.symptoms.messages import messages, recognised
from probes.files import log_events
from tests.support.places import PROJECT

PAGE = (PROJECT / "docs" / "logs.md").read_text("utf-8")


def test_every_message_of_the_page_is_known() -> None:
    rows = [line for line in PAGE.partition("## Messages")[2].splitlines() if line.startswith("| `")]
    quoted = [text for row in rows for text in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(quoted) >= 8
    assert [text for text in quoted if not recognised(text.replace("…", "x"))] == []


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"The last {log_events.LARGEST_READ >> 20} MiB of a log, and {log.MOST_READ >> 20} MiB of all" in PAGE
    assert f"up to {log_events.LONGEST_LINE:,} characters" in PAGE
    (row,) = [row for row in messages() if row.id == "receive-timed-out"]
    assert (len(row.candidates), "“Receive timed out” has sixteen" in PAGE) == (16, True)
