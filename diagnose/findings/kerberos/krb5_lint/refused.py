"""Does a family reject the whole file, and because of which line?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.findings.kerberos.krb5_lint.finding import line_finding, place, replacement
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.model import Finding
from probes.errors import FormatError
from probes.files.krb5conf.errors import Krb5ConfError, Rule
from probes.files.krb5conf.jdk_text import A_FILE, LOADING_FAILED, JdkRejected
from probes.origin import Origin

NOTHING = "so it knows no realm and no KDC at all"

MIT_RULES: dict[Rule, str] = {
    "section-not-top": "a section begins before the braces of the last one are closed",
    "section-syntax": "something follows the section header",
    "relation-syntax": "this is not 'name = value' with one word before '='",
    "extra-brace": "this brace has no opening brace",
    "missing-brace": "a '{' must follow right after a line that ends in '='",
    "module": "module lines cannot be used here",
    "include-nothing": "the include names no path",
    "include-cycle": "the file includes itself",
}

READS_ON = "ignores the line"


def findings(views: Views) -> Iterator[Finding]:
    """Yield one finding for each line that makes a family refuse the file.

    A limit of our own gives no finding.
    """
    if isinstance(views.mit, Krb5ConfError) and views.mit.rule == "no-text":
        yield _no_text(views, views.mit)
        return
    mit = views.mit if isinstance(views.mit, Krb5ConfError) else None
    java = views.jdk if isinstance(views.jdk, JdkRejected | Krb5ConfError) else None
    bound = (mit is not None and mit.is_our_bound) or (java is not None and java.is_our_bound)
    if not bound and mit is not None and java is not None and (mit.file, mit.line) == (java.file, java.line):
        yield _refusal(views, mit, mit, java)
        return
    if mit is not None and not mit.is_our_bound:
        yield _refusal(views, mit, mit, None)
    if java is not None and not java.is_our_bound:
        yield _refusal(views, java, None, java)
    yield from _missing(views)


def _no_text(views: Views, error: Krb5ConfError) -> Finding:
    clause = f"reads no realm and no KDC from it, because the file is {error.found}"
    return line_finding(
        views,
        "KRB-CONF-SYNTAX",
        [Origin(error.file, None)],
        f"This is no krb5.conf: the file is {error.found}",
        mit=clause,
        jdk=clause,
        repair=[f"Give the path of the krb5.conf in place of {error.file}."],
    )


def _refusal(
    views: Views,
    error: Krb5ConfError | JdkRejected,
    mit: Krb5ConfError | None,
    java: JdkRejected | Krb5ConfError | None,
) -> Finding:
    at = Origin(error.file, error.line)
    line = views.line(at)
    is_include = re.match(r"\s*include(dir)?\s", line) is not None or (
        isinstance(java, JdkRejected) and java.message == LOADING_FAILED and "UTF-8" not in java.expected
    )
    code = "KRB-INCLUDEDIR" if is_include else "KRB-CONF-SYNTAX"
    return line_finding(
        views,
        code,
        [at],
        _title(mit is not None, java is not None, is_include=is_include),
        mit=f"refuses the whole file, {NOTHING}: {MIT_RULES.get(mit.rule, mit.found)}"
        if mit
        else _clause_for_other_line(views.mit),
        jdk=_java_clause(java) if java else _clause_for_other_line(views.jdk),
        repair=_repair(error, at, line, is_include=is_include),
    )


def _title(mit: bool, java: bool, *, is_include: bool) -> str:
    who = "Both families refuse" if mit and java else "MIT clients refuse" if mit else "Java refuses"
    return f"{who} the whole krb5.conf" + (" because of an include line" if is_include else "")


def _java_clause(error: JdkRejected | Krb5ConfError) -> str:
    reason = f"“{error.message}”" if isinstance(error, JdkRejected) else error.found
    return f"refuses the whole file, {NOTHING}: {reason}"


def _clause_for_other_line(view: object) -> str:
    return "refuses the file as well, because of another line" if isinstance(view, Exception) else READS_ON


def _repair(error: Krb5ConfError | JdkRejected, at: Origin, line: str, *, is_include: bool) -> list[str]:
    if is_include and error.expected == A_FILE:
        better = line.replace("include", "includedir", 1)
        return [f"{replacement(at, better)}; or name a file."]
    if is_include:
        top = f"Move the line of {place(at)} to the top of the file, before the first section"
        return [f"{top}, and give it an absolute path that exists; or delete it."]
    if isinstance(error, JdkRejected) and error.message == "Not closed":
        return [f"Close the braces that {place(at)} opens: a line with '}}' alone after its last value."]
    straight = straightened(line)
    if straight is not None and straight != line:
        return [replacement(at, straight)]
    if line.startswith("}") or "brace" in str(error.found):
        return [f"Delete the brace of {place(at)}, or add the '{{' that it belongs to."]
    return [f"{place(at)}: write {error.expected}; or delete the line."]


def straightened(line: str) -> str | None:
    """Return the line without its fault.

    None unless there is exactly one right form.

    A header or a closing brace loses what follows it. A spaced realm name loses its blanks.
    """
    if header := re.match(r"\[\s*([A-Za-z_]+)\s*\]", line):
        return f"[{header[1].lower()}]"
    if line.startswith("}"):
        return "}" if line != "}" else None
    if spaced := re.match(r"([A-Z0-9.-]+\.) +([A-Z0-9. -]+?)\s*=\s*(\{?)$", line):
        return f"{spaced[1]}{spaced[2].replace(' ', '')} = {spaced[3]}".rstrip()
    return None


def _missing(views: Views) -> Iterator[Finding]:
    """Yield includes that do not exist, if the file was read on the host that uses it.

    A case need not contain what its host includes.
    """
    if not views.on_site:
        return
    mit = dict.fromkeys(views.profile.missing if views.profile else ())
    java = dict.fromkeys(views.reading.missing if views.reading else ())
    refused = {(view.file, view.line) for view in (views.mit, views.jdk) if isinstance(view, FormatError)}
    for at in dict.fromkeys((*mit, *java)):
        if (at.file, at.line) in refused or (at.key or "")[-1:].isspace():
            # Reported already, or the path ends in a blank, which has a finding of its own.
            continue
        yield line_finding(
            views,
            "KRB-INCLUDEDIR",
            [at],
            "krb5.conf includes a file that does not exist",
            mit=f"refuses the whole file, {NOTHING}" if at in mit else "does not see this line",
            jdk=f"refuses the whole file: “{LOADING_FAILED}”" if at in java else "does not see this line",
            repair=[f"Create the file that {place(at)} names, or delete the line."],
        )
