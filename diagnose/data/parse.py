"""What is in the copies in JSON of the tables that every check reads? `make pages` writes them."""

from __future__ import annotations

import json
import tomllib

from diagnose.data import PARSED, copy_of, text


def parsed(name: str) -> str:
    """Return the table as JSON, a value a line. Dates become texts."""
    return json.dumps(tomllib.loads(text(name)), default=str, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for each in PARSED:
        copy_of(each).parent.mkdir(exist_ok=True)
        copy_of(each).write_text(parsed(each), encoding="utf-8")
