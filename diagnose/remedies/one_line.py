"""Which line, record or service repairs a finding outside the network?"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from diagnose.findings import Blame
from diagnose.flows.model import Flow
from diagnose.remedies.model import RECOMMENDED, ConfigFile, FileEdit, FindingRef, HostsEdit, Reason, ServiceStart
from diagnose.remedies.names import name_edit

OneLine = FileEdit | HostsEdit | ServiceStart


def one_line_edits(blames: Sequence[Blame], ref: FindingRef) -> list[OneLine]:
    """Return what has to change outside the network, one edit for each thing. The last blame gives
    its values."""
    changes: dict[tuple[object, ...], OneLine] = {}
    for blame in blames:
        edit = _one_line_edit(blame, ref)
        if edit is not None:
            place = _place(edit)
            fixes = [*(changes[place].fixes if place in changes else ()), *edit.fixes]
            changes[place] = msgspec.structs.replace(edit, fixes=list(dict.fromkeys(fixes)))
    return list(changes.values())


def _place(edit: OneLine) -> tuple[object, ...]:
    """Return what tells one thing to change from another."""
    match edit:
        case FileEdit():
            return edit.object, edit.file, edit.line, edit.section, edit.key, edit.before
        case HostsEdit():
            return "hosts", edit.host
        case ServiceStart():
            return "service", edit.service, edit.host


def _one_line_edit(blame: Blame, ref: FindingRef) -> OneLine | None:
    flow, host = blame.flow, blame.flow.endpoint.host
    is_refused = blame.outcome.observed is not None
    match blame.code:
        case "KDC-DOWN":
            return ServiceStart(ref, RECOMMENDED, [flow.id], "krb5kdc", host, is_refused)
        case "SVC-DOWN":
            return ServiceStart(ref, RECOMMENDED, [flow.id], flow.service, host, is_refused)
        case "KDC-PORT" if blame.answers_on is not None:
            return _other_port(flow, blame.answers_on, ref, "krb5.conf", "kdc-port")
        case "SVC-PORT" if blame.answers_on is not None:
            return _other_port(flow, blame.answers_on, ref, "hadoop-conf", "service-port")
    return name_edit(blame, ref)


def _other_port(flow: Flow, port: int, ref: FindingRef, file: ConfigFile, reason: Reason) -> FileEdit:
    """Return the edit that writes the port that answers in place of the one in the file."""
    host = flow.endpoint.host
    return FileEdit(
        finding=ref,
        option=RECOMMENDED,
        fixes=[flow.id],
        object=file,
        file=flow.origin.file,
        line=flow.origin.line,
        section=None,
        key=flow.origin.key,
        before=f"{host}:{flow.endpoint.port}",
        after=f"{host}:{port}",
        reason=reason,
    )
