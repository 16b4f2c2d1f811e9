"""Which lines can be parsed, but are not read as they look?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import line_finding, place, replacement
from diagnose.findings.kerberos.krb5_lint.readings import Views, words
from diagnose.findings.model import Finding
from probes.files.krb5conf.syntax import PIECE
from probes.files.krb5conf.tree import Block, Include, Krb5Setting, Node, Silent, Tree
from probes.origin import Origin

SECTIONS = frozenset(("libdefaults", "realms", "domain_realm", "capaths", "appdefaults", "logging", "plugins", "login"))
READ = frozenset(("libdefaults", "realms", "domain_realm", "capaths"))
"""Sections whose values both families use."""

SERVERS = ("kdc", "admin_server", "kpasswd_server")
"""Keys whose values have checks of their own."""

BOM = b"\xef\xbb\xbf"
CODE = "KRB-CONF-SYNTAX"
_INCLUDE = re.compile(rb"([ \t]*)(include(?:dir)?)([ \t]+)([^\r\n]*?)([ \t]*)\r?\n?\Z")
_COMMENT = re.compile(r"\s[#;]")


def findings(views: Views) -> Iterator[Finding]:
    yield from _marks(views)
    yield from _includes(views)
    yield from _long_lines(views)
    for tree in views.trees():
        yield from _preamble(views, tree)
        yield from _nodes(views, tree)


def _marks(views: Views) -> Iterator[Finding]:
    for file, content in views.contents.items():
        if content.startswith(BOM):
            yield line_finding(
                views,
                CODE,
                [Origin(file, 1)],
                "The file begins with a byte order mark",
                mit="does not see the first section header, so everything up to the second section is skipped",
                jdk="skips it too; if [libdefaults] comes first, the default realm is lost",
                repair=[f"Save {file} as UTF-8 without BOM: sed -i '1s/^\\xEF\\xBB\\xBF//' {file}"],
            )


def _includes(views: Views) -> Iterator[Finding]:
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
            mit, java = "skips the line, because it does not begin in the first column", "includes it"
        elif b"\t" in blank[:1] and before:
            mit, java = "includes it", "skips the line, because a tab follows the word instead of a blank"
        elif trail and not lead:
            mit, java = "reads the blank at the end as a part of the name, and does not find it", "includes it"
        else:
            continue
        yield line_finding(
            views,
            "KRB-INCLUDEDIR",
            [at],
            "An include line that only one family follows",
            mit=mit,
            jdk=java if before else "refuses the file, because includes must come before the first section",
            repair=[replacement(at, asked)],
        )
    yield from _late_includes(views, headers)


def _late_includes(views: Views, headers: dict[str, int]) -> Iterator[Finding]:
    """Yield includes after a section, of the files that the JDK reads.

    `refused` has already reported the first one.
    """
    reported = (views.jdk.file, views.jdk.line) if isinstance(views.jdk, Exception) else None
    for tree in views.trees():
        for node in _walk(tree):
            if not isinstance(node, Include) or (tree.file, node.line.number) == reported:
                continue
            header = headers.get(tree.file, 0)
            if not header or node.line.number < header:
                continue
            at = Origin(tree.file, node.line.number)
            yield line_finding(
                views,
                "KRB-INCLUDEDIR",
                [at],
                "An include line after the first section",
                mit="includes it here",
                jdk="refuses the whole file: an include must come before the first section",
                repair=[f"Move the line of {place(at)} to the top of the file, before the first section."],
            )


def _headers(views: Views) -> dict[str, int]:
    """Return the line of the first section header of each file. 0 if it has none.

    The header may be indented.
    """
    return {
        file: next((number for number, row in enumerate(views.rows(file), 1) if row.lstrip().startswith(b"[")), 0)
        for file in views.contents
    }


def _long_lines(views: Views) -> Iterator[Finding]:
    for file, line in views.raw_lines():
        if len(line.raw) == PIECE and not line.raw.endswith(b"\n"):
            yield line_finding(
                views,
                CODE,
                [Origin(file, line.number)],
                f"A line of more than {PIECE} bytes",
                mit="reads it in pieces, each as a line of its own",
                jdk="reads it whole",
                repair=[f"Shorten {file}:{line.number}, or write its values on lines of their own."],
            )


def _preamble(views: Views, tree: Tree) -> Iterator[Finding]:
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
    at = Origin(tree.file, first.number)
    yield line_finding(
        views,
        CODE,
        [at, *(Origin(tree.file, line.number) for line in skipped if line is not first)],
        "The first section header is indented" if header else "No client reads the lines before the first section",
        mit="skips everything before the first header in the first column",
        jdk="reads the section" if header else "skips these lines too",
        repair=[replacement(at, words(first.raw)) + " (in the first column)"]
        if header
        else [f"Move the line of {place(at)} into its section, usually [libdefaults]."],
        severity=None if header else "warning",
    )


def _nodes(views: Views, tree: Tree) -> Iterator[Finding]:
    for node, path in _with_path(tree):
        match node:
            case Block():
                yield from _block(views, tree.file, node, path)
            case Krb5Setting():
                yield from _setting(views, tree.file, node, path)
            case _:
                pass


def _block(views: Views, file: str, block: Block, path: tuple[str, ...]) -> Iterator[Finding]:
    at = Origin(file, block.line.number)
    bare = block.name.strip().lower()
    if not path and block.name != bare and bare in SECTIONS:
        yield line_finding(
            views,
            CODE,
            [at],
            f"The section is called [{bare}], in small letters and without blanks",
            mit="knows no section of this name and ignores it",
            jdk="reads it as the section that was meant",
            repair=[replacement(at, f"[{bare}]")],
        )
    if block.final:
        yield _final_finding(views, at, f"[{bare}]" if not path else f"{block.name} = {{", whole=not path)
    if block.close_final and block.close is not None:
        yield _final_finding(views, Origin(file, block.close.number), "}", whole=True)


def _setting(views: Views, file: str, setting: Krb5Setting, path: tuple[str, ...]) -> Iterator[Finding]:
    at = Origin(file, setting.line.number)
    if setting.final:
        yield _final_finding(views, at, f"{setting.name} = {setting.value}", whole=False)
    section = path[0].strip().lower() if path else ""
    if setting.value.startswith("{") and not setting.quoted:
        inside = setting.value.strip("{} \t").strip()
        yield line_finding(
            views,
            CODE,
            [at],
            "Braces and their contents must be on lines of their own",
            mit=f"reads all of it as a plain value, so {setting.name} gets nothing from inside the braces",
            jdk=f"reads it as a plain value too, and throws IllegalArgumentException when it looks up {setting.name}",
            repair=[replacement(at, f"{setting.name} = {{", *((inside,) if inside else ()), "}")],
        )
    elif section in READ and re.fullmatch(r"'[^']*'", setting.value) and setting.name not in SERVERS:
        yield line_finding(
            views,
            CODE,
            [at],
            "Single quotes are a part of the value to MIT",
            mit=f"reads {setting.name} as “{setting.value}”",
            jdk=f"reads it as “{setting.value[1:-1]}”",
            repair=[replacement(at, f"{setting.name} = {setting.value[1:-1]}")],
            severity=None if setting.name == "default_realm" or section != "libdefaults" else "warning",
        )
    elif section in READ and _COMMENT.search(setting.value) and setting.name not in (*SERVERS, "auth_to_local"):
        value = _COMMENT.split(setting.value)[0].rstrip()
        yield line_finding(
            views,
            CODE,
            [at],
            "A comment after a value is a part of the value",
            mit=f"reads {setting.name} as “{setting.value}”",
            jdk="reads the same text",
            repair=[replacement(at, f"{setting.name} = {value}")],
            severity=None if setting.name == "default_realm" or section != "libdefaults" else "warning",
        )


def _final_finding(views: Views, at: Origin, better: str, *, whole: bool) -> Finding:
    return line_finding(
        views,
        CODE,
        [at],
        "Only MIT knows a final marker (*)",
        mit="does not read later settings of the same name from other files",
        jdk="refuses the whole file: “Illegal config content”" if whole else "reads the * as a part of the name",
        repair=[replacement(at, better)],
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
