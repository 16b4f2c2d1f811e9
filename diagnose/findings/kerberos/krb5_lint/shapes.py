"""Which lines are well-formed to somebody and still not read as they look?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import place, say, write
from diagnose.findings.kerberos.krb5_lint.readings import Views, words
from diagnose.findings.model import Finding
from probes.files.krb5conf.syntax import PIECE
from probes.files.krb5conf.tree import Block, Include, Krb5Setting, Node, Silent, Tree
from probes.origin import Origin

SECTIONS = frozenset(("libdefaults", "realms", "domain_realm", "capaths", "appdefaults", "logging", "plugins", "login"))
READ = frozenset(("libdefaults", "realms", "domain_realm", "capaths"))
"""Those whose values both families use."""

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
    for file, content in views.seen.items():
        if content.startswith(BOM):
            yield say(
                views,
                CODE,
                [Origin(file, 1)],
                "The file begins with a byte order mark",
                mit="does not see the first section header, so everything up to the second section is skipped",
                jdk="skips it in the same way; with [libdefaults] first the default realm is lost",
                repair=[f"Save {file} as UTF-8 without BOM: sed -i '1s/^\\xEF\\xBB\\xBF//' {file}"],
            )


def _includes(views: Views) -> Iterator[Finding]:
    """Lines that are an include to one family only, or another path."""
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
            mit, java = "skips the line, for it does not begin in the first column", "includes it"
        elif b"\t" in blank[:1] and before:
            mit, java = "includes it", "skips the line, for a tab follows the word and not a blank"
        elif trail and not lead:
            mit, java = "takes the blank at the end for a part of the name, and does not find it", "includes it"
        else:
            continue
        yield say(
            views,
            "KRB-INCLUDEDIR",
            [at],
            "An include line that only one family obeys",
            mit=mit,
            jdk=java if before else "refuses the file, for includes have to stand before the first section",
            repair=[write(at, asked)],
        )
    yield from _late(views, headers)


def _late(views: Views, headers: dict[str, int]) -> Iterator[Finding]:
    """Includes behind a section, of the files that the JDK reads. `refused` has told the first one already."""
    told = (views.jdk.file, views.jdk.line) if isinstance(views.jdk, Exception) else None
    for tree in views.trees():
        for node in _walk(tree):
            if not isinstance(node, Include) or (tree.file, node.line.number) == told:
                continue
            header = headers.get(tree.file, 0)
            if not header or node.line.number < header:
                continue
            at = Origin(tree.file, node.line.number)
            yield say(
                views,
                "KRB-INCLUDEDIR",
                [at],
                "An include line behind the first section",
                mit="includes it here",
                jdk="refuses the whole file: an include counts only before the first section",
                repair=[f"Move the line of {place(at)} to the top of the file, before the first section."],
            )


def _headers(views: Views) -> dict[str, int]:
    """The line of the first section header of each file, however it is indented; 0 where there is none."""
    return {
        file: next((number for number, row in enumerate(views.rows(file), 1) if row.lstrip().startswith(b"[")), 0)
        for file in views.seen
    }


def _long_lines(views: Views) -> Iterator[Finding]:
    for file, line in views.raw_lines():
        if len(line.raw) == PIECE and not line.raw.endswith(b"\n"):
            yield say(
                views,
                CODE,
                [Origin(file, line.number)],
                f"A line of more than {PIECE} bytes",
                mit="reads it in pieces and takes each for a line of its own",
                jdk="reads it whole",
                repair=[f"Shorten {file}:{line.number}, or write its values on lines of their own."],
            )


def _preamble(views: Views, tree: Tree) -> Iterator[Finding]:
    """Lines before the first header at column 0: libkrb5 skips all of them, the JDK stops skipping at the first header wherever it stands."""
    skipped = [
        node.line
        for node in tree.nodes
        if isinstance(node, Silent)
        and node.why == "preamble"
        and (said := words(node.line.raw))
        and said[0] not in "#;"
        and not node.line.raw.startswith(BOM)
        and _INCLUDE.match(node.line.raw) is None
    ]
    if not skipped or views.seen.get(tree.file, b"").startswith(BOM):
        return
    header = next((line for line in skipped if words(line.raw).startswith("[")), None)
    first = header or skipped[0]
    at = Origin(tree.file, first.number)
    yield say(
        views,
        CODE,
        [at, *(Origin(tree.file, line.number) for line in skipped if line is not first)],
        "The first section header is indented" if header else "Lines before the first section are read by nobody",
        mit="skips everything before the first header in the first column",
        jdk="reads the section" if header else "skips these lines too",
        repair=[write(at, words(first.raw)) + " (in the first column)"]
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
        yield say(
            views,
            CODE,
            [at],
            f"The section is called [{bare}], in small letters and without blanks",
            mit="knows no section of this name and uses nothing of it",
            jdk="reads it as the section that was meant",
            repair=[write(at, f"[{bare}]")],
        )
    if block.final:
        yield _final(views, at, f"[{bare}]" if not path else f"{block.name} = {{", whole=not path)
    if block.close_final and block.close is not None:
        yield _final(views, Origin(file, block.close.number), "}", whole=True)


def _setting(views: Views, file: str, setting: Krb5Setting, path: tuple[str, ...]) -> Iterator[Finding]:
    at = Origin(file, setting.line.number)
    if setting.final:
        yield _final(views, at, f"{setting.name} = {setting.value}", whole=False)
    section = path[0].strip().lower() if path else ""
    if setting.value.startswith("{") and not setting.quoted:
        inside = setting.value.strip("{} \t").strip()
        yield say(
            views,
            CODE,
            [at],
            "Braces and their contents have to stand on lines of their own",
            mit=f"takes all of it for a plain value: nothing inside counts for {setting.name}",
            jdk=f"takes it for a plain value too, and throws IllegalArgumentException when it looks up {setting.name}",
            repair=[write(at, f"{setting.name} = {{", *((inside,) if inside else ()), "}")],
        )
    elif section in READ and re.fullmatch(r"'[^']*'", setting.value) and setting.name not in SERVERS:
        yield say(
            views,
            CODE,
            [at],
            "Single quotes are a part of the value to MIT",
            mit=f"takes {setting.name} to be “{setting.value}”",
            jdk=f"takes it to be “{setting.value[1:-1]}”",
            repair=[write(at, f"{setting.name} = {setting.value[1:-1]}")],
            severity=None if setting.name == "default_realm" or section != "libdefaults" else "warning",
        )
    elif section in READ and _COMMENT.search(setting.value) and setting.name not in (*SERVERS, "auth_to_local"):
        value = _COMMENT.split(setting.value)[0].rstrip()
        yield say(
            views,
            CODE,
            [at],
            "A comment behind a value is a part of the value",
            mit=f"takes {setting.name} to be “{setting.value}”",
            jdk="takes the same text",
            repair=[write(at, f"{setting.name} = {value}")],
            severity=None if setting.name == "default_realm" or section != "libdefaults" else "warning",
        )


def _final(views: Views, at: Origin, better: str, *, whole: bool) -> Finding:
    return say(
        views,
        CODE,
        [at],
        "A final marker (*) is a word of MIT only",
        mit="takes it for: what later files say about this is not read",
        jdk="refuses the whole file: “Illegal config content”" if whole else "takes the * for a part of the name",
        repair=[write(at, better)],
    )


def _walk(tree: Tree) -> Iterator[Node]:
    return (node for node, _ in _with_path(tree))


def _with_path(tree: Tree) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Every node of one file, with the names of the blocks around it."""
    todo: list[tuple[Node, tuple[str, ...]]] = [(node, ()) for node in reversed(tree.nodes)]
    while todo:
        node, path = todo.pop()
        yield node, path
        if isinstance(node, Block):
            todo += ((inner, (*path, node.name)) for inner in reversed(node.nodes))
