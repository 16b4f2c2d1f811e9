"""Which English is left in a Chinese report? `python -m tests.support.english_left` lists it.

Names, settings, commands, messages of programs and text of the case stay as they are, of course.
Three English words in a row that are none of these are a sentence that nobody translated.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from click.testing import CliRunner

from diagnose.cli import main
from tests.support.places import FIXTURES

KEPT = (
    r"“[^”]*”",  # what a program prints, or a file says
    r"`[^`]*`",
    r"\"[^\"]*\"",
    r"aliyun (ecs|vpc|emr) .*",
    r"(emr-diagnose|systemctl|ss|nc|getent|kinit|klist|kvno|hdfs|ip|nslookup|dig|journalctl|iptables-save) [-\w].*",
    r"[!-~]*[/:=_.\\\d-][!-~]*",  # a host, path, port, setting or option
)
SENTENCE = re.compile(r"(?<![\w-])[A-Za-z][a-z']*(?:,? [a-z][a-z']*){2,}(?![\w-])")


def english_in(text: str) -> Iterator[str]:
    """Yield each run of three or more English words that is no name, command or quotation."""
    for line in text.splitlines():
        yield from SENTENCE.findall(re.sub("|".join(KEPT), "|", line))


def report(arguments: Sequence[str]) -> str:
    """Return what a command prints in Chinese."""
    return CliRunner().invoke(main, [*arguments, "--lang", "zh"]).output


def list_what_is_left() -> None:
    """Print the English of all fixtures' detailed reports, the commonest first."""
    left: Counter[str] = Counter()
    for case in sorted(path for path in FIXTURES.iterdir() if path.is_dir()):
        for options in (["--details"], []):
            left.update(english_in(report(["check", str(case), "--offline", "--from", "192.168.10.0/24", *options])))
    for text, times in left.most_common():
        print(f"{times:5} {text}")
    print(f"{len(left)} runs of English, {left.total()} in all", file=sys.stderr)


if __name__ == "__main__":
    list_what_is_left()
