"""What remains of one file when its secrets are gone?

- A text has its secrets masked, by the syntax of its kind.
- A keytab becomes its list of principals, kvnos and enctypes.
- Binary data is left out, or, where a case reads a file by its name, cut to the bytes that say what
  it is. Secrets in it could not be found.
- A file that holds nothing but secrets by its name, such as a private key, is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from diagnose.case.recognise import Kind, recognise
from diagnose.collect.redaction import hadoop_xml, json_text, key_value
from diagnose.collect.redaction.key_value import Syntax, without_secret_lines
from diagnose.collect.redaction.secret_shapes import secret_files
from diagnose.collect.redaction.secret_text import without_secret_words, without_secrets
from diagnose.collect.redaction.tally import Tally
from probes.files.file_type import binary_kind, mark_of, wide_encoding
from probes.frozen import frozen
from probes.kerberos import keytab, keytab_list
from probes.kerberos.keytab import KeytabError
from probes.language import marked

IS_SECRET: Final = marked("by its name it holds nothing but secrets")
IS_BINARY: Final = marked("no text, so that secrets in it cannot be found")
IS_CUT: Final = marked("no text; only the bytes that say what it is were kept")
WAS_KEYTAB: Final = marked("a keytab; its list without keys was written")

_SYNTAX: Final[dict[str, Syntax]] = {
    **dict.fromkeys(("krb5.conf", "kdc.conf"), key_value.KRB5),
    "hosts": key_value.HOSTS,
    "case.toml": key_value.TOML,
    "spark-env.sh": key_value.SHELL,
    **dict.fromkeys(("spark-defaults.conf", "kyuubi-defaults.conf", "zoo.cfg"), key_value.PROPERTIES),
    **dict.fromkeys(("presto/config.properties", "trino/config.properties"), key_value.PROPERTIES),
    **dict.fromkeys(("ss.txt", "iptables.txt", "addresses.txt", "routes.txt", "iprules.txt"), key_value.LOG),
}
"""Kind of a case -> how its lines are written. XML, JSON and logs have none."""

_KEYTABS: Final = (b"\x05\x02", b"\x05\x01")

_SUFFIXES: Final[dict[str, Syntax]] = {
    ".properties": key_value.PROPERTIES,
    ".toml": key_value.TOML,
    ".sh": key_value.SHELL,
    ".md": key_value.LOG,
}
"""The same for files that a case does not read, by the end of their name."""


@frozen
class RedactedFile:
    """What remains of one file."""

    content: bytes | None
    """None if the file is left out."""
    note: str | None
    """Why it is left out or cut, in English. None if it is a text with its secrets masked."""
    replaced: dict[str, int]
    """Kind of `tally.Replaced` -> count."""


def redacted(path: str, content: bytes) -> RedactedFile:
    """Return the file without secrets."""
    name = PurePosixPath(path).name
    if secret_files().fullmatch(name):
        return RedactedFile(None, IS_SECRET, {})
    tally = Tally()
    if content.startswith(_KEYTABS):
        return _keytab(path, content, tally)
    codec = wide_encoding(content) or "utf-8"
    known = recognise(path, content)
    text, errors = _decoded(content, codec)
    if "\0" in text or (codec == "utf-8" and binary_kind(content) is not None and not _is_markup(content)):
        is_read = isinstance(known, Kind)
        return RedactedFile(mark_of(content) if is_read else None, IS_CUT if is_read else IS_BINARY, {})
    kind = known.name if isinstance(known, Kind) else ""
    text = _text(name, kind, text, tally)
    return RedactedFile(text.encode(codec, errors), None, tally.taken())


def rewritten(path: str, content: bytes, rewrite: Callable[[str], str]) -> bytes:
    """Return a file without secrets with its texts rewritten. In JSON each string is one, decoded.

    What was cut to the bytes that say what it is stays.
    """
    codec = wide_encoding(content) or "utf-8"
    text, errors = _decoded(content, codec)
    if codec == "utf-8" and binary_kind(content) is not None and not _is_markup(content):
        return content
    text = json_text.rewritten(text, rewrite) if _is_json(path) else rewrite(text)
    return text.encode(codec, errors)


def _is_json(path: str) -> bool:
    return path.lower().endswith((".json", ".jsonl", ".ndjson"))


def _is_markup(content: bytes) -> bool:
    """Return True for a text that is no configuration: a page of HTML, or a block of PEM."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"-----BEGIN "))


def _decoded(content: bytes, codec: str) -> tuple[str, str]:
    """Return the text, and how bytes that are none are kept. In UTF-16 they are lost."""
    errors = "surrogateescape" if codec == "utf-8" else "replace"
    return content.decode(codec, errors), errors


def _text(name: str, kind: str, text: str, tally: Tally) -> str:
    def scan(part: str) -> str:
        return without_secrets(part, tally)

    def scan_string(part: str) -> str:
        """Mask within a string of JSON, which may hold a whole file."""
        if "<" in part and "</" in part:
            return hadoop_xml.without_secret_values(part, tally, scan)
        return scan(without_secret_lines(part, key_value.UNKNOWN, tally) if "\n" in part else part)

    if _is_json(name):
        return json_text.without_secret_members(text, tally, scan_string)
    if kind.endswith(".xml") or text.lstrip("\ufeff \t\r\n").startswith("<"):
        return hadoop_xml.without_secret_values(text, tally, scan)
    # A token of several lines goes first: by lines, its first one alone is the value of a key.
    return scan(without_secret_lines(without_secret_words(text, tally), _syntax(name, kind), tally))


def _syntax(name: str, kind: str) -> Syntax:
    if kind.startswith("log"):
        return key_value.LOG
    suffix = PurePosixPath(name.lower()).suffix
    return _SYNTAX.get(kind) or _SUFFIXES.get(suffix) or key_value.UNKNOWN


def _keytab(path: str, content: bytes, tally: Tally) -> RedactedFile:
    """Return the list of a keytab. A damaged one is cut, and so is one under another name, because
    a case says of it what it is."""
    known = recognise(path, content)
    if not isinstance(known, Kind):
        return RedactedFile(None, IS_BINARY, {})
    try:
        read = keytab.parse(content, path)
    except KeytabError:
        return RedactedFile(mark_of(content), IS_CUT, {})
    if known.name != "keytab":
        return RedactedFile(mark_of(content), IS_CUT, {})
    tally.add("keytab", len(read.entries))
    return RedactedFile(keytab_list.encode(read), WAS_KEYTAB, tally.taken())
