"""Does a repair in words read well, whatever it is made of?"""

from __future__ import annotations

import pytest

from diagnose.data.zh import sentences
from diagnose.findings.wording import words
from diagnose.findings.wording.en.phrases import AFTERWARDS
from diagnose.remedies.model import Edit, SuggestedRule
from diagnose.report import fault_words
from diagnose.report.model import SkippedFacts
from diagnose.report.remedy import Remedy
from probes.language import use
from tests.support import reports
from tests.support.both_languages import samples
from tests.support.factories import EMR_GROUP, RG_CIDR


def a_repair(*rules: SuggestedRule, edits: tuple[Edit, ...] = ()) -> Remedy:
    return Remedy(reports.FIRST, 2, rules, edits)


TWO_EDITS = (reports.a_file_edit(), reports.a_hosts_edit(), reports.a_hosts_edit(host="core-1-1"))


def test_rules_are_one_sentence_and_each_edit_is_one_after_them() -> None:
    option = a_repair(reports.a_rule(), reports.a_rule(ip_protocol="TCP"), edits=TWO_EDITS)
    rules = "; ".join(
        f"add to {EMR_GROUP} inbound {protocol} 88 from {RG_CIDR}, priority 1" for protocol in ("UDP", "TCP")
    )

    said = fault_words.steps(option)

    assert said.startswith(f"{rules}. In krb5.conf [libdefaults] set udp_preference_limit = 1. In /etc/hosts of ")
    assert ("; In" in said, said.endswith("."), ".." in said) == (False, True, False)


def test_edits_for_the_same_reason_give_it_once_and_last() -> None:
    said = fault_words.in_words(a_repair(edits=TWO_EDITS))

    assert said.count("The name does not resolve where the tasks run.") == 1
    assert said.endswith("The name does not resolve where the tasks run.")
    assert said.index("Clients then use TCP at once") < said.index("In /etc/hosts")


def test_rules_alone_stay_one_clause_after_their_label() -> None:
    assert fault_words.in_words(a_repair(reports.a_rule())) == (
        f"add to {EMR_GROUP} inbound UDP 88 from {RG_CIDR}, priority 1."
    )


def test_chinese_edits_are_sentences_as_well() -> None:
    use("zh", sentences())
    said = fault_words.steps(a_repair(reports.a_rule(), edits=TWO_EDITS))

    assert "；" not in said
    assert "。 " not in said
    assert said.count("。") == 4


@pytest.mark.parametrize("cause", sorted({str(each.cause) for each in samples() if AFTERWARDS in words(each).advice}))
def test_what_is_to_be_done_after_an_edit_is_never_called_another_way(cause: str) -> None:
    assert cause in fault_words.STEP_AFTER


def test_a_check_that_lacks_two_files_is_named_once() -> None:
    skips = [SkippedFacts("included files", cause, "the files") for cause in ("a.conf is missing", "b.conf is missing")]
    assert (
        fault_words.unchecked_alike(skips)
        == "included files: a.conf is missing; b.conf is missing. It needs the files."
    )
