"""Which case is it, if some lines of its krb5.conf are other ones? No file is written."""

from __future__ import annotations

from collections.abc import Iterable

from diagnose.case.faults import Fault
from diagnose.case.kerberos import KIND
from diagnose.case.model import Case
from probes.errors import FormatError
from probes.files.line_edit import LineEdit
from probes.frozen import replace


def with_krb5_edits(case: Case, edits: Iterable[LineEdit]) -> Case:
    """Return the case after these edits of its krb5.conf and of what that includes.

    libkrb5 may refuse it then, or no longer. EditMismatchError if the case does not hold the lines
    that go. A case without krb5.conf stays as it is.
    """
    from probes.files.krb5conf import load
    from probes.files.krb5conf.sources import sources_of

    sources = case.krb5_refused if case.krb5 is None else sources_of(case.krb5)
    if sources is None:
        return case
    after = sources.edited(edits)
    faults = tuple(fault for fault in case.faults if fault.kind != KIND)
    try:
        return replace(case, krb5=load(after.files, after), krb5_refused=None, faults=faults)
    except FormatError as error:
        fault = Fault(KIND, error.file, error.line, error.found, error.expected)
        return replace(case, krb5=None, krb5_refused=after, faults=(*faults, fault))
