"""Is the older one of two exports of a security group known, and only where it is certain?"""

from __future__ import annotations

from diagnose.case.api.answers import Permission, SecurityGroupAttribute
from diagnose.case.api.export_age import rule_of_one
from diagnose.case.faults import RuleOfOne

MAY, JUNE, JULY = (f"2026-0{month}-01T00:00:00Z" for month in (5, 6, 7))


def export(**made: str) -> SecurityGroupAttribute:
    """Return an export of rules, each with the time at which it was made."""
    rules = (
        Permission(security_group_rule_id=name, create_time=time, direction="ingress", ip_protocol="TCP")
        for name, time in made.items()
    )
    return SecurityGroupAttribute(security_group_id="sg-1", permissions=tuple(rules))


def told(*exports: SecurityGroupAttribute) -> RuleOfOne | None:
    return rule_of_one(exports, {"a", "b", "c"})


def test_a_rule_made_before_the_other_export_was_removed_there() -> None:
    """Given an export of June at the earliest, then a rule of May that it lacks was removed."""
    old, new = export(a=MAY), export(b=JUNE)
    assert told(old, new) == RuleOfOne("a", 0, is_holder_older=True)
    assert told(new, old) == RuleOfOne("a", 1, is_holder_older=True)


def test_a_rule_that_both_have_dates_an_export_too() -> None:
    assert told(export(a=MAY, z=JUNE), export(z=JUNE)) == RuleOfOne("a", 0, is_holder_older=True)


def test_the_newest_rule_may_have_been_added_or_removed_since() -> None:
    assert told(export(z=MAY, a=JUNE), export(z=MAY)) == RuleOfOne("a", 0, is_holder_older=False)


def test_a_rule_without_a_time_tells_only_to_someone_who_looks_it_up() -> None:
    assert told(export(a=""), export(z=JUNE)) == RuleOfOne("a", 0, is_holder_older=False)


def test_times_that_contradict_each_other_tell_nothing() -> None:
    assert told(export(a=MAY, z=JULY), export(b=JUNE, z=JULY)) is None


def test_a_rule_of_the_direction_that_one_export_left_out_tells_nothing() -> None:
    assert told(export(a=MAY, out=MAY), export(a=MAY, z=JUNE)) is None


def test_two_contents_of_one_rule_or_three_exports_tell_nothing() -> None:
    assert told(export(a=MAY), export(a=MAY)) is None
    assert told(export(a=MAY), export(b=JUNE), export(c=JULY)) is None
