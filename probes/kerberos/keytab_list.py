"""Which principals, kvno and enctypes has this list of a keytab, which has no keys?

`emr-diagnose redact` writes it in place of a keytab. It answers everything that a keytab answers
without its keys, and a login with it is not possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from probes.kerberos.keytab import MOST_ENTRIES, Keytab, KeytabEntry, KeytabError
from probes.principal import Principal
from probes.secret import Secret

HEAD: Final = b"# keytab without keys, version "
"""What such a list begins with."""
_COLUMNS: Final = "kvno\tenctype\tname-type\twritten\tprincipal"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


def encode(keytab: Keytab) -> bytes:
    """Return the list of a keytab, one key a line."""
    lines = [f"{HEAD.decode()}{keytab.version}", _COLUMNS]
    for entry in keytab.entries:
        written = entry.written.astimezone(UTC).strftime(_TIME)
        lines.append(f"{entry.kvno}\t{entry.enctype}\t{entry.name_type}\t{written}\t{entry.principal}")
    return "".join(f"{line}\n" for line in lines).encode()


def parse(data: bytes, file: str) -> Keytab:
    """Read a list that `encode` wrote. KeytabError for anything else. The keys are empty."""
    lines = data.decode("utf-8", "replace").removesuffix("\n").split("\n")
    version = lines[0][len(HEAD) :].strip() if lines and data.startswith(HEAD) else ""
    if version not in ("1", "2") or lines[1:2] != [_COLUMNS]:
        raise KeytabError(file, 0, "no list of a keytab", HEAD.decode().strip())
    return Keytab(file, int(version), tuple(_entries(lines, file)), 0)


def _entries(lines: list[str], file: str) -> Iterator[KeytabEntry]:
    if len(lines) > MOST_ENTRIES + 2:
        raise KeytabError(file, 0, f"{len(lines) - 2} keys", f"at most {MOST_ENTRIES}")
    offset = 0
    for number, line in enumerate(lines):
        if number >= 2:
            yield _entry(line, file, offset)
        offset += len(line.encode()) + 1


def _entry(line: str, file: str, offset: int) -> KeytabEntry:
    try:
        kvno, enctype, name_type, written, principal = line.split("\t", 4)
        at = datetime.strptime(written, _TIME).replace(tzinfo=UTC)
        return KeytabEntry(Principal.parse(principal), int(name_type), int(kvno), int(enctype), Secret(b""), at)
    except ValueError:
        raise KeytabError(file, offset, "no line of a list of keys", _COLUMNS.replace("\t", ", ")) from None
