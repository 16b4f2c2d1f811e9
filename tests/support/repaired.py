"""Is a fault gone once the repairs of its report are done in the files of its case?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, unescape

from diagnose.case import directory
from diagnose.case.errors import CaseError
from diagnose.case.sources import with_sources
from diagnose.case.tree import Tree
from diagnose.engine import Diagnosis, diagnose
from diagnose.flows.plan import flows
from diagnose.remedies.model import (
    RECOMMENDED,
    AclEdit,
    Edit,
    FileEdit,
    HostsEdit,
    LinesEdit,
    RuleEdit,
    RuleFields,
    SuggestedRule,
)
from diagnose.remedies.plan import Suggestions
from diagnose.scene.observed import recorded_observations

Files = Mapping[str, bytes]
Rules = list[dict[str, Any]]


def left(files: Files, block: str | None = None) -> list[str]:
    """Return the sure faults that the recommended repairs leave or make. Empty without a repair.

    block: network of the resource group. None if the files say it.
    """
    before = _diagnosis(files, block)
    return [] if before is None else left_by(before.suggestions, files, block)


def left_by(suggestions: Suggestions, files: Files, block: str | None = None) -> list[str]:
    """Return the sure faults that these repairs leave or make."""
    before, repaired = _diagnosis(files, block), with_repairs(files, suggestions)
    after = None if repaired is None else _diagnosis(repaired, block)
    if before is None or after is None:
        return []
    codes = {finding.code for finding in before.conclusion.findings}
    done = {each.finding.code for each in (*suggestions.rules, *suggestions.edits)}
    return [
        f"{code} is {'left' if code in codes else 'new'}" for code in _sure(after) if code in done or code not in codes
    ]


def suggestions_of(files: Files, block: str | None = None) -> Suggestions:
    """Return the repairs of a case. Empty if the input is refused."""
    found = _diagnosis(files, block)
    return Suggestions() if found is None else found.suggestions


def _diagnosis(files: Files, block: str | None) -> Diagnosis | None:
    """Return the diagnosis of a case without packets. None if the input is refused."""
    try:
        case = directory.of_tree(Tree("case", files))
    except CaseError:
        return None
    case = case if block is None else with_sources(case, [block])
    return diagnose(case, recorded_observations(case), plan=flows(case))


def _sure(diagnosis: Diagnosis) -> list[str]:
    findings = diagnosis.conclusion.findings
    return [each.code for each in findings if each.severity == "error" and each.confidence != "inferred"]


def with_repairs(files: Files, suggestions: Suggestions) -> dict[str, bytes] | None:
    """Return the files with the recommended repair of each finding done.

    None if there is no repair, or if one of them changes no file of the case: to start a service,
    to connect two networks.
    """
    rules = [rule for rule in suggestions.rules if rule.option == RECOMMENDED]
    edits = [edit for edit in suggestions.edits if edit.option == RECOMMENDED]
    done = dict(files)
    if not (rules or edits) or not all(_is_of_a_file(done, edit) for edit in edits):
        return None
    if any(rule.security_group_id not in _groups(done) for rule in rules):
        return None
    for edit in sorted(edits, key=_from_below):
        _do(done, edit)
    for rule in rules:
        _add(done, rule)
    return done


def _is_of_a_file(files: Files, edit: Edit) -> bool:
    if isinstance(edit, AclEdit):
        is_plain = all(entry.peer is not None and not entry.peer.startswith("pl-") for entry in edit.after)
        return is_plain and edit.acl in _acls(files)
    if isinstance(edit, RuleEdit):
        return edit.group in _groups(files)
    if isinstance(edit, HostsEdit):
        return "hosts" in files
    content = files.get(edit.file or "") if isinstance(edit, LinesEdit | FileEdit) else None
    return content is not None and not content.lstrip().startswith(b"{")


def _from_below(edit: Edit) -> int:
    """Return a key by which edits of later lines come first, so that the lines before stay."""
    return -(edit.line or 0) if isinstance(edit, LinesEdit | FileEdit) else 0


def _do(files: dict[str, bytes], edit: Edit) -> None:
    match edit:
        case RuleEdit():
            _change_rules(files, edit.group, lambda rules: _edited(rules, edit))
        case AclEdit():
            _replace_entries(files, edit)
        case HostsEdit():
            files["hosts"] = _with_line(files["hosts"].decode(), edit).encode()
        case LinesEdit():
            rows = files[edit.file].split(b"\n")
            at = edit.line - 1
            rows[at : at + len(edit.before)] = [row.encode("utf-8", "surrogateescape") for row in edit.after]
            files[edit.file] = b"\n".join(rows)
        case FileEdit(file=str(file)):
            files[file] = _with_value(files[file].decode(), edit).encode()
        case _:
            raise AssertionError(edit)


def _with_line(text: str, edit: HostsEdit) -> str:
    """Return the text of a hosts file with the line first, and its name in no other line."""
    rows = [edit.after]
    for row in text.split("\n"):
        words = row.partition("#")[0].split()
        kept = [word for word in words if word != edit.host]
        rows += [row] if kept == words else [" ".join(kept)] if len(kept) > 1 else []
    return "\n".join(rows)


def _with_value(text: str, edit: FileEdit) -> str:
    """Return the text with another value on the line of the edit, or with a new value."""
    if edit.line is None:
        return _with_new_value(text, edit)
    rows = text.split("\n")
    at = edit.line - 1
    if edit.after is None:
        del rows[at]
        return "\n".join(rows)
    head, rest = rows[:at], "\n".join(rows[at:])
    element = re.search(r"<value>(.*?)</value>|<value */>", rest, re.DOTALL)
    if element is None:
        line = re.compile(rf"({re.escape(edit.key or '')}\s*[=:\s]\s*)(.*)")
        return "\n".join([*head, line.sub(lambda found: f"{found[1]}{_changed(found[2], edit)}", rest, count=1)])
    value = f"<value>{escape(_changed(unescape(element[1] or ''), edit))}</value>"
    return "\n".join([*head, f"{rest[: element.start()]}{value}{rest[element.end() :]}"])


def _changed(value: str, edit: FileEdit) -> str:
    """Return the value after an edit, which may be about a part of it."""
    assert edit.after is not None
    return value.replace(edit.before, edit.after, 1) if edit.before and edit.before in value else edit.after


def _with_new_value(text: str, edit: FileEdit) -> str:
    assert edit.after is not None
    if "</configuration>" in text:
        row = f"<property><name>{edit.key}</name><value>{escape(edit.after)}</value></property>"
        return text.replace("</configuration>", f"{row}</configuration>")
    if edit.object == "hadoop-conf":
        return f"{text}\n{edit.key}={edit.after}\n"
    header = f"[{edit.section}]"
    assert header in text
    return text.replace(header, f"{header}\n  {edit.key} = {edit.after}", 1)


def _answers(files: Files) -> Iterable[tuple[str, Any]]:
    """Yield name and content of each answer of the cloud in the files."""
    for name, content in files.items():
        try:
            yield name, json.loads(content)
        except ValueError:
            continue


def _groups(files: Files) -> dict[str, tuple[str, Any]]:
    """Return the exports of security groups, with the names of their files, by id."""
    return {
        found["SecurityGroupId"]: (name, found)
        for name, found in _answers(files)
        if isinstance(found, dict) and "SecurityGroupId" in found and "Permissions" in found
    }


def _change_rules(files: dict[str, bytes], group: str, change: Callable[[Rules], Rules]) -> None:
    """Change the rules in the export of a group, and in the answer that counts them."""
    name, export = _groups(files)[group]
    rules: Rules = export["Permissions"]["Permission"]
    count = len(rules)
    export["Permissions"]["Permission"] = change(list(rules))
    files[name] = json.dumps(export, indent=1).encode()
    more = len(export["Permissions"]["Permission"]) - count
    for other, found in list(_answers(files)):
        listed = found.get("SecurityGroups") if isinstance(found, dict) else None
        for row in listed["SecurityGroup"] if isinstance(listed, dict) else listed or []:
            if row.get("SecurityGroupId") == group and row.get("RuleCount") is not None:
                row["RuleCount"] = int(row["RuleCount"]) + more
                files[other] = json.dumps(found, indent=1).encode()


def _add(files: dict[str, bytes], rule: SuggestedRule) -> None:
    end = "SourceCidrIp" if rule.direction == "ingress" else "DestCidrIp"
    row = {
        "Direction": rule.direction,
        "Policy": "Accept",
        "IpProtocol": rule.ip_protocol,
        "PortRange": rule.port_range,
        "Priority": str(rule.priority),
        f"Ipv6{end}" if ":" in (rule.peer or "") else end: rule.peer,
    }
    _change_rules(
        files, rule.security_group_id, lambda rules: [*rules, {**row, "SecurityGroupRuleId": f"sgr-new-{len(rules)}"}]
    )


def _edited(rules: Rules, edit: RuleEdit) -> Rules:
    """Return the rules with one of them changed, as its `after` says."""
    (old,) = (rule for rule in rules if rule.get("SecurityGroupRuleId") == edit.rule)
    kept = [rule for rule in rules if rule is not old]
    return kept if edit.after is None else [*kept, *_spelled(old, edit.after, edit.direction)]


def _spelled(old: Mapping[str, Any], after: RuleFields, direction: str) -> Rules:
    end = "SourceCidrIp" if direction == "ingress" else "DestCidrIp"
    peers = [{f"Ipv6{end}" if ":" in peer else end: peer} for peer in after.peers] or [{}]
    ports: Sequence[dict[str, str]] = [{"PortRange": span} for span in after.port_ranges] or [{}]
    spelled = [{**old, **span, **peer, "Priority": str(after.priority)} for span in ports for peer in peers]
    return [{**row, "SecurityGroupRuleId": f"sgr-after-{place}"} for place, row in enumerate(spelled)]


def _acls(files: Files) -> dict[str, tuple[str, Any]]:
    """Return the answers about network ACLs, with the names of their files, by id."""
    lists = ((name, found) for name, found in _answers(files) if isinstance(found, dict))
    return {
        found["NetworkAclAttribute"]["NetworkAclId"]: (name, found)
        for name, found in lists
        if "NetworkAclAttribute" in found
    }


def _replace_entries(files: dict[str, bytes], edit: AclEdit) -> None:
    """Replace the entries that people made. Those of the cloud itself stay behind them."""
    name, answer = _acls(files)[edit.acl]
    way = "Ingress" if edit.direction == "ingress" else "Egress"
    end = "SourceCidrIp" if edit.direction == "ingress" else "DestinationCidrIp"
    entries = answer["NetworkAclAttribute"][f"{way}AclEntries"][f"{way}AclEntry"]
    known = {entry.get("NetworkAclEntryId"): entry for entry in entries}
    own = [entry for entry in entries if entry.get("EntryType") in ("system", "service")]
    new = [
        known[entry.id]
        if entry.id in known
        else {
            "Policy": entry.policy,
            "Protocol": (entry.protocol or "all").lower(),
            "Port": entry.port_range,
            end: entry.peer,
            "IpVersion": "IPV6" if entry.is_ipv6 else "IPV4",
        }
        for entry in edit.after
    ]
    entries[:] = [*new, *own]
    files[name] = json.dumps(answer, indent=1).encode()
