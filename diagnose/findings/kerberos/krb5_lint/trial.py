"""Which edit repairs a fault? It is tried on the text, and the text is read and checked again.

An edit is kept if its fault is then gone, no family refuses a file that it read before, and nothing
else is found above info. What a refusal hid may come to light: that was there before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from diagnose.findings.kerberos.krb5_lint.effect import Effect, effect
from diagnose.findings.kerberos.krb5_lint.finding import FAMILIES, Family, LineFault, line_finding
from diagnose.findings.kerberos.krb5_lint.readings import Views, after_edits
from diagnose.findings.kerberos.krb5_lint.repairs import Repair
from diagnose.findings.model import Finding
from probes.errors import FormatError
from probes.files.line_edit import EditMismatchError
from probes.files.masking import MASK
from probes.frozen import frozen

MOST_BYTES = 1 << 18
"""Bytes that all trials of one lint read. Files in use have a few thousand."""

MOST_TRIALS = 200
"""Edits that one lint tries."""

Progress = Literal["better", "same", "worse"]

Lint = Callable[[Views], Iterable[LineFault]]


@frozen
class Tried:
    """A repair that was tried and holds."""

    repair: Repair
    """The edits."""
    effect: Effect
    """What they change for clients."""


class Trials:
    """The trials of one lint, within its bounds."""

    def __init__(self, views: Views, faults: Sequence[LineFault], lint: Lint) -> None:
        self._views, self._lint = views, lint
        self._before = _counted(faults)
        self._left = min(MOST_TRIALS, MOST_BYTES // (sum(map(len, views.contents.values())) + 1))

    def repair(self, fault: LineFault) -> Tried | None:
        """Return the first repair of a fault that holds. None if there is none.

        For a refusal, one after which the file is read goes before one that only leads to the next
        line that is refused.
        """
        step: Tried | None = None
        for repair in fault.repairs:
            if not repair or self._left <= 0 or _is_masked(repair):
                continue
            self._left -= 1
            try:
                after = after_edits(self._views, repair)
            except EditMismatchError:
                continue
            if not self._holds(fault, after):
                continue
            if all(_refusal(after, family) is None for family in fault.refused_by):
                return Tried(repair, effect(self._views, after))
            step = step or Tried(repair, effect(self._views, after))
        return step

    def _holds(self, fault: LineFault, after: Views) -> bool:
        progress = [_progress(self._views, after, family) for family in FAMILIES]
        refused = [family in fault.refused_by for family in FAMILIES]
        if "worse" in progress or any(
            is_refused and step != "better" for is_refused, step in zip(refused, progress, strict=True)
        ):
            return False
        found = list(self._lint(after))
        if not any(refused) and _counted(found)[fault.key] >= self._before[fault.key]:
            return False
        loud = _counted(one for one in found if one.weight != "info")
        return "better" in progress or all(self._before[key] >= count for key, count in loud.items())


def _progress(before: Views, after: Views, family: Family) -> Progress:
    """Return whether a family gets further in the files than it did."""
    was, now = _refusal(before, family), _refusal(after, family)
    if was is None:
        return "same" if now is None else "worse"
    if now is None or now.file != was.file:
        return "better"
    left_before, left_now = (_lines_left(*one) for one in ((before, was), (after, now)))
    if now.found == was.found and (now.line == was.line or left_before == left_now):
        return "same"
    return "better" if left_now < left_before else "worse"


def _is_masked(repair: Repair) -> bool:
    """Return True if a line holds a password, which was replaced when it was read. The edit would
    write the replacement."""
    return any(MASK in row for edit in repair for row in (*edit.before, *edit.after))


def _counted(faults: Iterable[LineFault]) -> Counter[tuple[str, str]]:
    return Counter(fault.key for fault in faults)


def _refusal(views: Views, family: Family) -> FormatError | None:
    view = views.mit if family == "mit" else views.jdk
    return view if isinstance(view, FormatError) else None


def _lines_left(views: Views, error: FormatError) -> int:
    """Return how many lines follow the one at which a family stops."""
    return len(views.rows(error.file)) - (error.line or 0)


def tried_finding(views: Views, fault: LineFault, tried: Tried) -> Finding:
    """Return the finding about a fault with a repair that holds.

    A line that makes a family refuse the whole file is never harmless.
    """
    changes = tried.effect
    is_harmless = changes.is_harmless and not fault.refused_by
    return line_finding(views, fault, tried.repair, concerns=changes.concerns, is_harmless=is_harmless)
