"""Which edits may make a family read a krb5.conf that it refuses?

They are proposed, best first. `trial` keeps the first that works for both families.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.braces import Braces, braces, empty_values
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, commented, deleted, indent_of, inserted, replaced
from probes.files.krb5conf.errors import Krb5ConfError
from probes.files.krb5conf.jdk_text import JdkRejected, Problem
from probes.files.line_edit import LineEdit
from probes.origin import Origin
from probes.regex import regex

INCLUDE = regex(r"\s*(include(?:dir)?)\s+(\S.*?)\s*")
WITH_TAIL = regex(r"\s*([^\s=#;\[{}]+\s*=\s*\{)\s*([^\s}][^}]*?)\s*")
"""A line that would open a stanza, and the text behind its brace."""
HEADER = regex(r"\[\s*([A-Za-z_]+)\s*\]?")
JOINED = regex(r"\[\s*([A-Za-z_]+)\s*\]\s*([^\s=#;\[{}]+\s*=\s*\S.*)")
"""A header, and a key and its value on the same line."""
HALF_HEADER = regex(r"\[*\s*(libdefaults|realms|domain_realm|capaths|appdefaults)\s*\]*", re.IGNORECASE)
"""A header with too few or too many brackets."""
ODD_OPENING = regex(r"([^\s=:#;\[{}]+)\s*(?:[:=]\s*)?\{[\s{]*")
"""A line that opens a stanza, with too few or too many signs."""
MEANT_OPENING = regex(r"([^\s=:#;\[{}]+)\s*(?:=|[:=]?\s*\{[\s{]*)")
"""The same, or a key without a value."""
DEFAULT_REALM = regex(rb"[ \t]*default_realm[ \t]*=[ \t]*([!-~]+)[ \t]*\r?")
RELATION = regex(rb"[ \t]*[^\s=#;\[{}][^\s=]*[ \t]*=[ \t]*[^\s{][^{]*")
_KEYS = (
    r"kdc|admin_server|kpasswd_server|master_kdc|default_realm|default_domain|dns_lookup_kdc|dns_lookup_realm|rdns|"
    r"ticket_lifetime|renew_lifetime|forwardable|udp_preference_limit|kdc_timeout|max_retries|default_tkt_enctypes|"
    r"default_tgs_enctypes|permitted_enctypes|default_ccache_name"
)
KEY = regex(_KEYS)
"""A key that clients read, which never opens a stanza."""
KNOWN = regex(rf"({_KEYS})\s*[:\s]\s*([^\s={{}}].*)")
"""A key that clients read and its value, with something else than `=` between them."""


def repairs(views: Views, error: Krb5ConfError | JdkRejected, at: Origin, *, is_include: bool) -> Iterator[Repair]:
    """Yield edits of a line that makes a family refuse the file."""
    if is_include:
        yield from _include(views, error, at)
        return
    rule = error.rule if isinstance(error, Krb5ConfError) else None
    if rule == "missing-brace":
        yield from _empty(views, at)
        return
    if _problem(error) == "encoding":
        yield _recoded(views, at.file)
        return
    line = views.row(at).strip()
    for meant in meant_lines(line):
        yield replaced(views, at, *meant)
    straight = straightened(line)
    if straight is not None and straight != line:
        yield replaced(views, at, straight)
    open_braces = braces(at.file, views.rows(at.file))
    yield from _opened_once(views, open_braces)
    yield from _closed(views, open_braces)
    for extra in open_braces.extra:
        yield from _without_tail(views, extra)
        yield from _rightly_opened(views, extra)
        yield from _opened(views, open_braces, extra)
        yield deleted(views, [extra])
    if line.startswith(("{", "}", "[")) or line.endswith("{"):
        yield deleted(views, [at])
        return
    if "\r" in line:
        yield replaced(views, at, *(piece.strip() for piece in line.split("\r") if piece.strip()))
    yield commented(views, [at])


def _problem(error: Krb5ConfError | JdkRejected) -> Problem | None:
    """Return why the JDK refuses. None for a refusal by the rules of libkrb5."""
    return error.problem if isinstance(error, JdkRejected) else None


def meant_lines(line: str) -> Iterator[tuple[str, ...]]:
    """Yield what a refused line may have been meant as, without a loss: one line or two.

    - A header keeps what follows it as a line of its own.
    - A header gets its missing bracket.
    - What opens a stanza gets one `=` and one brace.
    """
    if (joined := JOINED.fullmatch(line)) is not None:
        yield f"[{joined[1].lower()}]", f"  {joined[2]}"
    if (header := HALF_HEADER.fullmatch(line)) is not None:
        yield (f"[{header[1].lower()}]",)
    if (opening := ODD_OPENING.fullmatch(line)) is not None:
        yield (f"{opening[1]} = {{",)


def straightened(line: str) -> str | None:
    """Return the line without its fault.

    None unless there is exactly one right form.

    - A header or a closing brace loses what follows it.
    - A realm name loses its blanks.
    - A known key and its value get a `=` between them.
    """
    if line.startswith("["):
        header = HEADER.match(line)
        return f"[{header[1].lower()}]" if header else None
    if line.startswith("}"):
        return "}" if line != "}" else None
    if spaced := re.match(r"([A-Z0-9.-]+\.) +([A-Z0-9. -]+?)\s*=\s*(\{?)$", line):
        return f"{spaced[1]}{spaced[2].replace(' ', '')} = {spaced[3]}".rstrip()
    if "=" not in line and (known := KNOWN.fullmatch(line)):
        return f"{known[1]} = {known[2]}"
    return None


def _without_tail(views: Views, closing: Origin) -> Iterator[Repair]:
    """Yield the repair of a brace with text behind it, so that the line opens no stanza.

    A comment goes. A key and its value get a line of their own.
    """
    rows = views.rows(closing.file)[: closing.line]
    for number in range(len(rows) - 1, 0, -1):
        at = Origin(closing.file, number)
        if (tail := WITH_TAIL.fullmatch(views.row(at))) is not None:
            is_comment = tail[2][0] in "#;"
            yield replaced(views, at, tail[1], *(() if is_comment else (tail[2],)))
            return
        if views.row(at).lstrip().startswith(("}", "[")):
            return


def _opened_once(views: Views, found: Braces) -> Iterator[Repair]:
    """Yield the deletion of a line that opens a stanza and stands there twice."""
    for gap in found.unclosed:
        rows = views.rows(gap.at.file)
        line = gap.at.line or 0
        if line < len(rows) and rows[line].strip() == rows[line - 1].strip():
            yield deleted(views, [gap.at])


def _rightly_opened(views: Views, closing: Origin) -> Iterator[Repair]:
    """Yield the right form of a line that was meant to open the stanza of a brace."""
    rows = views.rows(closing.file)
    for number in range((closing.line or 1) - 1, 0, -1):
        line = rows[number - 1].strip()
        if line.startswith((b"[", b"}")):
            return
        opening = MEANT_OPENING.fullmatch(line.decode("utf-8", "surrogateescape"))
        follows = number < len(rows) and rows[number].lstrip().startswith(b"{")
        if opening is not None and not follows and KEY.fullmatch(opening[1]) is None:
            yield replaced(views, Origin(closing.file, number), f"{opening[1]} = {{")
            return


def _opened(views: Views, found: Braces, closing: Origin) -> Iterator[Repair]:
    """Yield the line that opens the stanza of the default realm, before values that have none.

    They stand below [realms], and the brace behind them closes nothing.
    """
    rows = views.rows(closing.file)
    realms = {match[1].decode() for row in rows if (match := DEFAULT_REALM.fullmatch(row)) is not None}
    if len(realms) != 1 or realms & {name for name, _ in found.stanzas}:
        return
    first = closing.line or 0
    while first > 1 and (RELATION.fullmatch(rows[first - 2]) or not rows[first - 2].strip()):
        first -= 1
    header = HEADER.match(rows[first - 2].strip().decode("utf-8", "surrogateescape")) if first > 1 else None
    if header is not None and header[1].lower() == "realms" and first < (closing.line or 0):
        yield inserted(closing.file, first, indent_of(views.row(closing)) + f"{realms.pop()} = {{")


def _closed(views: Views, found: Braces) -> Iterator[Repair]:
    """Yield the missing '}' before the next stanza, then before the next section or at the end."""
    for gap in found.unclosed:
        for line in gap.before:
            yield inserted(gap.at.file, line, indent_of(views.row(gap.at)) + "}")
    if len(found.unclosed) > 1:
        yield tuple(
            edit
            for gap in reversed(found.unclosed)
            for edit in inserted(gap.at.file, gap.before[-1], indent_of(views.row(gap.at)) + "}")
        )


def _empty(views: Views, at: Origin) -> Iterator[Repair]:
    """Yield the brace that a `name =` lacks, if the one that would close it closes nothing.

    Then yield the deletion of the line, with all others without a value if need be. The last `kdc`
    of a realm is not deleted: the realm would be left without a server.
    """
    name = views.line(at).partition("=")[0].strip()
    if name == "default_realm":
        realms = [realm for realm, _ in braces(at.file, views.rows(at.file)).stanzas]
        if len(set(realms)) == 1:
            yield replaced(views, at, f"default_realm = {realms[0]}")
        return
    for extra in braces(at.file, views.rows(at.file)).extra:
        yield from (repair for repair in _rightly_opened(views, extra) if repair[0].line == at.line)
    others = empty_values(at.file, views.rows(at.file))
    if any(one.is_last_kdc for one in others):
        return
    yield deleted(views, [at])
    yield deleted(views, [at, *(one.at for one in others)])


def _recoded(views: Views, file: str) -> Repair:
    """Return the repair that writes every line of a file in UTF-8. It was written in Latin 1."""
    edits: list[LineEdit] = []
    for number, raw in enumerate(views.rows(file), 1):
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.removesuffix(b"\r").decode("cp1252", "replace").replace("\ufffd", "?")
            edits += replaced(views, Origin(file, number), text.strip())
    return tuple(edits)


def _include(views: Views, error: Krb5ConfError | JdkRejected, at: Origin) -> Iterator[Repair]:
    asked = INCLUDE.fullmatch(views.row(at))
    if asked is None:
        yield deleted(views, [at])
        return
    if _problem(error) == "directory":
        yield replaced(views, at, f"includedir {asked[2]}")
        return
    is_cycle = isinstance(error, Krb5ConfError) and error.rule == "include-cycle"
    if is_cycle or _problem(error) == "second-include":
        yield from _without_second(views, at, asked[1])
        return
    late = [
        one for one in includes(views, at.file) if one.line is not None and one.line >= first_header(views, at.file)
    ]
    yield moved_up(views, [at])
    yield moved_up(views, late)


def _without_second(views: Views, at: Origin, directive: str) -> Iterator[Repair]:
    """Yield the deletion of an include line whose files are read anyway.

    An `include` of one file goes before an `includedir`, which may lead to more.
    """
    row = views.row(at).split()
    same = [one for one in includes(views, at.file) if one != at and views.row(one).split() == row]
    single = [one for one in includes(views, at.file) if one != at and views.row(one).split()[0] == "include"]
    if directive == "include" or same:
        yield deleted(views, [at])
    for one in single:
        yield deleted(views, [one])
    if not single and not same:
        yield deleted(views, [at])


def includes(views: Views, file: str) -> list[Origin]:
    """Return the include lines of one file that begin in the first column."""
    rows = views.rows(file)
    return [Origin(file, number) for number, raw in enumerate(rows, 1) if re.match(rb"include(dir)?[ \t]+\S", raw)]


def first_header(views: Views, file: str) -> int:
    """Return the line of the first section header of a file, or the one after its last line."""
    rows = views.rows(file)
    return next((number for number, row in enumerate(rows, 1) if row.lstrip().startswith(b"[")), len(rows))


def moved_up(views: Views, ats: list[Origin]) -> Repair:
    """Return the repair that moves include lines of one file before its first section."""
    if not ats or any(at.line is None for at in ats):
        return ()
    file = ats[0].file
    lines = [" ".join(views.row(at).split(None, 1)).rstrip() for at in ats]
    return (*inserted(file, first_header(views, file), *lines), *deleted(views, ats))
