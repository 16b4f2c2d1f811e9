"""Which lines can be parsed, but are not read as they look?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from diagnose.findings.kerberos.krb5_lint.finding import LineFault, place
from diagnose.findings.kerberos.krb5_lint.readings import Views, words
from diagnose.findings.kerberos.krb5_lint.refusal_repairs import includes, moved_up
from diagnose.findings.kerberos.krb5_lint.repairs import Repair, commented, deleted, inserted, replaced, unindented
from probes.files.krb5conf.durations import LIFETIMES
from probes.files.krb5conf.syntax import PIECE
from probes.files.krb5conf.tree import Block, Include, Krb5Setting, Line, Node, Silent, Tree
from probes.language import tr
from probes.origin import Origin
from probes.regex import regex

SECTIONS = frozenset(("libdefaults", "realms", "domain_realm", "capaths", "appdefaults", "logging", "plugins", "login"))
READ = frozenset(("libdefaults", "realms", "domain_realm", "capaths"))
"""Sections whose values both families use."""

CHECKED = ("kdc", "admin_server", "kpasswd_server", *LIFETIMES)
"""Keys whose values have checks of their own."""

DEFAULTS = frozenset(
    ("default_realm", "dns_lookup_kdc", "dns_lookup_realm", "rdns", "forwardable", "ticket_lifetime", "renew_lifetime")
)
"""Keys that stand in no other section than [libdefaults]."""

BOM = b"\xef\xbb\xbf"
CODE = "KRB-CONF-SYNTAX"
_INCLUDE = regex(rb"([ \t]*)(include(?:dir)?)([ \t]+)([^\r\n]*?)([ \t]*)\r?\n?\Z")
_SETTING = regex(r"(?<!\S)[A-Za-z0-9_.-]+\s*=")
_COMMENT = regex(r"\s[#;]")
_ODD_BLANKS = regex("[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]+")


def faults(views: Views) -> Iterator[LineFault]:
    yield from _marks(views)
    yield from _includes(views)
    yield from _long_lines(views)
    yield from odd_blanks(views)
    for tree in views.trees():
        yield from _preamble(views, tree)
        yield from _nodes(views, tree)


def _marks(views: Views) -> Iterator[LineFault]:
    """Yield byte order marks. One hides the line that it stands before, so that only a section
    header or an include line is lost."""
    for file, content in views.contents.items():
        if not content.startswith(BOM):
            continue
        at = Origin(file, 1)
        first = views.row(at).removeprefix("\ufeff")
        header, include = first.startswith("["), _INCLUDE.match(first.encode("utf-8", "surrogateescape")) is not None
        lost = header or include
        mit = jdk = tr("reads on: the line after the mark would not be read anyway")
        if header:
            mit = tr("does not see the first section header, so everything up to the second section is skipped")
            jdk = tr("skips it too; if [libdefaults] comes first, the default realm is lost")
        elif include:
            mit, jdk = tr("does not see the include line"), tr("does not see it either")
        yield LineFault(
            CODE,
            "bom" if lost else "harmless-bom",
            (at,),
            tr("The file begins with a byte order mark")
            if lost
            else tr("The file begins with a byte order mark, which hides nothing here"),
            mit=mit,
            jdk=jdk,
            repairs=(unindented(views, at, first),),
            by_hand=tr("save {file} as UTF-8 without a byte order mark", file=file),
            severity=None if lost else "info",
        )


def _includes(views: Views) -> Iterator[LineFault]:
    """Yield lines that only one family includes, or that name another path to each."""
    headers = _headers(views)
    for file, line in views.raw_lines():
        match = _INCLUDE.match(line.raw)
        if match is None or not match[4] or match[4].startswith(b"="):
            continue
        at = Origin(file, line.number)
        lead, blank, trail = match[1], match[3], match[5]
        asked = f"{match[2].decode()} {match[4].decode('utf-8', 'surrogateescape')}"
        before = not headers[file] or line.number < headers[file]
        if lead and before:
            mit, java = tr("skips the line, because it does not begin in the first column"), tr("includes it")
        elif b"\t" in blank[:1] and before:
            mit = tr("includes it")
            java = tr("skips the line, because a tab follows the word instead of a blank")
        elif trail and not lead:
            mit = tr("reads the blank at the end as a part of the name, and does not find it")
            java = tr("includes it")
        else:
            continue
        moved = (*deleted(views, [at]), *inserted(file, headers[file] or 1, asked))
        yield LineFault(
            "KRB-INCLUDEDIR",
            "one-family-include",
            (at,),
            tr("An include line that only one family follows"),
            mit=mit,
            jdk=java if before else tr("refuses the file, because includes must come before the first section"),
            repairs=(unindented(views, at, asked), moved),
            by_hand=tr("write {line} before the first section of {file}", line=asked, file=file),
        )
    yield from _late_includes(views, headers)


def _late_includes(views: Views, headers: dict[str, int]) -> Iterator[LineFault]:
    """Yield includes after a section, of the files that the JDK reads.

    `refused` has already reported the first one.
    """
    reported = (views.jdk.file, views.jdk.line) if isinstance(views.jdk, Exception) else None
    for tree in views.trees():
        header = headers.get(tree.file, 0)
        late = [one for one in includes(views, tree.file) if one.line is not None and one.line >= header]
        all_moved = moved_up(views, late)
        for node in _walk(tree):
            if not isinstance(node, Include) or (tree.file, node.line.number) == reported:
                continue
            if not header or node.line.number < header:
                continue
            at = Origin(tree.file, node.line.number)
            yield LineFault(
                "KRB-INCLUDEDIR",
                "late-include",
                (at,),
                tr("An include line after the first section"),
                mit=tr("includes it here"),
                jdk=tr("refuses the whole file: an include must come before the first section"),
                repairs=(moved_up(views, [at]), all_moved),
                by_hand=tr("move the include of {place} before the first section of its file", place=place(at)),
            )


def _headers(views: Views) -> dict[str, int]:
    """Return the line of the first section header of each file. 0 if it has none.

    The header may be indented.
    """
    return {
        file: next((number for number, row in enumerate(views.rows(file), 1) if row.lstrip().startswith(b"[")), 0)
        for file in views.contents
    }


def odd_lines(views: Views) -> dict[Origin, str]:
    """Return the lines with blanks that no client takes for blanks, each with usual ones instead.

    They come from a web page or a word processor: no-break, wide and zero-width ones. Those in a
    comment behind a value change nothing, and the comment is the finding.
    """
    found: dict[Origin, str] = {}
    for file, line in views.raw_lines():
        text = line.raw.decode("utf-8", "surrogateescape").strip(" \t\r\n")
        if _ODD_BLANKS.search(_COMMENT.split(text, 1)[0]) and text[:1] not in "#;":
            found[Origin(file, line.number)] = _ODD_BLANKS.sub(" ", text).strip()
    return found


def odd_blanks(views: Views) -> Iterator[LineFault]:
    """Yield one finding for all these lines."""
    lines = odd_lines(views)
    if not lines:
        return
    ats = tuple(lines)
    yield LineFault(
        CODE,
        "odd-blanks",
        ats,
        tr("{count} lines have blanks that are not plain ones, as a web page has them", count=len(ats))
        if len(ats) > 1
        else tr("A line has blanks that are not plain ones, as a web page has them"),
        mit=tr("takes them for letters of the name or value beside them"),
        jdk=tr("does the same"),
        repairs=(tuple(edit for at, text in lines.items() for edit in replaced(views, at, text)),),
        by_hand=tr("type the blanks of {place} anew", place=place(ats[0])),
    )


def _long_lines(views: Views) -> Iterator[LineFault]:
    for file, line in views.raw_lines():
        if len(line.raw) == PIECE and not line.raw.endswith(b"\n"):
            at = Origin(file, line.number)
            is_comment = line.raw.lstrip()[:1] in (b"#", b";")
            yield LineFault(
                CODE,
                "long-line",
                (at,),
                tr("A line of more than {size} bytes", size=PIECE),
                mit=tr("reads it in pieces, each as a line of its own"),
                jdk=tr("reads it whole"),
                repairs=(deleted(views, [at]),) if is_comment else (),
                by_hand=tr(
                    "write the values of {place} on lines of their own, each of less than {size} bytes",
                    place=place(at),
                    size=PIECE,
                ),
            )


def _preamble(views: Views, tree: Tree) -> Iterator[LineFault]:
    """Yield lines before the first header that begins in the first column.

    libkrb5 skips all of them. The JDK skips up to the first header, indented or not.
    """
    skipped = [
        node.line
        for node in tree.nodes
        if isinstance(node, Silent)
        and node.why == "preamble"
        and (text := words(node.line.raw))
        and text[0] not in "#;"
        and not node.line.raw.startswith(BOM)
        and _INCLUDE.match(node.line.raw) is None
    ]
    if not skipped or views.contents.get(tree.file, b"").startswith(BOM):
        return
    header = next((line for line in skipped if words(line.raw).startswith("[")), None)
    first = header or skipped[0]
    lines = [first, *(line for line in skipped if line is not first)]
    ats = tuple(Origin(tree.file, line.number) for line in lines)
    yield LineFault(
        CODE,
        "indented-header" if header else "preamble",
        ats,
        tr("The first section header is indented")
        if header
        else tr("No client reads the lines before the first section"),
        mit=tr("skips everything before the first header in the first column"),
        jdk=tr("reads the section") if header else tr("skips these lines too"),
        repairs=(unindented(views, ats[0], words(first.raw)),)
        if header
        else (*_into_libdefaults(views, ats), commented(views, ats)),
        by_hand=tr("write the header of {place} in the first column", place=place(ats[0]))
        if header
        else tr("move the line of {place} into its section, usually [libdefaults]", place=place(ats[0])),
        severity=None if header or _hides_default(views, lines) else "warning",
    )


def _hides_default(views: Views, lines: Sequence[Line]) -> bool:
    """Return True if one of these lines would be the only one that sets a default realm."""
    return not any(views.default_realms()) and any(words(line.raw).startswith("default_realm") for line in lines)


def _into_libdefaults(views: Views, ats: Sequence[Origin]) -> Iterator[Repair]:
    """Yield the move of lines to the section of defaults, if all of them are settings of it.

    Without such a section its header is what is missing.
    """
    rows = views.rows(ats[0].file)
    header = next((number for number, row in enumerate(rows, 1) if row.strip() == b"[libdefaults]"), None)
    lines = [views.row(at).strip() for at in ats]
    if not all(line.partition("=")[0].strip() in DEFAULTS for line in lines):
        return
    if header is not None:
        yield (*deleted(views, ats), *inserted(ats[0].file, header + 1, *lines))
    elif ats[0].line is not None:
        yield inserted(ats[0].file, ats[0].line, "[libdefaults]")


def _nodes(views: Views, tree: Tree) -> Iterator[LineFault]:
    for node, path in _with_path(tree):
        match node:
            case Block():
                yield from _block(views, tree.file, node, path)
            case Krb5Setting():
                yield from _setting(views, tree.file, node, path)
            case _:
                pass


def _block(views: Views, file: str, block: Block, path: tuple[str, ...]) -> Iterator[LineFault]:
    at = Origin(file, block.line.number)
    bare = block.name.strip().lower()
    if not path and block.name != bare and bare in SECTIONS:
        yield LineFault(
            CODE,
            "section-name",
            (at,),
            tr("The section is called [{name}], in small letters and without blanks", name=bare),
            mit=tr("knows no section of this name and ignores it"),
            jdk=tr("reads it as the section that was meant"),
            repairs=(replaced(views, at, f"[{bare}]"),),
            by_hand=tr("call the section of {place} [{name}]", place=place(at), name=bare),
        )
    if block.final:
        yield _final_fault(views, at, f"[{bare}]" if not path else f"{block.name} = {{", whole=not path)
    if block.close_final and block.close is not None:
        yield _final_fault(views, Origin(file, block.close.number), "}", whole=True)


def _setting(views: Views, file: str, setting: Krb5Setting, path: tuple[str, ...]) -> Iterator[LineFault]:
    at = Origin(file, setting.line.number)
    section = path[0].strip().lower() if path else ""
    if setting.final and section != "domain_realm":
        yield _final_fault(views, at, f"{setting.name} = {setting.value}", whole=False)
    if setting.value.startswith("{") and not setting.quoted:
        yield LineFault(
            CODE,
            "one-line-braces",
            (at,),
            tr("Braces and their contents must be on lines of their own"),
            mit=tr(
                "reads all of it as a plain value, so {name} gets nothing from inside the braces", name=setting.name
            ),
            jdk=tr(
                "reads it as a plain value too, and throws IllegalArgumentException when it looks up {name}",
                name=setting.name,
            ),
            repairs=tuple(replaced(views, at, *lines) for lines in _unfolded(setting)),
            by_hand=tr("write the braces of {place} and what they hold on lines of their own", place=place(at)),
        )
    elif section in READ and re.fullmatch(r"'[^']*'", setting.value) and setting.name not in CHECKED:
        yield LineFault(
            CODE,
            "single-quotes",
            (at,),
            tr("Single quotes are a part of the value to MIT"),
            mit=tr("reads {name} as “{value}”", name=setting.name, value=setting.value),
            jdk=tr("reads it as “{value}”", value=setting.value[1:-1]),
            repairs=(replaced(views, at, f"{setting.name} = {setting.value[1:-1]}"),),
            by_hand=tr("write the value of {place} without quotes", place=place(at)),
            severity=None if setting.name == "default_realm" or section != "libdefaults" else "warning",
        )
    elif section in READ and _COMMENT.search(setting.value) and setting.name not in (*CHECKED, "auth_to_local"):
        value = _COMMENT.split(setting.value)[0].rstrip()
        yield LineFault(
            CODE,
            "comment-after-value",
            (at,),
            tr("A comment after a value is a part of the value"),
            mit=tr("reads {name} as “{value}”", name=setting.name, value=setting.value),
            jdk=tr("reads the same text"),
            repairs=(replaced(views, at, f"{setting.name} = {value}"),),
            by_hand=tr("delete the comment after the value of {place}", place=place(at)),
            severity=None if setting.name == "default_realm" or section != "libdefaults" else "warning",
        )


def _unfolded(setting: Krb5Setting) -> Iterator[list[str]]:
    """Yield the lines that `name = { key = value }` was meant to be.

    First each known key on a line of its own, then all that the braces hold on one line.
    """
    inside = setting.value.strip("{} \t").strip()
    starts = [match.start() for match in _SETTING.finditer(inside)]
    head, tail = f"{setting.name} = {{", "}"
    if len(starts) > 1 and starts[0] == 0:
        ends = [*starts[1:], len(inside)]
        pieces = [inside[start:end].strip(" \t,;") for start, end in zip(starts, ends, strict=True)]
        yield [head, *(f"  {piece}" for piece in pieces), tail]
    yield [head, *((f"  {inside}",) if inside else ()), tail]


def _final_fault(views: Views, at: Origin, better: str, *, whole: bool) -> LineFault:
    return LineFault(
        CODE,
        "final-marker",
        (at,),
        tr("Only MIT knows a final marker (*)"),
        mit=tr("does not read later settings of the same name from other files"),
        jdk=tr("refuses the whole file: {message}", message="“Illegal config content”")
        if whole
        else tr("reads the * as a part of the name"),
        repairs=(replaced(views, at, better),),
        by_hand=tr("delete the * of {place}", place=place(at)),
    )


def _walk(tree: Tree) -> Iterator[Node]:
    return (node for node, _ in _with_path(tree))


def _with_path(tree: Tree) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Yield every node of one file, with the names of the blocks around it."""
    todo: list[tuple[Node, tuple[str, ...]]] = [(node, ()) for node in reversed(tree.nodes)]
    while todo:
        node, path = todo.pop()
        yield node, path
        if isinstance(node, Block):
            todo += ((inner, (*path, node.name)) for inner in reversed(node.nodes))
