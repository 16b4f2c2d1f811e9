"""Are the edits of a krb5.conf suggested where they are needed, and do they repair the case?"""

from __future__ import annotations

import msgspec
import pytest

from diagnose.case.krb5_edits import with_krb5_edits
from diagnose.case.model import Case
from diagnose.engine import diagnose
from diagnose.findings import Finding
from diagnose.remedies import console
from diagnose.remedies.model import FindingRef, LinesEdit
from diagnose.remedies.wording import suggested
from diagnose.scene.observed import CaseObservations
from probes.files.line_edit import EditMismatchError, LineEdit
from tests.support.case_files import case_of

GOOD = """[libdefaults]
  default_realm = R
[realms]
  R = {
    kdc = 10.0.0.1
  }
"""


def case(krb5_conf: str) -> Case:
    return case_of({"krb5.conf": krb5_conf})


def found(of: Case) -> tuple[Finding, ...]:
    return diagnose(of, CaseObservations()).conclusion.findings


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("kdc = 10.0.0.1", "kdc = 10.0.0.1, 10.0.0.2", "KDC-MSG-CFG"),
        ("[realms]", "[realms]*", "KRB-CONF-SYNTAX"),
        ("[realms]", "  rdns =\n[realms]", "KRB-CONF-SYNTAX"),
        ("  }\n", "", "KRB-CONF-SYNTAX"),
        ("[realms]", "[realms", "KRB-CONF-SYNTAX"),
    ],
)
def test_the_edit_of_an_error_is_suggested_and_undoes_it(old: str, new: str, code: str) -> None:
    broken = case(GOOD.replace(old, new))
    diagnosis = diagnose(broken, CaseObservations())
    edits = [edit for edit in diagnosis.suggestions.edits if isinstance(edit, LinesEdit)]
    assert {edit.finding.code for edit in edits} == {code}
    made = [LineEdit(edit.file, edit.line, tuple(edit.before), tuple(edit.after)) for edit in edits]
    assert [one.code for one in found(with_krb5_edits(broken, made)) if one.severity == "error"] == []


def test_a_refused_file_is_read_again_after_its_edit_and_a_read_one_may_be_refused() -> None:
    refused = case(GOOD.replace("[realms]", "[realms"))
    assert (refused.krb5, len(refused.faults)) == (None, 1)
    mended = with_krb5_edits(refused, [LineEdit("krb5.conf", 3, ("[realms",), ("[realms]",))])
    assert mended.krb5 is not None
    assert (mended.krb5_refused, mended.faults) == (None, ())
    broken = with_krb5_edits(mended, [LineEdit("krb5.conf", 3, ("[realms]",), ("[realms",))])
    assert (broken.krb5, [fault.line for fault in broken.faults]) == (None, [3])


def test_an_edit_of_an_included_file_is_made_there() -> None:
    read = case_of(
        {"etc/krb5.conf": "includedir /etc/krb5.conf.d\n" + GOOD, "etc/krb5.conf.d/x": "[libdefaults]\n rdns = false\n"}
    )
    file = "etc/krb5.conf.d/x"
    after = with_krb5_edits(read, [LineEdit(file, 2, (" rdns = false",), (" rdns = true",))])
    assert after.krb5 is not None
    rdns = after.krb5.first("libdefaults", "rdns")
    assert rdns is not None
    assert (rdns.value, rdns.origin.file) == ("true", file)
    with pytest.raises(EditMismatchError):
        with_krb5_edits(read, [LineEdit(file, 1, ("[realms]",))])


def test_a_case_without_krb5_conf_stays_as_it_is() -> None:
    empty = case_of({"hosts": "10.0.0.1 a\n"})
    assert with_krb5_edits(empty, [LineEdit("krb5.conf", 1, (), ("x",))]) is empty


def test_nothing_is_suggested_for_a_warning() -> None:
    diagnosis = diagnose(case(GOOD.replace("[realms]", "  kdc_timeout = x\n[realms]")), CaseObservations())
    (finding,) = (one for one in diagnosis.conclusion.findings if one.code == "KDC-TIMEOUT-UNIT")
    assert (finding.severity, bool(finding.edits), diagnosis.suggestions.edits) == ("warning", True, ())


@pytest.mark.parametrize(
    ("before", "after", "action", "words"),
    [
        ([" a"], ["b", "c"], "replace", "Replace k:7 by “b” | “c”."),
        (["a", "b"], [], "remove", "Delete k:7-8: “a” | “b”."),
        ([], ["c"], "add", "Insert before k:7: “c”."),
    ],
)
def test_an_edit_is_told_in_words_and_exactly(before: list[str], after: list[str], action: str, words: str) -> None:
    edit = LinesEdit(FindingRef("KRB-CONF-SYNTAX", 1), 1, [], "k", 7, before, after)
    entry = suggested(edit)
    assert (entry.object, entry.id, entry.action) == ("krb5.conf", "k:7", action)
    assert (entry.before, entry.after) == ("\n".join(before) or None, "\n".join(after) or None)
    assert console.edit_words(edit).startswith(words)
    assert msgspec.json.decode(msgspec.json.encode(edit), type=LinesEdit) == edit
