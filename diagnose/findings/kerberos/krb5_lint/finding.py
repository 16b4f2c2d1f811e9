"""What does the lint say of a line of krb5.conf, before a repair is chosen and after?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from diagnose.findings import catalogue
from diagnose.findings.kerberos.krb5_lint.readings import Views
from diagnose.findings.kerberos.krb5_lint.repairs import Repair
from diagnose.findings.model import Confidence, Evidence, Finding, Severity
from diagnose.findings.values import Value, origin_value
from diagnose.findings.wording import worded
from diagnose.output.clean import clean
from probes.files.line_edit import LineEdit
from probes.frozen import frozen
from probes.language import tr
from probes.origin import Origin

MOST_PLACES = 12
"""Lines that one finding shows."""

Family = Literal["mit", "jdk"]
FAMILIES: tuple[Family, ...] = ("mit", "jdk")


@frozen
class LineFault:
    """One or more lines of krb5.conf that a family reads wrongly, or refuses."""

    code: str
    """Code of the catalogue."""
    kind: str
    """Which fault of this code it is: "comma", "bom", "late-include" …"""
    at: tuple[Origin, ...]
    """The lines, the decisive one first."""
    title: str
    """The fault in one line, without a full stop."""
    mit: str
    """What libkrb5 does with the lines, one clause without a full stop."""
    jdk: str
    """What the JDK does with them, one clause without a full stop."""
    repairs: tuple[Repair, ...] = ()
    """Edits that may repair it, best first. The lint tries them and keeps the first that does."""
    by_hand: str = ""
    """What a person has to do if no edit repairs it, one clause without a full stop."""
    otherwise: str = ""
    """What else repairs it if the edit is not what is meant, one clause. Empty if nothing does."""
    severity: Severity | None = None
    """None if it is that of the catalogue."""
    confidence: Confidence = "proven"
    """How sure it is."""
    settle_by: str | None = None
    """What would prove it. None if it is proven."""
    refused_by: tuple[Family, ...] = ()
    """Families that refuse the whole file because of these lines."""

    only_if: str = ""
    """When the edit has to be made, one clause. Empty if the lines are wrong in any case."""
    is_empty: bool = False
    """True if the fault is that the line has no value: nothing more can be wrong with it."""

    quoted: tuple[Origin, ...] = ()
    """Lines that the sentence quotes. Empty if it quotes the decisive line alone."""

    @property
    def weight(self) -> Severity:
        """Return the severity."""
        return self.severity or catalogue.severity(self.code, touches_required=True)

    @property
    def key(self) -> tuple[str, str]:
        """Return what is equal for the same fault on another line."""
        return self.code, self.kind

    @property
    def ref(self) -> str:
        """Return the place of the decisive line."""
        return place(self.at[0])


def line_finding(
    views: Views,
    fault: LineFault,
    repair: Repair = (),
    *,
    concerns: Sequence[Family] = FAMILIES,
    is_harmless: bool = False,
) -> Finding:
    """Return the finding about a fault, with the edits that repair it. () if none does.

    - `concerns`: families for which the edits change something.
    - `is_harmless`: True if no family reads anything else after them. Then it is a remark.
    """
    at = fault.at[0]
    jdk = fault.jdk
    if at.file in {name for name, _ in views.files[1:]}:
        jdk = tr("does not read this file, because it reads only the first of several")
    finding = Finding(
        code=fault.code,
        severity="info" if is_harmless else fault.weight,
        confidence=fault.confidence,
        cause="file-line",
        params={
            "origin": origin_value(at),
            "line": views.line(at),
            "others": [{"origin": origin_value(one), "line": views.line(one)} for one in fault.quoted if one != at],
            "kind": fault.kind,
            "what": fault.title,
            "mit": fault.mit,
            "jdk": jdk,
            "refused_by": list(fault.refused_by),
            "edits": [edit_value(edit) for edit in repair],
            "by_hand": "" if repair else fault.by_hand,
            "otherwise": fault.otherwise if repair else "",
            "only_if": fault.only_if,
            "concerns": list(concerns),
            "is_harmless": is_harmless,
        },
        evidence=tuple(Evidence("line", place(one), clean(views.line(one)), one) for one in fault.at[:MOST_PLACES]),
        settle_by=fault.settle_by if fault.confidence != "proven" else None,
        edits=repair,
    )
    return worded(finding)


def edit_value(edit: LineEdit) -> Value:
    """Return an edit as a named value of a sentence."""
    return {"file": edit.file, "line": edit.line, "from": list(edit.before), "to": list(edit.after)}


def place(at: Origin) -> str:
    """Return file:line, or the file alone if the line is not known."""
    return at.file if at.line is None else f"{at.file}:{at.line}"


def places(ats: Sequence[Origin]) -> str:
    """Return the places of several lines."""
    return tr(", ").join(place(at) for at in ats)
